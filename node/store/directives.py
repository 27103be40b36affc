"""Directives this node issued, was addressed by, relays, or holds as a scenario's history.

The body is kept as it is on the wire, whole; columns beside it are what lists are sorted by.
Versions before the newest stay in the federation's ledger.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


class DirectiveRow(Base, kw_only=True):
    """`version` counts changes here, for two coordinators at once; `unsealed` waits for the job
    that signs it. `scenario` names the shipped history it was loaded from: it never leaves."""

    __tablename__ = "directive"
    __table_args__ = (Index(None, "deadline", "id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    deadline: Mapped[date] = mapped_column(Date)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    scenario: Mapped[str | None] = mapped_column(String(64), default=None)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class DirectiveAddresseeRow(Base, kw_only=True):
    """One addressee of a directive, so that a unit finds what it is told to do."""

    __tablename__ = "directive_addressee"
    __table_args__ = (Index(None, "unit", "directive_id"),)

    directive_id: Mapped[str] = mapped_column(ForeignKey("directive.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)


class DirectiveReportRow(Base, kw_only=True):
    """The newest report of one origin on one addressee, as on the wire."""

    __tablename__ = "directive_report"

    directive_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class DirectiveRiskRow(Base, kw_only=True):
    """A coordinator's marks on one addressee's place in the risk zone, as on the wire."""

    __tablename__ = "directive_risk"

    directive_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)
