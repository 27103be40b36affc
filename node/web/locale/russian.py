"""Russian: numbers, shares, changes, spans of days and moments as a reader expects them.

Every function takes a value and gives text; `FILTERS` are their names in templates. A value that
is not known is always shown as the same dash, never as nought: missing is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import format_decimal

UNKNOWN = "–"
MINUS = "\u2212"
SPACE = "\u00a0"
RUSSIAN = Locale("ru")
MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
HOURS_AS_DAYS = 72  # above three days a term is thought of in days


def number(value: float | None, digits: int = 0) -> str:
    """`1 754`, `−3`, `0,25`: no-break spaces between thousands, a comma before the fraction."""
    if value is None:
        return UNKNOWN
    if isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # most of a list's: a pattern costs a hundred times as much
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(round(value, digits), pattern, RUSSIAN).replace("-", MINUS)


def share(value: float | None) -> str:
    """A share of one as per cent: `43 %`, `0,4 %`; never a false `100 %` or `0 %`."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    digits = 1 if 0 < percent < 1 or 99 <= percent < 100 else 0
    if digits:
        # 99.97 % received is not everything, 0.03 % is not nothing.
        percent = min(max(round(percent, 1), 0.1), 99.9)
    return f"{number(percent, digits)}{SPACE}%"


def signed(value: float | None) -> str:
    """`+12`, `−3`, `0`."""
    if value is None:
        return UNKNOWN
    return f"+{number(value)}" if value > 0 else number(value)


class Moved(Protocol):
    """How a value stands to an earlier one; `percent` None where per cent would mislead."""

    @property
    def difference(self) -> float: ...

    @property
    def percent(self) -> float | None: ...

    @property
    def tone(self) -> str: ...


def arrow(move: Moved) -> str:
    """The sign that goes with the colour, for those who do not see it."""
    if move.tone == "even":
        return "="
    return "▲" if move.difference > 0 else "▼"


def moved(move: Moved, is_share: bool = False) -> str:
    """`+300 %`, `+3` where there were too few for per cent, `−2 п. п.` for shares."""
    if is_share:
        return f"{signed(round(move.difference * 100))}{SPACE}п.{SPACE}п."
    if move.percent is None:
        return signed(move.difference)
    return f"{signed(round(move.percent))}{SPACE}%"


def hours(value: float | None) -> str:
    """A term in the unit a person would use: `35 мин`, `5,2 ч`, `3,1 дн.`"""
    if value is None:
        return UNKNOWN
    if value < 1:
        return f"{number(round(value * 60))}{SPACE}мин"
    if value < HOURS_AS_DAYS:
        return f"{number(value, 1 if value < 10 else 0)}{SPACE}ч"
    days = value / 24
    return f"{number(days, 1 if days < 10 else 0)}{SPACE}дн."


def term(value: timedelta) -> str:
    """A term that runs or is overdue, in full units: `35 мин`, `5 ч`, `2 дн.`; at least a minute.

    Rounded down, unlike `hours`: nobody is told of a day that has not passed yet.
    """
    minutes = max(1, int(value / timedelta(minutes=1)))
    if minutes < 60:
        return f"{minutes}{SPACE}мин"
    if minutes < 24 * 60:
        return f"{minutes // 60}{SPACE}ч"
    return f"{number(minutes // (24 * 60))}{SPACE}дн."


def plural(value: int, one: str, few: str, many: str) -> str:
    """The form a number asks for: 1 сводка, 3 сводки, 5 сводок. The number is not included."""
    form = RUSSIAN.plural_form(abs(value))
    return {"one": one, "few": few}.get(form, many)


def counted(value: int, one: str, few: str, many: str) -> str:
    """`5 сводок`."""
    return f"{number(value)}{SPACE}{plural(value, one, few, many)}"


def day(value: date, *, year: bool = True) -> str:
    """`21 ноября 2026`."""
    text = f"{value.day}{SPACE}{MONTHS[value.month - 1]}"
    return f"{text}{SPACE}{value.year}" if year else text


def span(first: date, last: date, *, year: bool = True) -> str:
    """`15–21 ноября 2026`, `28 октября – 3 ноября 2026`, one day as a day."""
    if first == last:
        return day(first, year=year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last, year=year)}"
    return f"{day(first, year=year and first.year != last.year)} – {day(last, year=year)}"


def day_list(days: tuple[date, ...] | list[date]) -> str:
    """Days in runs: `15–17, 20 ноября`."""
    ordered = sorted(set(days))
    runs: list[tuple[date, date]] = []
    for one in ordered:
        if runs and (one - runs[-1][1]).days == 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    return ", ".join(span(first, last, year=False) for first, last in runs)


def moment(value: datetime, zone: ZoneInfo) -> str:
    """`21 ноября, 14:02` in the unit's zone."""
    local = value.astimezone(zone)
    return f"{day(local.date(), year=False)}, {local:%H:%M}"


def clock_time(value: datetime, zone: ZoneInfo) -> str:
    """`14:02` in the unit's zone."""
    return f"{value.astimezone(zone):%H:%M}"


ONE_LINE = 24  # a name no longer than this is not broken between lines
SHORT_WORDS = (
    ("город федерального значения ", "г. "),
    ("федеральный округ", "ФО"),
    ("автономный округ", "АО"),
    ("автономная область", "АО"),
    ("область", "обл."),
    ("Республика ", "Респ. "),
    (" район", " р-н"),
    ("муниципальный округ", "м. о."),
    ("городской округ", "г. о."),
)


def short_place(name: str) -> str:
    """A unit's name where there is little room: «Мурманская обл.», «Северо-Западный ФО»."""
    for long, short in SHORT_WORDS:
        name = name.replace(long, short)
    return name.replace(" ", SPACE) if len(name) <= ONE_LINE else name


def place(name: str) -> str:
    """A unit's name in a heading or a list; «Город Москва» for the directory's long form."""
    return headline(name.replace("город федерального значения", "город"))


def headline(text: str) -> str:
    """The first letter raised, the others as they are: «муниципалитет» → «Муниципалитет»."""
    return text[:1].upper() + text[1:]


FILTERS: Mapping[str, Callable[..., str]] = {
    "number": number,
    "share": share,
    "signed": signed,
    "arrow": arrow,
    "moved": moved,
    "hours": hours,
    "term": term,
    "plural": plural,
    "counted": counted,
    "day": day,
    "span": span,
    "day_list": day_list,
    "moment": moment,
    "clock_time": clock_time,
    "short_place": short_place,
    "place": place,
    "headline": headline,
}
