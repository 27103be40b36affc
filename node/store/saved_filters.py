"""Filters of the work list that people have saved under a name of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base, Instant


class SavedFilter(Base, kw_only=True):
    """`query` is that of an address, as `Choice.query` writes it."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(2000))
    saved_at: Mapped[datetime] = mapped_column(Instant)


def of_person(session: Session, person_id: int) -> Sequence[SavedFilter]:
    """The first saved first."""
    return session.scalars(
        select(SavedFilter).where(SavedFilter.person_id == person_id).order_by(SavedFilter.id)
    ).all()


def by_id(session: Session, person_id: int, filter_id: int) -> SavedFilter | None:
    """A filter of this person; None also for one of somebody else."""
    return session.scalars(
        select(SavedFilter).where(SavedFilter.person_id == person_id, SavedFilter.id == filter_id)
    ).first()


def by_name(session: Session, person_id: int, name: str) -> SavedFilter | None:
    return session.scalars(
        select(SavedFilter).where(SavedFilter.person_id == person_id, SavedFilter.name == name)
    ).first()


def count_of(session: Session, person_id: int) -> int:
    query = select(func.count()).select_from(SavedFilter)
    return session.execute(query.where(SavedFilter.person_id == person_id)).scalar_one()


def remove(session: Session, filter_id: int) -> None:
    session.execute(
        delete(SavedFilter)
        .where(SavedFilter.id == filter_id)
        .execution_options(synchronize_session="fetch")
    )
