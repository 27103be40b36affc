"""Issues: the matter being worked on, its dated states and deadlines, and what counts of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Computed,
    CursorResult,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.access import EVERYTHING, Sight
from node.domain.issue import State
from node.domain.norms import Deadline
from node.store.base import Base, Instant


class Issue(Base, kw_only=True):
    """The present face of an issue; how it came to be so stands in the dated rows below."""

    __tablename__ = "issue"
    __table_args__ = (
        Index(None, "state", "id"),
        Index(None, "topic", "id"),
        Index(None, "territory", "id"),
        Index(None, "opened_at"),
        Index(None, "changed_at"),
        Index(None, "closed_at"),
        Index(None, "next_due_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    topic: Mapped[str] = mapped_column(String(64))  # a classifier code, or `unsorted`
    territory: Mapped[str] = mapped_column(String(64))
    executor: Mapped[str | None] = mapped_column(String(64), default=None)
    state: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)  # of a closed one
    version: Mapped[int] = mapped_column(default=1)
    appeals: Mapped[int] = mapped_column(default=1)  # how many residents wrote of it
    lat: Mapped[float | None] = mapped_column(default=None)
    lon: Mapped[float | None] = mapped_column(default=None)
    arrived_at: Mapped[datetime] = mapped_column(Instant)  # its first appeal: the resident's clock
    opened_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)  # of the newest dated state
    closed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    first_answer_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    first_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    final_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    drags_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # twice its norm
    # The deadline running now, None when closed. Computed by the database, so that no move can
    # forget it, and stored there, so that the work list is read by an index.
    next_due_at: Mapped[datetime | None] = mapped_column(
        Instant,
        Computed(
            "CASE WHEN closed_at IS NOT NULL THEN NULL "
            "WHEN first_answer_at IS NULL THEN COALESCE(first_due_at, final_due_at) "
            "ELSE final_due_at END",
            persisted=True,
        ),
        init=False,
    )


class IssueState(Base, kw_only=True):
    """One move of an issue: append-only."""

    __tablename__ = "issue_state"
    __table_args__ = (Index(None, "issue_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    move: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(32))  # the state after the move
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)
    topic: Mapped[str] = mapped_column(String(64))
    territory: Mapped[str] = mapped_column(String(64))
    executor: Mapped[str | None] = mapped_column(String(64), default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


class IssueDeadline(Base, kw_only=True):
    """A deadline as it was set; the newest of a kind is in force."""

    __tablename__ = "issue_deadline"
    __table_args__ = (
        Index(None, "issue_id", "kind"),
        CheckConstraint("kind IN ('first_answer', 'final')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    kind: Mapped[str] = mapped_column(String(16))
    norm: Mapped[str] = mapped_column(String(64))  # which rule of norms.toml
    starts_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    drags_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    why: Mapped[dict[str, Any]] = mapped_column(JSON)  # the arithmetic, in values
    set_at: Mapped[datetime] = mapped_column(Instant)


class IssueFlow(Base, kw_only=True):
    """One counted fact: `counter` (a flow of the summary) happened to an issue at a moment.

    A day of the summary is recomputed from these, under the topic and territory the issue has now.
    `received` is counted from appeals and `opened` from issues; all other flows stand here.
    `minutes` is calendar time on the resident's clock where the counter has a histogram
    (routed, answered_first, closed_solved).
    """

    __tablename__ = "issue_flow"
    __table_args__ = (Index(None, "at"), Index(None, "issue_id"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    counter: Mapped[str] = mapped_column(String(32))
    minutes: Mapped[int | None] = mapped_column(default=None)
    at: Mapped[datetime] = mapped_column(Instant)


class Reply(Base, kw_only=True):
    """What residents are answered."""

    __tablename__ = "reply"
    __table_args__ = (Index(None, "issue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    text: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


def by_number(session: Session, number: str) -> Issue | None:
    return session.scalars(select(Issue).where(Issue.number == number)).first()


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
    query = select(Issue).where(Issue.id > after, *_in_sight(shown))
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
    if wanted.state == State.CLOSED:
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
        .order_by(Issue.closed_at if wanted.state == State.CLOSED else Issue.next_due_at)
        .limit(most + 1)
        .subquery()
    )
    late = func.coalesce(func.sum(case((counted.c.next_due_at < now, 1), else_=0)), 0)
    found, overdue = session.execute(select(func.count(), late).select_from(counted)).one()
    return Tally(min(found, most), min(overdue, most), found > most)


def are_any(session: Session) -> bool:
    """Whether this node has ever had an issue."""
    return session.execute(select(Issue.id).limit(1)).first() is not None


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.state == State.CLOSED:
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
    yield from _in_sight(wanted.shown)


def _in_sight(shown: Collection[Sight]) -> Iterator[ColumnElement[bool]]:
    """`Sight.shows` as a condition; nothing is added where everything is shown."""
    if EVERYTHING not in shown:
        yield or_(false(), *(and_(true(), *_within(sight)) for sight in shown))


def _within(sight: Sight) -> Iterator[ColumnElement[bool]]:
    if sight.territories is not None:
        yield Issue.territory.in_(sight.territories)
    if sight.executors is not None:
        yield Issue.executor.in_(sight.executors)
    if sight.sectors is not None:
        yield or_(*(_under(code) for code in sight.sectors))
    for code in sight.hidden:
        yield not_(_under(code))


def _under(code: str) -> ColumnElement[bool]:
    """Of a topic or sector, or below it."""
    return or_(Issue.topic == code, Issue.topic.startswith(f"{code}.", autoescape=True))


def _literals(place: Place) -> ColumnElement[Any]:
    moment, issue_id = place
    return tuple_(literal(moment, Instant), literal(issue_id))


def states_of(session: Session, issue_id: int) -> Sequence[IssueState]:
    """Every move of an issue, the first one first."""
    return session.scalars(
        select(IssueState)
        .where(IssueState.issue_id == issue_id)
        .order_by(IssueState.at, IssueState.id)
    ).all()


def replies_of(session: Session, issue_id: int) -> Sequence[Reply]:
    """What residents were answered on an issue, the first answer first."""
    return session.scalars(select(Reply).where(Reply.issue_id == issue_id).order_by(Reply.id)).all()


def deadlines_of(session: Session, issue_ids: Collection[int]) -> dict[int, list[IssueDeadline]]:
    """Every deadline ever set of these issues, in the order they were set."""
    found: dict[int, list[IssueDeadline]] = {issue_id: [] for issue_id in issue_ids}
    query = (
        select(IssueDeadline)
        .where(IssueDeadline.issue_id.in_(issue_ids))
        .order_by(IssueDeadline.id)
    )
    for row in session.scalars(query):
        found[row.issue_id].append(row)
    return found


def flow_moments(session: Session, issue_id: int) -> Sequence[datetime]:
    """When something was counted of this issue."""
    return session.scalars(select(IssueFlow.at).where(IssueFlow.issue_id == issue_id)).all()


def change(session: Session, issue_id: int, *, version: int, **values: Any) -> bool:
    """Write a new face of an issue if it is still at `version`; False when somebody was first."""
    result = session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.version == version)
        .values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def add_deadlines(
    session: Session, issue_id: int, deadlines: Iterable[Deadline], *, now: datetime
) -> None:
    session.add_all(IssueDeadline(**row) for row in deadline_rows(issue_id, deadlines, now=now))


def deadline_rows(
    issue_id: int, deadlines: Iterable[Deadline], *, now: datetime
) -> Iterator[dict[str, Any]]:
    for deadline in deadlines:
        yield {
            "issue_id": issue_id,
            "kind": deadline.kind,
            "norm": deadline.norm,
            "starts_at": deadline.starts_at,
            "due_at": deadline.due_at,
            "drags_at": deadline.drags_at,
            "why": dict(deadline.why),
            "set_at": now,
        }
