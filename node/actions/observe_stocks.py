"""Observe what was open when a local day closed: once, and never again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from node.domain.local_day import bounds
from node.store import days, facts


def observe_stocks(session: Session, *, day: date, zone: ZoneInfo, now: datetime) -> bool:
    """Write down the stocks at the last instant of `day`; False when that was done before.

    The job may be late, even by days: what changed since then is read as it was, from the dated
    rows of issues. Afterwards the observation stays, whatever is imported or sorted later, for
    the figure answers "what did they know that evening". ValueError while the day goes on.
    """
    _, ends = bounds(day, zone)
    if now < ends:
        raise ValueError(f"{day} has not ended in {zone.key}")
    if not days.unobserved(session, [day]):
        return False
    days.observe(session, day, facts.stocks_at(session, ends), now=now)
    return True
