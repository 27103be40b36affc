"""The shipped production calendar against published norms and the law; wrong tables refused."""

from __future__ import annotations

import copy
import tomllib
from datetime import date, timedelta
from typing import Any

import pytest

from node.domain.production_calendar import InvalidCalendar, ProductionCalendar, SpecialDay
from node.domain.table import InvalidTable
from node.domain.working_time import Off, WorkingCalendar
from node.reference import data_dir
from tests.support.zones import MOSCOW

SHIPPED: dict[str, Any] = tomllib.loads(
    (data_dir() / "config" / "holidays.toml").read_text(encoding="utf-8")
)
CALENDAR = ProductionCalendar.from_table(SHIPPED)
# Working days and hours of a 40-hour week, as published for each year.
PUBLISHED = {
    2018: (247, 1970),
    2019: (247, 1970),
    2020: (248, 1979),
    2021: (247, 1972),
    2022: (247, 1973),
    2023: (247, 1973),
    2024: (248, 1979),
    2025: (247, 1972),
    2026: (247, 1972),
    2027: (247, 1972),
}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize(("year", "published"), PUBLISHED.items())
def test_a_year_has_the_published_working_days_and_hours(
    year: int, published: tuple[int, int]
) -> None:
    working = WorkingCalendar(MOSCOW, days=CALENDAR)
    days = [day for day in days_of(year) if working.is_working_day(day)]
    shortened = sum(1 for day in days if working.is_shortened(day))
    assert (len(days), len(days) * 8 - shortened) == published
    assert CALENDAR.is_certain(year)


def test_years_without_a_table_are_not_certain() -> None:
    assert set(CALENDAR.years) == set(PUBLISHED)
    assert not CALENDAR.is_certain(2028)
    assert CALENDAR.special(date(2028, 5, 9)) == SpecialDay(False, "День Победы")


@pytest.mark.parametrize("year", PUBLISHED)
def test_a_day_is_shortened_exactly_where_article_95_shortens_it(year: int) -> None:
    """The working day before a holiday, and the Saturday worked instead of such a day."""
    working = WorkingCalendar(MOSCOW, days=CALENDAR)

    def before_a_holiday(day: date) -> bool:
        after = day + timedelta(days=1)
        return (after.month, after.day) in CALENDAR.yearly

    lawful = set()
    for day in days_of(year):
        special = CALENDAR.special(day)
        stands_for = special.moved if special and special.works else day
        if working.is_working_day(day) and stands_for and before_a_holiday(stands_for):
            lawful.add(day)
    assert {day for day in CALENDAR.shortened if day.year == year} == lawful


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_holiday_on_a_weekend_gives_its_day_off_elsewhere(year: int) -> None:
    """Article 112: one day off for each, but of those of 1 to 8 January just two are moved."""
    moved = [d.moved for day, d in CALENDAR.days.items() if day.year == year and d.moved]
    lost = [
        date(year, month, day)
        for month, day in CALENDAR.yearly
        if date(year, month, day).weekday() >= 5
    ]
    assert {day for day in lost if day.month > 1} <= set(moved)
    assert len([day for day in moved if day.month == 1 and day in lost]) == 2


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 1, 7), Off("holiday", "Рождество Христово")),
        (date(2026, 1, 9), Off("moved", moved=date(2026, 1, 3))),
        (date(2026, 1, 10), Off("weekend")),
        (date(2026, 1, 12), None),
        (date(2026, 12, 31), Off("moved", moved=date(2026, 1, 4))),
        (date(2025, 11, 1), None),
        (date(2025, 11, 3), Off("moved", moved=date(2025, 11, 1))),
        (date(2024, 4, 27), None),
        (date(2024, 11, 2), None),
        (date(2024, 12, 30), Off("moved", moved=date(2024, 12, 28))),
        (date(2021, 5, 4), None),  # paid days off of the epidemic are not in the calendar
    ],
)
def test_single_days_are_as_decreed(day: date, off: Off | None) -> None:
    assert WorkingCalendar(MOSCOW, days=CALENDAR).off(day) == off


def test_holidays_of_a_region_hold_there_and_below_only() -> None:
    day = date(2026, 11, 6)
    kazan = CALENDAR.at(("92701000", "RU-TA", "PFO", "RU"))
    elsewhere = CALENDAR.at(("RU-MOS", "CFO", "RU"))
    assert kazan.special(day) == SpecialDay(False, "День Конституции Республики Татарстан")
    assert elsewhere.special(day) is None
    ufa = CALENDAR.at(("RU-BA",))
    assert ufa.special(date(2026, 5, 27)) == SpecialDay(False, "Курбан-байрам")
    assert ufa.special(date(2027, 5, 27)) is None


def changed(path: str, value: object) -> dict[str, Any]:
    table = copy.deepcopy(SHIPPED)
    *above, last = path.split("/")
    place = table
    for key in above:
        place = place[key]
    place[last] = value
    return table


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("years/2026/working_days", 248, "2026.working_days: 248 is published.*247"),
        ("years/2026/working_hours", 1971, "2026.working_hours"),
        ("years/2026/shortened", ["01-01", "04-30", "05-08", "06-11"], "2026-01-01 is not"),
        ("years/2026/shortened", ["2026-01-02"], "month-day"),
        ("years/2026/moved/01-04", "02-30", "'02-30'"),
        ("years/2026/moved", {"01-09": "12-31"}, "01-09 is not a Saturday"),
        ("years/2026/moved/01-04", "06-15", None),
        ("years/26", {}, "26 is not a year"),
        ("years/2026/note", "x", "note"),
        ("holidays/13-01", "x", "'13-01'"),
        ("local", [{"unit": "RU-TA", "days": {"30-08": "x"}}], "dates such as"),
        ("local", [{"unit": "RU-TA", "day": {}}], "day"),
    ],
)
def test_a_wrong_table_is_refused_by_name(path: str, value: object, named: str | None) -> None:
    table = changed(path, value)
    if named is None:
        ProductionCalendar.from_table(table)  # another day off, the same sum: nothing to refuse
        return
    with pytest.raises((InvalidCalendar, InvalidTable), match=named):
        ProductionCalendar.from_table(table)
