"""The way to a resident, what counts as delivered, and how long is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from node.domain.reply_delivery import (
    BY_EMAIL,
    NO_WAY,
    NOTHING_LEFT,
    ON_THE_PAGE,
    PATIENCE,
    PRIORITIES,
    Choice,
    Failure,
    Kind,
    MessageState,
    Outcome,
    Reach,
    Result,
    Shares,
    Step,
    Tally,
    Way,
    after_attempt,
    choose,
    instead,
)

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
REFUSED = Outcome(Result.REFUSED, "550 5.1.1", Failure.REFUSED)
LATER = Outcome(Result.LATER, "451 4.7.1")


@pytest.mark.parametrize(
    ("reply_by", "has_email", "link_shown", "chosen"),
    [
        ("email", True, False, BY_EMAIL),
        ("email", True, True, BY_EMAIL),
        ("email", False, True, ON_THE_PAGE),  # the address was erased
        ("email", False, False, NO_WAY),
        ("status_page", False, True, ON_THE_PAGE),
        ("status_page", True, True, ON_THE_PAGE),
        ("status_page", False, False, NO_WAY),  # nobody told them the link
        ("status_page", True, False, BY_EMAIL),
        (None, False, True, ON_THE_PAGE),
        (None, True, True, ON_THE_PAGE),
        (None, True, False, BY_EMAIL),
        (None, False, False, NO_WAY),
        ("phone", True, True, NO_WAY),
        ("phone", False, False, NO_WAY),
        ("vk", True, True, NO_WAY),
    ],
)
def test_the_way_follows_what_was_asked_for_and_what_was_shown(
    reply_by: str | None, has_email: bool, link_shown: bool, chosen: Choice
) -> None:
    assert choose(Reach(reply_by, has_email, link_shown)) == chosen


def test_alerts_go_before_answers_and_answers_before_notices() -> None:
    assert min(Kind, key=lambda kind: PRIORITIES[kind]) is Kind.ALERT
    assert PRIORITIES[Kind.INTERIM] == PRIORITIES[Kind.FINAL] < PRIORITIES[Kind.WARNING]
    assert PRIORITIES[Kind.WARNING] < PRIORITIES[Kind.NOTICE]


def a_step(outcome: Outcome, kind: Kind = Kind.FINAL, **overrides: object) -> Step:
    values: dict[str, object] = {
        "attempts": 1,
        "waiting_since": NOW,
        "now": NOW,
        "rand": lambda: 0.5,
    }
    return after_attempt(kind, Way.EMAIL, outcome, **(values | overrides))  # type: ignore[arg-type]


def test_accepted_is_delivered() -> None:
    assert a_step(Outcome(Result.ACCEPTED, "250")) == Step(Way.EMAIL, MessageState.DELIVERED)


def test_what_was_not_needed_is_neither_delivered_nor_failed() -> None:
    assert a_step(NOTHING_LEFT, Kind.WARNING) == Step(Way.EMAIL, MessageState.NEEDLESS)


def test_a_refusal_for_good_fails_unless_another_way_takes_it() -> None:
    failed = a_step(REFUSED)
    assert failed == Step(Way.EMAIL, MessageState.FAILED, Failure.REFUSED)
    shown = instead(failed, Way.STATUS_PAGE, Outcome(Result.ACCEPTED, "shown"))
    assert shown == Step(Way.STATUS_PAGE, MessageState.DELIVERED, Failure.REFUSED)
    not_shown = Outcome(Result.REFUSED, "not shown", Failure.NO_WAY)
    assert instead(failed, Way.STATUS_PAGE, not_shown) == failed


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 0.5), (2, 1), (5, 8), (8, 60), (99, 60)])
def test_waits_double_up_to_hours(attempts: int, minutes: float) -> None:
    step = a_step(LATER, attempts=attempts)
    assert step.state is MessageState.WAITING
    assert step.next_try_at == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("kind", Kind)
def test_patience_ends_and_the_failure_is_recorded(kind: Kind) -> None:
    whole = PATIENCE[kind].whole
    still = a_step(LATER, kind, waiting_since=NOW - whole + timedelta(seconds=1), attempts=60)
    assert still.state is MessageState.WAITING
    assert still.next_try_at is not None
    assert still.next_try_at - NOW <= PATIENCE[kind].longest
    over = a_step(LATER, kind, waiting_since=NOW - whole, attempts=60)
    assert over == Step(Way.EMAIL, MessageState.FAILED, Failure.GAVE_UP)


def test_an_answer_is_settled_when_nobody_is_waited_for() -> None:
    assert Tally().settled
    assert Tally(delivered=2, failed=1).settled
    assert not Tally(waiting=1, delivered=2).settled


def test_shares_are_of_what_has_ended() -> None:
    shares = Shares(adapter=6, status_page=3, failed={"refused": 1}, waiting=5)
    assert [shares.of(n) for n in (shares.adapter, shares.status_page, shares.not_delivered)] == [
        0.6,
        0.3,
        0.1,
    ]
    assert Shares(waiting=4).of(0) is None
