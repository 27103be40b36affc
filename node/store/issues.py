"""Issues: the matter being worked on, its dated states and deadlines, and what counts of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

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
