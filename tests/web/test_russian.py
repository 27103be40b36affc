"""Figures, terms and days as a Russian reader expects them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from node.dashboards.top import compare
from node.web.locale import russian


def plain(text: str) -> str:
    return text.replace(russian.SPACE, " ").replace(russian.MINUS, "-")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1754, "1 754"), (-3, "-3"), (0, "0"), (None, "–"), (1_000_000, "1 000 000")],
)
def test_numbers_have_spaces_between_thousands(value: int | None, text: str) -> None:
    assert plain(russian.number(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.431, "43 %"),
        (1, "100 %"),
        (0.9997, "99,9 %"),  # not everything
        (0.0002, "0,1 %"),  # not nothing
        (0, "0 %"),
        (None, "–"),
    ],
)
def test_shares_never_round_to_all_or_nothing(value: float | None, text: str) -> None:
    assert plain(russian.share(value)) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0.5, "30 мин"), (5.23, "5,2 ч"), (36, "36 ч"), (75, "3,1 дн."), (720, "30 дн."), (None, "–")],
)
def test_terms_are_told_in_the_unit_a_person_would_use(hours: float | None, text: str) -> None:
    assert plain(russian.hours(hours)) == text


@pytest.mark.parametrize(
    ("value", "previous", "text"),
    [(1754, 438, "▲ +300 %"), (4, 1, "▲ +3"), (50, 100, "▼ -50 %"), (7, 7, "= 0 %")],
)
def test_a_change_has_a_sign_beside_its_colour(value: int, previous: int, text: str) -> None:
    move = compare(value, previous, more_is="worse")
    assert plain(f"{russian.arrow(move)} {russian.moved(move)}") == text


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 2, 14), date(2026, 2, 20), "14–20 февраля 2026"),
        (date(2026, 1, 28), date(2026, 2, 3), "28 января – 3 февраля 2026"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 декабря 2025 – 3 января 2026"),
        (date(2026, 2, 20), date(2026, 2, 20), "20 февраля 2026"),
    ],
)
def test_a_span_of_days_names_month_and_year_once(first: date, last: date, text: str) -> None:
    assert plain(russian.span(first, last)) == text


def test_a_list_of_days_is_told_in_runs() -> None:
    days = [date(2026, 2, 14) + timedelta(days=number) for number in (0, 1, 2, 5)]
    assert plain(russian.day_list(days)) == "14–16 февраля, 19 февраля"


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 сводка"), (3, "3 сводки"), (11, "11 сводок"), (21, "21 сводка")]
)
def test_words_follow_their_number(count: int, text: str) -> None:
    assert plain(russian.counted(count, "сводка", "сводки", "сводок")) == text


def test_moments_are_told_in_the_units_own_zone() -> None:
    moment = datetime(2026, 2, 14, 22, 30, tzinfo=UTC)
    assert plain(russian.moment(moment, ZoneInfo("Asia/Kamchatka"))) == "15 февраля, 10:30"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Северо-Западный федеральный округ", "Северо-Западный ФО"),
        ("Мурманская область", "Мурманская обл."),
        ("город федерального значения Москва", "г. Москва"),
    ],
)
def test_names_are_shortened_where_there_is_little_room(name: str, short: str) -> None:
    assert plain(russian.short_place(name)) == short


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "1 мин"), (59.9, "59 мин"), (60, "1 ч"), (1439, "23 ч"), (1440, "1 дн."), (4000, "2 дн.")],
)
def test_a_term_overdue_is_told_in_full_units_that_have_passed(minutes: float, text: str) -> None:
    assert plain(russian.term(timedelta(minutes=minutes))) == text
