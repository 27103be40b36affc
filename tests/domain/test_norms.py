"""Norms: which one is in force, what norms.toml may say, and what it may not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from node.domain.deadline_norm import InvalidNorms
from node.domain.norms import Norms
from node.domain.production_calendar import InvalidCalendar
from node.domain.table import InvalidTable
from node.domain.working_time import end_of_day
from tests.support.zones import MOSCOW, local

TABLE: dict[str, object] = {
    "norms": [
        {
            "code": "fast_track",
            "name": "Ускоренные",
            "fast_track": True,
            "first_answer_working_days": 1,
            "final_days": 10,
        },
        {"code": "standard", "name": "Прочие", "first_answer_working_days": 1, "final_days": 30},
    ]
}


@pytest.mark.parametrize(
    ("arrived", "last_day"),
    [
        ("2026-11-18T12:30", date(2026, 11, 28)),
        ("2026-11-18T00:00", date(2026, 11, 28)),
        ("2026-11-17T23:59", date(2026, 11, 27)),
        ("2026-02-20T10:00", date(2026, 3, 2)),
    ],
)
def test_calendar_days_end_at_midnight_after_the_last(arrived: str, last_day: date) -> None:
    norms = Norms.from_table(TABLE)
    norm = norms.for_appeal(channel="api", fast_track=True)
    deadlines = norms.deadlines(norm, local(arrived), MOSCOW)
    midnight = datetime.combine(last_day + timedelta(days=1), time(0), MOSCOW)
    assert deadlines.final.due_at == midnight == end_of_day(last_day, MOSCOW)
    assert deadlines.drags_at == midnight + timedelta(days=10)
    assert deadlines.final.why["last_day"] == last_day.isoformat()


def test_a_deadline_says_why() -> None:
    norms = Norms.from_table(TABLE)
    norm = norms.for_appeal(channel="api", fast_track=False)
    first = norms.deadlines(norm, local("2026-11-20T17:50"), MOSCOW).first_answer
    assert (first.norm, first.kind) == ("standard", "first_answer")
    assert first.why == {
        "norm": "standard",
        "norm_name": "Прочие",
        "basis": "arrival",
        "zone": "Europe/Moscow",
        "starts_at": "2026-11-20T17:50:00+03:00",
        "due_at": "2026-11-23T17:50:00+03:00",
        "term": "1 working day",
        "counted": "working",
        "minutes": 540,
        "opens": "09:00",
        "closes": "18:00",
        "counted_from": "2026-11-20T17:50:00+03:00",
        "worked": [
            {"day": "2026-11-20", "minutes": 10},
            {"day": "2026-11-23", "minutes": 530},
        ],
        "skipped": [{"from": "2026-11-21", "until": "2026-11-22", "why": "weekend"}],
        "calendar_uncertain": [2026],
    }


def test_the_first_norm_that_fits_is_in_force() -> None:
    special = {**TABLE["norms"][1], "code": "vk", "channels": ["vk"]}  # type: ignore[index]
    norms = Norms.from_table({"norms": [special, *TABLE["norms"]]})  # type: ignore[misc]
    assert norms.for_appeal(channel="vk", fast_track=True).code == "vk"
    assert norms.for_appeal(channel="api", fast_track=True).code == "fast_track"
    assert norms.for_appeal(channel="api", fast_track=False).code == "standard"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"norms": []}, "last of"),
        ({"norms": [TABLE["norms"][0]]}, "last of"),  # type: ignore[index]
        ({"norms": [TABLE["norms"][1]] * 2}, "twice"),  # type: ignore[index]
        ({"norms": [{**TABLE["norms"][1], "final_days": 0}]}, "final_days"),  # type: ignore[index]
        ({"norms": [{**TABLE["norms"][1], "finaldays": 3}]}, "finaldays"),  # type: ignore[index]
        ({"calendar": {"weekdays": ["monday"]}}, "monday"),
        ({"calendar": {"opens": time(18), "closes": time(9)}}, "closes"),
        ({"calendar": {"opens": time(9, 0, 30)}}, "whole minute"),
        ({"calender": {}}, "calender"),
    ],
)
def test_a_wrong_table_is_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises((InvalidNorms, InvalidTable, InvalidCalendar), match=named):
        Norms.from_table({**TABLE, **change})
