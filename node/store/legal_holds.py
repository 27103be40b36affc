"""Legal holds: issues of which nothing may be erased until a court or an audit is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base, Instant
from node.store.issues import Issue


class LegalHold(Base, kw_only=True):
    """Placed with a reason, in force until it is released; both stay on record."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index(None, "issue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)
    released_by: Mapped[str | None] = mapped_column(String(120), default=None)
    released_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


def in_force(session: Session, issue_id: int) -> LegalHold | None:
    """The hold on an issue, or on one merged with it: `issue_id` is of the one that stands for
    all."""
    query = (
        select(LegalHold)
        .join(Issue, Issue.id == LegalHold.issue_id)
        .where(
            (Issue.id == issue_id) | (Issue.head_id == issue_id), LegalHold.released_at.is_(None)
        )
        .order_by(LegalHold.id)
        .limit(1)
    )
    return session.scalars(query).first()


def listed(session: Session) -> Sequence[tuple[str, LegalHold]]:
    """Every hold in force with its issue's number, the first first."""
    rows = session.execute(
        select(Issue.number, LegalHold)
        .join(LegalHold, LegalHold.issue_id == Issue.id)
        .where(LegalHold.released_at.is_(None))
        .order_by(LegalHold.id)
    )
    return [(number, hold) for number, hold in rows]
