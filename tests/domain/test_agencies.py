"""Who answers for a topic: the longest path wins, and nobody is left without an agency."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.agencies import Agencies, InvalidAgencies
from node.domain.classifier import Classifier
from node.domain.directory import Directory, Unit
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


# --- Executors ------------------------------------------------------------------------------------

DIRECTORY = Directory(
    [
        Unit("R", "region", None, "Область"),
        Unit("R-1", "town", "R", "Город"),
        Unit("R-1-A", "town", "R-1", "Район"),
        Unit("R-2", "town", "R", "Другой город"),
    ]
)


def with_executors(*listed: dict[str, object]) -> Agencies:
    known = [an_agency("roads_office", "roads"), an_agency("desk", "buses", "unsorted")]
    return Agencies.from_table({"agencies": known, "executors": list(listed)}, CLASSIFIER)


GANG = {"code": "gang", "name": "Бригада Ивановская", "agency": "roads_office"}


def test_an_executor_is_one_an_issue_can_be_given_to_and_so_is_its_agency() -> None:
    known = with_executors(GANG, {"code": "depot", "name": "Депо", "agency": "desk"})
    assert all(code in known for code in ("gang", "depot", "roads_office"))
    assert "nobody" not in known
    assert (known.name("gang"), known.name("nobody")) == ("Бригада Ивановская", "nobody")
    assert [known.agency_of(code) for code in ("gang", "desk", "nobody")] == [
        *("roads_office", "desk", "nobody")
    ]
    assert known.nearest("бригада ивановская")[0] == "gang"
    assert (known.get("gang"), known.executor("desk")) == (None, None)
    assert [one.code for one in known.everyone] == ["roads_office", "gang", "desk", "depot"]
    # Counting agencies still counts agencies.
    assert (len(known), [one.code for one in known]) == (2, ["roads_office", "desk"])
    assert known.for_topic("roads.pits").code == "roads_office"


def test_an_agency_takes_its_executors_along_and_an_executor_nobody() -> None:
    known = with_executors(GANG)
    assert known.with_executors(["roads_office"]) == {"roads_office", "gang"}
    assert known.with_executors(["gang", "gone"]) == {"gang", "gone"}
    assert known.with_executors([]) == frozenset()


@pytest.mark.parametrize(
    ("territories", "unit", "works"),
    [
        ([], "R-2", True),
        (["R-1"], "R-1", True),
        (["R-1"], "R-1-A", True),
        (["R-1"], "R", False),
        (["R-1"], "R-2", False),
        (["R-1", "R-2"], "R-2", True),
    ],
)
def test_an_executor_works_in_its_territories_and_below(
    territories: list[str], unit: str, works: bool
) -> None:
    known = with_executors(GANG | {"territories": territories}).placed_in(DIRECTORY)
    assert known.works_in("gang", unit, DIRECTORY) is works
    assert known.works_in("roads_office", unit, DIRECTORY)


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ([GANG, GANG], "executor gang stands twice"),
        ([GANG | {"code": "desk"}], "executor desk stands twice, or is an agency's code"),
        ([GANG | {"agency": "sea"}], "executor gang: agency sea is unknown"),
        ([GANG | {"agency": "gang"}], "executor gang: agency gang is unknown"),
        ([GANG | {"boss": "X"}], r"executors\[1\].boss is not a known key"),
        ([GANG | {"territories": ["R-9"]}], "executor gang: territory R-9 is not in the directory"),
    ],
)
def test_an_executor_that_cannot_be_is_refused(listed: list[dict[str, Any]], named: str) -> None:
    with pytest.raises((InvalidAgencies, InvalidTable), match=named):
        with_executors(*listed).placed_in(DIRECTORY)
