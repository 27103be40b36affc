"""What the board of local resolution counts, read from appeals, issues and their flows.

Under the topic and executor an issue has now, and of issues in sight alone: whoever may not read
an issue is not told either that there is one. Each function is one query, however much happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from node.domain.access import Sight
from node.domain.resolution import FLOWS, STOCKS
from node.store.appeals import Appeal
from node.store.issues import Issue, IssueFlow
from node.store.sights import in_sight
from node.store.work_lists import is_soon

PLACE = (Issue.topic, Issue.executor)


class Count(NamedTuple):
    """So many of a counter; `executor` None: nobody is named yet."""

    topic: str
    executor: str | None
    counter: str
    times: int


class Took(NamedTuple):
    """So many issues were solved in so many minutes of the resident's clock."""

    topic: str
    executor: str | None
    minutes: int
    times: int


def received(
    session: Session, starts: datetime, ends: datetime, shown: Collection[Sight]
) -> Iterator[Count]:
    """Appeals received from `starts` to before `ends`."""
    query = (
        select(*PLACE, func.count())
        .select_from(Appeal)
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(Appeal.received_at >= starts, Appeal.received_at < ends, *in_sight(shown))
        .group_by(*PLACE)
    )
    for topic, executor, count in session.execute(query):
        yield Count(topic, executor, "received", count)


def happened(
    session: Session, starts: datetime, ends: datetime, shown: Collection[Sight]
) -> Iterator[Count]:
    """Every flow of the board but `received`, from `starts` to before `ends`."""
    query = (
        select(*PLACE, IssueFlow.counter, func.count())
        .select_from(IssueFlow)
        .join(Issue, Issue.id == IssueFlow.issue_id)
        .where(
            IssueFlow.at >= starts,
            IssueFlow.at < ends,
            IssueFlow.counter.in_(FLOWS),
            *in_sight(shown),
        )
        .group_by(*PLACE, IssueFlow.counter)
    )
    return (Count(*row) for row in session.execute(query))


def solved_in(
    session: Session, starts: datetime, ends: datetime, shown: Collection[Sight]
) -> Iterator[Took]:
    """How long what was closed as solved from `starts` to before `ends` had taken."""
    query = (
        select(*PLACE, IssueFlow.minutes, func.count())
        .select_from(IssueFlow)
        .join(Issue, Issue.id == IssueFlow.issue_id)
        .where(
            IssueFlow.at >= starts,
            IssueFlow.at < ends,
            IssueFlow.counter == "closed_solved",
            IssueFlow.minutes.is_not(None),
            *in_sight(shown),
        )
        .group_by(*PLACE, IssueFlow.minutes)
    )
    for topic, executor, minutes, count in session.execute(query):
        if minutes is not None:
            yield Took(topic, executor, minutes, count)


def standing(session: Session, now: datetime, shown: Collection[Sight]) -> Iterator[Count]:
    """The stocks of this moment, defined as in `facts.live_stocks`; and `soon`."""
    query = (
        select(
            *PLACE,
            _how_many(_is_open()),
            _how_many(and_(_is_open(), Issue.final_due_at < now)),
            _how_many(and_(_is_open(), Issue.drags_at < now)),
            _how_many(and_(*is_soon(now))),
        )
        .where(Issue.closed_at.is_(None), *in_sight(shown))
        .group_by(*PLACE)
    )
    for topic, executor, *counts in session.execute(query):
        for stock, count in zip(STOCKS, counts, strict=True):
            yield Count(topic, executor, stock, count)


def due_soon(
    session: Session, now: datetime, shown: Collection[Sight], *, limit: int
) -> Sequence[Issue]:
    """Issues whose warning has begun and whose running deadline has not passed, the nearest
    first."""
    query = (
        select(Issue)
        .where(*is_soon(now), *in_sight(shown))
        .order_by(Issue.next_due_at, Issue.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def _is_open() -> ColumnElement[bool]:
    return Issue.opened_at.is_not(None)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
