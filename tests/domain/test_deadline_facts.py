"""The facts of an issue meet the rulebook of its node: norm, calendar, pauses and promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from node.domain.deadline_facts import (
    DeadlineFacts,
    NoWaiting,
    PauseFact,
    deadlines,
    faults_of_promise,
    latest_promise,
    norm_of,
    pause_limit,
)
from node.reference import load_rulebook
from tests.support.zones import local

RULEBOOK = load_rulebook()
UNIT = "RU-TA"
ARRIVED = local("2026-11-02T12:00")


def facts(**overrides: object) -> DeadlineFacts:
    values: dict[str, object] = {
        "channel": "web_form",
        "topic": "roads.pits",
        "territory": UNIT,
        "urgency": "ordinary",
        "formal": False,
        "arrived_at": ARRIVED,
        "registered_at": ARRIVED,
    }
    return DeadlineFacts(**values | overrides)  # type: ignore[arg-type]


def due(wanted: DeadlineFacts, kind: str, unit: str = UNIT) -> object:
    found = {one.kind: one.due_at for one in deadlines(wanted, rulebook=RULEBOOK, unit=unit)}
    return found.get(kind)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"topic": "health.ambulance"}, "fast_track"),
        ({}, "standard"),
        ({"urgency": "urgent"}, "urgent"),
        ({"urgency": "urgent", "danger": True}, "danger"),
        ({"channel": "vk", "urgency": "urgent"}, "social_urgent"),
        ({"channel": "vk"}, "social"),
        ({"channel": "vk", "formal": True}, "formal"),
        ({"formal": True, "urgency": "urgent", "danger": True}, "formal_danger"),
        # A false alarm: somebody has taken the urgency off.
        ({"danger": True}, "standard"),
        ({"formal": True, "danger": True}, "formal"),
        ({"channel": "pos", "topic": "health.ambulance"}, "pos_fast_2026"),
        ({"territory": "nowhere"}, "standard"),
    ],
)
def test_the_norm_follows_from_the_facts(overrides: dict[str, object], code: str) -> None:
    assert norm_of(facts(**overrides), rulebook=RULEBOOK, unit=UNIT).code == code


def test_a_node_counts_by_the_holidays_of_its_own_place() -> None:
    arrived = local("2026-11-05T12:00")
    wanted = facts(arrived_at=arrived)
    # 6 November is a day off in Kazan: the constitution of the republic.
    assert due(wanted, "first_answer") == local("2026-11-09T12:00")
    assert due(wanted, "first_answer", unit="RU-MOS") == local("2026-11-06T12:00")


def test_the_local_day_of_the_node_decides_which_norm_was_in_force() -> None:
    late = {"channel": "pos", "topic": "health.ambulance"}
    eve = facts(**late, arrived_at=local("2025-12-31T20:30"))
    assert norm_of(eve, rulebook=RULEBOOK, unit=UNIT).code == "pos_fast"
    # Half past eight in Kazan is half past four in the morning of the new year in Magadan.
    assert norm_of(eve, rulebook=RULEBOOK, unit="RU-MAG").code == "pos_fast_2026"


def test_a_pause_moves_a_message_and_not_a_formal_appeal() -> None:
    pauses = (PauseFact(local("2026-11-09T12:00"), local("2026-11-12T12:00")),)
    assert due(facts(), "final") == local("2026-12-03T00:00")
    assert due(facts(pauses=pauses), "final") == local("2026-12-06T00:00")
    formal = facts(formal=True)
    assert due(facts(formal=True, pauses=pauses), "final") == due(formal, "final")
    assert due(formal, "final") == local("2026-12-03T00:00")


def test_a_promise_is_kept_from_the_moment_it_was_given() -> None:
    pauses = (PauseFact(local("2026-11-03T12:00"), local("2026-11-05T12:00")),)
    promise = {"promised_on": date(2026, 11, 20), "pauses": pauses}
    # Where it is not known when the promise was given, no pause moves it.
    assert due(facts(**promise), "final") == local("2026-11-21T00:00")
    sent = facts(**promise, promised_at=local("2026-11-02T13:00"))
    assert due(sent, "interim") == local("2026-11-23T00:00")


def test_the_30_days_run_from_the_registration_of_the_formal_appeal() -> None:
    wanted = facts(
        formal=True,
        formal_arrived_at=local("2026-11-09T12:00"),
        registered_at=local("2026-11-11T09:00"),
    )
    assert due(wanted, "register") == local("2026-11-13T00:00")
    assert due(wanted, "forward") == local("2026-11-19T00:00")
    assert due(wanted, "final") == local("2026-12-12T00:00")


def test_how_long_the_resident_may_be_waited_for() -> None:
    now = local("2026-11-09T12:00")
    limit = pause_limit(facts(), rulebook=RULEBOOK, unit=UNIT, now=now)
    assert limit == local("2026-11-20T00:00")
    # A formal appeal may wait as well, only its clock does not.
    formal = facts(formal=True)
    assert pause_limit(formal, rulebook=RULEBOOK, unit=UNIT, now=now) == limit


def test_where_the_norm_allows_no_wait_it_is_refused() -> None:
    strict = replace(RULEBOOK.norms.norms[-1], pause=None)
    rulebook = replace(RULEBOOK, norms=replace(RULEBOOK.norms, norms=(strict,)))
    with pytest.raises(NoWaiting):
        pause_limit(facts(), rulebook=rulebook, unit=UNIT, now=ARRIVED)


def test_a_promise_is_bounded_by_the_norm_and_by_the_law() -> None:
    now = local("2026-11-09T12:00")

    def faults(day: date | None, **overrides: object) -> list[str]:
        found = faults_of_promise(day, facts(**overrides), rulebook=RULEBOOK, unit=UNIT, now=now)
        return [fault.message for fault in found]

    latest = latest_promise(facts(), rulebook=RULEBOOK, unit=UNIT, now=now)
    assert latest == date(2026, 12, 9)
    assert faults(latest) == []
    assert "09.12.2026" in faults(latest + timedelta(days=1))[0]
    assert "назовите день" in faults(None)[0]
    assert "больше нельзя" in faults(latest, interims=1)[0]
    assert latest_promise(facts(interims=1), rulebook=RULEBOOK, unit=UNIT, now=now) is None
    assert "02.12.2026" in faults(latest, formal=True)[0]
    assert faults(date(2026, 12, 2), formal=True) == []
