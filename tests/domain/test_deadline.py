"""Deadlines of an issue by the shipped norms: pauses, promises, reopening, formal appeals."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.deadline import (
    Deadline,
    Interim,
    Pause,
    deadlines,
    faults_of_until,
    latest_until,
    pause_ends,
)
from node.domain.deadline_norm import Matter, Norm
from node.reference import load_rulebook
from tests.support.zones import MOSCOW, local

NORMS = load_rulebook().norms
CALENDAR = NORMS.calendar(MOSCOW)


def norm(code: str) -> Norm:
    found = NORMS.get(code)
    assert found is not None
    return found


def due(deadline: Deadline | None) -> str:
    """`2026-11-23 17:50` in Moscow; the end of a day as 24:00."""
    assert deadline is not None
    at = deadline.due_at.astimezone(MOSCOW)
    if (at.hour, at.minute) == (0, 0):
        return f"{at - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{at:%Y-%m-%d %H:%M}"


# 20 November 2026 is a Friday. In 2026 work ends on 30 December and begins on 11 January 2027.
@pytest.mark.parametrize(
    ("code", "arrived", "first"),
    [
        ("danger", "2026-11-20T17:50", "2026-11-20 21:50"),
        ("danger", "2026-12-31T23:00", "2027-01-01 03:00"),
        ("social_urgent", "2026-11-20T17:50", "2026-11-23 12:50"),
        ("social", "2026-11-20T17:50", "2026-11-23 17:50"),
        ("social", "2026-11-20T18:00", "2026-11-23 18:00"),
        ("social", "2026-11-21T00:00", "2026-11-23 18:00"),
        ("social", "2026-12-30T12:00", "2027-01-11 12:00"),
        ("social", "2026-12-31T12:00", "2027-01-11 18:00"),
        ("social", "2026-11-03T12:00", "2026-11-05 13:00"),  # shortened, then a holiday
        ("social", "2025-10-31T17:00", "2025-11-01 17:00"),  # a Saturday worked, an hour shorter
        ("social", "2025-12-30T17:00", "2026-01-12 17:00"),
        ("standard", "2026-11-20T17:50", "2026-11-23 17:50"),
    ],
)
def test_first_answers_of_the_shipped_norms(code: str, arrived: str, first: str) -> None:
    found = deadlines(norm(code), CALENDAR, starts_at=local(arrived))
    assert due(found.first_answer) == first


@pytest.mark.parametrize(
    ("matter", "arrived", "final"),
    [
        (Matter(channel="pos"), "2026-11-18T12:00", "2026-12-18 24:00"),
        (
            Matter(channel="pos", fast_track=True, arrived_on=date(2025, 12, 31)),
            "2025-12-31T12:00",
            "2026-01-10 24:00",
        ),
        (
            Matter(channel="pos", fast_track=True, arrived_on=date(2026, 1, 1)),
            "2026-01-01T12:00",
            "2026-01-09 24:00",
        ),
        (Matter(channel="portal"), "2026-12-25T12:00", "2027-02-01 24:00"),
        (Matter(channel="portal", fast_track=True), "2026-12-25T12:00", "2027-01-18 24:00"),
        (Matter(channel="vk"), "2026-11-18T12:00", "2026-11-27 24:00"),
        (Matter(channel="web_form", fast_track=True), "2026-11-18T12:00", "2026-11-28 24:00"),
        (Matter(channel="web_form"), "2026-11-18T12:00", "2026-12-18 24:00"),
        (Matter(channel="web_form", urgency="urgent"), "2026-11-18T12:00", "2026-11-28 24:00"),
        (
            Matter(channel="vk", urgency="urgent", danger=True),
            "2026-11-20T17:50",
            "2026-11-23 24:00",
        ),
    ],
)
def test_final_answers_of_the_shipped_norms(matter: Matter, arrived: str, final: str) -> None:
    found = deadlines(NORMS.for_matter(matter), CALENDAR, starts_at=local(arrived))
    assert due(found.final) == final


def test_waiting_for_the_resident_moves_both_answers_of_a_message() -> None:
    start = local("2026-11-18T12:00")
    pause = Pause(local("2026-11-18T13:00"), local("2026-11-20T15:30"))
    found = deadlines(norm("standard"), CALENDAR, starts_at=start, pauses=[pause])
    # An hour before the pause, eight after it: two and a half on Friday, the rest on Monday.
    assert due(found.first_answer) == "2026-11-23 14:30"
    # Two days began while it ran.
    assert due(found.final) == "2026-12-20 24:00"


def test_a_pause_counts_up_to_its_limit_and_an_open_one_is_taken_to_last_to_it() -> None:
    start, since = local("2026-11-18T12:00"), local("2026-11-19T12:00")
    limit = pause_ends(norm("standard"), CALENDAR, since)
    assert limit == local("2026-11-30T00:00")
    ends = [
        deadlines(norm("standard"), CALENDAR, starts_at=start, pauses=[Pause(since, until)]).final
        for until in (None, limit, local("2027-03-01T00:00"))
    ]
    assert {due(one) for one in ends} == {"2026-12-28 24:00"}


def test_an_interim_answer_sets_the_final_to_the_date_promised() -> None:
    start, sent = local("2026-11-18T12:00"), local("2026-11-19T10:00")
    interim = Interim(sent, date(2026, 11, 25))
    found = deadlines(norm("social"), CALENDAR, starts_at=start, interims=[interim])
    assert due(found.final) == due(found.interim) == "2026-11-25 24:00"
    assert due(found.first_answer) == "2026-11-19 12:00"
    later = Pause(local("2026-11-20T10:00"), local("2026-11-22T10:00"))
    before = Pause(local("2026-11-18T13:00"), local("2026-11-19T09:00"))
    moved = deadlines(
        norm("social"), CALENDAR, starts_at=start, interims=[interim], pauses=[before, later]
    )
    assert due(moved.final) == "2026-11-27 24:00"


def test_how_far_an_interim_answer_may_promise() -> None:
    now = local("2026-12-25T10:00")
    assert latest_until(norm("social"), CALENDAR, now=now) == date(2027, 1, 14)
    assert latest_until(norm("pos_fast"), CALENDAR, now=now) is None

    def faults(until: date, given: int = 0, code: str = "social") -> list[str]:
        told = faults_of_until(until, norm(code), CALENDAR, now=now, given=given)
        return [f"{one.field}: {one.message}" for one in told]

    assert faults(date(2027, 1, 14)) == []
    assert faults(date(2026, 12, 25)) == []
    assert faults(date(2027, 1, 15)) == [
        "until: по нормативу «Социальные сети» – не позже 14.01.2027"
    ]
    assert "прошла" in faults(date(2026, 12, 24))[0]
    assert "больше нельзя" in faults(date(2027, 1, 14), given=1)[0]
    assert "не знает промежуточных" in faults(date(2027, 1, 1), code="pos_fast")[0]
    formal_due = local("2026-12-29T00:00")
    latest = latest_until(norm("formal"), CALENDAR, now=now, formal_due_at=formal_due)
    assert latest == date(2026, 12, 28)


def test_reopening_starts_the_final_clock_anew_and_leaves_the_first() -> None:
    start, again = local("2026-09-01T12:00"), local("2026-11-18T12:00")
    old = Interim(local("2026-09-10T12:00"), date(2026, 9, 30))
    pause = Pause(local("2026-09-02T12:00"), local("2026-09-03T12:00"))
    found = deadlines(
        norm("standard"),
        CALENDAR,
        starts_at=start,
        reopened_at=again,
        interims=[old],
        pauses=[pause],
    )
    assert due(found.final) == "2026-11-28 24:00"
    assert (found.final.starts_at, found.interim) == (again, None)
    assert found.first_answer.starts_at == start
    assert found.final.why["basis"] == "reopening"


def formal(registered_at: datetime | None, **more: object) -> dict[str, str]:
    found = deadlines(
        norm("formal"),
        CALENDAR,
        starts_at=local("2026-11-20T17:50"),
        formal=True,
        registered_at=registered_at,
        **more,  # type: ignore[arg-type]
    )
    return {one.kind: due(one) for one in found}


def test_a_formal_appeal_is_registered_forwarded_and_answered_by_the_law() -> None:
    assert formal(None) == {
        "first_answer": "2026-12-20 24:00",
        "final": "2026-12-20 24:00",
        "forward": "2026-11-27 24:00",
        "register": "2026-11-23 24:00",
    }
    registered = formal(local("2026-11-23T10:00"))
    assert registered == {
        "first_answer": "2026-12-23 24:00",
        "final": "2026-12-23 24:00",
        "forward": "2026-11-30 24:00",
        "register": "2026-11-23 24:00",
    }
    pause = Pause(local("2026-11-24T10:00"), None)
    interim = Interim(local("2026-11-25T10:00"), date(2026, 12, 30))
    moved = formal(local("2026-11-23T10:00"), pauses=[pause], interims=[interim])
    assert moved == {**registered, "interim": "2026-12-30 24:00"}


def test_people_are_warned_in_working_time_and_never_before_the_start() -> None:
    found = deadlines(norm("social"), CALENDAR, starts_at=local("2026-11-20T17:50"))
    assert found.first_answer.warn_at == local("2026-11-23T15:50")
    assert found.final.warn_at == local("2026-11-30T09:00")
    assert due(found.final) == "2026-12-01 24:00"
    late = deadlines(norm("danger"), CALENDAR, starts_at=local("2026-11-20T17:50"))
    assert late.first_answer.warn_at == local("2026-11-20T20:50")


def test_an_issue_drags_after_twice_its_norm() -> None:
    found = deadlines(norm("standard"), CALENDAR, starts_at=local("2026-11-18T12:00"))
    assert found.drags_at == local("2027-01-18T00:00")
    assert found.first_answer.drags_at == local("2026-11-20T12:00")


MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
# Minutes after the arrival, and how long the pause lasted: None is still open.
PAUSES = st.lists(st.tuples(st.integers(0, 50_000), st.none() | st.integers(0, 20_000)), max_size=3)


def pauses_from(start: datetime, drawn: list[tuple[int, int | None]]) -> list[Pause]:
    begun = [(start + timedelta(minutes=after), lasts) for after, lasts in drawn]
    return [
        Pause(at, None if lasts is None else at + timedelta(minutes=lasts)) for at, lasts in begun
    ]


@given(rule=st.sampled_from(NORMS.norms), start=MOMENTS, drawn=PAUSES)
def test_no_pause_makes_anything_due_earlier(
    rule: Norm, start: datetime, drawn: list[tuple[int, int | None]]
) -> None:
    plain = deadlines(rule, CALENDAR, starts_at=start)
    paused = deadlines(rule, CALENDAR, starts_at=start, pauses=pauses_from(start, drawn))
    for before, after in zip(plain, paused, strict=True):
        assert before.due_at <= after.due_at
        assert before.drags_at is not None
        assert after.drags_at is not None
        assert after.due_at <= after.drags_at
        assert before.drags_at <= after.drags_at
        assert after.warn_at is not None
        assert after.starts_at <= after.warn_at <= after.due_at


@given(
    start=MOMENTS,
    drawn=PAUSES,
    promises=st.lists(st.integers(0, 60), max_size=2),
    waited=st.integers(0, 3 * 24 * 60),
)
def test_nothing_moves_the_30_days_of_a_formal_appeal(
    start: datetime, drawn: list[tuple[int, int | None]], promises: list[int], waited: int
) -> None:
    registered = start + timedelta(minutes=waited)
    found = deadlines(
        norm("formal"),
        CALENDAR,
        starts_at=start - timedelta(days=5),
        formal=True,
        formal_at=start,
        registered_at=registered,
        pauses=pauses_from(start, drawn),
        interims=[
            Interim(registered, CALENDAR.day_of(registered) + timedelta(days=days))
            for days in promises
        ],
    )
    day = CALENDAR.day_of(registered)
    assert found.final.due_at == CALENDAR.end_of_day(day + timedelta(days=30))
    assert found.forward is not None
    assert found.forward.due_at == CALENDAR.end_of_day(day + timedelta(days=7))


@given(rule=st.sampled_from(NORMS.norms), start=MOMENTS, drawn=PAUSES)
def test_the_arithmetic_told_adds_up(
    rule: Norm, start: datetime, drawn: list[tuple[int, int | None]]
) -> None:
    for one in deadlines(rule, CALENDAR, starts_at=start, pauses=pauses_from(start, drawn)):
        assert json.loads(json.dumps(one.why)) == one.why
        assert datetime.fromisoformat(str(one.why["due_at"])) == one.due_at
        if isinstance(worked := one.why.get("worked"), list):
            assert sum(day["minutes"] for day in worked) == one.why["minutes"]
        if one.why["counted"] == "days":
            pauses = one.why.get("pauses", [])
            assert isinstance(pauses, list)
            first, last = (
                date.fromisoformat(str(one.why[key])) for key in ("arrived_on", "last_day")
            )
            assert (last - first).days == one.why["days"] + sum(p["days"] for p in pauses)
