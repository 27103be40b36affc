"""Production calendar: holidays, days off moved elsewhere, shortened days; by law, and by region.

Every year's table carries its published number of working days and hours: a slip of the pen in
holidays.toml stops the start instead of moving deadlines. What time a working day begins and ends
is told in `working_time.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from node.domain.table import Table

SATURDAY = 5
# The published norms are those of a week of 40 hours; a shortened day is an hour less.
HOURS_A_DAY = 8
MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")


class InvalidCalendar(ValueError):
    """The calendar contradicts itself, or leaves no working time; the message names where."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day unlike others of its weekday.

    Off: a holiday by its `name`, or a day off moved here from the date `moved`. At work
    (`works`): a Saturday or Sunday worked instead of the date `moved`.
    """

    works: bool
    name: str = ""
    moved: date | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """Where a year's table comes from. Not `decreed`: what the law alone lets expect."""

    source: str
    decreed: bool


@dataclass(frozen=True, slots=True)
class LocalHolidays:
    """Holidays of one unit and of everything below it. `yearly` is by (month, day)."""

    unit: str
    yearly: Mapping[tuple[int, int], str]
    days: Mapping[date, SpecialDay]
    shortened: frozenset[date]


@dataclass(frozen=True, slots=True)
class ProductionCalendar:
    """The special days of a country, or, after `at`, of one place in it. `yearly` is by
    (month, day) and holds in years that have no table, too.
    """

    yearly: Mapping[tuple[int, int], str] = field(default_factory=dict)
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    shortened: frozenset[date] = frozenset()
    years: Mapping[int, Year] = field(default_factory=dict)
    local: tuple[LocalHolidays, ...] = ()

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> ProductionCalendar:
        """From holidays.toml. InvalidTable or InvalidCalendar names the key or the year."""
        table = Table(values)
        calendar = cls(yearly=_names(table.table("holidays")))
        for key in (listed := table.table("years")):
            if not re.fullmatch(r"20\d\d", key):
                raise listed.refusal(key, "is not a year")
            calendar = _with_year(calendar, int(key), listed.table(key))
        local = tuple(_local(entry) for entry in table.tables("local"))
        table.close()
        return replace(calendar, local=local)

    @classmethod
    def of_holidays(cls, names: Mapping[date, str]) -> ProductionCalendar:
        """Just these days off."""
        return cls(days={day: SpecialDay(False, name) for day, name in names.items()})

    def at(self, units: Collection[str]) -> ProductionCalendar:
        """The calendar of a place within `units`: the territory and those above it."""
        here = [one for one in self.local if one.unit in units]
        if not here:
            return self
        yearly, days, shortened = dict(self.yearly), dict(self.days), set(self.shortened)
        for one in here:
            yearly |= one.yearly
            days |= one.days
            shortened |= one.shortened
        return replace(self, yearly=yearly, days=days, shortened=frozenset(shortened), local=())

    def special(self, day: date) -> SpecialDay | None:
        """What is special about a day; None when it is as its weekday."""
        if (found := self.days.get(day)) is not None:
            return found
        name = self.yearly.get((day.month, day.day))
        return None if name is None else SpecialDay(False, name)

    def is_certain(self, year: int) -> bool:
        """Whether the days off moved by decree are known for a year."""
        return year in self.years and self.years[year].decreed


NO_HOLIDAYS = ProductionCalendar()


def _with_year(calendar: ProductionCalendar, year: int, table: Table) -> ProductionCalendar:
    days = dict(calendar.days)
    for source, target in _moves(table.table("moved"), year):
        days[target] = SpecialDay(False, moved=source)
        # A holiday on a Saturday stays a holiday: only its day off has gone elsewhere.
        if (source.month, source.day) not in calendar.yearly:
            days[source] = SpecialDay(True, moved=target)
    shortened = frozenset(
        date(year, *_month_day(table, "shortened", text)) for text in table.texts("shortened")
    )
    known = Year(table.text("source"), table.flag("decreed", default=True))
    filled = replace(
        calendar,
        days=days,
        shortened=calendar.shortened | shortened,
        years={**calendar.years, year: known},
    )
    working = sum(1 for day in _days_of(year) if _is_worked(filled, day))
    for key, counted in (
        ("working_days", working),
        ("working_hours", working * HOURS_A_DAY - len(shortened)),
    ):
        if (published := table.whole(key, 0)) != counted:
            raise InvalidCalendar(
                f"{table.name}.{key}: {published} is published, the table gives {counted}"
            )
    for day in shortened:
        if not _is_worked(filled, day):
            raise InvalidCalendar(f"{table.name}.shortened: {day} is not a working day")
    table.close()
    return filled


def _is_worked(calendar: ProductionCalendar, day: date) -> bool:
    special = calendar.special(day)
    return day.weekday() < SATURDAY if special is None else special.works


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _local(table: Table) -> LocalHolidays:
    dated = table.table("days")
    try:
        days = {date.fromisoformat(key): SpecialDay(False, dated.text(key)) for key in dated}
        shortened = frozenset(date.fromisoformat(text) for text in table.texts("shortened"))
    except ValueError as error:
        raise table.refusal(
            "days", f"and shortened are dates such as 2026-08-31: {error}"
        ) from None
    local = LocalHolidays(table.text("unit"), _names(table.table("yearly")), days, shortened)
    table.close()
    return local


def _names(table: Table) -> dict[tuple[int, int], str]:
    return {_month_day(table, key, key): table.text(key) for key in table}


def _moves(table: Table, year: int) -> Iterator[tuple[date, date]]:
    """Where from, and where to."""
    for key in table:
        source = date(year, *_month_day(table, key, key))
        if source.weekday() < SATURDAY:
            raise table.refusal(key, "is not a Saturday or Sunday: there is no day off to move")
        yield source, date(year, *_month_day(table, key, table.text(key)))


def _month_day(table: Table, key: str, text: str) -> tuple[int, int]:
    found = MONTH_DAY.fullmatch(text)
    if found is None:
        raise table.refusal(key, f"names {text!r}; a day is month-day, such as 02-23")
    month, day = int(found[1]), int(found[2])
    try:
        date(2024, month, day)
    except ValueError:
        raise table.refusal(key, f"names {text!r}, which is no day of the year") from None
    return month, day
