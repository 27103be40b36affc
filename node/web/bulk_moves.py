"""One move for many issues: each in a transaction of its own, each with its own outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from node.actions.move_issue import move_issue
from node.bootstrap import Node
from node.domain.appeal import is_number
from node.domain.errors import DomainError, Fault, Invalid
from node.domain.issue import MOVES, Move
from node.domain.rights import Actor

MOST = 200
BULK = ("take", "admit", "route", "reroute", "approve", "prioritise", "reclassify", "merge")
"""What may be done with many at once: nothing that needs words written for one."""
MAX_VERSION = 2**31 - 1  # what the column holds

Item = tuple[str, int]
"""The number of an issue and the version the move was decided on."""


class BulkForm(BaseModel):
    """As a browser sends it: `items` are NUMBER:VERSION, `listed` the query of the list."""

    items: list[str] = []
    move: str = ""
    listed: str = ""
    executor: str = ""
    topic: str = ""
    urgency: str = ""
    into: str = ""
    reason: str = ""

    def fields(self) -> dict[str, str]:
        """What the chosen move takes of what was filled in; the rest belongs to other moves."""
        known = MOVES.get(self.move)
        names = (*known.requires, *known.optional) if known else ()
        given = self.model_dump(include={"executor", "topic", "urgency", "into", "reason"})
        return {name: value for name, value in given.items() if value and name in names}


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one. `why`: of one that was refused."""

    number: str
    done: bool
    state: str | None = None
    version: int | None = None
    why: str | None = None


def bulk_moves(actor: Actor) -> tuple[Move, ...]:
    """The moves this actor may try on many."""
    return tuple(
        MOVES[name] for name in BULK if any(actor.may(right) for right in MOVES[name].rights)
    )


def read_items(items: Iterable[str]) -> tuple[Item, ...]:
    """NUMBER:VERSION of a form. Invalid: one is not of that shape."""
    found = []
    for item in items:
        number, _, version = item.rpartition(":")
        if not version.isascii() or not version.isdigit() or len(version) > 10:
            raise Invalid(Fault("items", "отметьте проблемы в списке заново"))
        found.append((number, int(version)))
    return tuple(found)


def move_each(
    node: Node, actor: Actor, items: Sequence[Item], *, move: str, fields: Mapping[str, str]
) -> tuple[Moved, ...]:
    """Make one move on each, in their order. Invalid: none, too many, or a move not for many."""
    if move not in BULK:
        raise Invalid(Fault("move", f"для многих сразу есть ходы: {', '.join(BULK)}"))
    if not items:
        raise Invalid(Fault("items", "не отмечено ни одной проблемы"))
    if len(items) > MOST:
        raise Invalid(Fault("items", f"не больше {MOST} за раз, отмечено {len(items)}"))
    return tuple(_one(node, actor, item, move, fields) for item in dict.fromkeys(items))


def _one(node: Node, actor: Actor, item: Item, move: str, fields: Mapping[str, str]) -> Moved:
    number, version = item
    if not is_number(number) or not 1 <= version <= MAX_VERSION:
        return Moved(number[:80], False, why="проблемы с таким номером нет")
    try:
        with node.transaction() as session:
            issue = move_issue(
                session,
                node.rulebook,
                unit=node.code,
                number=number,
                move=move,
                version=version,
                fields=fields,
                actor=actor,
                now=node.clock(),
            )
            return Moved(number, True, issue.state, issue.version)
    except Invalid as refusal:
        return Moved(number, False, why="; ".join(fault.message for fault in refusal.faults))
    except DomainError as refusal:
        return Moved(number, False, why=refusal.message)
