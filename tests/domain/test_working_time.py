"""Working time around nights, weekends, holidays, closings and zones, there and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.production_calendar import InvalidCalendar, ProductionCalendar
from node.domain.working_time import Hours, Quiet, WorkingCalendar, merged
from node.reference import load_rulebook
from tests.support.zones import MOSCOW, local

NORMS = load_rulebook().norms
SHIPPED = NORMS.calendar(MOSCOW)
ZONES = (
    "Europe/Moscow",
    "Europe/Kaliningrad",
    "Europe/Volgograd",
    "Asia/Vladivostok",
    "Europe/Berlin",
    "America/Sao_Paulo",
)
MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
SPANS = st.lists(
    st.tuples(MOMENTS, st.integers(0, 20_000)).map(
        lambda one: (one[0], one[0] + timedelta(minutes=one[1]))
    ),
    max_size=3,
)


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
    ("arrived", "minutes", "due"),
    [
        # 31 December 2026 is a day off moved there, work begins on 11 January.
        ("2026-12-30T17:50", 540, "2027-01-11T17:50"),
        ("2026-12-31T00:00", 540, "2027-01-11T18:00"),
        ("2027-01-05T12:00", 540, "2027-01-11T18:00"),
        # 31 December 2020 was worked, an hour shorter; 11 January 2021 is a Monday.
        ("2020-12-31T12:00", 540, "2021-01-11T13:00"),
        ("2020-12-31T17:00", 540, "2021-01-11T18:00"),
        # Saturdays worked instead of another day; the second is shortened.
        ("2024-04-26T17:00", 540, "2024-04-27T17:00"),
        ("2025-10-31T17:00", 600, "2025-11-05T10:00"),
        # Shortened: eight hours, closed at 17:00.
        ("2026-11-03T09:00", 480, "2026-11-03T17:00"),
        ("2026-11-03T16:59", 2, "2026-11-05T09:01"),
        ("2026-11-03T17:00", 1, "2026-11-05T09:01"),
    ],
)
def test_the_production_calendar_is_counted_in(arrived: str, minutes: int, due: str) -> None:
    assert SHIPPED.add_working_minutes(local(arrived), minutes) == local(due)
    assert SHIPPED.working_minutes_between(local(arrived), local(due)) == minutes


def test_a_working_day_may_end_at_24_00() -> None:
    hours = Hours(frozenset(range(7)), time(0), time(0))
    always = WorkingCalendar(MOSCOW, hours)
    assert (hours.minutes, hours.closes_text) == (1440, "24:00")
    assert always.add_working_minutes(local("2026-11-20T23:00"), 120) == local("2026-11-21T01:00")
    assert always.add_working_days(local("2026-11-20T00:00"), 1) == local("2026-11-21T00:00")
    evening = WorkingCalendar(MOSCOW, Hours(opens=time(16), closes=time(0)))
    # Friday to 24:00, then Monday from 16:00; 24:00 itself is no longer Friday.
    assert evening.add_working_minutes(local("2026-11-20T23:00"), 60) == local("2026-11-21T00:00")
    assert evening.add_working_minutes(local("2026-11-20T23:00"), 61) == local("2026-11-23T16:01")
    assert evening.next_working_moment(local("2026-11-21T00:00")) == local("2026-11-23T16:00")
    shortened = ProductionCalendar(shortened=frozenset({date(2026, 11, 20)}))
    earlier = WorkingCalendar(MOSCOW, Hours(opens=time(16), closes=time(0)), shortened)
    assert earlier.closing(date(2026, 11, 20)) == local("2026-11-20T23:00")


@pytest.mark.parametrize(
    ("zone", "arrived", "due"),
    [
        # Clocks went back an hour for good in the night to Sunday 27 December 2020 …
        ("Europe/Volgograd", "2020-12-25T17:50", "2020-12-28T17:50"),
        # … in all of Russia in the night to Sunday 26 October 2014 …
        ("Europe/Moscow", "2014-10-24T17:50", "2014-10-27T17:50"),
        # … and on an hour in Magadan in the night to Sunday 24 April 2016.
        ("Asia/Magadan", "2016-04-22T17:50", "2016-04-25T17:50"),
        # Midnight of 4 November 2018 did not exist there.
        ("America/Sao_Paulo", "2018-11-02T17:50", "2018-11-05T17:50"),
    ],
)
def test_a_change_of_the_zone_does_not_move_local_deadlines(
    zone: str, arrived: str, due: str
) -> None:
    calendar = WorkingCalendar(ZoneInfo(zone))
    assert calendar.add_working_days(local(arrived, zone), 1) == local(due, zone)
    assert calendar.working_minutes_between(local(arrived, zone), local(due, zone)) == 540


def test_hours_are_counted_back_to_where_they_began() -> None:
    assert SHIPPED.subtract_working_minutes(local("2027-01-11T10:00"), 120) == local(
        "2026-12-30T17:00"
    )
    assert SHIPPED.subtract_working_minutes(local("2026-11-20T18:00"), 540) == local(
        "2026-11-20T09:00"
    )
    assert SHIPPED.subtract_working_minutes(local("2026-11-22T12:00"), 60) == local(
        "2026-11-20T17:00"
    )


@given(start=MOMENTS, minutes=st.integers(1, 6000), zone=st.sampled_from(ZONES), spans=SPANS)
def test_what_was_added_lies_between(
    start: datetime, minutes: int, zone: str, spans: list[tuple[datetime, datetime]]
) -> None:
    calendar = NORMS.calendar(ZoneInfo(zone))
    end = calendar.add_working_minutes(start, minutes, spans)
    assert calendar.working_minutes_between(start, end, spans) == minutes
    assert end >= calendar.add_working_minutes(start, minutes)


@given(end=MOMENTS, minutes=st.integers(1, 6000), zone=st.sampled_from(ZONES))
def test_what_was_subtracted_lies_between(end: datetime, minutes: int, zone: str) -> None:
    calendar = NORMS.calendar(ZoneInfo(zone))
    start = calendar.subtract_working_minutes(end, minutes)
    assert start < end
    assert calendar.working_minutes_between(start, end) == minutes


@given(moments=st.tuples(MOMENTS, MOMENTS), minutes=st.integers(1, 6000), spans=SPANS)
def test_who_comes_later_is_not_answered_earlier(
    moments: tuple[datetime, datetime], minutes: int, spans: list[tuple[datetime, datetime]]
) -> None:
    first, second = sorted(moments)
    ends = [SHIPPED.add_working_minutes(one, minutes, spans) for one in (first, second)]
    assert ends == sorted(ends)


def test_spans_of_time_are_put_together() -> None:
    one, two, three, four = (local(f"2026-11-18T{hour}:00") for hour in (10, 11, 12, 13))
    assert merged([(three, four), (one, two)]) == [(one, two), (three, four)]
    assert merged([(two, four), (one, three), (four, four)]) == [(one, four)]
    assert merged([(two, three), (one, two), (three, one)]) == [(one, three)]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2026-11-18T20:59", "2026-11-18T20:59"),
        ("2026-11-18T21:00", "2026-11-19T08:00"),
        ("2026-11-18T23:59", "2026-11-19T08:00"),
        ("2026-11-19T00:00", "2026-11-19T08:00"),
        ("2026-11-19T07:59", "2026-11-19T08:00"),
        ("2026-11-19T08:00", "2026-11-19T08:00"),
    ],
)
def test_no_notice_is_sent_at_night_by_local_time(moment: str, sent: str) -> None:
    zone = "Asia/Kamchatka"
    found = NORMS.quiet.next_moment(local(moment, zone), ZoneInfo(zone))
    assert found == local(sent, zone)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    early = Quiet(time(0), time(8))
    assert early.next_moment(local("2026-11-19T07:00"), MOSCOW) == local("2026-11-19T08:00")
    assert early.next_moment(local("2026-11-19T23:00"), MOSCOW) == local("2026-11-19T23:00")
    never = Quiet(time(8), time(8))
    assert never.next_moment(local("2026-11-19T03:00"), MOSCOW) == local("2026-11-19T03:00")


def test_hours_that_leave_no_working_time_are_refused() -> None:
    for wrong in (
        {"weekdays": frozenset()},
        {"opens": time(18), "closes": time(9)},
        {"opens": time(17), "closes": time(18), "shorter_by": 60},
    ):
        with pytest.raises(InvalidCalendar):
            Hours(**wrong)  # type: ignore[arg-type]


def test_a_calendar_of_holidays_only_ends_and_does_not_search_for_ever() -> None:
    yearly = {(month, day): "x" for month in range(1, 13) for day in range(1, 32)}
    calendar = WorkingCalendar(MOSCOW, days=ProductionCalendar(yearly=yearly))
    with pytest.raises(InvalidCalendar, match="no working time after"):
        calendar.add_working_minutes(local("2026-11-18T12:00"), 1)
    with pytest.raises(InvalidCalendar, match="no working time before"):
        calendar.subtract_working_minutes(local("2026-11-18T12:00"), 1)
