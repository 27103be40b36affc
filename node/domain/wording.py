"""Numbers, days and terms inside the Russian sentences that the domain itself gives as reasons.

Pages write numbers by `node/web/locale`; these sentences travel as data (API, files, journal), so
they are whole before any page sees them, and have plain spaces that can be searched for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

NEVER = "никогда"
MONTHS = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
QUARTERS = ("I", "II", "III", "IV")


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent: its `str` is one for each value."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def floored(value: Fraction) -> Decimal:
    """Cut down to two decimals. Never rounded up: 100 must mean that all of it is done."""
    hundredths = value.numerator * 100 // value.denominator
    return plain(Decimal(hundredths).scaleb(-2))


def number(value: Decimal) -> str:
    """`52,5`."""
    return str(plain(value)).replace(".", ",")


def per_cent(value: Decimal) -> str:
    """`52,5 %`."""
    return f"{number(value)} %"


def on(day: date) -> str:
    """`17.11.2020`."""
    return day.strftime("%d.%m.%Y")


def expected_on(day: date | None) -> str:
    """A day of a forecast; None is `никогда`."""
    return NEVER if day is None else on(day)


def planned_for(day: date, precision: str) -> str:
    """A planned date as it is known: `31.12.2021`, `декабрь 2021 года`, `2021 год`."""
    if precision == "month":
        return f"{MONTHS[day.month - 1]} {day.year} года"
    if precision == "quarter":
        return f"{QUARTERS[(day.month - 1) // 3]} квартал {day.year} года"
    return f"{day.year} год" if precision == "year" else on(day)


def days(number_of: int) -> str:
    """`1 день`, `2 дня`, `14 дней`."""
    return f"{number_of} {_form(number_of, 'день', 'дня', 'дней')}"


def at_days(number_of: int) -> str:
    """After «при»: `1 дне`, `14 днях`."""
    return f"{number_of} {_form(number_of, 'дне', 'днях', 'днях')}"


def longer_than_days(number_of: int) -> str:
    """After «дольше»: `1 дня`, `21 дня`, `14 дней`."""
    return f"{number_of} {_form(number_of, 'дня', 'дней', 'дней')}"


def of_weeks(number_of: int) -> str:
    """After «последних»: `1 недели`, `6 недель`."""
    return f"{number_of} {_form(number_of, 'недели', 'недель', 'недель')}"


def territories(number_of: int) -> str:
    """`1 территория`, `83 территории`, `12 территорий`."""
    return f"{number_of} {_form(number_of, 'территория', 'территории', 'территорий')}"


def _form(number_of: int, one: str, few: str, many: str) -> str:
    tens, units = abs(number_of) % 100, abs(number_of) % 10
    if units == 1 and tens != 11:
        return one
    return few if units in (2, 3, 4) and tens not in (12, 13, 14) else many
