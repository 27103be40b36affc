"""What makes an appeal acceptable: every bad field is named, each with its remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from node.domain.appeal import Contact, NewAppeal, checked
from node.domain.errors import Invalid
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT, an_appeal, the_rulebook


def faults(appeal: NewAppeal) -> dict[str, str]:
    rulebook = the_rulebook()
    try:
        checked(
            appeal,
            directory=rulebook.directory,
            classifier=rulebook.classifier,
            unit=UNIT,
            now=NOW,
        )
    except Invalid as refusal:
        return {fault.field: fault.message for fault in refusal.faults}
    return {}


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t"}, "text"),
        ({"text": "я" * 10_001}, "text"),
        ({"text": "до\0после"}, "text"),
        ({"text": "половина \ud83d знака"}, "text"),
        ({"territory": "47701001"}, "territory"),
        ({"territory": ELSEWHERE}, "territory"),
        ({"territory": "\ud83d\0"}, "territory"),
        ({"territory": ""}, "territory"),
        ({"topic": "roads.pit"}, "topic"),
        ({"topic": "roads"}, "topic"),
        ({"topic": ""}, "topic"),
        ({"channel": "Канал"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"kind": "letter"}, "kind"),
        ({"external_id": " "}, "external_id"),
        ({"external_id": "1" * 201}, "external_id"),
        ({"external_id": "1\0"}, "external_id"),
        ({"received_at": NOW + timedelta(minutes=6)}, "received_at"),
        ({"received_at": datetime(2017, 12, 31, tzinfo=UTC)}, "received_at"),
        ({"received_at": datetime(2026, 11, 1)}, "received_at"),
        (
            {"received_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
            "received_at",
        ),
        (
            {"received_at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))},
            "received_at",
        ),
        ({"lat": 90.1, "lon": 33.0}, "location.lat"),
        ({"lat": 68.9, "lon": float("nan")}, "location.lon"),
        ({"lat": float("inf"), "lon": 33.0}, "location.lat"),
        ({"lat": 68.9}, "location.lon"),
        ({"contact": Contact(name="я" * 201)}, "contact.name"),
        ({"contact": Contact(phone="не знаю")}, "contact.phone"),
        ({"contact": Contact(phone="+7 (   ) - - -")}, "contact.phone"),
        ({"contact": Contact(email="a@b")}, "contact.email"),
        ({"contact": Contact(email="a@b.ru\0")}, "contact.email"),
        ({"contact": Contact(reply_by="pigeon")}, "contact.reply_by"),
        ({"contact": Contact(reply_by="email")}, "contact.email"),
        ({"contact": Contact(reply_by="phone", email="a@b.ru")}, "contact.phone"),
        ({"contact": Contact(address="я" * 501)}, "location.address"),
    ],
)
def test_one_bad_field_is_named_alone(overrides: dict[str, Any], field: str) -> None:
    assert list(faults(an_appeal(**overrides))) == [field]


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"text": "я" * 10_000},
        {"text": "🙂"},
        {"territory": UNIT},
        {"territory": TOWN},
        {"topic": "roads.pits"},
        {"topic": "unsorted"},
        {"kind": "formal"},
        {"received_at": datetime(2026, 11, 18, 12, 0, tzinfo=timezone(timedelta(hours=3)))},
        {"received_at": NOW + timedelta(minutes=5)},
        {"lat": -90.0, "lon": 180.0},
        {"contact": Contact(phone="8 (900) 000-00-00", reply_by="phone")},
        {"contact": Contact(email="кто-то@пример.рф", reply_by="email")},
        {"contact": Contact(reply_by="status_page")},
    ],
)
def test_what_is_well_formed_is_taken(overrides: dict[str, Any]) -> None:
    assert faults(an_appeal(**overrides)) == {}


def test_every_bad_field_is_named_at_once() -> None:
    found = faults(
        NewAppeal(
            text="",
            territory="Мурманскк",
            channel="api",
            topic="roads.pitts",
            received_at=NOW + timedelta(days=1),
            contact=Contact(email="нет"),
        )
    )
    assert set(found) == {"text", "territory", "topic", "received_at", "contact.email"}
    assert TOWN in found["territory"]
    assert "roads.pits" in found["topic"]


def test_a_refusal_can_always_be_printed_and_stays_short() -> None:
    found = faults(an_appeal(topic="\ud800" + "x" * 100_000))
    assert len(found["topic"].encode()) < 1000
