"""What a resident said by the status link: texts and marks. Personal data: erased with the contact.

The moves these lead to (a reopening, the end of a pause) are rows of the issue, without the text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from node.store.appeals import Appeal
from node.store.base import Base, Instant
from node.store.issues import Issue


class ResidentMessage(Base, kw_only=True):
    """One thing said. `closing`: of which closing of the issue, counted by its reopenings."""

    __tablename__ = "resident_message"
    __table_args__ = (
        Index(None, "appeal_id", "id"),
        CheckConstraint("kind IN ('mark', 'contest', 'answer')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id"))
    kind: Mapped[str] = mapped_column(String(16))
    mark: Mapped[str | None] = mapped_column(String(16), default=None)
    closing: Mapped[int] = mapped_column(default=0)
    text: Mapped[str | None] = mapped_column(Text, default=None)
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Linked:
    """What a status link leads to. `head` stands for `own`, and is the same where it was not
    merged."""

    appeal: Appeal
    own: Issue
    head: Issue


def linked(session: Session, status_key: str) -> Linked | None:
    """What a status link leads to, or None when there is no such link."""
    head = aliased(Issue)
    row = session.execute(
        select(Appeal, Issue, head)
        .join(Issue, Issue.id == Appeal.issue_id)
        .join(head, head.id == func.coalesce(Issue.head_id, Issue.id))
        .where(Appeal.status_key == status_key)
    ).first()
    return Linked(*row) if row else None


def of_appeals(session: Session, appeal_ids: Collection[int]) -> Sequence[ResidentMessage]:
    """Everything said on these appeals, the first first."""
    return session.scalars(
        select(ResidentMessage)
        .where(ResidentMessage.appeal_id.in_(appeal_ids))
        .order_by(ResidentMessage.at, ResidentMessage.id)
    ).all()


def of_issue(session: Session, issue_id: int) -> Sequence[ResidentMessage]:
    """Everything said on the appeals an issue stands for, the first first."""
    return session.scalars(
        select(ResidentMessage)
        .join(Appeal, Appeal.id == ResidentMessage.appeal_id)
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(or_(Issue.id == issue_id, Issue.head_id == issue_id))
        .order_by(ResidentMessage.at, ResidentMessage.id)
    ).all()
