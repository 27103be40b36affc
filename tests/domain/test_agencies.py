"""Who answers for a topic: the longest path wins, and nobody is left without an agency."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.agencies import Agencies, InvalidAgencies
from node.domain.classifier import Classifier
from node.domain.table import InvalidTable

CLASSIFIER = Classifier.from_table(
    {
        "blocks": {"mobility": "Дороги и транспорт"},
        "sectors": {
            "roads": {
                "name": "Дороги",
                "block": "mobility",
                "topics": {"pits": "Ямы", "snow": "Снег", "snow.bridges": "Снег на мосту"},
            },
            "buses": {"name": "Автобусы", "block": "mobility", "topics": {"late": "Опоздал"}},
        },
    }
)


def an_agency(code: str, *takes: str, **more: object) -> dict[str, object]:
    return {"code": code, "name": f"Дирекция {code}", "block": "mobility", "takes": takes} | more


def agencies(*listed: dict[str, object]) -> Agencies:
    return Agencies.from_table({"agencies": list(listed)}, CLASSIFIER)


SMALL = agencies(
    an_agency("roads_office", "roads"),
    an_agency("winter_office", "roads.snow"),
    an_agency("desk", "buses.late", "unsorted"),
)


@pytest.mark.parametrize(
    ("topic", "agency"),
    [
        ("roads.pits", "roads_office"),
        ("roads.snow", "winter_office"),
        ("roads.snow.bridges", "winter_office"),
        ("roads.pits.unheard", "roads_office"),
        ("unsorted", "desk"),
        ("moon.dust", "desk"),
        ("buses.unheard", "desk"),
    ],
)
def test_the_most_exact_claim_wins(topic: str, agency: str) -> None:
    assert SMALL.for_topic(topic).code == agency


def test_an_agency_is_found_by_code_and_by_likeness() -> None:
    found = SMALL.get("desk")
    assert found is not None
    assert found.takes == ("buses.late", "unsorted")
    assert SMALL.get("nobody") is None
    assert SMALL.name("winter_office") == "Дирекция winter_office"
    assert SMALL.nearest("winter office")[0] == "winter_office"


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ([an_agency("a", "roads", "unsorted")], "no agency takes buses.late"),
        ([an_agency("a", "roads", "buses")], "no agency takes unsorted"),
        ([an_agency("a", "roads"), an_agency("a", "buses")], "agency a stands twice"),
        ([an_agency("a", "roads"), an_agency("b", "roads")], "b and a both take roads"),
        ([an_agency("a", "roads.pit")], "agency a takes unknown 'roads.pit'"),
        ([an_agency("a", "roads", block="sea")], "agency a: block sea is unknown"),
        ([an_agency("a", "roads", boss="X")], r"agencies\[1\].boss is not a known key"),
        ([an_agency("a", "roads", takes=[1])], r"agencies\[1\].takes must be a list of texts"),
    ],
)
def test_claims_that_do_not_cover_the_topics_exactly_are_refused(
    listed: list[dict[str, Any]], named: str
) -> None:
    with pytest.raises((InvalidAgencies, InvalidTable), match=named):
        agencies(*listed)
