"""Working time: what hours are worked on which days, counted forward, backward and between.

All arithmetic is on instants; local time enters only where a local day begins, opens or closes, so
zones and their changes need no special case. Which days are holidays is told in
`production_calendar.py`, what is counted by whom in `deadline.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from node.domain.production_calendar import NO_HOLIDAYS, InvalidCalendar, ProductionCalendar
from node.domain.table import Table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WHOLE_DAY = 24 * 60
# One hundred years: no search for a working day runs for ever on a calendar of holidays only.
FARTHEST = timedelta(days=36_525)

Span = tuple[datetime, datetime]
"""Two instants: from the first on, up to and without the second."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The working week: weekdays (0 = Monday) and the local times a working day runs between.

    `closes` of 00:00 is 24:00, the end of the day. A shortened day closes `shorter_by` minutes
    earlier.
    """

    weekdays: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(18)
    shorter_by: int = 60

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise InvalidCalendar("calendar.weekdays: no day of the week is a working day")
        if self.minutes <= 0:
            raise InvalidCalendar("calendar.closes must be later than calendar.opens, the same day")
        if self.shorter_by >= self.minutes:
            raise InvalidCalendar("calendar.shorter_by_minutes leaves nothing of a working day")

    @property
    def opens_at(self) -> int:
        """Minutes from the beginning of the day."""
        return self.opens.hour * 60 + self.opens.minute

    @property
    def closes_at(self) -> int:
        """Minutes from the beginning of the day, up to 1440."""
        return self.closes.hour * 60 + self.closes.minute or WHOLE_DAY

    @property
    def minutes(self) -> int:
        """The length of one working day."""
        return self.closes_at - self.opens_at

    @property
    def closes_text(self) -> str:
        """`18:00`, `24:00`."""
        return f"{self.closes_at // 60:02}:{self.closes_at % 60:02}"

    @classmethod
    def from_table(cls, table: Table) -> Hours:
        """From [calendar] of norms.toml. InvalidTable or InvalidCalendar names the key."""
        names = table.texts("weekdays") or WEEKDAYS[:5]
        for name in names:
            if name not in WEEKDAYS:
                raise table.refusal("weekdays", f"names {name!r}; days are {', '.join(WEEKDAYS)}")
        # TOML has no 24:00:00; a day that runs to its end says so in quotes.
        if table.is_text("closes"):
            if table.text("closes") != "24:00":
                raise table.refusal("closes", 'is 18:00:00 without quotes, or "24:00"')
            closes = time(0)
        else:
            closes = table.time_of_day("closes", time(18))
        opens = table.time_of_day("opens", time(9))
        for key, moment in (("opens", opens), ("closes", closes)):
            if moment.second or moment.microsecond:
                raise table.refusal(key, "must be a whole minute")
        hours = cls(
            weekdays=frozenset(WEEKDAYS.index(name) for name in names),
            opens=opens,
            closes=closes,
            shorter_by=table.whole("shorter_by_minutes", 60),
        )
        table.close()
        return hours


NINE_TO_SIX = Hours()


@dataclass(frozen=True, slots=True)
class Off:
    """Why a day is not worked: `kind` weekend, holiday (its `name`) or moved (from a date)."""

    kind: str
    name: str = ""
    moved: date | None = None


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working time in one zone, and at one place in so far as it has holidays of its own."""

    zone: tzinfo
    hours: Hours = NINE_TO_SIX
    days: ProductionCalendar = NO_HOLIDAYS

    def is_working_day(self, day: date) -> bool:
        return self.off(day) is None

    def is_shortened(self, day: date) -> bool:
        return day in self.days.shortened and self.is_working_day(day)

    def off(self, day: date) -> Off | None:
        """Why a day is not worked; None when it is."""
        special = self.days.special(day)
        if special is None:
            return None if day.weekday() in self.hours.weekdays else Off("weekend")
        if special.works:
            return None
        return Off("holiday" if special.name else "moved", special.name, special.moved)

    def opening(self, day: date) -> datetime:
        """When a working day begins; UTC. Of a day off: when it would."""
        return self._at(day, self.hours.opens_at)

    def closing(self, day: date) -> datetime:
        """When a working day ends; UTC. Of a day off: when it would."""
        shorter = self.hours.shorter_by if day in self.days.shortened else 0
        return self._at(day, self.hours.closes_at - shorter)

    def day_of(self, moment: datetime) -> date:
        """The local day a moment belongs to."""
        return moment.astimezone(self.zone).date()

    def end_of_day(self, day: date) -> datetime:
        """24:00 of a local day; UTC."""
        return end_of_day(day, self.zone)

    def next_working_moment(self, moment: datetime) -> datetime:
        """The moment itself when work is going on, else the next opening; UTC.

        The closing minute is no longer working time.
        """
        return max(moment.astimezone(UTC), next(self._spans(moment))[0])

    def add_working_minutes(
        self, start: datetime, minutes: int, without: Sequence[Span] = ()
    ) -> datetime:
        """The instant at which `minutes` of working time have passed since `start`; UTC.

        A term that ends with a working day ends at its closing, not at the next opening. Time
        within the spans `without` does not count.
        """
        if minutes < 1:
            raise ValueError("working time only runs forward")
        left = minutes * MINUTE
        for begins, ends in self.worked(start, without):
            if ends - begins >= left:
                return begins + left
            left -= ends - begins
        raise AssertionError("unreachable: spans are endless")

    def subtract_working_minutes(self, end: datetime, minutes: int) -> datetime:
        """The instant from which `minutes` of working time pass until `end`; UTC.

        A term that begins with a working day begins at its opening.
        """
        left = minutes * MINUTE
        for opens, closes in self._spans_back(end):
            ends = min(closes, end.astimezone(UTC))
            if ends - opens >= left:
                return ends - left
            left -= ends - opens
        raise AssertionError("unreachable: spans are endless")

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """`days` times the length of a working day, in working time."""
        return self.add_working_minutes(start, days * self.hours.minutes)

    def working_minutes_between(
        self, start: datetime, end: datetime, without: Sequence[Span] = ()
    ) -> int:
        """Whole minutes of working time from `start` to `end`, 0 when that is not later."""
        return sum(self.spent(start, end, without).values(), timedelta()) // MINUTE

    def spent(
        self, start: datetime, end: datetime, without: Sequence[Span] = ()
    ) -> dict[date, timedelta]:
        """Working time from `start` to `end` by local day, days without any left out."""
        days: dict[date, timedelta] = {}
        if end <= start:
            return days
        for begins, ends in self.worked(start, without):
            if begins >= end:
                break
            day = self.day_of(begins)
            days[day] = days.get(day, timedelta()) + (min(ends, end) - begins)
        return days

    def worked(self, start: datetime, without: Sequence[Span] = ()) -> Iterator[Span]:
        """Working time from `start` on without the spans named, as instants in UTC; endless."""
        barred = merged(without)
        for opens, closes in self._spans(start):
            begins = max(opens, start.astimezone(UTC))
            for first, last in barred:
                if last <= begins or first >= closes:
                    continue
                if first > begins:
                    yield begins, first
                begins = max(begins, last)
            if begins < closes:
                yield begins, closes

    def _spans(self, start: datetime) -> Iterator[Span]:
        """Working days as instants [opens, closes) in UTC, from the first not over at `start`."""
        day = self.day_of(start)
        last = day + FARTHEST
        while day <= last:
            if self.is_working_day(day) and (closes := self.closing(day)) > start:
                yield self.opening(day), closes
            day += DAY
        raise InvalidCalendar(f"the working calendar has no working time after {start.isoformat()}")

    def _spans_back(self, end: datetime) -> Iterator[Span]:
        """Working days from the last begun before `end`, the newest first."""
        day = self.day_of(end)
        first = day - FARTHEST
        while day >= first:
            if self.is_working_day(day) and (opens := self.opening(day)) < end:
                yield opens, self.closing(day)
            day -= DAY
        raise InvalidCalendar(f"the working calendar has no working time before {end.isoformat()}")

    def _at(self, day: date, minutes: int) -> datetime:
        """A local time of day given in minutes, 1440 being 24:00; UTC."""
        if minutes == WHOLE_DAY:
            return self.end_of_day(day)
        local = datetime.combine(day, time(minutes // 60, minutes % 60), self.zone)
        return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The local times between which nobody is sent a notice; the same time twice: never quiet."""

    begins: time = time(21)
    ends: time = time(8)

    @classmethod
    def from_table(cls, table: Table) -> Quiet:
        """From [quiet] of norms.toml. InvalidTable names the key."""
        quiet = cls(table.time_of_day("from", time(21)), table.time_of_day("until", time(8)))
        table.close()
        return quiet

    def next_moment(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment itself when notices may be sent then, else the end of the quiet; UTC."""
        local = moment.astimezone(zone)
        at = local.time()
        over_midnight = self.begins > self.ends
        within = (
            (at >= self.begins or at < self.ends)
            if over_midnight
            else (self.begins <= at < self.ends)
        )
        if not within:
            return moment.astimezone(UTC)
        day = local.date() + DAY if over_midnight and at >= self.begins else local.date()
        return datetime.combine(day, self.ends, zone).astimezone(UTC)


NIGHT = Quiet()


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """24:00 of a local day, which is 00:00 of the next; UTC."""
    return datetime.combine(day + DAY, time(0), zone).astimezone(UTC)


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same time in order, in spans that do not touch; empty ones are dropped."""
    whole: list[Span] = []
    for first, last in sorted(spans):
        if last <= first:
            continue
        if whole and first <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], last))
        else:
            whole.append((first, last))
    return whole
