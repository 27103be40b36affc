"""The table of moves: what is allowed when, what it needs and what it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import integers, sampled_from

from node.domain.issue import (
    MOVES,
    OUTCOME_NAMES,
    START,
    STATE_NAMES,
    Flow,
    Outcome,
    Standing,
    State,
    _check_table,
    _move,
    after,
    allowed,
    flows,
)

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def a_standing(**overrides: object) -> Standing:
    values: dict[str, object] = {
        "state": START,
        "topic": "roads.pits",
        "territory": "47701000",
        "executor": "roads",
        "arrived_at": NOW,
        "first_answer_at": None,
        "first_due_at": NOW + timedelta(days=1),
        "final_due_at": NOW + timedelta(days=30),
    }
    return Standing(**values | overrides)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        (State.REGISTERED, ["route", "reclassify"]),
        (State.ROUTED, ["reroute", "answer", "reclassify"]),
        (State.ANSWERED, ["answer", "close", "reclassify"]),
        (State.CLOSED, ["reopen"]),
        (State.REOPENED, ["route", "answer", "reclassify"]),
    ],
)
def test_each_state_allows_exactly_these_moves(state: State, moves: list[str]) -> None:
    assert [move.name for move in allowed(state)] == moves


def test_every_state_and_outcome_has_its_words() -> None:
    assert set(STATE_NAMES) == set(State)
    assert set(OUTCOME_NAMES) == set(Outcome)


def test_a_table_with_a_state_nothing_leads_to_is_refused() -> None:
    moves = {name: move for name, move in MOVES.items() if name != "reopen"}
    with pytest.raises(AssertionError, match="reopened"):
        _check_table(moves)


def test_a_table_with_a_dead_end_is_refused() -> None:
    moves = dict(MOVES) | {"reopen": _move("reopen", "", "routed", State.REOPENED, by="moderate")}
    with pytest.raises(AssertionError, match="closed"):
        _check_table(moves)


def test_the_resident_s_clock_is_in_whole_minutes_and_never_below_nought() -> None:
    route = MOVES["route"]
    later = NOW + timedelta(minutes=90, seconds=59)
    assert flows(route, {}, a_standing(), later) == (Flow("routed", 90),)
    assert flows(route, {}, a_standing(), NOW - timedelta(minutes=3)) == (Flow("routed", 0),)


def test_on_the_very_deadline_nothing_is_late() -> None:
    standing = a_standing(state=State.ROUTED)
    due = standing.first_due_at
    assert due is not None
    assert flows(MOVES["answer"], {"text": "…"}, standing, due)[1:] == ()
    late = flows(MOVES["answer"], {"text": "…"}, standing, due + timedelta(seconds=1))
    assert late[1:] == (Flow("late_first"),)


def test_only_the_first_routing_and_the_first_answer_count() -> None:
    again = a_standing(state=State.REOPENED, first_answer_at=NOW)
    assert flows(MOVES["route"], {}, again, NOW) == ()
    assert flows(MOVES["answer"], {"text": "…"}, again, NOW) == ()
    assert flows(MOVES["reroute"], {}, a_standing(state=State.ROUTED), NOW) == ()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_three_outcomes_are_counted_apart(outcome: Outcome) -> None:
    counted = flows(MOVES["close"], {"outcome": outcome}, a_standing(state=State.ANSWERED), NOW)
    minutes = 0 if outcome is Outcome.SOLVED else None
    assert counted == (Flow(f"closed_{outcome.value}", minutes),)


class AnIssueThroughItsLife(RuleBasedStateMachine):
    """Whatever order moves come in: flows balance, and each measured flow has its minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.state = START
        self.now = NOW
        self.first_answer_at: datetime | None = None
        self.counted: list[Flow] = []

    @rule(
        name=sampled_from(sorted(MOVES)), outcome=sampled_from(Outcome), minutes=integers(0, 9999)
    )
    def move(self, name: str, outcome: Outcome, minutes: int) -> None:
        chosen = MOVES[name]
        if self.state not in chosen.sources:
            assert chosen not in allowed(self.state)
            return
        self.now += timedelta(minutes=minutes)
        standing = a_standing(state=self.state, first_answer_at=self.first_answer_at)
        self.counted += flows(chosen, {"outcome": outcome}, standing, self.now)
        if name == "answer":
            self.first_answer_at = self.first_answer_at or self.now
        self.state = after(self.state, chosen)

    @invariant()
    def open_is_opened_and_reopened_less_closed(self) -> None:
        counters = [flow.counter for flow in self.counted]
        closed = sum(counter.startswith("closed_") for counter in counters)
        still_open = 1 + counters.count("reopened") - closed
        assert still_open == (self.state != State.CLOSED)
        assert counters.count("routed") <= 1
        assert counters.count("answered_first") <= 1
        assert counters.count("late_first") <= counters.count("answered_first")
        assert counters.count("late_final") <= closed

    @invariant()
    def what_has_a_histogram_has_minutes(self) -> None:
        measured = {"routed", "answered_first", "closed_solved"}
        for flow in self.counted:
            assert (flow.minutes is not None) == (flow.counter in measured)


TestAnIssueThroughItsLife = AnIssueThroughItsLife.TestCase
TestAnIssueThroughItsLife.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None
)
