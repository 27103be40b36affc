"""Help that was asked or offered from above, and what addressees said of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


class HelpRow(Base, kw_only=True):
    """As on the wire; columns beside the body are what lists are sorted and filtered by."""

    __tablename__ = "help"
    __table_args__ = (Index(None, "directive_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    directive_id: Mapped[str | None] = mapped_column(String(64), default=None)
    asked_on: Mapped[date] = mapped_column(Date)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class HelpAddresseeRow(Base, kw_only=True):
    """One addressee of a help."""

    __tablename__ = "help_addressee"
    __table_args__ = (Index(None, "unit", "help_id"),)

    help_id: Mapped[str] = mapped_column(ForeignKey("help.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)


class HelpReportRow(Base, kw_only=True):
    """The newest word of one origin for one addressee, as on the wire."""

    __tablename__ = "help_report"

    help_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)
