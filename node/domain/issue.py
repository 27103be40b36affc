"""Issue: its states, the moves between them as ONE table, and what a move counts.

Whoever wants to know what may happen to an issue reads `MOVES`. The table is checked when this
module is imported: a state nothing leads to, or a move from nowhere, stops the program. Writing
the change down is the action's part (`actions/move_issue.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from node.domain.appeal import (
    AcceptedAppeal,
    faults_of_executor,
    faults_of_line,
    faults_of_territory,
    faults_of_topic,
)
from node.domain.classifier import UNSORTED
from node.domain.errors import Fault, Invalid
from node.domain.norms import Deadlines
from node.domain.rights import Right
from node.domain.rulebook import Rulebook


class State(StrEnum):
    REGISTERED = "registered"
    ROUTED = "routed"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


class Outcome(StrEnum):
    """How an issue was closed; the three are counted apart in every statistic."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    REFUSED = "refused"


STATE_NAMES = {
    State.REGISTERED: "зарегистрирована",
    State.ROUTED: "передана исполнителю",
    State.ANSWERED: "дан ответ",
    State.CLOSED: "закрыта",
    State.REOPENED: "возобновлена",
}
OUTCOME_NAMES = {
    Outcome.SOLVED: "решена",
    Outcome.EXPLAINED: "дано разъяснение",
    Outcome.REFUSED: "отказано",
}

START = State.REGISTERED
OPEN = frozenset(State) - {State.CLOSED}

MAX_REASON = 2_000
MAX_ANSWER = 10_000


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `to` None: the state stays as it is.

    `rights`: whoever has one of them may make it (`domain/access.py` asks).
    """

    name: str
    title: str
    sources: frozenset[State]
    to: State | None
    rights: tuple[Right, ...]
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def _move(
    name: str,
    title: str,
    sources: str,
    to: State | None,
    *,
    by: str,
    requires: str = "",
    optional: str = "",
) -> Move:
    return Move(
        name,
        title,
        frozenset(State(source) for source in sources.split()),
        to,
        tuple(Right(f"issues.{word}") for word in by.split()),
        tuple(requires.split()),
        tuple(optional.split()),
    )


# fmt: off
MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        # `route` without an executor confirms the one proposed by the topic.
        _move("route", "Передать исполнителю", "registered reopened", State.ROUTED,
              by="coordinate", optional="executor reason"),
        _move("reroute", "Сменить исполнителя", "routed", State.ROUTED,
              by="coordinate", requires="executor", optional="reason"),
        _move("answer", "Ответить жителю", "routed reopened answered", State.ANSWERED,
              by="execute", requires="text"),
        # A refusal must give its reason: see `faults_of_fields`.
        _move("close", "Закрыть", "answered", State.CLOSED,
              by="approve", requires="outcome", optional="reason"),
        _move("reopen", "Возобновить", "closed", State.REOPENED,
              by="moderate", requires="reason"),
        _move("reclassify", "Сменить тему", "registered routed answered reopened", None,
              by="moderate coordinate", requires="topic", optional="territory reason"),
    )
}
# fmt: on


def _check_table(moves: Mapping[str, Move]) -> None:
    reached = {START}
    while True:
        further = {m.to for m in moves.values() if m.to is not None and m.sources & reached}
        if further <= reached:
            break
        reached |= further
    if lost := set(State) - reached:
        raise AssertionError(f"no move leads to {', '.join(sorted(lost))}")
    if stuck := set(State) - {source for m in moves.values() if m.to for source in m.sources}:
        raise AssertionError(f"no move leads out of {', '.join(sorted(stuck))}")
    for move in moves.values():
        if not move.sources:
            raise AssertionError(f"move {move.name} starts nowhere")
        if not move.rights:
            raise AssertionError(f"move {move.name} is nobody's to make")
        if doubled := set(move.requires) & set(move.optional):
            raise AssertionError(f"move {move.name}: {doubled} are both required and optional")


_check_table(MOVES)


def allowed(state: State) -> tuple[Move, ...]:
    """What may be done with an issue in this state, in the order of the table."""
    return tuple(move for move in MOVES.values() if state in move.sources)


def after(state: State, move: Move) -> State:
    """The state an issue is in after a move that its state allows."""
    return move.to or state


@dataclass(frozen=True, slots=True)
class Opening:
    """An issue about to be opened by an appeal.

    `executor` is proposed by the topic and confirmed by the first `route`.
    """

    accepted: AcceptedAppeal
    topic: str
    executor: str
    deadlines: Deadlines


def opening(accepted: AcceptedAppeal, rulebook: Rulebook, unit: str) -> Opening:
    """What an appeal opens at the node of `unit`."""
    topic = accepted.appeal.topic or UNSORTED
    return Opening(
        accepted=accepted,
        topic=topic,
        executor=rulebook.agencies.for_topic(topic).code,
        deadlines=deadlines(
            topic, accepted.appeal.channel, accepted.received_at, rulebook=rulebook, unit=unit
        ),
    )


def deadlines(
    topic: str, channel: str, arrived_at: datetime, *, rulebook: Rulebook, unit: str
) -> Deadlines:
    """The deadlines of an issue on a topic whose first appeal came at `arrived_at`."""
    norm = rulebook.norms.for_appeal(
        channel=channel, fast_track=rulebook.classifier.is_fast_track(topic)
    )
    return rulebook.norms.deadlines(norm, arrived_at, rulebook.directory.zone(unit))


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an issue its moves depend on."""

    state: State
    topic: str
    territory: str
    executor: str | None
    arrived_at: datetime
    first_answer_at: datetime | None
    first_due_at: datetime | None
    final_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Flow:
    """One counted fact: a flow of the summary, and the minutes it took where that is measured."""

    counter: str
    minutes: int | None = None


def flows(
    move: Move, fields: Mapping[str, str], standing: Standing, now: datetime
) -> tuple[Flow, ...]:
    """What a move made now counts. Minutes are calendar time on the resident's clock.

    `routed` and `answered_first` count an issue once in its life. A closing counts each time, and
    after a reopening as solved measures the whole time from the first appeal again. Lateness is
    counted when it is known for certain: at the answer and at the closing.
    """
    waited = max(0, int((now - standing.arrived_at) / timedelta(minutes=1)))
    match move.name:
        case "route" if standing.state == START:
            return (Flow("routed", waited),)
        case "answer" if standing.first_answer_at is None:
            late = standing.first_due_at is not None and now > standing.first_due_at
            return (Flow("answered_first", waited), *([Flow("late_first")] if late else []))
        case "close":
            outcome = Outcome(fields["outcome"])
            late = standing.final_due_at is not None and now > standing.final_due_at
            return (
                Flow(f"closed_{outcome.value}", waited if outcome is Outcome.SOLVED else None),
                *([Flow("late_final")] if late else []),
            )
        case "reopen":
            return (Flow("reopened"),)
        case _:
            return ()


def checked_fields(
    move: Move,
    fields: Mapping[str, str],
    standing: Standing,
    *,
    rulebook: Rulebook,
    unit: str,
) -> dict[str, str]:
    """The fields of a move, trimmed. Invalid names every one missing, unknown or wrong."""
    given = {name: text.strip() for name, text in fields.items()}
    faults = tuple(_faults_of_fields(move, given, standing, rulebook, unit))
    if faults:
        raise Invalid(*faults)
    return {name: text for name, text in given.items() if text}


def _faults_of_fields(
    move: Move, given: Mapping[str, str], standing: Standing, rulebook: Rulebook, unit: str
) -> Iterator[Fault]:
    for name in move.requires:
        if not given.get(name):
            yield Fault(name, f"обязательное поле хода «{move.name}»")
    if move.name == "close" and given.get("outcome") == Outcome.REFUSED and not given.get("reason"):
        yield Fault("reason", "отказ должен быть объяснён: назовите причину")
    known = (*move.requires, *move.optional)
    for name, text in given.items():
        if name not in known:
            listed = ", ".join(known) or "нет"
            yield Fault(name, f"такого поля у хода «{move.name}» нет; его поля: {listed}")
        elif text:
            yield from _faults_of_value(name, text, rulebook, unit)
    if (
        move.name == "reclassify"
        and given.get("topic") == standing.topic
        and given.get("territory", standing.territory) in ("", standing.territory)
    ):
        yield Fault("topic", "проблема уже отнесена к этой теме и территории: назовите другую")
    if move.name == "reroute" and given.get("executor") == standing.executor:
        yield Fault("executor", "проблема уже у этого исполнителя: назовите другого")


def _faults_of_value(name: str, text: str, rulebook: Rulebook, unit: str) -> Iterator[Fault]:
    match name:
        case "text":
            yield from faults_of_line(name, text, MAX_ANSWER)
        case "reason":
            yield from faults_of_line(name, text, MAX_REASON)
        case "outcome":
            if text not in set(Outcome):
                yield Fault(name, f"должен быть одним из: {', '.join(Outcome)}")
        case "topic":
            yield from faults_of_topic(text, rulebook.classifier)
        case "executor":
            yield from faults_of_executor(text, rulebook.agencies)
        case "territory":
            yield from faults_of_territory(text, rulebook.directory, unit)
        case _:
            raise AssertionError(f"nobody checks the field {name}")
