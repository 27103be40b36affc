"""The table of moves: what is allowed when, what it needs and what it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from node.domain.issue import (
    DEAD_ENDS,
    ENDED,
    MOVES,
    OPEN,
    OUTCOME_NAMES,
    START,
    STATE_NAMES,
    WAITING,
    Outcome,
    State,
    _check_table,
    _move,
    after,
    allowed,
    leads_to,
)
from node.domain.issue_flows import Flow, Standing, flows

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


EDITS = ["reclassify", "prioritise"]


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        (
            State.REGISTERED,
            ["take", "admit", "reject", "route", "forward", *EDITS, "merge"],
        ),
        (State.MODERATION, ["admit", "reject", "route", "forward", *EDITS, "merge"]),
        (State.COORDINATION, ["route", "forward", *EDITS, "merge"]),
        (State.ROUTED, ["reroute", "return", "interim", "pause", "answer", *EDITS, "merge"]),
        (State.RETURNED, ["route", "forward", *EDITS, "merge"]),
        (State.PAUSED, ["reroute", "resume", *EDITS, "merge"]),
        (State.APPROVAL, ["reroute", "approve", "send_back", *EDITS]),
        (State.ANSWERED, ["answer", "close", *EDITS]),
        (State.CLOSED, ["reopen"]),
        (State.REOPENED, ["route", "interim", "answer", *EDITS, "merge"]),
        (State.REJECTED, []),
        (State.MERGED, ["unmerge"]),
    ],
)
def test_each_state_allows_exactly_these_moves(state: State, moves: list[str]) -> None:
    assert [move.name for move in allowed(state)] == moves


def test_every_state_is_waiting_open_or_ended() -> None:
    assert set(State) == WAITING | OPEN | ENDED
    assert not WAITING & OPEN
    assert not OPEN & ENDED


def test_every_state_is_reached_and_only_the_intended_are_dead_ends() -> None:
    reached = {START} | {to for move in MOVES.values() for to in leads_to(move)}
    assert reached == set(State)
    assert {state for state in State if not allowed(state)} == DEAD_ENDS


def test_an_answer_waits_for_approval_where_its_author_may_not_approve() -> None:
    assert after(State.ROUTED, MOVES["answer"]) is State.ANSWERED
    assert after(State.ROUTED, MOVES["answer"], may_approve=False) is State.APPROVAL
    assert after(State.APPROVAL, MOVES["approve"], interim=True) is State.ROUTED
    assert after(State.MERGED, MOVES["unmerge"], admitted=False) is State.MODERATION


def test_the_moves_and_states_of_the_first_release_stay_valid() -> None:
    """What programs written for the first API do still works: the same words, the same ways."""
    first = {
        "registered": ["route", "reclassify"],
        "routed": ["reroute", "answer", "reclassify"],
        "answered": ["answer", "close", "reclassify"],
        "closed": ["reopen"],
        "reopened": ["route", "answer", "reclassify"],
    }
    leads = {
        "route": "routed",
        "reroute": "routed",
        "answer": "answered",
        "close": "closed",
        "reopen": "reopened",
    }
    for state, moves in first.items():
        assert set(moves) <= {move.name for move in allowed(State(state))}
    assert all(MOVES[name].to == state for name, state in leads.items())
    assert MOVES["reclassify"].to is None


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
    opened = a_standing(opened_at=NOW)
    assert flows(route, State.ROUTED, {}, opened, later) == (Flow("routed", 90),)
    before = NOW - timedelta(minutes=3)
    assert flows(route, State.ROUTED, {}, opened, before) == (Flow("routed", 0),)


def test_on_the_very_deadline_nothing_is_late() -> None:
    standing = a_standing(state=State.ROUTED, opened_at=NOW, routed_at=NOW)
    due = standing.first_due_at
    assert due is not None
    assert flows(MOVES["answer"], State.ANSWERED, {"text": "…"}, standing, due)[1:] == ()
    late = flows(
        MOVES["answer"], State.ANSWERED, {"text": "…"}, standing, due + timedelta(seconds=1)
    )
    assert late[1:] == (Flow("late_first"),)


def test_only_the_first_routing_and_the_first_answer_count() -> None:
    again = a_standing(state=State.REOPENED, first_answer_at=NOW, opened_at=NOW, routed_at=NOW)
    assert flows(MOVES["route"], State.ROUTED, {}, again, NOW) == ()
    assert flows(MOVES["answer"], State.ANSWERED, {"text": "…"}, again, NOW) == ()
    routed = a_standing(state=State.ROUTED, opened_at=NOW, routed_at=NOW)
    assert flows(MOVES["reroute"], State.ROUTED, {}, routed, NOW) == ()


def test_a_draft_that_waits_for_approval_is_no_answer_yet() -> None:
    routed = a_standing(state=State.ROUTED, opened_at=NOW, routed_at=NOW)
    assert flows(MOVES["answer"], State.APPROVAL, {"text": "…"}, routed, NOW) == ()
    waiting = a_standing(state=State.APPROVAL, opened_at=NOW, routed_at=NOW)
    sent = flows(MOVES["approve"], State.ANSWERED, {}, waiting, NOW)
    assert sent == (Flow("answered_first", 0),)


def test_leaving_moderation_is_counted_as_opened_once_whichever_way_it_goes() -> None:
    fresh = a_standing()
    assert flows(MOVES["take"], State.MODERATION, {}, fresh, NOW) == ()
    assert flows(MOVES["admit"], State.COORDINATION, {}, fresh, NOW) == (Flow("opened"),)
    assert flows(MOVES["route"], State.ROUTED, {}, fresh, NOW) == (
        Flow("opened"),
        Flow("routed", 0),
    )
    assert flows(MOVES["reject"], State.REJECTED, {}, fresh, NOW) == (Flow("rejected"),)
    forwarded = flows(MOVES["forward"], State.CLOSED, {}, fresh, NOW)
    assert forwarded == (Flow("opened"), Flow("closed_explained"))


def test_a_merging_counts_only_what_was_open() -> None:
    fresh, opened = a_standing(), a_standing(state=State.COORDINATION, opened_at=NOW)
    assert flows(MOVES["merge"], State.MERGED, {}, fresh, NOW) == ()
    assert flows(MOVES["merge"], State.MERGED, {}, opened, NOW) == (Flow("merged"),)
    merged = a_standing(state=State.MERGED, opened_at=NOW)
    assert flows(MOVES["unmerge"], State.COORDINATION, {}, merged, NOW) == (Flow("reopened"),)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_three_outcomes_are_counted_apart(outcome: Outcome) -> None:
    answered = a_standing(state=State.ANSWERED, opened_at=NOW)
    counted = flows(MOVES["close"], State.CLOSED, {"outcome": outcome}, answered, NOW)
    minutes = 0 if outcome is Outcome.SOLVED else None
    assert counted == (Flow(f"closed_{outcome.value}", minutes),)


class AnIssueThroughItsLife(RuleBasedStateMachine):
    """Whatever order moves come in: flows balance, and each measured flow has its minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = a_standing()
        self.now = NOW
        self.interim = False
        self.counted: list[Flow] = []

    @rule(
        name=sampled_from(sorted(MOVES)),
        outcome=sampled_from(Outcome),
        minutes=integers(0, 9999),
        may_approve=booleans(),
    )
    def move(self, name: str, outcome: Outcome, minutes: int, may_approve: bool) -> None:
        chosen, before = MOVES[name], self.standing
        if before.state not in chosen.sources:
            assert chosen not in allowed(before.state)
            return
        self.now += timedelta(minutes=minutes)
        to = after(
            before.state,
            chosen,
            may_approve=may_approve,
            interim=self.interim,
            admitted=before.opened_at is not None,
        )
        counted = flows(chosen, to, {"outcome": outcome}, before, self.now)
        self.counted += counted
        names = [flow.counter for flow in counted]
        self.interim = to is State.APPROVAL and name == "interim"
        self.standing = replace(
            before,
            state=to,
            opened_at=self.now if "opened" in names else before.opened_at,
            routed_at=self.now if "routed" in names else before.routed_at,
            first_answer_at=self.now if "answered_first" in names else before.first_answer_at,
        )

    @invariant()
    def open_is_opened_and_reopened_less_closed_and_merged(self) -> None:
        counters = [flow.counter for flow in self.counted]
        closed = sum(counter.startswith("closed_") for counter in counters)
        came = counters.count("opened") + counters.count("reopened")
        still_open = came - closed - counters.count("merged")
        assert still_open == (self.standing.state in OPEN)
        assert counters.count("opened") <= 1
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
