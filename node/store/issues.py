"""Issues: the matter being worked on, its dated states and deadlines, and what counts of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    String,
    Text,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from node.domain.deadline import Deadline
from node.store import append_only
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
        Index(None, "executor", "territory", "id"),
        Index(None, "closed_at", "id"),
        # What is in work, with every column the work list asks about: whatever it asks is answered
        # by this one small index, and rows are read for those shown alone.
        Index(
            "ix_issue_in_work",
            *("next_due_at", "id", "state", "executor", "topic", "territory"),
            *("urgency", "danger", "channel", "formal", "warn_at"),
            sqlite_where=text("next_due_at IS NOT NULL"),
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
        Index(None, "topic", "lat"),
        Index(None, "head_id"),
        Index(None, "paused_until"),
        CheckConstraint("urgency IN ('ordinary', 'urgent')", name="urgency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    topic: Mapped[str] = mapped_column(String(64))  # a classifier code, or `unsorted`
    territory: Mapped[str] = mapped_column(String(64))
    executor: Mapped[str | None] = mapped_column(String(64), default=None)
    state: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)  # as answered or closed
    channel: Mapped[str] = mapped_column(String(64), default="api")  # of its first appeal
    urgency: Mapped[str] = mapped_column(String(16), default="ordinary")
    formal: Mapped[bool] = mapped_column(default=False)  # one of its appeals is (59-ФЗ)
    danger: Mapped[bool] = mapped_column(default=False)  # its words or topic are of danger to life
    complained_of: Mapped[str | None] = mapped_column(String(64), default=None)  # or `none`
    version: Mapped[int] = mapped_column(default=1)
    appeals: Mapped[int] = mapped_column(default=1)  # how many residents wrote of it
    lat: Mapped[float | None] = mapped_column(default=None)
    lon: Mapped[float | None] = mapped_column(default=None)
    arrived_at: Mapped[datetime] = mapped_column(Instant)  # its first appeal: the resident's clock
    opened_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # was admitted
    routed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # first executor
    changed_at: Mapped[datetime] = mapped_column(Instant)  # of the newest dated state
    # When it ended: closed, rejected or merged.
    closed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    first_answer_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    first_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    final_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    drags_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # twice its norm
    warn_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # of the running one
    forward_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # 59-ФЗ, 7 days
    paused_until: Mapped[datetime | None] = mapped_column(Instant, default=None)  # at the latest
    promised_on: Mapped[date | None] = mapped_column(default=None)  # by the newest interim answer
    interims: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)  # «не наше»
    reopens: Mapped[int] = mapped_column(default=0)
    # The issue it was merged into, and the one that stands for it now (the head of the whole tree).
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), default=None)
    head_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), default=None)
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
    """One move of an issue: append-only, but for the personal data in its reason."""

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
    # Codes, days and numbers the move was made with; never a text of or to a resident.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


class IssueDeadline(Base, kw_only=True):
    """A deadline as it was set; the newest of a kind is in force."""

    __tablename__ = "issue_deadline"
    __table_args__ = (
        Index(None, "issue_id", "kind"),
        CheckConstraint(
            "kind IN ('first_answer', 'final', 'interim', 'forward', 'register')", name="kind"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    kind: Mapped[str] = mapped_column(String(16))
    norm: Mapped[str] = mapped_column(String(64))  # which rule of norms.toml
    starts_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    drags_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    warn_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    why: Mapped[dict[str, Any]] = mapped_column(JSON)  # the arithmetic, in values
    set_at: Mapped[datetime] = mapped_column(Instant)


class IssueFlow(Base, kw_only=True):
    """One counted fact: `counter` (a flow of the summary) happened to an issue at a moment.

    A day of the summary is recomputed from these, under the topic and territory the issue has now.
    `received` and `repeated` are counted from appeals; all other flows stand here.
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


append_only.keep(Base.metadata.tables[IssueFlow.__tablename__])
# Retention takes personal data out of the reasons.
append_only.keep(Base.metadata.tables[IssueState.__tablename__], but="reason")


# Built once: to build a statement costs as much again as to execute it.
TABLE = Base.metadata.tables[Issue.__tablename__]
_BY_NUMBER = select(Issue).where(Issue.number == bindparam("number"))
_CHANGED = (
    update(TABLE)
    .where(TABLE.c.id == bindparam("at_id"), TABLE.c.version == bindparam("at_version"))
    .returning(TABLE.c.next_due_at)
)
_STATES = (
    select(IssueState)
    .where(IssueState.issue_id == bindparam("issue_id"))
    .order_by(IssueState.at, IssueState.id)
)
_DEADLINES = (
    select(IssueDeadline)
    .where(IssueDeadline.issue_id.in_(bindparam("issue_ids", expanding=True)))
    .order_by(IssueDeadline.id)
)
_NEW_STATE, _NEW_FLOWS, _NEW_DEADLINES = (
    insert(Base.metadata.tables[kind.__tablename__])
    for kind in (IssueState, IssueFlow, IssueDeadline)
)


def by_number(session: Session, number: str) -> Issue | None:
    return session.scalars(_BY_NUMBER, {"number": number}).first()


def are_any(session: Session) -> bool:
    """Whether this node has ever had an issue."""
    return session.execute(select(Issue.id).limit(1)).first() is not None


def states_of(session: Session, issue_id: int) -> Sequence[IssueState]:
    """Every move of an issue, the first one first."""
    return session.scalars(_STATES, {"issue_id": issue_id}).all()


def deadlines_of(session: Session, issue_ids: Collection[int]) -> dict[int, list[IssueDeadline]]:
    """Every deadline ever set of these issues, in the order they were set."""
    found: dict[int, list[IssueDeadline]] = {issue_id: [] for issue_id in issue_ids}
    for row in session.scalars(_DEADLINES, {"issue_ids": list(issue_ids)}):
        found[row.issue_id].append(row)
    return found


def flow_moments(session: Session, issue_id: int) -> Sequence[datetime]:
    """When something was counted of this issue."""
    return session.scalars(select(IssueFlow.at).where(IssueFlow.issue_id == issue_id)).all()


def pauses_over(session: Session, *, now: datetime, limit: int) -> Sequence[Issue]:
    """Paused issues whose resident has been waited for as long as the norm allows."""
    query = select(Issue).where(Issue.paused_until <= now, Issue.closed_at.is_(None))
    return session.scalars(query.order_by(Issue.paused_until).limit(limit)).all()


def change(session: Session, issue_id: int, *, version: int, **values: Any) -> bool:
    """Write a new face of an issue if it is still at `version`; False when somebody was first.

    The issue held in the session has the new face too.
    """
    values |= {"version": version + 1}
    session.flush()
    at = {"at_id": issue_id, "at_version": version}
    written = session.execute(_CHANGED, values | at).first()
    if written is None:
        return False
    held = session.identity_map.get(identity_key(Issue, issue_id))
    if held is not None:
        for name, value in (values | written._asdict()).items():
            stored = value.astimezone(UTC) if isinstance(value, datetime) else value
            set_committed_value(held, name, stored)
    return True


def family_of(session: Session, issue_id: int) -> Sequence[int]:
    """The ids of an issue and of all that it stands for: those merged into it, at any depth."""
    query = select(Issue.id).where(or_(Issue.id == issue_id, Issue.head_id == issue_id))
    return session.scalars(query.order_by(Issue.id)).all()


def merged_below(session: Session, issue_id: int) -> list[int]:
    """The ids of all that was merged into an issue, at any depth, itself left out."""
    below: list[int] = []
    level = [issue_id]
    while level:
        level = list(session.scalars(select(Issue.id).where(Issue.merged_into.in_(level))))
        below += level
    return below


def hold(session: Session, issue_id: int) -> None:
    """Keep an issue from being changed by others until this transaction ends (PostgreSQL; on
    SQLite nobody else writes anyway). Several are held in the order of their ids."""
    session.execute(select(Issue.id).where(Issue.id == issue_id).with_for_update())


def set_head(session: Session, issue_id: int, head_id: int) -> None:
    """Let `head_id` stand for an issue and for all that it stood for."""
    session.execute(
        update(Issue)
        .where(or_(Issue.id == issue_id, Issue.head_id == issue_id))
        .values(head_id=head_id)
        .execution_options(synchronize_session=False)
    )


def set_heads(session: Session, issue_ids: Collection[int], head_id: int) -> None:
    """Let `head_id` stand for these issues."""
    if issue_ids:
        session.execute(
            update(Issue)
            .where(Issue.id.in_(issue_ids))
            .values(head_id=head_id)
            .execution_options(synchronize_session=False)
        )


def clear_head(session: Session, issue_id: int) -> None:
    """Let an issue stand for itself."""
    session.execute(
        update(Issue)
        .where(Issue.id == issue_id)
        .values(head_id=None, merged_into=None)
        .execution_options(synchronize_session=False)
    )


def add_deadlines(
    session: Session, issue_id: int, deadlines: Iterable[Deadline], *, now: datetime
) -> None:
    if rows := list(deadline_rows(issue_id, deadlines, now=now)):
        session.execute(_NEW_DEADLINES, rows)


def add_move(
    session: Session,
    issue: Issue,
    *,
    move: str,
    executor: str | None,
    reason: str | None = None,
    details: Mapping[str, Any],
    counted: Iterable[tuple[str, int | None]] = (),
    actor: str,
    now: datetime,
) -> None:
    """The append-only rows of a move: the state it led to, what it `counted` (counter, minutes)."""
    state = {
        "issue_id": issue.id,
        "move": move,
        "state": issue.state,
        "outcome": issue.outcome,
        "topic": issue.topic,
        "territory": issue.territory,
        "executor": executor,
        "reason": reason,
        "details": dict(details),
        "actor": actor,
        "at": now,
    }
    session.execute(_NEW_STATE, state)
    flows = [
        {"issue_id": issue.id, "counter": counter, "minutes": minutes, "at": now}
        for counter, minutes in counted
    ]
    if flows:
        session.execute(_NEW_FLOWS, flows)


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
            "warn_at": deadline.warn_at,
            "why": dict(deadline.why),
            "set_at": now,
        }
