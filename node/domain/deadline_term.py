"""Term: how long something may take, as norms.toml writes it, and when it ends.

- `4 hours`, `30 minutes`: time on the clock, nights and holidays too.
- `9 working hours`: working time from the minute on. `1 working day` is as many working hours as
  the calendar's day is long, as centres count: what comes on Friday at 17:50 is due on Monday at
  17:50. "By the end of the next working day" would give the same appeal between 9 and 18 hours,
  depending on the minute it came.
- `30 days`: the day of arrival is not counted and the term ends with the last day (24:00), as the
  law and the national platform count. To the minute would set deadlines at four in the morning.
- `19 full working days`: the same, and only working days count.

A pause is time that does not count: minutes within it are left out, and so are the days that begin
within it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from node.domain.production_calendar import InvalidCalendar
from node.domain.table import Table
from node.domain.working_time import DAY, FARTHEST, MINUTE, Span, WorkingCalendar, merged

WRITTEN = re.compile(r"(\d{1,5}) ((?:full |working |full working )?(?:minute|hour|day))s?")
# A typing slip must not promise an answer in ten years.
LONGEST_DAYS = 365


class TermUnit(StrEnum):
    MINUTES = "minute"
    HOURS = "hour"
    WORKING_MINUTES = "working minute"
    WORKING_HOURS = "working hour"
    WORKING_DAYS = "working day"
    FULL_WORKING_DAYS = "full working day"
    DAYS = "day"


CLOCK = frozenset({TermUnit.MINUTES, TermUnit.HOURS})
WHOLE_DAYS = frozenset({TermUnit.FULL_WORKING_DAYS, TermUnit.DAYS})
_MINUTES_A_UNIT = {
    TermUnit.MINUTES: 1,
    TermUnit.HOURS: 60,
    TermUnit.WORKING_MINUTES: 1,
    TermUnit.WORKING_HOURS: 60,
}


@dataclass(frozen=True, slots=True)
class Term:
    """`count` of a unit, `count` at least 1."""

    count: int
    unit: TermUnit

    @classmethod
    def parse(cls, text: str) -> Term:
        """`9 working hours`. ValueError says what is wrong, without a subject."""
        found = WRITTEN.fullmatch(text.strip())
        if found is None or found[2] not in set(TermUnit):
            kinds = ", ".join(f"{unit}s" for unit in TermUnit)
            raise ValueError(f"is {text!r}; a term is a number and one of: {kinds}")
        term = cls(int(found[1]), TermUnit(found[2]))
        longest = LONGEST_DAYS * 24 * 60 // _MINUTES_A_UNIT.get(term.unit, 24 * 60)
        if not 1 <= term.count <= longest:
            raise ValueError(f"is {text!r}; it must be from 1 to {longest} {term.unit}s")
        return term

    @classmethod
    def from_table(cls, table: Table, key: str) -> Term | None:
        """The term under `key`, None when absent. InvalidTable names the key."""
        text = table.optional_text(key)
        if text is None:
            return None
        try:
            return cls.parse(text)
        except ValueError as error:
            raise table.refusal(key, str(error)) from None

    def __str__(self) -> str:
        """As it is written: `9 working hours`, `1 day`."""
        return f"{self.count} {self.unit}" + ("" if self.count == 1 else "s")

    @property
    def is_clock(self) -> bool:
        return self.unit in CLOCK

    @property
    def is_whole_days(self) -> bool:
        """Whether it ends with a day and not at a minute."""
        return self.unit in WHOLE_DAYS

    def twice(self) -> Term:
        return replace(self, count=2 * self.count)

    def minutes(self, calendar: WorkingCalendar) -> int:
        """Minutes on the clock or of working time; a term in whole days has none: ValueError."""
        if self.unit is TermUnit.WORKING_DAYS:
            return self.count * calendar.hours.minutes
        if self.is_whole_days:
            raise ValueError(f"{self} is counted in days, not in minutes")
        return self.count * _MINUTES_A_UNIT[self.unit]

    def end(
        self, start: datetime, calendar: WorkingCalendar, pauses: Sequence[Span] = ()
    ) -> datetime:
        """When a term that begins at `start` is over; UTC. Later pauses do not touch it."""
        if self.is_whole_days:
            return calendar.end_of_day(self.last_day(start, calendar, pauses))
        if self.is_clock:
            return _on_the_clock(start, self.minutes(calendar) * MINUTE, pauses)
        return calendar.add_working_minutes(start, self.minutes(calendar), pauses)

    def last_day(
        self, start: datetime, calendar: WorkingCalendar, pauses: Sequence[Span] = ()
    ) -> date:
        """The local day a term that begins at `start` ends on."""
        if not self.is_whole_days:
            # What ends at 24:00 ends on the day that is over, not on the next.
            return calendar.day_of(self.end(start, calendar, pauses) - MINUTE / 60)
        day, left = calendar.day_of(start), self.count
        farthest = day + FARTHEST
        while left:
            day += DAY
            if day > farthest:
                raise InvalidCalendar(f"the calendar has no end of {self} after {start}")
            if self.counts(day, calendar) and not begins_within(day, calendar, pauses):
                left -= 1
        return day

    def counts(self, day: date, calendar: WorkingCalendar) -> bool:
        """Whether a day is one of those the term counts, pauses aside."""
        return self.unit is TermUnit.DAYS or calendar.is_working_day(day)

    def before(self, end: datetime, calendar: WorkingCalendar) -> datetime:
        """The moment this long before `end`; UTC. A full working day is as long as any."""
        if self.unit is TermUnit.DAYS:
            day = calendar.day_of(end - MINUTE / 60) - timedelta(days=self.count)
            return calendar.end_of_day(day)
        if self.is_clock:
            return end - self.minutes(calendar) * MINUTE
        if self.unit is TermUnit.FULL_WORKING_DAYS:
            return calendar.subtract_working_minutes(end, self.count * calendar.hours.minutes)
        return calendar.subtract_working_minutes(end, self.minutes(calendar))


def begins_within(day: date, calendar: WorkingCalendar, pauses: Sequence[Span]) -> bool:
    """Whether a local day began while a pause ran: such a day does not count."""
    midnight = calendar.end_of_day(day - DAY)
    return any(first <= midnight < last for first, last in pauses)


def _on_the_clock(start: datetime, left: timedelta, pauses: Sequence[Span]) -> datetime:
    at = start.astimezone(UTC)
    for first, last in merged(pauses):
        if last <= at:
            continue
        if first - at >= left:
            break
        left -= max(first - at, timedelta())
        at = last
    return at + left
