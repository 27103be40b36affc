"""The timeline of an issue: who moved it when, with what, and what residents said meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from node.actions.export_person import erasure_copy
from node.bootstrap import Node
from node.domain.issue import NOBODY, REJECTION_GROUNDS, URGENCIES, WAYS_OF_FORWARDING
from node.domain.rulebook import Rulebook
from node.store.issues import IssueState
from node.store.resident_messages import ResidentMessage
from node.store.tombstones import Tombstone
from node.web.locale import issue_words, retention_words, russian
from node.web.pages.issue_terms import moment

SHOWN_AS_CHANGED = ("topic", "territory", "executor", "outcome")
"""Told by what the issue became, not again by what was asked for."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history. `now`: what a move made different or was made with, as (label,
    value); `links`: numbers of other issues, as (label, number). `state` None: `what` says it."""

    what: str
    state: str | None
    at: str
    actor: str
    now: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    reason: str | None


def timeline(
    states: Sequence[IssueState],
    said: Sequence[ResidentMessage],
    numbers: Mapping[int, str],
    stones: Sequence[Tombstone],
    node: Node,
    now: datetime,
) -> list[Happening]:
    """The newest first. `said`: by residents whose appeals may be read, `numbers` of those;
    `stones`: of what was erased of them and of the issue."""
    told = [
        (state.at, _moved(before, state, node, now))
        for before, state in pairwise((None, *states))
        if state is not None
    ]
    told += [(one.at, _said(one, numbers, node, now)) for one in said]
    together: dict[tuple[datetime, str], list[Tombstone]] = defaultdict(list)
    for stone in stones:
        together[stone.at, stone.subject].append(stone)
    told += [(at, _erased(some, numbers, node, now)) for (at, _), some in together.items()]
    return [line for _, line in sorted(told, key=lambda pair: pair[0])][::-1]


def _moved(before: IssueState | None, state: IssueState, node: Node, now: datetime) -> Happening:
    what = issue_words.happened(state.move, state.state)
    name = issue_words.state(state.state, state.outcome)
    return Happening(
        what=what,
        state=None if what.lower() == name else name,
        at=moment(state.at, now, node.zone),
        actor=issue_words.ACTORS.get(state.actor, state.actor),
        now=(*_changes(before, state, node.rulebook), *_given(state, node.rulebook)),
        links=tuple(
            (issue_words.LINKS[name], str(state.details[name]))
            for name in issue_words.LINKS
            if name in state.details
        ),
        reason=state.reason,
    )


def _said(
    message: ResidentMessage, numbers: Mapping[int, str], node: Node, now: datetime
) -> Happening:
    return Happening(
        what=issue_words.SAID.get(message.mark or message.kind, message.kind),
        state=None,
        at=moment(message.at, now, node.zone),
        actor=f"житель, обращение {numbers[message.appeal_id]}",
        now=(),
        links=(),
        reason=message.text,
    )


def _erased(
    stones: Sequence[Tombstone], numbers: Mapping[int, str], node: Node, now: datetime
) -> Happening:
    """What was done away with at once under one number, each with its rule."""
    first = stones[0]
    of_appeal = first.subject in numbers.values()
    return Happening(
        what="Данные жителя удалены или обезличены"
        if of_appeal
        else "Тексты удалены или обезличены",
        state=None,
        at=moment(first.at, now, node.zone),
        actor=issue_words.ACTORS.get(first.actor, first.actor),
        now=(
            *((("Обращение", first.subject),) if of_appeal else ()),
            *(
                (
                    russian.headline(retention_words.DATA[stone.data]),
                    f"{retention_words.DONE[stone.fate]} – {copy.rule_name}",
                )
                for stone, copy in ((one, erasure_copy(one, node.rulebook)) for one in stones)
            ),
        ),
        links=(),
        reason=None,
    )


def _changes(
    before: IssueState | None, state: IssueState, rulebook: Rulebook
) -> Iterator[tuple[str, str]]:
    values = (
        ("topic", rulebook.classifier.name(state.topic)),
        ("territory", rulebook.directory.name(state.territory)),
        ("executor", rulebook.agencies.name(state.executor) if state.executor else ""),
    )
    for name, value in values:
        if value and (before is None or getattr(before, name) != getattr(state, name)):
            yield issue_words.FIELDS[name], value


def _given(state: IssueState, rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    """What a move was made with, in words."""
    for name, value in state.details.items():
        if name in issue_words.FIELDS and name not in (*SHOWN_AS_CHANGED, *issue_words.LINKS):
            yield issue_words.FIELDS[name], _in_words(name, str(value), rulebook)


def _in_words(name: str, value: str, rulebook: Rulebook) -> str:
    match name:
        case "ground":
            return REJECTION_GROUNDS.get(value, value)
        case "urgency":
            return URGENCIES.get(value, value)
        case "way":
            return WAYS_OF_FORWARDING.get(value, value)
        case "until" | "sent_on":
            return russian.day(date.fromisoformat(value))
        case "complained_of":
            return complained_of(value, rulebook)
        case "responsible":
            return rulebook.agencies.name(value)
        case _:
            return value


def complained_of(code: str, rulebook: Rulebook) -> str:
    """The body complained of by its name."""
    return issue_words.NOBODY_NAMED if code == NOBODY else rulebook.agencies.name(code)
