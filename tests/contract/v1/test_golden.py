"""Golden statements of protocol v1: a change on the wire breaks a test here.

Each file holds the seed of the key that signed, the statement as it travels, its sha256 and the
data its signature is over. A file is changed only together with the protocol's version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.histogram import Histogram
from federation.keys import KeyPair
from federation.schemas import SCHEMAS, validate
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.schemas.manifest import Entry, Manifest
from federation.schemas.summary import Summary, SummaryRow, local_day
from federation.statement import Envelope, Statement, parse, seal, signed_data, verify
from tests.support.instructions import BODIES

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.json"))

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
EPOCH = 1795251600
ROOT = KeyPair.from_seed(bytes(range(32)))
SIGNING = KeyPair.from_seed(bytes(range(32, 64)))
PARENT = KeyPair.from_seed(bytes(range(64, 96)))
TOP = KeyPair.from_seed(bytes(range(128, 160)))
CLOSED = KeyPair.from_seed(bytes(range(96, 128)))


def golden(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _descriptor() -> Statement:
    descriptor = Descriptor(
        node="47701000",
        unit="47701000",
        parent="RU-MUR",
        url="https://cur.example.org/47701000",
        root=ROOT.public.x,
        signing_keys=(
            SigningKey(SIGNING.kid, SIGNING.public.x, NOW, NOW + timedelta(days=365)),
            SigningKey(CLOSED.kid, CLOSED.public.x, NOW - timedelta(days=365), NOW, "revoked", NOW),
        ),
    )
    return seal_descriptor(descriptor, n=2, root=ROOT, now=NOW)


def _stated(type: str, origin: str, key: str, body: dict[str, Any], signer: KeyPair) -> Statement:
    return seal(
        type=type,
        origin=origin,
        key=key,
        epoch=EPOCH,
        rev=3,
        made_at=NOW,
        body=body,
        signer=signer,
    )


def _certificate() -> Statement:
    certificate = Certificate(
        child="47701000",
        root=ROOT.kid,
        territories=(
            Territory("47701000", date(2026, 1, 1)),
            Territory("47712000", date(2026, 1, 1), date(2026, 7, 1)),
        ),
        not_before=NOW,
        not_after=NOW + timedelta(days=90),
    )
    return _stated("certificate", "RU-MUR", "47701000", certificate.to_body(), PARENT)


def _summary() -> Statement:
    starts, ends = local_day(DAY, "Europe/Moscow")
    rows = (
        SummaryRow(
            "47701000",
            "roads.pits",
            {"open": 12, "received": 5, "opened": 3, "answered_first": 2, "closed_solved": 2},
            {
                "solve_hours": Histogram.of([0, 4321]),
                "first_answer_hours": Histogram.of([61, 61]),
            },
        ),
        SummaryRow("47701000", "housing.heating", {"received": 1}, {}),
    )
    summary = Summary(DAY, "restated", "late", "Europe/Moscow", starts, ends, False, rows)
    return _stated("summary", "47701000", "2026-11-20", summary.to_body(), SIGNING)


def _manifest() -> Statement:
    manifest = Manifest(
        (
            Entry("summary", "2026-11-20", EPOCH, 3, golden("summary")["sha256"]),
            Entry("manifest", "2026-11-20", EPOCH, 1, "0f" * 32),
        )
    )
    return _stated("manifest", "47701000", "2026-11-21", manifest.to_body(), SIGNING)


def _by(type: str, origin: str, signer: KeyPair) -> tuple[Callable[[], Statement], KeyPair]:
    """A statement of a type whose body has no value of its own but its facts."""
    key, body = BODIES[type]
    typed: Any = SCHEMAS[type].validate(key, body)
    return lambda: _stated(type, origin, key, typed.to_body(), signer), signer


MADE = {
    "descriptor": (_descriptor, ROOT),
    "certificate": (_certificate, PARENT),
    "summary": (_summary, SIGNING),
    "manifest": (_manifest, SIGNING),
    "directive": _by("directive", "RU-MUR", PARENT),
    "directive_risk": _by("directive_risk", "RU-MUR", PARENT),
    "directive_report": _by("directive_report", "47701000", SIGNING),
    "help": _by("help", "RU-MUR", PARENT),
    "help_report": _by("help_report", "47701000", SIGNING),
    "directory": _by("directory", "RU", TOP),
    "delivery": _by("delivery", "RU-MUR", PARENT),
}


def test_every_type_has_a_golden_statement() -> None:
    assert set(NAMES) == set(MADE) == set(SCHEMAS)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_fact_is_sealed_to_the_same_bytes(name: str) -> None:
    expected, (make, _) = golden(name), MADE[name]
    sealed = make()
    assert sealed.envelope.to_wire() == expected["statement"]
    assert sealed.envelope.sha256 == expected["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_statement_is_read_and_verified(name: str) -> None:
    expected = golden(name)
    signer = KeyPair.from_seed(bytes.fromhex(expected["seed"]))
    envelope = Envelope.from_wire(expected["statement"])
    verify(envelope, signer.public)
    statement = parse(envelope)
    typed: Any = validate(statement)
    assert typed.to_body() == statement.body


@pytest.mark.parametrize("name", NAMES)
def test_hash_and_signature_are_over_the_bytes_as_the_document_says(name: str) -> None:
    expected = golden(name)
    data = expected["statement"]["bytes"].encode()
    assert hashlib.sha256(data).hexdigest() == expected["sha256"]
    over = hashlib.sha256(b"cur-statement-v1\n" + data).digest()
    assert over.hex() == signed_data(data).hex() == expected["signed"]
