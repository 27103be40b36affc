"""Appeals by day of one scope, for the line beside a figure."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.domain.cells import TOTAL
from node.store.cells import CELL_DAY


def received_by_day(session: Session, scope: str, first: date, last: date) -> dict[date, int]:
    """`received` of every day of which anything is held; a day of silence is absent, not zero."""
    query = select(CELL_DAY.c.day, CELL_DAY.c.received).where(
        CELL_DAY.c.scope == scope,
        CELL_DAY.c.day.between(first, last),
        CELL_DAY.c.topic == TOTAL,
    )
    rows = session.execute(query.order_by(CELL_DAY.c.day))
    return {row.day: row.received for row in rows}
