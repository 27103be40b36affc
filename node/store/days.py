"""Days of this node whose summary has to be made again, and what was observed at their closing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

from sqlalchemy import Date, String, case, delete, insert, not_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.schemas.summary import CORRECTIONS
from node.domain.local_day import Sealed
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


class SealedDay(Base, kw_only=True):
    """The newest summary of a day this node has sealed (or taken back after a restore)."""

    __tablename__ = "sealed_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    sealed_at: Mapped[datetime] = mapped_column(Instant)


_DIRTY = Base.metadata.tables[DirtyDay.__tablename__]


def mark_dirty(session: Session, days: Iterable[date], *, reason: str, now: datetime) -> None:
    """Say that the summaries of these local days have to be made again.

    A day already marked stays marked since then. Its reason stays too, unless the new one is a
    correction and the old one is not: a reader must not be told `late` of a day that was corrected.
    In the order of days, so that two transactions never wait for each other crosswise.
    """
    rows = [{"day": day, "reason": reason, "since": now} for day in sorted(set(days))]
    if not rows:
        return
    session.execute(_mark(session.get_bind().dialect.name), rows)


@cache
def _mark(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Built once and of the table: every appeal and every move marks a day."""
    there = _DIRTY.c
    new = (sqlite if dialect == "sqlite" else postgresql).insert(_DIRTY)
    # Not IN: an expanding parameter cannot be sent for many rows at once.
    corrected = or_(*(there.reason == code for code in CORRECTIONS))
    corrects = or_(*(new.excluded.reason == code for code in CORRECTIONS))
    keeps = or_(corrected, not_(corrects))
    marked: sqlite.Insert | postgresql.Insert = new.on_conflict_do_update(
        index_elements=[there.day],
        set_={
            "reason": case((keeps, there.reason), else_=new.excluded.reason),
            "since": case(
                (there.since <= new.excluded.since, there.since), else_=new.excluded.since
            ),
        },
    )
    return marked


def dirty_days(session: Session) -> dict[date, str]:
    """Reason codes of the days whose summaries have to be made again."""
    return {row.day: row.reason for row in session.execute(select(DirtyDay.day, DirtyDay.reason))}


def take_dirty(session: Session, day: date) -> None:
    """Take a day's mark away; call it before its rows are read.

    The mark's lock is waited for first: whoever marks a day in another transaction either has
    committed by now, and the rows read next show the change, or comes later and marks it again.
    """
    session.execute(delete(DirtyDay).where(DirtyDay.day == day))


def sealed_days(session: Session, since: date) -> dict[date, Sealed]:
    """The newest sealed version of each day from `since` on."""
    query = select(SealedDay.day, SealedDay.status, SealedDay.sealed_at).where(
        SealedDay.day >= since
    )
    return {row.day: Sealed(row.status, row.sealed_at) for row in session.execute(query)}


def note_sealed(session: Session, day: date, *, status: str, now: datetime) -> None:
    """Note in the transaction that seals, or adopts, a day's summary that it has been."""
    session.merge(SealedDay(day=day, status=status, sealed_at=now))
    session.flush()


def unobserved(session: Session, days: Iterable[date]) -> list[date]:
    """Those of the days whose stocks have not been observed, the oldest first."""
    asked = sorted(set(days))
    observed = set(session.scalars(select(StockDay.day).where(StockDay.day.in_(asked))))
    return [day for day in asked if day not in observed]


def observe(
    session: Session, day: date, rows: Iterable[Mapping[str, str | int]], *, now: datetime
) -> None:
    """Write a day's stocks down, once: each row is a territory, a topic and its stocks."""
    session.add(StockDay(day=day, observed_at=now))
    session.flush()
    if listed := [{"day": day, **row} for row in rows]:
        session.execute(insert(Stock), listed)
