"""Do what the rules of retention say is due, a batch of ended issues at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.erase_data import Order, erase_data
from node.domain.local_day import day_of
from node.domain.retention import Data, Fate, Step, due, next_at
from node.domain.rulebook import Rulebook
from node.store import holdings
from node.store.holdings import Group

ACTOR = "retention"


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule does to one kind of data: under how many numbers, how many items there, and
    when the oldest of their issues ended."""

    rule: str
    data: Data
    fate: Fate
    numbers: int
    items: int
    oldest: datetime


@dataclass(slots=True)
class Toll:
    """What is due, added up. `issues`: looked at."""

    issues: int = 0
    _lines: dict[tuple[str, Data, Fate], Line] = field(default_factory=dict)

    def add(self, steps: Iterable[Step]) -> None:
        for step in steps:
            key = (step.rule.code, step.data, step.fate)
            line = self._lines.get(key, Line(*key, 0, 0, step.held.ended_at))
            self._lines[key] = Line(
                *key,
                line.numbers + 1,
                line.items + step.items,
                min(line.oldest, step.held.ended_at),
            )

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines.values())


def count_due(
    session: Session, rulebook: Rulebook, toll: Toll, *, after: int, limit: int, now: datetime
) -> int | None:
    """Add what is due under the next issues to the toll, and change nothing.

    The id of the last one looked at, to be given as `after` to the next call; None: that was all.
    """
    ids = _next(session, rulebook, after, limit, now)
    for group in holdings.gather(session, ids):
        toll.issues += 1
        toll.add(_due(rulebook, group, now))
    return ids[-1] if ids else None


def apply_retention(
    session: Session,
    rulebook: Rulebook,
    toll: Toll,
    *,
    unit: str,
    after: int,
    limit: int,
    now: datetime,
) -> int | None:
    """Erase and redact what is due under the next issues, and add it to the toll.

    The id of the last one looked at, as `count_due`.

    Reconciling: what was missed is made up, what is done is not done twice.
    """
    rules = rulebook.retention
    ids = _next(session, rulebook, after, limit, now)
    groups = holdings.gather(session, ids, lock=True)
    steps: list[Step] = []
    for group in groups:
        toll.issues += 1
        steps += _due(rulebook, group, now)
    toll.add(steps)
    zone = rulebook.directory.zone(unit)
    holdings.looked(
        session,
        [(group.issue_id, next_at(rules, group.held, now)) for group in groups],
        rules=rules.fingerprint(),
        now=now,
    )
    erase_data(
        session,
        [
            Order(step.held, step.data, step.fate, step.rule.code, f"правило «{step.rule.name}»")
            for step in steps
        ],
        day=f"{day_of(now, zone):%d.%m.%Y}",
        actor=ACTOR,
        now=now,
    )
    return ids[-1] if ids else None


def _next(session: Session, rulebook: Rulebook, after: int, limit: int, now: datetime) -> list[int]:
    rules = rulebook.retention
    return list(
        holdings.ended(
            session,
            before=now - rules.shortest,
            rules=rules.fingerprint(),
            now=now,
            after=after,
            limit=limit,
        )
    )


def _due(rulebook: Rulebook, group: Group, now: datetime) -> list[Step]:
    return [step for held in group.held for step in due(rulebook.retention, held, now)]
