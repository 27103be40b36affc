"""What the holder of a status link is shown of the way of an issue, and may do with it now."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from node.domain.issue import State

MAX_MESSAGE = 4_000
MAX_MESSAGES = 20  # of one appeal: a link is one resident's, not a forum


class Choice(StrEnum):
    """What a resident may do."""

    MARK = "mark"  # say whether the answer satisfies
    CONTEST = "contest"  # «не решено»: the issue is reopened
    ANSWER = "answer"  # the question the issue is paused for
    JOIN = "join"  # «и у меня»: the same has been written before


class Mark(StrEnum):
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"


class Step(StrEnum):
    """The four stages of the national feedback platform, and the end of them."""

    MODERATION = "moderation"
    COORDINATION = "coordination"
    EXECUTION = "execution"
    APPROVAL = "approval"
    ANSWER = "answer"


_STEP_OF = {
    State.REGISTERED: Step.MODERATION,
    State.MODERATION: Step.MODERATION,
    State.COORDINATION: Step.COORDINATION,
    State.RETURNED: Step.COORDINATION,
    State.ROUTED: Step.EXECUTION,
    State.PAUSED: Step.EXECUTION,
    State.REOPENED: Step.EXECUTION,
    State.APPROVAL: Step.APPROVAL,
    State.ANSWERED: Step.ANSWER,
    State.CLOSED: Step.ANSWER,
}


def step_of(state: State) -> Step | None:
    """The stage an issue is at; None of one that was rejected, or is told by its head."""
    return _STEP_OF.get(state)


def open_choices(
    state: State,
    *,
    closed_at: datetime | None,
    marked: bool,
    offered: bool,
    now: datetime,
    contest_days: int,
) -> frozenset[Choice]:
    """What may be done now. `state` and `closed_at` are those of the issue that stands for the
    appeal's own; `offered`: the own one waits for moderation and others are like it."""
    found = set()
    if state in (State.CLOSED, State.ANSWERED) and not marked:
        found.add(Choice.MARK)
    ends = None if closed_at is None else closed_at + timedelta(days=contest_days)
    if state is State.CLOSED and ends is not None and now <= ends:
        found.add(Choice.CONTEST)
    if state is State.PAUSED:
        found.add(Choice.ANSWER)
    if offered:
        found.add(Choice.JOIN)
    return frozenset(found)
