"""Norms: the rule that gives an appeal its deadlines, and the working time it counts in.

Two deadlines, two ways of counting:

- *First answer* in working days. One working day is the length of the calendar's day (9 hours)
  of working time from the minute of arrival, as centres count their 9 working hours: what comes on
  Friday at 17:50 is due on Monday at 17:50, what comes at night or on a Saturday is due at the
  close of the next working day. The alternative "by the end of the next working day" would give
  the same appeal between 9 and 18 hours, depending on the minute it came.
- *Final* in calendar days, as the law and the national platform count their 30 and 10: the day of
  arrival is not counted and the deadline is the end (24:00, that is the next midnight) of the last
  day. To the minute would set deadlines at four in the morning.

All arithmetic is on instants; local time enters only where a local day begins, opens or closes, so
zones and their changes need no special case. Norms are values; which rows hold the deadlines set
by them is the store's matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from node.domain.table import InvalidTable, Table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# One hundred years: no search for a working day runs for ever on a calendar of holidays only.
FARTHEST = timedelta(days=36_525)

Why = dict[str, str | int]
"""The arithmetic behind a deadline in values, to be kept with it and shown on request."""


class InvalidNorms(ValueError):
    """The norms contradict themselves or leave appeals without a deadline."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The working week: weekdays (0 = Monday) and the local times a working day runs between."""

    weekdays: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(18)
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise InvalidNorms("calendar.weekdays: no day of the week is a working day")
        if self.opens >= self.closes:
            raise InvalidNorms("calendar.closes must be later than calendar.opens, the same day")

    @property
    def minutes(self) -> int:
        """The length of one working day."""
        return (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working time in one zone."""

    zone: tzinfo
    hours: Hours = Hours()

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.hours.weekdays and day not in self.hours.holidays

    def next_working_moment(self, moment: datetime) -> datetime:
        """The moment itself when work is going on, else the next opening; UTC.

        The closing minute is no longer working time.
        """
        return max(moment.astimezone(UTC), next(self._spans(moment))[0])

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The instant at which `minutes` of working time have passed since `start`; UTC.

        A term that ends with a working day ends at its closing, not at the next opening.
        """
        if minutes < 1:
            raise ValueError("working time only runs forward")
        left = timedelta(minutes=minutes)
        for opens, closes in self._spans(start):
            begins = max(opens, start.astimezone(UTC))
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        raise AssertionError("unreachable: spans are endless")

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """`days` times the length of a working day, in working time."""
        return self.add_working_minutes(start, days * self.hours.minutes)

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working days as instants [opens, closes) in UTC, from the first not over at `start`."""
        day = start.astimezone(self.zone).date()
        last = day + FARTHEST
        while day <= last:
            if self.is_working_day(day):
                closes = datetime.combine(day, self.hours.closes, self.zone).astimezone(UTC)
                if closes > start:
                    yield (
                        datetime.combine(day, self.hours.opens, self.zone).astimezone(UTC),
                        closes,
                    )
            day += timedelta(days=1)
        raise InvalidNorms(f"the working calendar has no working time after {start.isoformat()}")


@dataclass(frozen=True, slots=True)
class Norm:
    """One rule. `fast_track` None and `channels` empty fit any; see config/norms.toml."""

    code: str
    name: str
    first_answer_working_days: int
    final_days: int
    fast_track: bool | None = None
    channels: frozenset[str] = frozenset()

    def fits(self, *, channel: str, fast_track: bool) -> bool:
        return (self.fast_track is None or self.fast_track == fast_track) and (
            not self.channels or channel in self.channels
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due by a norm, and why just then. `kind`: first_answer or final."""

    kind: str
    norm: str
    starts_at: datetime
    due_at: datetime
    why: Why
    drags_at: datetime | None = None
    warn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    first_answer: Deadline
    final: Deadline

    @property
    def drags_at(self) -> datetime:
        """When the issue has been open for twice its final norm: «затягивается»."""
        assert self.final.drags_at is not None
        return self.final.drags_at


@dataclass(frozen=True, slots=True)
class Norms:
    """The norms in force at this node, in their order, and the working week they count in."""

    norms: tuple[Norm, ...]
    hours: Hours = Hours()

    def __post_init__(self) -> None:
        codes = [norm.code for norm in self.norms]
        for code in codes:
            if codes.count(code) > 1:
                raise InvalidNorms(f"norm {code} stands twice")
        last = self.norms[-1] if self.norms else None
        if last is None or last.fast_track is not None or last.channels:
            raise InvalidNorms("the last of [[norms]] must fit every appeal: no conditions in it")

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> Norms:
        """From norms.toml. InvalidTable or InvalidNorms names the key."""
        table = Table(values)
        hours = _hours(table.table("calendar"))
        norms = tuple(_norm(entry) for entry in table.tables("norms"))
        table.close()
        return cls(norms, hours)

    def for_appeal(self, *, channel: str, fast_track: bool) -> Norm:
        """The first norm that fits; `fast_track` is the mark of the appeal's topic."""
        return next(
            norm for norm in self.norms if norm.fits(channel=channel, fast_track=fast_track)
        )

    def deadlines(self, norm: Norm, starts_at: datetime, zone: tzinfo) -> Deadlines:
        """What is due for something that arrived at `starts_at`, by the local time of `zone`."""
        calendar = WorkingCalendar(zone, self.hours)
        counted_from = calendar.next_working_moment(starts_at)
        arrived_on = starts_at.astimezone(zone).date()
        last_day = arrived_on + timedelta(days=norm.final_days)
        return Deadlines(
            first_answer=Deadline(
                kind="first_answer",
                norm=norm.code,
                starts_at=starts_at,
                due_at=calendar.add_working_days(starts_at, norm.first_answer_working_days),
                why={
                    "working_days": norm.first_answer_working_days,
                    "working_minutes": norm.first_answer_working_days * self.hours.minutes,
                    "opens": self.hours.opens.isoformat("minutes"),
                    "closes": self.hours.closes.isoformat("minutes"),
                    "counted_from": counted_from.astimezone(zone).isoformat(),
                    "zone": str(zone),
                },
            ),
            final=Deadline(
                kind="final",
                norm=norm.code,
                starts_at=starts_at,
                due_at=end_of_day(last_day, zone),
                why={
                    "calendar_days": norm.final_days,
                    "arrived_on": arrived_on.isoformat(),
                    "last_day": last_day.isoformat(),
                    "zone": str(zone),
                },
                drags_at=end_of_day(arrived_on + timedelta(days=2 * norm.final_days), zone),
            ),
        )


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """24:00 of a local day, which is 00:00 of the next; UTC."""
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _hours(table: Table) -> Hours:
    names = table.texts("weekdays") or WEEKDAYS[:5]
    for name in names:
        if name not in WEEKDAYS:
            raise table.refusal("weekdays", f"names {name!r}; days are {', '.join(WEEKDAYS)}")
    hours = Hours(
        weekdays=frozenset(WEEKDAYS.index(name) for name in names),
        opens=table.time_of_day("opens", time(9)),
        closes=table.time_of_day("closes", time(18)),
    )
    table.close()
    for key, moment in (("opens", hours.opens), ("closes", hours.closes)):
        if moment.second or moment.microsecond:
            raise table.refusal(key, "must be a whole minute")
    return hours


def _norm(table: Table) -> Norm:
    norm = Norm(
        code=table.text("code"),
        name=table.text("name"),
        first_answer_working_days=_days(table, "first_answer_working_days"),
        final_days=_days(table, "final_days"),
        fast_track=table.flag("fast_track", default=False) if "fast_track" in table else None,
        channels=frozenset(table.texts("channels")),
    )
    # Asked for here only so that a key left out is not called unknown.
    table.flag("fast_track", default=False)
    table.close()
    return norm


def _days(table: Table, key: str) -> int:
    """Required, 1 … 365: a typing slip must not promise an answer in ten years."""
    days = table.whole(key, 0)
    if not 1 <= days <= 365:
        raise InvalidTable(f"{table.name}.{key} must be from 1 to 365 days")
    return days
