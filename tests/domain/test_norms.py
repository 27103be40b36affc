"""Deadlines: working time around nights, weekends, closings and zones; calendar days to 24:00."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.deadline_norm import InvalidNorms
from node.domain.norms import Norms
from node.domain.production_calendar import InvalidCalendar, ProductionCalendar
from node.domain.table import InvalidTable
from node.domain.working_time import Hours, WorkingCalendar, end_of_day
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


# 20 November 2026 is a Friday.
@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        pytest.param("2026-11-18T09:00", "2026-11-18T18:00", id="at opening: the close of the day"),
        pytest.param("2026-11-18T12:30", "2026-11-19T12:30", id="midday: the same hour next day"),
        pytest.param("2026-11-18T18:00", "2026-11-19T18:00", id="at closing: the day is over"),
        pytest.param("2026-11-18T17:59", "2026-11-19T17:59", id="a minute before closing"),
        pytest.param("2026-11-18T00:00", "2026-11-18T18:00", id="midnight"),
        pytest.param("2026-11-18T08:59", "2026-11-18T18:00", id="a minute before opening"),
        pytest.param("2026-11-18T23:59", "2026-11-19T18:00", id="the last minute of a day"),
        pytest.param("2026-11-20T17:50", "2026-11-23T17:50", id="Friday evening"),
        pytest.param("2026-11-20T18:00", "2026-11-23T18:00", id="Friday at closing"),
        pytest.param("2026-11-20T09:00", "2026-11-20T18:00", id="Friday at opening"),
        pytest.param("2026-11-21T03:00", "2026-11-23T18:00", id="Saturday"),
        pytest.param("2026-11-22T23:59", "2026-11-23T18:00", id="Sunday night"),
        pytest.param("2026-12-31T17:00", "2027-01-01T17:00", id="over a year, no holidays yet"),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Kamchatka", "Europe/Kaliningrad"])
def test_one_working_day_is_nine_working_hours_from_arrival(
    arrived: str, due: str, zone: str
) -> None:
    calendar = WorkingCalendar(ZoneInfo(zone))
    assert calendar.add_working_days(local(arrived, zone), 1) == local(due, zone)


def test_local_hours_are_those_of_the_zone_not_of_the_sender() -> None:
    # 06:00 UTC is 18:00 in Kamchatka: its working day is over, Moscow's begins.
    moment = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
    assert WorkingCalendar(MOSCOW).add_working_days(moment, 1) == local("2026-11-18T18:00")
    kamchatka = WorkingCalendar(ZoneInfo("Asia/Kamchatka")).add_working_days(moment, 1)
    assert kamchatka == local("2026-11-19T18:00", "Asia/Kamchatka")


def test_four_urgent_hours_late_on_friday_end_on_monday() -> None:
    calendar = WorkingCalendar(MOSCOW)
    assert calendar.add_working_minutes(local("2026-11-20T17:50"), 240) == local("2026-11-23T12:50")


def test_summer_time_does_not_change_the_length_of_a_working_day() -> None:
    # Berlin puts its clocks on in the night to Sunday 29 March 2026.
    calendar = WorkingCalendar(ZoneInfo("Europe/Berlin"))
    due = calendar.add_working_days(local("2026-03-27T12:00", "Europe/Berlin"), 1)
    assert due == local("2026-03-30T12:00", "Europe/Berlin")
    # Where the change falls into working hours, real time counts.
    always = WorkingCalendar(
        ZoneInfo("Europe/Berlin"), Hours(frozenset(range(7)), time(0), time(23, 59))
    )
    start = local("2026-03-29T00:00", "Europe/Berlin")
    assert always.add_working_minutes(start, 120) - start.astimezone(UTC) == timedelta(hours=2)


def test_holidays_are_stepped_over() -> None:
    holidays = ProductionCalendar.of_holidays({date(2026, 11, 23): "День шахтёра"})
    due = WorkingCalendar(MOSCOW, days=holidays).add_working_days(local("2026-11-20T17:50"), 1)
    assert due == local("2026-11-24T17:50")


@given(
    start=st.datetimes(datetime(2018, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    first=st.integers(1, 3000),
    second=st.integers(1, 3000),
    zone=st.sampled_from(["Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin"]),
)
def test_working_time_adds_up(start: datetime, first: int, second: int, zone: str) -> None:
    calendar = WorkingCalendar(ZoneInfo(zone))
    half = calendar.add_working_minutes(start, first)
    assert half > start
    assert calendar.add_working_minutes(half, second) == calendar.add_working_minutes(
        start, first + second
    )


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
