"""Who stands above this node, and whom it has invited to stand below."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base, Instant
from node.store.ledger import SqlLedger


class Membership(Base, kw_only=True):
    """The parent this node has joined: one row, or none at the top and before joining."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    parent: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(String(500))  # of its descriptor: what requests are signed for
    dial: Mapped[str] = mapped_column(String(500))  # what was typed: where to connect
    parent_root: Mapped[str] = mapped_column(String(64))  # thumbprint, from the token
    top: Mapped[str] = mapped_column(String(64))
    top_root: Mapped[str] = mapped_column(String(64))
    joined_at: Mapped[datetime] = mapped_column(Instant)
    # By the parent's newest signed answer; no day is made final while it is large.
    clock_offset_seconds: Mapped[float] = mapped_column(default=0.0)


class Invitation(Base, kw_only=True):
    """A one-time token given out for a unit; only the hash of its secret is kept.

    `answer` is what the first use was answered with: the same key gets the same again, because an
    answer may be lost on the way.
    """

    __tablename__ = "invitation"

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_by: Mapped[str | None] = mapped_column(String(64), default=None)  # root thumbprint
    used_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)


def membership(session: Session) -> Membership | None:
    return session.get(Membership, 1)


def parent_to_queue_for(session: Session) -> str | None:
    """Who stands above, for whoever is about to write statements: asked under the ledger's lock.

    A joining takes the same lock. Without it one that is committed between this question and the
    writing would have queued everything but what is being written, and the new parent would never
    be sent it.
    """
    SqlLedger(session).exclusive()
    above = session.get(Membership, 1, populate_existing=True)
    return above.parent if above is not None else None


def invitation(session: Session, secret_sha256: str) -> Invitation | None:
    return session.scalars(
        select(Invitation).where(Invitation.secret_sha256 == secret_sha256).with_for_update()
    ).first()


def open_invitations(session: Session, now: datetime) -> set[str]:
    """Units that hold a token which may still be used."""
    query = select(Invitation.unit).where(Invitation.used_at.is_(None), Invitation.expires_at > now)
    return set(session.scalars(query))
