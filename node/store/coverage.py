"""Which units have nodes since when, and which of their days this node holds a summary of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, String, and_, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.ledger import State
from node.domain.coverage import Run, Seen, Service
from node.store.base import Base, Instant
from node.store.ledger import StatementRow
from node.store.pairs import wanted

OPEN = "open"


class Leaf(Base, kw_only=True):
    """Since when a unit has a node by its certificates; the directory's own dates go before."""

    __tablename__ = "leaf"

    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    node_from: Mapped[date] = mapped_column(Date)
    node_until: Mapped[date | None] = mapped_column(Date, default=None)  # first day no longer


class LeafDay(Base, kw_only=True):
    """The summary of one leaf's local day that is in the cells now."""

    __tablename__ = "leaf_day"

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32), default=None)  # of a restated one
    zero_report: Mapped[bool] = mapped_column(default=False)
    sha256: Mapped[str] = mapped_column(String(64))  # of the statement's bytes
    # By this node's clock, the earliest of all versions that were not open:
    first_final_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    on_time: Mapped[bool] = mapped_column(default=False)


def upsert_leaf(session: Session, unit: str, node_from: date, node_until: date | None) -> None:
    """Say from when until when (the first day no longer) a unit has a node."""
    session.merge(Leaf(unit=unit, node_from=node_from, node_until=node_until))
    session.flush()


def services(session: Session, units: Collection[str] | None = None) -> dict[str, Service]:
    """The days of service by certificates, of those of these units (None: of all) that have any."""
    query = select(Leaf.unit, Leaf.node_from, Leaf.node_until)
    if units is not None:
        query = query.where(Leaf.unit.in_(units))
    return {unit: Service(first, until) for unit, first, until in session.execute(query)}


def clear(session: Session) -> None:
    """Forget what is held, to be folded anew; since when units have nodes stays."""
    session.execute(delete(LeafDay))
    session.expunge_all()


def keep_leaf_days(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write leaf days, each a mapping of every column, in place of what stood there."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(LeafDay)
    columns = [column.name for column in LeafDay.__table__.columns if not column.primary_key]
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["origin", "day"],
            set_={name: insert.excluded[name] for name in columns},
        ),
        rows,
    )


def first_finals(
    session: Session, keys: Iterable[tuple[str, date]]
) -> dict[tuple[str, date], datetime]:
    """When this node first received a version of these (origin, day)s that was not open."""
    asked = wanted(session, keys)
    query = (
        select(StatementRow.origin, asked.c.day, func.min(StatementRow.received_at))
        .join_from(
            asked,
            StatementRow,
            and_(
                StatementRow.origin == asked.c.code,
                StatementRow.type == "summary",
                StatementRow.key == asked.c.text,
            ),
        )
        .where(StatementRow.state == State.STORED.value, ~StatementRow.open_day)
        .group_by(StatementRow.origin, asked.c.day)
    )
    return {(origin, day): first for origin, day, first in session.execute(query)}


def seen(
    session: Session, period: Run, units: Collection[str], above: Mapping[str, Sequence[Run]]
) -> dict[str, Seen]:
    """What is held of a period: of `units` on all its days, of leaves `above` on theirs only."""
    arrived = LeafDay.status != OPEN
    query = (
        select(
            LeafDay.origin,
            func.sum(case((arrived, 1), else_=0)),
            func.sum(case((arrived, 0), else_=1)),
            func.sum(case((LeafDay.on_time, 1), else_=0)),
            func.min(LeafDay.day),
            func.max(LeafDay.day),
        )
        .where(_held(period, units, above))
        .group_by(LeafDay.origin)
    )
    return {
        origin: Seen(int(received), int(still_open), int(on_time), first, last)
        for origin, received, still_open, on_time, first, last in session.execute(query)
    }


def held_days(session: Session, period: Run, units: Collection[str]) -> dict[str, frozenset[date]]:
    """The days of a period, one by one, of which a summary of these leaves is held."""
    if not units:
        return {}
    query = select(LeafDay.origin, LeafDay.day).where(_held(period, units, {}))
    found: dict[str, set[date]] = {unit: set() for unit in units}
    for origin, day in session.execute(query):
        found[origin].add(day)
    return {origin: frozenset(days) for origin, days in found.items()}


def _held(
    period: Run, units: Collection[str], above: Mapping[str, Sequence[Run]]
) -> ColumnElement[bool]:
    return or_(
        and_(LeafDay.origin.in_(sorted(units)), LeafDay.day.between(period.first, period.last)),
        *(
            and_(LeafDay.origin == origin, LeafDay.day.between(run.first, run.last))
            for origin, runs in above.items()
            for run in runs
        ),
    )
