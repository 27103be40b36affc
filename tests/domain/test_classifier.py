"""Topics as paths: what is known, what counts under what, what a node may add."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.classifier import Classifier, InvalidClassifier
from node.domain.table import InvalidTable

TABLE: dict[str, Any] = {
    "blocks": {"mobility": "Дороги и транспорт", "people": "Люди"},
    "sectors": {
        "roads": {
            "name": "Дороги",
            "block": "mobility",
            "topics": {
                "pits": "Ямы на дороге",
                "snow": {"name": "Снег на дороге", "fast_track": True},
                "collapse": {"name": "Провал", "fast_track": True, "danger": True},
            },
        },
        "health": {
            "name": "Здоровье",
            "block": "people",
            "sensitive": True,
            "topics": {"quality": "Качество лечения"},
        },
    },
}
SMALL = Classifier.from_table(TABLE)


def test_order_is_that_of_the_file() -> None:
    assert [block.code for block in SMALL.blocks] == ["mobility", "people"]
    assert [sector.code for sector in SMALL.sectors] == ["roads", "health"]
    assert [topic.code for topic in SMALL.topics] == [
        "roads.pits",
        "roads.snow",
        "roads.collapse",
        "health.quality",
    ]


@pytest.mark.parametrize(
    ("code", "nearest", "sector", "block"),
    [
        ("roads.pits", "roads.pits", "roads", "mobility"),
        ("roads.pits.yards.deep", "roads.pits", "roads", "mobility"),
        ("roads.unheard", "roads", "roads", "mobility"),
        ("roads", "roads", "roads", "mobility"),
        ("moon.dust", "unsorted", "unsorted", "unsorted"),
        ("unsorted", "unsorted", "unsorted", "unsorted"),
        ("", "unsorted", "unsorted", "unsorted"),
    ],
)
def test_an_unknown_code_counts_under_its_nearest_known_ancestor(
    code: str, nearest: str, sector: str, block: str
) -> None:
    assert SMALL.nearest_known(code) == nearest
    assert SMALL.sector_of(code) == sector
    assert SMALL.block_of(code) == block


@pytest.mark.parametrize(
    ("code", "accepted"),
    [
        ("roads.pits", True),
        ("unsorted", True),
        ("roads", False),  # an issue stands under a topic, never under a whole sector
        ("roads.pits.yards", False),
        ("moon.dust", False),
    ],
)
def test_an_issue_stands_only_under_a_known_topic(code: str, accepted: bool) -> None:
    assert SMALL.accepts(code) is accepted


def test_marks_are_the_topics_own_and_sensitivity_comes_from_the_sector() -> None:
    assert SMALL.is_sensitive("health.quality")
    assert SMALL.is_sensitive("health")
    assert SMALL.is_sensitive("health.new_here")
    assert not SMALL.is_sensitive("roads.pits")
    assert not SMALL.is_sensitive("unsorted")
    assert SMALL.is_fast_track("roads.snow.bridges")
    assert not SMALL.is_fast_track("roads")
    assert SMALL.is_danger("roads.collapse")


def test_every_kind_of_key_has_a_name() -> None:
    assert SMALL.name("roads.pits") == "Ямы на дороге"
    assert SMALL.name("roads.pits.yards") == "Ямы на дороге"
    assert SMALL.name("roads") == "Дороги"
    assert SMALL.name("mobility") == "Дороги и транспорт"
    assert SMALL.name("unsorted") == "Не разобрано"


@pytest.mark.parametrize("typed", ["roads.pit", "ямы", "Яма на дороге", "pits"])
def test_the_nearest_topic_is_found_by_code_or_name(typed: str) -> None:
    assert SMALL.nearest(typed)[0] == "roads.pits"


def test_a_node_adds_topics_children_and_sectors_of_its_own() -> None:
    grown = SMALL.extended(
        {
            "sectors": {
                "roads": {
                    "topics": {
                        "snow.bridges": "Снег на мосту",
                        "ferries": "Паромы",
                        "ferries.late": "Паром опоздал",
                    }
                },
                "sea": {"name": "Море", "block": "mobility", "topics": {"ice": "Лёд"}},
            }
        }
    )
    assert grown.accepts("roads.snow.bridges")
    assert grown.is_fast_track("roads.snow.bridges")  # a child has its parent's marks
    assert grown.accepts("roads.ferries.late")
    assert grown.block_of("sea.ice") == "mobility"
    assert grown.topics[: len(SMALL.topics)] == SMALL.topics
    assert SMALL.nearest_known("roads.snow.bridges") == "roads.snow"


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ({"sectors": {"roads": {"topics": {"pits": "Другие ямы"}}}}, "roads.pits stands twice"),
        ({"sectors": {"roads": {"topics": {"a.b": "Чей?"}}}}, "nothing is known as 'roads.a'"),
        ({"sectors": {"sea": {"name": "Море", "block": "wet"}}}, "block wet is unknown"),
        ({"sectors": {"sea": {"block": "people"}}}, "sectors.sea.name is missing"),
        ({"sectors": {"roads": {"name": "Иначе"}}}, "sectors.roads.name is not a known key"),
        (
            {"sectors": {"roads": {"topics": {"x": {"name": "X", "fasttrack": True}}}}},
            r"sectors.roads.topics.x.fasttrack is not a known key; did you mean 'fast_track'\?",
        ),
        (
            {"sectors": {"roads": {"topics": {"x": {"name": "X", "danger": 1}}}}},
            "sectors.roads.topics.x.danger must be true or false",
        ),
        ({"sectors": {"roads": {"topics": {"Ямы": "Ямы"}}}}, "'roads.Ямы' is not a code"),
        ({"blocks": {"roads": "Дороги"}}, "roads stands twice"),
        ({"blocks": {"unsorted": "Прочее"}}, "unsorted stands twice"),
        ({"sector": {}}, "sector is not a known key; did you mean 'sectors'"),
        ({"sectors": {"roads": "Дороги"}}, "sectors.roads must be a table"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(added: dict[str, Any], named: str) -> None:
    with pytest.raises((InvalidClassifier, InvalidTable), match=named):
        SMALL.extended(added)
