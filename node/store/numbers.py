"""Running numbers of this node: one counter a series, never reused."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base


class Series(Base, kw_only=True):
    __tablename__ = "series"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    last: Mapped[int]


def draw(session: Session, series: str, count: int = 1) -> int:
    """Take `count` numbers of a series and return the first; the row is locked until commit."""
    row = session.scalars(select(Series).where(Series.name == series).with_for_update()).first()
    if row is None:
        row = Series(name=series, last=0)
        session.add(row)
    first = row.last + 1
    row.last += count
    session.flush()
    return first
