"""Issue: its states and the moves between them as ONE table.

Whoever wants to know what may happen to an issue reads `MOVES`: each line says from where to
where, who may, what the move requires, what it does to the clocks and what the resident is told.
The table is checked when this module is imported: a state nothing leads to, a dead end nobody
intended or a move from nowhere stops the program.

What a move counts is in `issue_flows.py`, what its fields may hold in `move_fields.py`; writing
the change down is the action's part (`actions/move_issue.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from node.domain.rights import Right


class State(StrEnum):
    """Where an issue stands. The first five are of the first release and keep their names."""

    REGISTERED = "registered"
    ROUTED = "routed"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    MODERATION = "moderation"
    COORDINATION = "coordination"
    RETURNED = "returned"
    PAUSED = "paused"
    APPROVAL = "approval"
    REJECTED = "rejected"
    MERGED = "merged"


class Outcome(StrEnum):
    """How an issue was closed; the three are counted apart in every statistic."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    REFUSED = "refused"


class Clocks(StrEnum):
    """What a move does to the deadlines of an issue (`actions/set_deadlines.py` does it)."""

    RUN = "run"  # nothing
    RESET = "reset"  # another norm, from the same arrival
    PAUSE = "pause"  # stand still while the resident is waited for, to the norm's limit
    RESUME = "resume"  # run again, moved by as long as they stood
    PROMISE = "promise"  # an interim answer names a new final date within the norm's limits
    MEET = "meet"  # the first answer's clock stops
    STOP = "stop"  # all stop
    RESTART = "restart"  # a reopening has a term of its own; the resident's clock runs on


class Notice(StrEnum):
    """What the resident is told of a move; the words are in config/notices.toml."""

    REGISTERED = "registered"
    MODERATION = "moderation"
    COORDINATION = "coordination"
    EXECUTION = "execution"
    INTERIM = "interim"
    ANSWERED = "answered"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    FORWARDED = "forwarded"
    REOPENED = "reopened"
    PAUSED = "paused"


STATE_NAMES = {
    State.REGISTERED: "зарегистрирована",
    State.MODERATION: "на модерации",
    State.COORDINATION: "на координации",
    State.ROUTED: "передана исполнителю",
    State.RETURNED: "возвращена: «не наше»",
    State.PAUSED: "ждём ответа жителя",
    State.APPROVAL: "ответ на согласовании",
    State.ANSWERED: "дан ответ",
    State.CLOSED: "закрыта",
    State.REOPENED: "возобновлена",
    State.REJECTED: "отклонена",
    State.MERGED: "объединена с другой",
}
OUTCOME_NAMES = {
    Outcome.SOLVED: "решена",
    Outcome.EXPLAINED: "дано разъяснение",
    Outcome.REFUSED: "отказано",
}

START = State.REGISTERED
ENDED = frozenset({State.CLOSED, State.REJECTED, State.MERGED})
"""Nobody works on it. `closed_at` is the moment it came here."""
WAITING = frozenset({State.REGISTERED, State.MODERATION})
"""Not admitted yet: received, but not counted as opened."""
OPEN = frozenset(State) - ENDED - WAITING
"""Admitted and not ended: what the stock `open` counts."""
DEAD_ENDS = frozenset({State.REJECTED})
"""Intended: whoever was rejected writes anew and quotes the number."""

URGENCIES = {"ordinary": "обычная", "urgent": "срочно"}
WAYS_OF_FORWARDING = {"post": "почтой", "document_system": "через систему документооборота"}
NOBODY = "none"
"""As the body complained of: moderation has looked, and no body is."""

REJECTION_GROUNDS = {
    "not_competent": "вопрос не относится к полномочиям органов этой территории",
    "no_matter": "нет сути: непонятно, что случилось или где",
    "abusive": "содержит оскорбления или угрозы",
    "advertising": "реклама или рассылка",
    "answered_before": "на этот вопрос житель уже получил ответ по существу",
    "unreadable": "текст не поддаётся прочтению",
    "other": "другая причина",
}
"""Why an appeal may be rejected at moderation, by code."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `to` None: the state stays as it is.

    `rights`: whoever has one of them may make it (`domain/access.py` asks). `unapproved`: where
    it leads instead for somebody who may not approve answers. `tells`: the notice residents get.
    """

    name: str
    title: str
    sources: frozenset[State]
    to: State | None
    rights: tuple[Right, ...]
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    clocks: Clocks = Clocks.RUN
    tells: Notice | None = None
    unapproved: State | None = None


def _move(
    name: str,
    title: str,
    sources: str,
    to: State | None,
    *,
    by: str,
    requires: str = "",
    optional: str = "",
    clocks: Clocks = Clocks.RUN,
    tells: Notice | None = None,
    unapproved: State | None = None,
) -> Move:
    return Move(
        name,
        title,
        frozenset(State(source) for source in sources.split()),
        to,
        tuple(Right(f"issues.{word}") for word in by.split()),
        tuple(requires.split()),
        tuple(optional.split()),
        clocks,
        tells,
        unapproved,
    )


_BEFORE_WORK = "registered moderation coordination returned"
_IN_WORK = "registered moderation coordination routed returned paused approval answered reopened"

# fmt: off
MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        _move("take", "Взять на модерацию", "registered", State.MODERATION,
              by="moderate", tells=Notice.MODERATION),
        # Counts `opened`. A formal appeal also needs `complained_of`: see `move_fields.py`.
        _move("admit", "Принять в работу", "registered moderation", State.COORDINATION,
              by="moderate", optional="topic territory urgency complained_of reason",
              clocks=Clocks.RESET, tells=Notice.COORDINATION),
        _move("reject", "Отклонить", "registered moderation", State.REJECTED,
              by="moderate", requires="ground", optional="responsible reason",
              clocks=Clocks.STOP, tells=Notice.REJECTED),
        # `route` without an executor confirms the one proposed by the routing rules. From a state
        # before coordination it admits as well.
        _move("route", "Передать исполнителю", f"{_BEFORE_WORK} reopened", State.ROUTED,
              by="coordinate", optional="executor complained_of reason", tells=Notice.EXECUTION),
        _move("reroute", "Сменить исполнителя", "routed paused approval", State.ROUTED,
              by="coordinate", requires="executor", optional="reason"),
        _move("return", "Вернуть: «не наше»", "routed", State.RETURNED,
              by="execute", requires="reason responsible"),
        _move("interim", "Дать промежуточный ответ", "routed reopened", State.ROUTED,
              by="execute", requires="text until", clocks=Clocks.PROMISE, tells=Notice.INTERIM,
              unapproved=State.APPROVAL),
        _move("pause", "Спросить жителя и ждать", "routed", State.PAUSED,
              by="execute coordinate", requires="text", clocks=Clocks.PAUSE,
              tells=Notice.PAUSED),
        _move("resume", "Продолжить работу", "paused", State.ROUTED,
              by="execute coordinate", optional="reason", clocks=Clocks.RESUME),
        # The draft of somebody who may not approve waits for one who may.
        _move("answer", "Ответить жителю", "routed reopened answered", State.ANSWERED,
              by="execute", requires="text", optional="outcome reason", clocks=Clocks.MEET,
              tells=Notice.ANSWERED, unapproved=State.APPROVAL),
        # An interim draft goes back to the executor, a final one on to the resident.
        _move("approve", "Согласовать и отправить", "approval", State.ANSWERED,
              by="approve", optional="text outcome reason", clocks=Clocks.MEET,
              tells=Notice.ANSWERED),
        _move("send_back", "Вернуть на доработку", "approval", State.ROUTED,
              by="approve", requires="reason"),
        # Refused while the answer is still on its way. A refusal must give its reason.
        _move("close", "Закрыть", "answered", State.CLOSED,
              by="approve", requires="outcome", optional="reason", clocks=Clocks.STOP,
              tells=Notice.CLOSED),
        # Formal appeals only (59-ФЗ, article 8): to the body competent, by post or documents.
        _move("forward", "Переадресовать", _BEFORE_WORK, State.CLOSED,
              by="moderate coordinate", requires="addressee way sent_on", optional="reason",
              clocks=Clocks.STOP, tells=Notice.FORWARDED),
        _move("reopen", "Возобновить", "closed", State.REOPENED,
              by="moderate", requires="reason", clocks=Clocks.RESTART, tells=Notice.REOPENED),
        _move("reclassify", "Сменить тему", _IN_WORK, None,
              by="moderate coordinate", requires="topic", optional="territory reason",
              clocks=Clocks.RESET),
        _move("prioritise", "Сменить срочность", _IN_WORK, None,
              by="moderate coordinate", requires="urgency", optional="reason",
              clocks=Clocks.RESET),
        _move("merge", "Объединить с другой", f"{_BEFORE_WORK} routed paused reopened",
              State.MERGED, by="moderate coordinate", requires="into", optional="reason",
              clocks=Clocks.STOP, tells=Notice.MERGED),
        # One that was merged before it was admitted goes back to moderation.
        _move("unmerge", "Разъединить", "merged", State.COORDINATION,
              by="moderate coordinate", optional="reason", clocks=Clocks.RESET),
    )
}
# fmt: on

ALSO_LEADS_TO: Mapping[str, frozenset[State]] = {
    "approve": frozenset({State.ROUTED}),
    "unmerge": frozenset({State.MODERATION}),
}
"""Where a move leads for what was before: an interim draft, a merging before admission."""


def _check_table(moves: Mapping[str, Move]) -> None:
    reached = {START}
    while True:
        further = {to for m in moves.values() if m.sources & reached for to in leads_to(m)}
        if further <= reached:
            break
        reached |= further
    if lost := set(State) - reached:
        raise AssertionError(f"no move leads to {', '.join(sorted(lost))}")
    leaves = {source for m in moves.values() if leads_to(m) for source in m.sources}
    if stuck := set(State) - leaves - DEAD_ENDS:
        raise AssertionError(f"no move leads out of {', '.join(sorted(stuck))}")
    if alive := DEAD_ENDS & leaves:
        raise AssertionError(f"{', '.join(sorted(alive))} is no dead end")
    for move in moves.values():
        if not move.sources:
            raise AssertionError(f"move {move.name} starts nowhere")
        if not move.rights:
            raise AssertionError(f"move {move.name} is nobody's to make")
        if doubled := set(move.requires) & set(move.optional):
            raise AssertionError(f"move {move.name}: {doubled} are both required and optional")


def leads_to(move: Move) -> frozenset[State]:
    """Every state a move may lead to; none where it stays as it is."""
    return frozenset(to for to in (move.to, move.unapproved) if to) | ALSO_LEADS_TO.get(
        move.name, frozenset()
    )


_check_table(MOVES)


def allowed(state: State) -> tuple[Move, ...]:
    """What may be done with an issue in this state, in the order of the table."""
    return tuple(move for move in MOVES.values() if state in move.sources)


def after(
    state: State,
    move: Move,
    *,
    may_approve: bool = True,
    interim: bool = False,
    admitted: bool = True,
) -> State:
    """The state an issue is in after a move that its state allows.

    `may_approve`: whether the one who moves may send answers without another's approval.
    `interim`: the draft that waits for approval is an interim one. `admitted`: the issue had been
    admitted before (it counts as opened).
    """
    if move.unapproved is not None and not may_approve:
        return move.unapproved
    if move.name == "approve" and interim:
        return State.ROUTED
    if move.name == "unmerge" and not admitted:
        return State.MODERATION
    return move.to or state


def is_open(state: State) -> bool:
    """Whether the stock `open` counts an issue in this state."""
    return state in OPEN
