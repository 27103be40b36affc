"""Days of this node whose summary has to be made again, and what was observed at their closing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


class DirtyDay(Base, kw_only=True):
    """A local day something changed on since its summary was sealed, and the reason code."""

    __tablename__ = "dirty_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reason: Mapped[str] = mapped_column(String(32))  # late, sorting, import, correction, …
    since: Mapped[datetime] = mapped_column(Instant)


class Stock(Base, kw_only=True):
    """Stocks of one topic × territory observed when a local day closed; never recomputed."""

    __tablename__ = "stock"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    territory: Mapped[str] = mapped_column(String(64), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    open: Mapped[int] = mapped_column(default=0)
    unsorted: Mapped[int] = mapped_column(default=0)
    overdue: Mapped[int] = mapped_column(default=0)
    dragging: Mapped[int] = mapped_column(default=0)
    awaiting_help: Mapped[int] = mapped_column(default=0)


class StockDay(Base, kw_only=True):
    """That the stocks of a day were observed: a day without open issues has no `Stock` rows."""

    __tablename__ = "stock_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(Instant)
