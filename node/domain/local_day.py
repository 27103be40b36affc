"""Local days: their bounds as instants, and which of a node's days want a summary sealed now.

How a day's figures are counted is told in `summary.py`; nothing here reads a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Status = Literal["open", "final", "restated"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest version of a day that this node has sealed, and when."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A summary to be sealed now. `reason` stands with restated, and only with it."""

    day: date
    status: Status
    reason: str | None = None


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two midnights of a local day as UTC instants; a moment of the day is ≥ the first and
    < the second. Days of 23 and 25 hours come out of the zone's own history.
    """
    return (
        datetime.combine(day, time(), zone).astimezone(UTC),
        datetime.combine(day + DAY, time(), zone).astimezone(UTC),
    )


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The local day a moment belongs to."""
    return moment.astimezone(zone).date()


def becomes_final(day: date, zone: ZoneInfo, final_at: time) -> datetime:
    """The instant from which a day's summary is final: `final_at` local of the next day."""
    return datetime.combine(day + DAY, final_at, zone).astimezone(UTC)


def last_ended(zones: Iterable[ZoneInfo], now: datetime) -> date:
    """The last local day that has ended in every one of the zones."""
    return min(day_of(now, zone) for zone in zones) - DAY


def days_to_publish(
    *,
    now: datetime,
    zone: ZoneInfo,
    final_at: time,
    node_from: date,
    node_until: date | None,
    sealed: Mapping[date, Sealed],
    dirty: Mapping[date, str],
    open_every: timedelta,
    clock_trusted: bool = True,
) -> tuple[Due, ...]:
    """What to seal now, the oldest day first.

    Every day from `node_from` on (and before `node_until`) gets an open version as soon as it
    begins, a final one, and restatements. `sealed` is the newest own version by day, `dirty` the
    reason code of days something changed on since. A day before `node_from` stays dirty: it would
    be refused as not ours. `clock_trusted` False (the clock is off by more than five minutes)
    holds back what cannot be taken back, finals and restatements, but lets open days go on.
    """
    today = day_of(now, zone)
    last = today if node_until is None else min(today, node_until - DAY)
    due = []
    for number in range((last - node_from).days + 1):
        day = node_from + number * DAY
        status = _due_status(
            day, now, zone, final_at, sealed.get(day), day in dirty, open_every, clock_trusted
        )
        if status is not None:
            due.append(Due(day, status, dirty[day] if status == "restated" else None))
    return tuple(due)


def _due_status(
    day: date,
    now: datetime,
    zone: ZoneInfo,
    final_at: time,
    last: Sealed | None,
    dirty: bool,
    open_every: timedelta,
    clock_trusted: bool,
) -> Status | None:
    if last is not None and last.status != "open":
        # At most once a day: a day sorted by hand all morning is one restatement, not fifty.
        restated_today = last.status == "restated" and day_of(last.at, zone) == day_of(now, zone)
        return "restated" if dirty and clock_trusted and not restated_today else None
    if clock_trusted and now >= becomes_final(day, zone, final_at):
        return "final"
    if last is None:
        # Also of a quiet day: an open zero report says "alive", silence would say "missing".
        return "open"
    # Made later than now: the clock has been set back since, and the pause would last for days.
    if dirty and not last.at <= now < last.at + open_every:
        return "open"
    # Once more after midnight: now its stocks are those observed at closing.
    _, ends = bounds(day, zone)
    return "open" if last.at < ends <= now else None
