"""A good body of every statement type, and the values they are made of."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from federation.histogram import Histogram
from federation.keys import KeyPair
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey
from federation.schemas.manifest import Entry, Manifest
from federation.schemas.summary import Summary, SummaryRow, local_day
from tests.support.instructions import BODIES

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ROOT = KeyPair.from_seed(b"r" * 32)
SIGNING = KeyPair.from_seed(b"s" * 32)
DAY = date(2026, 11, 20)


def a_descriptor(**changed: Any) -> Descriptor:
    descriptor = Descriptor(
        node="RU-MUR",
        unit="RU-MUR",
        parent="SZFO",
        url="https://cur.example.org/mur",
        root=ROOT.public.x,
        signing_keys=(SigningKey(SIGNING.kid, SIGNING.public.x, NOW, NOW + timedelta(days=365)),),
    )
    return replace(descriptor, **changed)


def a_certificate(**changed: Any) -> Certificate:
    certificate = Certificate(
        child="RU-MUR",
        root=ROOT.kid,
        territories=(Territory("RU-MUR", date(2026, 1, 1)),),
        not_before=NOW,
        not_after=NOW + timedelta(days=90),
    )
    return replace(certificate, **changed)


def a_row(**changed: Any) -> SummaryRow:
    row = SummaryRow(
        territory="47701000",
        topic="roads.pits",
        counters={"open": 7, "received": 3, "routed": 2},
        histograms={"route_hours": Histogram.of([30, 90])},
    )
    return replace(row, **changed)


def a_summary(**changed: Any) -> Summary:
    starts, ends = local_day(DAY, "Europe/Moscow")
    summary = Summary(DAY, "final", None, "Europe/Moscow", starts, ends, False, (a_row(),))
    return replace(summary, **changed)


def a_manifest() -> Manifest:
    return Manifest((Entry("summary", "2026-11-20", 1763600000, 4, "ab" * 32),))


GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "descriptor": ("RU-MUR", a_descriptor().to_body()),
    "certificate": ("RU-MUR", a_certificate().to_body()),
    "manifest": ("2026-11-21", a_manifest().to_body()),
    "summary": ("2026-11-20", a_summary().to_body()),
    **BODIES,
}


def good(type: str) -> tuple[str, dict[str, Any]]:
    return copy.deepcopy(GOOD[type])
