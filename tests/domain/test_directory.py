"""Units as a tree: questions answered at once, and trees that are none refused."""

from __future__ import annotations

from datetime import date

import pytest

from node.domain.directory import Directory, InvalidDirectory, Unit
from tests.support.directories import SMALL, a_unit


def test_a_unit_knows_its_children_parent_and_ancestors() -> None:
    assert [unit.code for unit in SMALL.children("north")] == ["town-a", "town-b"]
    assert SMALL.parent("town-a") == "north"
    assert SMALL.parent("land") is None
    assert SMALL.ancestors("quarter") == ("town-b", "north", "land")
    assert SMALL.ancestors("land") == ()
    assert SMALL.root.code == "land"


@pytest.mark.parametrize(
    ("code", "scope", "within"),
    [
        ("quarter", "quarter", True),
        ("quarter", "north", True),
        ("quarter", "land", True),
        ("quarter", "south", False),
        ("north", "quarter", False),
        ("nowhere", "land", False),
        ("land", "nowhere", False),
    ],
)
def test_a_unit_is_within_itself_and_all_above_it(code: str, scope: str, within: bool) -> None:
    assert SMALL.is_within(code, scope) is within


def test_a_subtree_is_the_unit_and_everything_below() -> None:
    assert SMALL.subtree("north") == ("north", "town-a", "town-b", "quarter")
    assert SMALL.subtree("town-d") == ("town-d",)
    assert set(SMALL.subtree("land")) == {unit.code for unit in SMALL.units}


def test_depth_counts_levels_below() -> None:
    assert SMALL.at_depth("land", 0) == ("land",)
    assert SMALL.at_depth("land", 1) == ("north", "south")
    assert SMALL.at_depth("land", 2) == ("town-a", "town-b", "town-c", "town-d")
    assert SMALL.at_depth("land", 4) == ()
    assert SMALL.at_depth("land", -1) == ()


def test_a_blank_population_is_the_sum_of_the_units_below() -> None:
    assert SMALL.population("north") == 1000
    assert SMALL.population("south") == 70
    assert SMALL.population("land") == 1070
    assert SMALL.population("town-d") is None


@pytest.mark.parametrize(
    ("served_elsewhere", "own"),
    [
        ((), 1000),
        (("town-a",), 700),
        (("town-a", "town-b"), 500),
        (("town-b", "quarter"), 800),  # the quarter is already off with its town
        (("quarter",), 950),
        (("town-c", "north"), 1000),  # neither a stranger nor the unit itself is taken off
    ],
)
def test_a_unit_weighs_its_population_less_that_served_elsewhere(
    served_elsewhere: tuple[str, ...], own: int
) -> None:
    assert SMALL.own_population("north", served_elsewhere) == own


def test_a_town_counted_larger_than_its_region_leaves_nobody_and_not_less() -> None:
    directory = Directory([a_unit("r", population=10), a_unit("t", "r", population=12)])
    assert directory.own_population("r", ["t"]) == 0


def test_zones_are_those_of_the_unit() -> None:
    assert SMALL.timezone("south") == "Asia/Vladivostok"
    assert SMALL.zone("south").key == "Asia/Vladivostok"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("архангелск", "town-a"), ("КУРСК", "town-d"), ("Орел", "town-c"), ("town_b", "town-b")],
)
def test_the_nearest_unit_is_found_by_code_or_name_in_spite_of_slips(
    typed: str, meant: str
) -> None:
    assert SMALL.nearest(typed)[0] == meant


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert SMALL.nearest("щщщ") == []
    assert SMALL.nearest("") == []


@pytest.mark.parametrize(
    ("units", "named"),
    [
        ([a_unit("a"), a_unit("a")], "unit a stands twice"),
        ([a_unit("a", "b")], "unit a: its parent b is unknown"),
        ([a_unit("root"), a_unit("a", "b"), a_unit("b", "a")], "unit a: its parents lead round"),
        ([a_unit("a", "a")], "unit a: its parents lead round"),
        ([a_unit("a", timezone="Europe/Kursk")], "unit a: 'Europe/Kursk' is not a time zone"),
        ([a_unit("a", timezone="../zone")], "unit a: '../zone' is not a time zone"),
        ([a_unit("a", timezone="Europe")], "unit a: 'Europe' is not a time zone"),
        ([a_unit("a", lat=1.0)], "unit a: lat and lon go together"),
        ([a_unit("a", lat=91.0, lon=0.0)], "unit a: lat 91.0 is not on the globe"),
        ([a_unit("a", population=-1)], "unit a: the population is negative"),
    ],
)
def test_units_that_form_no_tree_are_refused_by_name(units: list[Unit], named: str) -> None:
    with pytest.raises(InvalidDirectory, match=named):
        Directory(units)


def test_two_roots_are_a_directory_but_have_no_single_root() -> None:
    directory = Directory([a_unit("a"), a_unit("b")])
    assert [unit.code for unit in directory.roots] == ["a", "b"]
    with pytest.raises(InvalidDirectory, match="2 units have no parent"):
        _ = directory.root


A_ROW = {
    "code": "RU-XX",
    "tier": "any",
    "parent": "RU",
    "name_ru": "Область",
    "name_en": "",
    "lat": "",
    "lon": "",
    "population": "",
    "timezone": "Europe/Moscow",
    "opened_on": "2018-12-01",
    "closed_on": "",
    "node_from": "2026-01-01",
    "node_until": "",
    "curator": "Заместитель полномочного представителя",
}


def test_a_row_becomes_a_unit_with_blanks_unknown() -> None:
    unit = Unit.from_row(A_ROW)
    assert unit.population is None
    assert unit.lat is None
    assert unit.opened_on == date(2018, 12, 1)
    assert unit.node_from == date(2026, 1, 1)
    assert unit.node_until is None
    assert unit.curator == "Заместитель полномочного представителя"


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("code", " ", "a unit without a code"),
        ("name_ru", "", "RU-XX: name_ru is blank"),
        ("timezone", "", "RU-XX: timezone is blank"),
        ("population", "1 000", "RU-XX"),
        ("node_from", "01.01.2026", "RU-XX"),
    ],
)
def test_a_wrong_row_is_refused_naming_the_unit(column: str, value: str, named: str) -> None:
    with pytest.raises(InvalidDirectory, match=named):
        Unit.from_row(A_ROW | {column: value})
