"""Terms: how they are written, when they end, what pauses do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.deadline_term import Term, TermUnit
from node.reference import load_rulebook
from tests.support.zones import MOSCOW, local

NORMS = load_rulebook().norms
CALENDAR = NORMS.calendar(MOSCOW)
MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
TERMS = st.builds(Term, st.integers(1, 40), st.sampled_from(TermUnit))


@given(TERMS)
def test_a_term_is_read_as_it_is_written(term: Term) -> None:
    assert Term.parse(str(term)) == term


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "working hours",
        "nine hours",
        "0 days",
        "-1 days",
        "366 days",
        "9 full hours",
        "9 full working hours",
        "9 weeks",
        "9.5 hours",
        "99999 hours",
        "9  hours",
    ],
)
def test_what_is_no_term_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match=r"term is a number and one of|must be from 1 to"):
        Term.parse(text)


@pytest.mark.parametrize(
    ("text", "arrived", "ends"),
    [
        ("4 hours", "2026-11-20T17:50", "2026-11-20T21:50"),
        ("90 minutes", "2026-11-20T23:00", "2026-11-21T00:30"),
        ("4 working hours", "2026-11-20T17:50", "2026-11-23T12:50"),
        ("9 working hours", "2026-11-20T17:50", "2026-11-23T17:50"),
        ("1 working day", "2026-11-20T17:50", "2026-11-23T17:50"),
        ("45 working minutes", "2026-11-20T17:50", "2026-11-23T09:35"),
        ("1 day", "2026-11-20T23:59", "2026-11-22T00:00"),
        ("1 day", "2026-11-21T00:00", "2026-11-23T00:00"),
        ("1 full working day", "2026-11-20T17:50", "2026-11-24T00:00"),
        ("1 full working day", "2026-11-21T00:00", "2026-11-24T00:00"),
        ("1 full working day", "2025-10-31T12:00", "2025-11-02T00:00"),  # a Saturday worked
    ],
)
def test_when_a_term_ends(text: str, arrived: str, ends: str) -> None:
    assert Term.parse(text).end(local(arrived), CALENDAR) == local(ends)


def test_hours_on_the_clock_are_real_hours_where_the_zone_changes() -> None:
    zone = "Europe/Volgograd"  # clocks back an hour at two in the night to 27 December 2020
    calendar = NORMS.calendar(ZoneInfo(zone))
    ends = Term.parse("4 hours").end(local("2020-12-26T23:00", zone), calendar)
    assert ends == local("2020-12-27T02:00", zone)
    days = Term.parse("10 days").end(local("2020-12-20T12:00", zone), calendar)
    assert days == datetime(2020, 12, 30, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "pause", "ends"),
    [
        ("4 hours", ("2026-11-18T13:00", "2026-11-18T15:00"), "2026-11-18T18:00"),
        ("4 hours", ("2026-11-18T11:00", "2026-11-18T12:30"), "2026-11-18T16:30"),
        ("4 hours", ("2026-11-18T16:00", "2026-11-18T18:00"), "2026-11-18T16:00"),
        ("9 working hours", ("2026-11-18T20:00", "2026-11-19T08:00"), "2026-11-19T12:00"),
        ("9 working hours", ("2026-11-18T17:00", "2026-11-19T10:00"), "2026-11-19T14:00"),
        ("3 days", ("2026-11-19T10:00", "2026-11-19T18:00"), "2026-11-22T00:00"),
        ("3 days", ("2026-11-19T23:59", "2026-11-20T00:00"), "2026-11-22T00:00"),
        ("3 days", ("2026-11-19T23:59", "2026-11-20T00:01"), "2026-11-23T00:00"),
        ("3 days", ("2026-11-19T00:00", "2026-11-21T00:00"), "2026-11-24T00:00"),
        ("3 days", ("2026-11-22T00:00", "2026-11-25T00:00"), "2026-11-22T00:00"),
        ("2 full working days", ("2026-11-20T12:00", "2026-11-22T12:00"), "2026-11-21T00:00"),
        ("2 full working days", ("2026-11-19T12:00", "2026-11-20T12:00"), "2026-11-24T00:00"),
    ],
)
def test_what_a_pause_leaves_out(text: str, pause: tuple[str, str], ends: str) -> None:
    first, last = map(local, pause)
    found = Term.parse(text).end(local("2026-11-18T12:00"), CALENDAR, [(first, last)])
    assert found == local(ends)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2 hours", "2027-01-11T22:00"),
        ("3 days", "2027-01-09T00:00"),
        ("1 working day", "2027-01-11T09:00"),
        ("2 full working days", "2026-12-30T09:00"),
        ("90 working minutes", "2027-01-11T16:30"),
    ],
)
def test_how_long_before_the_end_of_a_day(text: str, before: str) -> None:
    assert Term.parse(text).before(local("2027-01-12T00:00"), CALENDAR) == local(before)


@given(
    term=TERMS,
    moments=st.tuples(MOMENTS, MOMENTS),
    zone=st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "Europe/Volgograd", "Europe/Berlin"]),
)
def test_later_starts_never_end_earlier(
    term: Term, moments: tuple[datetime, datetime], zone: str
) -> None:
    calendar = NORMS.calendar(ZoneInfo(zone))
    first, second = (term.end(one, calendar) for one in sorted(moments))
    assert first <= second
    assert first > min(moments)


@given(term=TERMS, start=MOMENTS, since=st.integers(-5000, 60_000), lasts=st.integers(0, 20_000))
def test_a_pause_never_brings_an_end_forward(
    term: Term, start: datetime, since: int, lasts: int
) -> None:
    first = start + timedelta(minutes=since)
    pause = (first, first + timedelta(minutes=lasts))
    plain, paused = term.end(start, CALENDAR), term.end(start, CALENDAR, [pause])
    assert plain <= paused
    # A pause that begins when the term is over comes too late to move it.
    if first >= plain:
        assert paused == plain


@given(term=TERMS, start=MOMENTS)
def test_the_last_day_is_the_day_a_term_ends_on(term: Term, start: datetime) -> None:
    end, last = term.end(start, CALENDAR), term.last_day(start, CALENDAR)
    assert CALENDAR.end_of_day(last) >= end > CALENDAR.end_of_day(last) - timedelta(days=1)
