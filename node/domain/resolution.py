"""What the board of local resolution counts, and over which days.

Where the counts are read is told in `store/resolution_facts.py`; shares and medians are made of
them in `dashboards/resolution_board.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from node.domain.errors import Fault, Invalid
from node.domain.issue import Outcome
from node.domain.local_day import day_of
from node.domain.ranking import DAY, Period

LENGTHS: Mapping[str, int] = {"week": 7, "month": 30, "quarter": 91}
"""Days up to today, today included: what stands in the base is not waited for till midnight."""
ROW_KINDS = ("agency", "sector")
FLOWS = (
    *("received", "opened", "answered_first", "late_first", "late_final", "returned", "reopened"),
    *(f"closed_{outcome.value}" for outcome in Outcome),
    *("satisfied", "unsatisfied"),
)
"""Counted over the period."""
STOCKS = ("open", "overdue", "dragging", "soon")
"""Counted at this moment. `soon`: the warning of the running deadline has begun."""


def period_of(text: str, zone: ZoneInfo, now: datetime) -> Period:
    """`week`, `month`, `quarter` or `FROM..TO`: local days, up to today at the latest.

    Invalid: none of these, or a period that has not begun.
    """
    today = day_of(now, zone)
    if text in LENGTHS:
        return Period(today - (LENGTHS[text] - 1) * DAY, today)
    asked = Period.between(text, known=LENGTHS)
    if asked.first > today:
        raise Invalid(Fault("period", f"{asked.first} ещё не наступило: сегодня {today}"))
    return Period(asked.first, min(asked.last, today))


def row_kind(text: str) -> str:
    """Invalid: rows are of agencies or of sectors."""
    if text not in ROW_KINDS:
        raise Invalid(Fault("by", f"может быть {', '.join(ROW_KINDS)}"))
    return text
