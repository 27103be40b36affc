"""The signs of a repeat, by tables."""

from __future__ import annotations

import pytest

from node.domain.repeats import (
    RepeatRules,
    box_around,
    metres_between,
    quoted_numbers,
    text_key,
)
from node.domain.table import InvalidTable

RULES = RepeatRules()
LONG = "Во дворе дома пять на улице Ленина вторую неделю не горит ни один фонарь"


@pytest.mark.parametrize(
    "same",
    [
        LONG.upper(),
        LONG.replace(" ", "  ") + " !!!",
        LONG.replace("неделю", "неделю,\n"),
        f"«{LONG}».",
    ],
)
def test_case_blanks_and_marks_do_not_make_another_text(same: str) -> None:
    assert text_key(same, RULES) == text_key(LONG, RULES)


def test_another_word_makes_another_text_and_a_short_one_is_no_sign() -> None:
    assert text_key(LONG, RULES) != text_key(LONG.replace("пять", "шесть"), RULES)
    assert text_key("Не работает!", RULES) is None
    assert text_key("ёлка " * 9, RULES) == text_key("елка " * 9, RULES)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Писали вам, RU-MUR-26-000123, и тишина", ("RU-MUR-26-000123",)),
        ("проблема 47701000-P26-000017 не решена", ("47701000-P26-000017",)),
        ("набрали русскими: RU-MUR-Р26-000017", ("RU-MUR-P26-000017",)),
        ("В ответ на обращение № 1829334 сказали ждать", ("1829334",)),
        ("заявка №77-1204 закрыта без работ", ("77-1204",)),
        ("По заявлению от 12 числа, номер 556677", ("556677",)),
        ("дом № 1234, квартира 5, тел. 89001234567", ()),
        ("яма 2000 на 3000, дом 15", ()),
        ("", ()),
    ],
)
def test_numbers_are_found_where_the_text_says_they_are_numbers(
    text: str, numbers: tuple[str, ...]
) -> None:
    assert quoted_numbers(text, RULES) == numbers


def test_a_list_of_numbers_is_cut() -> None:
    listed = " ".join(f"RU-MUR-26-{number:06}" for number in range(500))
    assert len(quoted_numbers(listed, RULES)) == 10


@pytest.mark.parametrize(
    ("place", "other", "metres"),
    [
        ((68.97, 33.08), (68.97, 33.08), 0),
        ((68.97, 33.08), (68.98, 33.08), 1112),  # a hundredth of a degree of latitude
        ((0.0, 0.0), (0.0, 0.01), 1112),
        ((60.0, 30.0), (60.0, 30.01), 556),  # half as long at sixty degrees
    ],
)
def test_distances_are_along_the_ground(
    place: tuple[float, float], other: tuple[float, float], metres: int
) -> None:
    assert metres_between(*place, *other) == pytest.approx(metres, abs=1)


@pytest.mark.parametrize("lat", [0.0, 45.0, 68.97, 81.0])
def test_a_box_holds_every_place_as_near_as_asked(lat: float) -> None:
    box = box_around(lat, 33.0, 150)
    assert metres_between(lat, 33.0, box.north, 33.0) == pytest.approx(150, rel=0.01)
    assert metres_between(lat, 33.0, lat, box.east) == pytest.approx(150, rel=0.01)


def test_rules_that_cannot_be_are_refused_by_name() -> None:
    with pytest.raises(InvalidTable, match="near_metres"):
        RepeatRules.from_table({"near_metres": 0})
    with pytest.raises(InvalidTable, match="near_meters"):
        RepeatRules.from_table({"near_meters": 100})
