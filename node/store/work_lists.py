"""The work list: which issues it shows, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from node.domain.access import Sight
from node.domain.issue import State
from node.domain.issue_choice import Scope, Wanted
from node.store.base import Instant
from node.store.issue_search import found_by_words
from node.store.issues import Issue
from node.store.sights import in_sight

__all__ = ["Place", "Scope", "Tally", "Wanted", "page", "place_of", "tallies", "work_list"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue stands in a list: its id, after its running deadline or its ending where the
    list goes by one of these."""

    id: int
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many issues there are, and how many of them are overdue; `more`: it stopped counting."""

    issues: int
    overdue: int
    more: bool


def page(
    session: Session,
    wanted: Wanted,
    *,
    after: int = 0,
    limit: int,
) -> Sequence[Issue]:
    """Issues in the order they were registered, those after the id `after`; those found by words
    the other way round, the last registered first."""
    if wanted.words:
        return found_by_words(
            session, wanted, conditions(wanted), before=after or None, limit=limit
        )
    query = select(Issue).where(Issue.id > after, *conditions(wanted))
    return session.scalars(query.order_by(Issue.id).limit(limit)).all()


def work_list(
    session: Session, wanted: Wanted, *, after: Place | None = None, limit: int
) -> Sequence[Issue]:
    """Issues in the order of their scope, those after a place: `Scope` says which order."""
    if wanted.words:
        before = after.id if after else None
        return found_by_words(session, wanted, conditions(wanted), before=before, limit=limit)
    query = select(Issue).where(*conditions(wanted))
    if wanted.newest_first:
        if after is not None:
            query = query.where(Issue.id < after.id)
        return session.scalars(query.order_by(Issue.id.desc()).limit(limit)).all()
    # The rows are fetched for those shown alone: which they are is read from an index that holds
    # every column asked about, so that a filter few rows fit costs no look at the others.
    stamp = _stamp(wanted)
    latest = wanted.scope is Scope.ENDED
    chosen = query.with_only_columns(Issue.id)
    if after is not None and after.moment is not None:
        place = tuple_(literal(after.moment, Instant), literal(after.id))
        key = tuple_(stamp, Issue.id)
        chosen = chosen.where(key < place if latest else key > place)
    order = (stamp.desc(), Issue.id.desc()) if latest else (stamp, Issue.id)
    chosen = chosen.order_by(*order).limit(limit)
    shown = select(Issue).where(Issue.id.in_(chosen.scalar_subquery()))
    return session.scalars(shown.order_by(*order)).all()


def place_of(issue: Issue, wanted: Wanted) -> Place:
    """The place of an issue in a list; the list goes on after it."""
    if wanted.newest_first:
        return Place(issue.id)
    return Place(issue.id, issue.closed_at if wanted.scope is Scope.ENDED else issue.next_due_at)


def tallies(session: Session, many: Sequence[Wanted], *, now: datetime, most: int) -> list[Tally]:
    """Count what `work_list` would show of each, in one query, `most` at the farthest: the number
    beyond it tells nobody anything and would cost a look at every row."""
    if not many:
        return []
    # What may be seen is written into the query once, however many lists are counted: a statement
    # that says it ten times costs more to put together than to answer.
    seen = {key: _seen(*key) for key in dict.fromkeys((one.scope, one.shown) for one in many)}
    parts = [
        _counted(wanted, seen[wanted.scope, wanted.shown], now, most, number)
        for number, wanted in enumerate(many)
    ]
    rows = session.execute(union_all(*parts) if len(parts) > 1 else parts[0])
    found = {number: (counted, overdue) for number, counted, overdue in rows}
    return [
        Tally(min(counted, most), min(overdue, most), counted > most)
        for counted, overdue in (found[number] for number in range(len(many)))
    ]


def _seen(scope: Scope, shown: tuple[Sight, ...]) -> type[Issue]:
    """Issues of a scope that may be seen; no list of its own but a part of each count."""
    query = select(Issue).where(*_in_scope(scope), *in_sight(shown))
    return aliased(Issue, query.cte(f"seen_{scope}").prefix_with("NOT MATERIALIZED"))


def _counted(
    wanted: Wanted, seen: type[Issue], now: datetime, most: int, number: int
) -> Select[Any]:
    counted = select(seen.next_due_at).where(*_narrowed(wanted, seen))
    if not wanted.newest_first:
        # The overdue come first, so that they are counted even where the counting stops.
        counted = counted.order_by(_stamp(wanted, seen))
    inner = counted.limit(most + 1).subquery()
    late = func.coalesce(func.sum(case((inner.c.next_due_at < now, 1), else_=0)), 0)
    return select(literal(number), func.count(), late).select_from(inner)


def _stamp(wanted: Wanted, row: type[Issue] = Issue) -> Any:
    return row.closed_at if wanted.scope is Scope.ENDED else row.next_due_at


def conditions(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """What an issue must be, its words apart."""
    return (*_in_scope(wanted.scope), *_narrowed(wanted, Issue), *in_sight(wanted.shown))


def _in_scope(scope: Scope) -> Iterator[ColumnElement[bool]]:
    if scope is Scope.OPEN:
        yield Issue.next_due_at.is_not(None)
    elif scope is Scope.ENDED:
        yield Issue.closed_at.is_not(None)


def _narrowed(wanted: Wanted, row: type[Issue]) -> Iterator[ColumnElement[bool]]:
    for column, codes in (
        (row.state, wanted.states),
        (row.topic, wanted.topics),
        (row.executor, wanted.executors),
    ):
        if codes is not None:
            yield column == codes[0] if len(codes) == 1 else column.in_(codes)
    if wanted.territory is not None:
        yield row.territory == wanted.territory
    if wanted.channel is not None:
        yield row.channel == wanted.channel
    if wanted.formal is not None:
        yield row.formal.is_(wanted.formal)
    if wanted.urgency is not None:
        yield _of_urgency(wanted.urgency, row)
    if wanted.due is not None:
        after, until = wanted.due
        yield row.next_due_at <= until
        if after is not None:
            yield row.next_due_at > after
    if wanted.warned_at is not None:
        yield from is_soon(wanted.warned_at, row)


def is_soon(now: datetime, row: type[Issue] = Issue) -> tuple[ColumnElement[bool], ...]:
    """The warning of the running deadline has begun and the deadline has not passed. A clock that
    stands still, as the resident is waited for, warns nobody."""
    return row.warn_at <= now, row.next_due_at > now, row.state != State.PAUSED


def _of_urgency(urgency: str, row: type[Issue]) -> ColumnElement[bool]:
    if urgency == "danger":
        return row.danger.is_(True)
    pressing = or_(row.urgency == "urgent", row.danger.is_(True))
    return pressing if urgency == "urgent" else not_(pressing)
