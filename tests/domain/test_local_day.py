"""Local days: bounds in every zone, and which days want a summary sealed when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.schemas.summary import local_day
from node.domain.local_day import (
    DAY,
    Due,
    Sealed,
    becomes_final,
    bounds,
    day_of,
    days_to_publish,
    last_ended,
)
from node.reference import load_rulebook

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = date(2026, 3, 2)
NOON = time(12)
ZONES = sorted({unit.timezone for unit in load_rulebook().directory.units})


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def due(now: datetime, **given: object) -> list[tuple[date, str]]:
    return [(one.day, one.status) for one in _due(now, **given)]


def _due(now: datetime, **given: object) -> tuple[Due, ...]:
    usual = {
        "zone": MOSCOW,
        "final_at": NOON,
        "node_from": MONDAY,
        "node_until": None,
        "sealed": {},
        "dirty": {},
        "open_every": timedelta(minutes=2),
    }
    return days_to_publish(now=now, **(usual | given))  # type: ignore[arg-type]


@given(zone=st.sampled_from(ZONES), day=st.dates(date(1992, 1, 1), date(2030, 12, 31)))
def test_bounds_are_those_the_wire_demands_and_days_touch(zone: str, day: date) -> None:
    starts, ends = bounds(day, ZoneInfo(zone))
    assert (starts, ends) == local_day(day, zone)
    assert bounds(day + DAY, ZoneInfo(zone))[0] == ends
    assert timedelta(hours=22) <= ends - starts <= timedelta(hours=26)


@given(zone=st.sampled_from(ZONES), moment=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)))
def test_a_moment_belongs_to_the_day_whose_bounds_hold_it(zone: str, moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    starts, ends = bounds(day_of(moment, ZoneInfo(zone)), ZoneInfo(zone))
    assert starts <= moment < ends


def test_a_day_the_clocks_were_put_back_on_has_twenty_five_hours() -> None:
    starts, ends = bounds(date(2014, 10, 26), MOSCOW)
    assert ends - starts == timedelta(hours=25)


def test_the_last_ended_day_waits_for_the_westernmost_zone() -> None:
    zones = [ZoneInfo("Asia/Kamchatka"), ZoneInfo("Europe/Kaliningrad")]
    midnight = at(date(2026, 3, 3), 0, zone=zones[1])
    assert last_ended(zones, midnight) == MONDAY
    assert last_ended(zones, midnight - timedelta(seconds=1)) == MONDAY - DAY
    assert last_ended(zones[:1], midnight - timedelta(seconds=1)) == MONDAY


def test_a_day_begins_with_an_open_version_even_when_nothing_happens() -> None:
    assert due(at(MONDAY, 0, 1)) == [(MONDAY, "open")]


@pytest.mark.parametrize(("minutes", "expected"), [(1, []), (2, [(MONDAY, "open")])])
def test_a_dirty_open_day_is_made_again_after_a_pause(
    minutes: int, expected: list[tuple[date, str]]
) -> None:
    last = at(MONDAY, 9)
    now = last + timedelta(minutes=minutes)
    given = {"sealed": {MONDAY: Sealed("open", last)}, "dirty": {MONDAY: "late"}}
    assert due(now, **given) == expected
    assert due(now, sealed=given["sealed"]) == []


def test_a_clock_set_back_does_not_hold_an_open_day_up() -> None:
    made = {MONDAY: Sealed("open", at(MONDAY + 3 * DAY, 9))}
    assert due(at(MONDAY, 9), sealed=made, dirty={MONDAY: "late"}) == [(MONDAY, "open")]


def test_an_ended_day_is_made_once_more_with_its_closing_stocks() -> None:
    tuesday = MONDAY + DAY
    made = {MONDAY: Sealed("open", at(MONDAY, 23, 59)), tuesday: Sealed("open", at(tuesday, 0, 1))}
    assert due(at(tuesday, 0, 2), sealed=made) == [(MONDAY, "open")]
    made[MONDAY] = Sealed("open", at(tuesday, 0, 2))
    assert due(at(tuesday, 0, 3), sealed=made) == []


def test_a_day_is_final_from_noon_of_the_next_one() -> None:
    tuesday = MONDAY + DAY
    made = {MONDAY: Sealed("open", at(tuesday, 1)), tuesday: Sealed("open", at(tuesday, 1))}
    assert becomes_final(MONDAY, MOSCOW, NOON) == at(tuesday, 12)
    assert due(at(tuesday, 12) - timedelta(seconds=1), sealed=made) == []
    assert due(at(tuesday, 12), sealed=made) == [(MONDAY, "final")]


def test_a_node_that_was_off_for_a_week_makes_every_day_up() -> None:
    found = due(at(MONDAY + 7 * DAY, 13), sealed={MONDAY: Sealed("final", at(MONDAY + DAY, 12))})
    assert found == [(MONDAY + n * DAY, "final") for n in range(1, 7)] + [
        (MONDAY + 7 * DAY, "open")
    ]


def test_a_change_after_the_final_restates_it_with_the_reason() -> None:
    now = at(MONDAY + DAY, 15)
    made = {
        MONDAY: Sealed("final", at(MONDAY + DAY, 12)),
        MONDAY + DAY: Sealed("open", now),
    }
    assert _due(now, sealed=made, dirty={MONDAY: "import"}) == (Due(MONDAY, "restated", "import"),)


def test_a_day_is_restated_at_most_once_a_day() -> None:
    tuesday = MONDAY + DAY
    made = {MONDAY: Sealed("restated", at(tuesday, 15)), tuesday: Sealed("final", at(tuesday, 16))}
    dirty = {MONDAY: "late"}
    assert due(at(tuesday, 23, 59), sealed=made, dirty=dirty) == []
    wednesday = tuesday + DAY
    made[wednesday] = Sealed("open", at(wednesday, 0))
    assert due(at(wednesday, 0, 0), sealed=made, dirty=dirty) == [(MONDAY, "restated")]


def test_a_wrong_clock_holds_back_finals_but_not_open_days() -> None:
    tuesday = MONDAY + DAY
    made = {MONDAY: Sealed("open", at(tuesday, 1))}
    assert due(at(tuesday, 13), sealed=made, clock_trusted=False) == [(tuesday, "open")]
    settled = {MONDAY: Sealed("final", at(tuesday, 12)), tuesday: Sealed("open", at(tuesday, 13))}
    now = at(tuesday, 13)
    assert due(now, sealed=settled, dirty={MONDAY: "late"}, clock_trusted=False) == []


def test_days_before_the_node_served_and_after_it_ended_are_not_made() -> None:
    now = at(MONDAY + 3 * DAY, 13)
    found = due(now, node_until=MONDAY + 2 * DAY, dirty={MONDAY - DAY: "import"})
    assert found == [(MONDAY, "final"), (MONDAY + DAY, "final")]
