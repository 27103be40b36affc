"""The work list: which issues it shows, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from node.domain.issue import State
from node.domain.issue_choice import Scope, Wanted
from node.store.base import Instant
from node.store.issue_search import found_by_words
from node.store.issues import Issue
from node.store.sights import in_sight
from node.store.unindexed import unindexed

__all__ = ["Counts", "Place", "Scope", "Wanted", "counts", "page", "place_of", "work_list"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue stands in a list: its id, after its running deadline or its ending where the
    list goes by one of these."""

    id: int
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many issues there are of each that was asked for, and how many of the last are late."""

    issues: tuple[int, ...]
    overdue: int


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
    if wanted.scope is Scope.OPEN:
        # First what fits, then its order: told of both at once, a planner walks all there ever was
        # in the hope of enough of it.
        fitting = query.with_only_columns(Issue.id).offset(0).subquery()
        chosen = select(fitting.c.id).order_by(fitting.c.id).limit(limit)
        query = select(Issue).where(Issue.id.in_(chosen.scalar_subquery()))
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


def counts(session: Session, many: Sequence[Wanted], *, late_at: datetime) -> Counts:
    """Count what `work_list` would show of each, in one look at what is in work and the reader may
    see, so that one count more costs little. Of open issues alone, and of one reader; words are
    not looked at. At least one has to be asked for."""
    if {(one.scope, one.shown) for one in many} != {(Scope.OPEN, many[0].shown)}:
        raise ValueError("counted is what is in work and one reader may see")
    fits = [and_(true(), *_narrowed(wanted)) for wanted in many]
    *found, overdue = session.execute(
        select(
            *(func.count().filter(one) for one in fits),
            func.count().filter(fits[-1], Issue.next_due_at < late_at),
        ).where(*_in_scope(Scope.OPEN), *in_sight(many[0].shown))
    ).one()
    return Counts(tuple(found), overdue)


def _stamp(wanted: Wanted) -> Any:
    return Issue.closed_at if wanted.scope is Scope.ENDED else Issue.next_due_at


def conditions(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """What an issue must be, its words apart."""
    return (*_in_scope(wanted.scope), *_narrowed(wanted), *in_sight(wanted.shown))


def _in_scope(scope: Scope) -> Iterator[ColumnElement[bool]]:
    if scope is Scope.OPEN:
        yield Issue.next_due_at.is_not(None)
    elif scope is Scope.ENDED:
        yield Issue.closed_at.is_not(None)


def _narrowed(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    # Nearly all that has ended is closed, and a sector is a good part of it.
    ended = wanted.scope is Scope.ENDED
    sector = wanted.topics is not None and len(wanted.topics) > 1
    for column, codes in (
        (unindexed(Issue.state) if ended else Issue.state, wanted.states),
        (unindexed(Issue.topic) if ended and sector else Issue.topic, wanted.topics),
        (Issue.executor, None if _is_all_seen(wanted) else wanted.executors),
    ):
        if codes is not None:
            yield column == codes[0] if len(codes) == 1 else column.in_(codes)
    if wanted.territory is not None:
        yield Issue.territory == wanted.territory
    if wanted.channel is not None:
        yield Issue.channel == wanted.channel
    if wanted.formal is not None:
        yield Issue.formal.is_(wanted.formal)
    if wanted.urgency is not None:
        yield _of_urgency(wanted.urgency)
    if wanted.due is not None:
        after, until = wanted.due
        yield Issue.next_due_at <= until
        if after is not None:
            yield Issue.next_due_at > after
    if wanted.warned_at is not None:
        yield from is_soon(wanted.warned_at)


def _is_all_seen(wanted: Wanted) -> bool:
    """Whether the reader sees no other executors than those asked for. To say it twice misleads a
    planner: it takes what is left for hundreds of times fewer than it is."""
    return wanted.executors is not None and all(
        sight.executors is not None and set(sight.executors) <= set(wanted.executors)
        for sight in wanted.shown
    )


def is_soon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The warning of the running deadline has begun and the deadline has not passed. A clock that
    stands still, as the resident is waited for, warns nobody."""
    return Issue.warn_at <= now, Issue.next_due_at > now, Issue.state != State.PAUSED


def _of_urgency(urgency: str) -> ColumnElement[bool]:
    if urgency == "danger":
        return Issue.danger.is_(True)
    pressing = or_(Issue.urgency == "urgent", Issue.danger.is_(True))
    return pressing if urgency == "urgent" else not_(pressing)
