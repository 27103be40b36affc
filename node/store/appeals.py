"""Appeals as residents sent them, and what is known of the resident, apart from each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


class Appeal(Base, kw_only=True):
    """What one resident sent through one channel; its text is never edited."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("kind IN ('message', 'formal')", name="kind"),
        Index(None, "received_at"),
        Index(None, "issue_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    status_key: Mapped[str] = mapped_column(String(64), unique=True)  # the unguessable link
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    channel: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(200), default=None)
    kind: Mapped[str] = mapped_column(String(16), default="message")
    territory: Mapped[str] = mapped_column(String(64))  # as received
    topic: Mapped[str | None] = mapped_column(String(64), default=None)  # as received
    text: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None] = mapped_column(default=None)
    lon: Mapped[float | None] = mapped_column(default=None)
    repeated: Mapped[bool] = mapped_column(default=False)  # attached to an issue already open
    received_at: Mapped[datetime] = mapped_column(Instant)  # when the resident sent it
    registered_at: Mapped[datetime] = mapped_column(Instant)  # when this node wrote it down


class Resident(Base, kw_only=True):
    """Who sent an appeal and where to answer: personal data, in no other table, log or summary."""

    __tablename__ = "resident"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200), default=None)
    phone: Mapped[str | None] = mapped_column(String(40), default=None)
    email: Mapped[str | None] = mapped_column(String(254), default=None)
    reply_by: Mapped[str | None] = mapped_column(String(16), default=None)
    address: Mapped[str | None] = mapped_column(String(500), default=None)
    consent_version: Mapped[str | None] = mapped_column(String(32), default=None)
    consented_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
