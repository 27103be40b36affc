"""The work list: which issues it shows, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, tuple_
from sqlalchemy.orm import Session

from node.domain.access import EVERYTHING, Sight
from node.domain.issue import ENDED
from node.store.base import Instant
from node.store.issues import Issue
from node.store.sights import in_sight


def page(
    session: Session,
    *,
    state: str | None = None,
    topic: str | None = None,
    territory: str | None = None,
    after: int = 0,
    limit: int,
    shown: Collection[Sight] = (EVERYTHING,),
) -> Sequence[Issue]:
    """Issues in the order they were registered, those after the id `after`."""
    query = select(Issue).where(Issue.id > after, *in_sight(shown))
    query = query.order_by(Issue.id).limit(limit)
    if state is not None:
        query = query.where(Issue.state == state)
    if topic is not None:
        query = query.where(Issue.topic == topic)
    if territory is not None:
        query = query.where(Issue.territory == territory)
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which issues the work list shows.

    `state` None: every open one. `overdue_at`: only those whose running deadline lay before it.
    `topics`: any of these codes; None: any at all. `shown`: what the reader's rights reach.
    """

    state: str | None = None
    overdue_at: datetime | None = None
    topics: tuple[str, ...] | None = None
    territory: str | None = None
    shown: tuple[Sight, ...] = (EVERYTHING,)


Place = tuple[datetime, int]
"""Where an issue stands in the work list: its running deadline (or its closing) and its id."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many issues there are, and how many of them are overdue; `more`: it stopped counting."""

    issues: int
    overdue: int
    more: bool


def work_list(
    session: Session, wanted: Wanted, *, after: Place | None = None, limit: int
) -> Sequence[Issue]:
    """Open issues, the nearest running deadline first; closed ones, the last closed first."""
    query = select(Issue).where(*_conditions(wanted)).limit(limit)
    if wanted.state in ENDED:
        key = tuple_(Issue.closed_at, Issue.id)
        query = query.order_by(Issue.closed_at.desc(), Issue.id.desc())
        if after is not None:
            query = query.where(key < _literals(after))
    else:
        key = tuple_(Issue.next_due_at, Issue.id)
        query = query.order_by(Issue.next_due_at, Issue.id)
        if after is not None:
            query = query.where(key > _literals(after))
    return session.scalars(query).all()


def tally(session: Session, wanted: Wanted, *, now: datetime, most: int) -> Tally:
    """Count what `work_list` would show, `most` at the farthest: the number beyond it tells
    nobody anything and would cost a look at every row."""
    counted = (
        select(Issue.next_due_at)
        .where(*_conditions(wanted))
        # The overdue come first, so that they are counted even where the counting stops.
        .order_by(Issue.closed_at if wanted.state in ENDED else Issue.next_due_at)
        .limit(most + 1)
        .subquery()
    )
    late = func.coalesce(func.sum(case((counted.c.next_due_at < now, 1), else_=0)), 0)
    found, overdue = session.execute(select(func.count(), late).select_from(counted)).one()
    return Tally(min(found, most), min(overdue, most), found > most)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.state in ENDED:
        yield Issue.closed_at.is_not(None)
    else:
        yield Issue.next_due_at.is_not(None)
    if wanted.state is not None:
        yield Issue.state == wanted.state
    if wanted.overdue_at is not None:
        yield Issue.next_due_at < wanted.overdue_at
    if wanted.topics is not None:
        yield Issue.topic.in_(wanted.topics)
    if wanted.territory is not None:
        yield Issue.territory == wanted.territory
    yield from in_sight(wanted.shown)


def _literals(place: Place) -> ColumnElement[Any]:
    moment, issue_id = place
    return tuple_(literal(moment, Instant), literal(issue_id))
