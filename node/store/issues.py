"""Issues: the matter being worked on, its dated states and deadlines, and what counts of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Index,
    String,
    Text,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

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
) -> Sequence[Issue]:
    """Issues in the order they were registered, those after the id `after`."""
    query = select(Issue).where(Issue.id > after).order_by(Issue.id).limit(limit)
    if state is not None:
        query = query.where(Issue.state == state)
    if topic is not None:
        query = query.where(Issue.topic == topic)
    if territory is not None:
        query = query.where(Issue.territory == territory)
    return session.scalars(query).all()


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
