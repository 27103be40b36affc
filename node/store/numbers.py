"""Running numbers of this node: one counter a series, never reused."""

from __future__ import annotations

from sqlalchemy import String, bindparam, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base


class Series(Base, kw_only=True):
    __tablename__ = "series"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    last: Mapped[int]


_TABLE = Base.metadata.tables[Series.__tablename__]
_DRAWN = (
    update(_TABLE)
    .where(_TABLE.c.name == bindparam("series"))
    .values(last=_TABLE.c.last + bindparam("count"))
    .returning(_TABLE.c.last)
)


def draw(session: Session, series: str, count: int = 1) -> int:
    """Take `count` numbers of a series and return the first; the row is locked until commit."""
    last: int | None = session.execute(_DRAWN, {"series": series, "count": count}).scalar()
    if last is None:
        session.add(Series(name=series, last=count))
        session.flush()
        return 1
    return last - count + 1
