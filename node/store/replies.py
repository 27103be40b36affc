"""Replies: what residents are told of an issue in words written for them, and the drafts of it.

How a reply is brought to each resident is the outbox's matter (`outbox.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from node.domain.issue import State
from node.domain.reply_delivery import MessageState
from node.store.base import Base, Instant
from node.store.issues import Issue, IssueState
from node.store.outbox import OutboxMessage
from node.store.statements import partial


class Reply(Base, kw_only=True):
    """A text for the residents of an issue.

    `kind`: interim (with a new date), final (with an outcome) or question (the issue is paused
    until it is answered). `state`: draft (its author's alone, one of a kind), proposed (waits for
    approval), sent (handed to delivery), withdrawn (sent back, replaced or mended before it left).
    """

    __tablename__ = "reply"
    __table_args__ = (
        Index(None, "issue_id", "id"),
        Index(
            "uq_reply_draft",
            "issue_id",
            "actor",
            "kind",
            unique=True,
            **partial("state = 'draft'"),
        ),
        CheckConstraint("kind IN ('interim', 'final', 'question')", name="kind"),
        CheckConstraint("state IN ('draft', 'proposed', 'sent', 'withdrawn')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    kind: Mapped[str] = mapped_column(String(16), default="final")
    state: Mapped[str] = mapped_column(String(16), default="sent")
    text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)
    until: Mapped[date | None] = mapped_column(default=None)  # promised by an interim answer
    actor: Mapped[str] = mapped_column(String(120))  # who wrote it
    approved_by: Mapped[str | None] = mapped_column(String(120), default=None)
    at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


def of_issue(session: Session, issue_id: int) -> Sequence[Reply]:
    """Every reply of an issue but drafts and withdrawn ones, the first first."""
    return session.scalars(
        select(Reply)
        .where(Reply.issue_id == issue_id, Reply.state.in_(("proposed", "sent")))
        .order_by(Reply.id)
    ).all()


def written(session: Session, issue_id: int) -> Sequence[Reply]:
    """Every reply of an issue but drafts, those withdrawn too, the first first."""
    return session.scalars(
        select(Reply).where(Reply.issue_id == issue_id, Reply.state != "draft").order_by(Reply.id)
    ).all()


# Built once: moves ask for them.
_OF_ISSUE = select(Reply).where(Reply.issue_id == bindparam("issue_id"))
_NEWEST = _OF_ISSUE.order_by(Reply.id.desc()).limit(1)
_PROPOSED = _NEWEST.where(Reply.state == "proposed")
_LAST_FINAL = _NEWEST.where(Reply.state == "sent", Reply.kind == "final")
_PROPOSED_KINDS = (
    select(Reply.issue_id, Reply.kind)
    .where(Reply.issue_id.in_(bindparam("issue_ids", expanding=True)), Reply.state == "proposed")
    .order_by(Reply.id)
)
_DROPPED = (
    delete(Reply)
    .where(
        Reply.issue_id == bindparam("issue_id"),
        Reply.state == "draft",
        Reply.actor == bindparam("actor"),
    )
    .execution_options(synchronize_session="fetch")
)
_DROPPED_OF_KIND = _DROPPED.where(Reply.kind == bindparam("kind"))


def proposed(session: Session, issue_id: int) -> Reply | None:
    """The reply that waits for approval."""
    return session.scalars(_PROPOSED, {"issue_id": issue_id}).first()


def proposed_kinds(session: Session, issue_ids: Collection[int]) -> dict[int, str]:
    """The kind of the reply that waits for approval, by issue; nothing of one where none does."""
    rows = session.execute(_PROPOSED_KINDS, {"issue_ids": list(issue_ids)})
    return {row.issue_id: row.kind for row in rows}


def last_final(session: Session, issue_id: int) -> Reply | None:
    """The newest final answer that was handed to delivery."""
    return session.scalars(_LAST_FINAL, {"issue_id": issue_id}).first()


def reason_of(session: Session, issue_id: int) -> str | None:
    """The reason given with the newest answer: a refusal has one."""
    return session.scalars(
        select(IssueState.reason)
        .where(IssueState.issue_id == issue_id, IssueState.move.in_(("answer", "approve")))
        .order_by(IssueState.id.desc())
        .limit(1)
    ).first()


def to_close(session: Session, *, limit: int) -> Sequence[int]:
    """Ids of answered issues whose newest final answer named the outcome and waits for nobody."""
    later = aliased(Reply)
    waiting = select(OutboxMessage.id).where(
        OutboxMessage.reply_id == Reply.id, OutboxMessage.state == MessageState.WAITING.value
    )
    newer = select(later.id).where(
        later.issue_id == Reply.issue_id,
        later.kind == "final",
        later.state == "sent",
        later.id > Reply.id,
    )
    return session.scalars(
        select(Issue.id)
        .join(Reply, Reply.issue_id == Issue.id)
        .where(
            Issue.state == State.ANSWERED.value,
            Reply.kind == "final",
            Reply.state == "sent",
            Reply.outcome.is_not(None),
            ~waiting.exists(),
            ~newer.exists(),
        )
        .order_by(Issue.id)
        .limit(limit)
    ).all()


def withdraw_proposed(session: Session, issue_id: int) -> None:
    """A reply that waited for approval is not going to be sent."""
    session.execute(
        update(Reply)
        .where(Reply.issue_id == issue_id, Reply.state == "proposed")
        .values(state="withdrawn")
        .execution_options(synchronize_session="fetch")
    )


def drafts_of(session: Session, issue_id: int, actor: str) -> Sequence[Reply]:
    """What somebody has begun to write and not sent yet, one of a kind, the last written first."""
    return session.scalars(
        select(Reply)
        .where(Reply.issue_id == issue_id, Reply.state == "draft", Reply.actor == actor)
        .order_by(Reply.at.desc(), Reply.id.desc())
    ).all()


def draft_of(session: Session, issue_id: int, actor: str, kind: str) -> Reply | None:
    """What somebody has begun to write of one kind."""
    return next((one for one in drafts_of(session, issue_id, actor) if one.kind == kind), None)


def begin_draft(session: Session, draft: Reply) -> bool:
    """Add a draft. False where its author has begun one of the kind in another window meanwhile."""
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        return False
    return True


def drop_drafts(session: Session, issue_id: int, actor: str, *, kind: str | None = None) -> bool:
    """Forget what somebody has begun to write (None: of any kind). False: there was nothing."""
    of_whom = {"issue_id": issue_id, "actor": actor}
    if kind is None:
        dropped = session.execute(_DROPPED, of_whom)
    else:
        dropped = session.execute(_DROPPED_OF_KIND, of_whom | {"kind": kind})
    return bool(getattr(dropped, "rowcount", 0))


def last_interim_at(session: Session, issue_id: int) -> datetime | None:
    """When the newest interim answer was handed to delivery."""
    return session.scalars(
        select(Reply.sent_at)
        .where(Reply.issue_id == issue_id, Reply.state == "sent", Reply.kind == "interim")
        .order_by(Reply.id.desc())
        .limit(1)
    ).first()
