"""What counts on a local day, read from appeals, issues and their dated rows.

Every function is one or two queries, however much happened. Where a fact stands in the summary is
decided in `domain/summary.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from federation.schemas.summary import STOCKS
from node.domain.classifier import UNSORTED
from node.domain.issue import ENDED, State, is_open
from node.domain.summary import Fact
from node.store.appeals import Appeal
from node.store.days import Stock
from node.store.issues import Issue, IssueDeadline, IssueFlow, IssueState


class PastIssue(NamedTuple):
    """An issue as it stood at some moment, not ended. `open`: it had been admitted."""

    open: bool
    territory: str
    topic: str
    final_due_at: datetime | None
    drags_at: datetime | None


def flows(session: Session, starts: datetime, ends: datetime) -> Iterator[Fact]:
    """Every flow from `starts` to before `ends`, under its issue's topic and territory of now."""
    place = (Issue.territory, Issue.topic)
    arrived = (
        select(*place, Appeal.repeated, func.count())
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(Appeal.received_at >= starts, Appeal.received_at < ends)
        .group_by(*place, Appeal.repeated)
    )
    for territory, topic, repeated, count in session.execute(arrived):
        yield Fact(territory, topic, "received", count)
        if repeated:
            yield Fact(territory, topic, "repeated", count)
    happened = (
        select(*place, IssueFlow.counter, IssueFlow.minutes, func.count())
        .join(Issue, Issue.id == IssueFlow.issue_id)
        .where(IssueFlow.at >= starts, IssueFlow.at < ends)
        .group_by(*place, IssueFlow.counter, IssueFlow.minutes)
    )
    for territory, topic, counter, minutes, count in session.execute(happened):
        yield Fact(territory, topic, counter, count, minutes)


def observed_stocks(session: Session, day: date) -> Iterator[Fact]:
    """The stocks written down when a day closed."""
    columns = [getattr(Stock, name) for name in STOCKS]
    query = select(Stock.territory, Stock.topic, *columns).where(Stock.day == day)
    for territory, topic, *counts in session.execute(query):
        for stock, count in zip(STOCKS, counts, strict=True):
            yield Fact(territory, topic, stock, count)


def live_stocks(session: Session, now: datetime) -> Iterator[Fact]:
    """The stocks of this moment, from the present face of every open issue.

    `awaiting_help` stays 0 until there are escalations.
    """
    query = (
        select(
            Issue.territory,
            Issue.topic,
            func.count(),
            _how_many(Issue.final_due_at < now),
            _how_many(Issue.drags_at < now),
        )
        .where(Issue.opened_at.is_not(None), Issue.closed_at.is_(None))
        .group_by(Issue.territory, Issue.topic)
    )
    for territory, topic, still_open, overdue, dragging in session.execute(query):
        yield Fact(territory, topic, "open", still_open)
        yield Fact(territory, topic, "overdue", overdue)
        yield Fact(territory, topic, "dragging", dragging)
    # Unsorted are those nobody has given a topic to, admitted or not.
    unsorted = (
        select(Issue.territory, func.count())
        .where(Issue.topic == UNSORTED, Issue.closed_at.is_(None))
        .group_by(Issue.territory)
    )
    for territory, count in session.execute(unsorted):
        yield Fact(territory, UNSORTED, "unsorted", count)


def stocks_at(session: Session, moment: datetime) -> list[dict[str, str | int]]:
    """The stocks as they were just before a moment of the past, a row for each place and topic.

    Exact: an issue unchanged since is as it is now, a changed one as its newest dated rows before
    the moment say. Rows are as `days.observe` takes them.
    """
    counted: dict[tuple[str, str], Counter[str]] = {}
    for issue in (*_unchanged(session, moment), *_changed(session, moment)):
        if not issue.open and issue.topic != UNSORTED:
            continue
        stocks = counted.setdefault((issue.territory, issue.topic), Counter())
        stocks["unsorted"] += issue.topic == UNSORTED
        if issue.open:
            stocks["open"] += 1
            stocks["overdue"] += issue.final_due_at is not None and issue.final_due_at < moment
            stocks["dragging"] += issue.drags_at is not None and issue.drags_at < moment
    return [
        {"territory": territory, "topic": topic, **{name: stocks[name] for name in STOCKS}}
        for (territory, topic), stocks in sorted(counted.items())
    ]


def _unchanged(session: Session, moment: datetime) -> Iterable[PastIssue]:
    query = select(
        Issue.opened_at.is_not(None),
        Issue.territory,
        Issue.topic,
        Issue.final_due_at,
        Issue.drags_at,
    ).where(Issue.closed_at.is_(None), Issue.arrived_at < moment, Issue.changed_at < moment)
    return (PastIssue(*row) for row in session.execute(query))


def _changed(session: Session, moment: datetime) -> Iterator[PastIssue]:
    """Issues that were there, were not ended, and have changed since."""
    was = _newest_before(
        select(IssueState.issue_id, IssueState.state, IssueState.territory, IssueState.topic),
        IssueState.issue_id,
        IssueState.at,
        IssueState.id,
        moment,
    ).subquery("was")
    # An imported issue's deadlines are set when it is imported, though it was opened in the past:
    # where none had been set by then, the first one set is the one that would have been.
    due = _newest_before(
        select(
            IssueDeadline.issue_id,
            IssueDeadline.due_at,
            IssueDeadline.drags_at,
        ).where(IssueDeadline.kind == "final"),
        IssueDeadline.issue_id,
        IssueDeadline.set_at,
        IssueDeadline.id,
        moment,
    ).subquery("due")
    query = (
        select(was.c.state, was.c.territory, was.c.topic, due.c.due_at, due.c.drags_at)
        .outerjoin(due, (due.c.issue_id == was.c.issue_id) & (due.c.place == 1))
        .where(was.c.place == 1, was.c.state.not_in([state.value for state in ENDED]))
    )
    return (PastIssue(is_open(State(row[0])), *row[1:]) for row in session.execute(query))


def _newest_before(
    rows: Select[*tuple[Any, ...]],
    issue_id: Any,
    at: Any,
    row_id: Any,
    moment: datetime,
) -> Select[*tuple[Any, ...]]:
    """Dated rows of issues changed since a moment, `place` 1 on the one in force just before it.

    That is the newest row before the moment, and the oldest one when all are later.
    """
    later = case((at < moment, 0), else_=1)
    place = func.row_number().over(
        partition_by=issue_id,
        order_by=(
            later,
            case((at < moment, at)).desc(),
            case((at < moment, row_id)).desc(),
            at,
            row_id,
        ),
    )
    return (
        rows.add_columns(place.label("place"))
        .join(Issue, Issue.id == issue_id)
        .where(Issue.arrived_at < moment, Issue.changed_at >= moment)
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
