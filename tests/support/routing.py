"""A small region for tests of routing: its units, its agencies, and builders of rules and cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from node.domain.agencies import Agencies
from node.domain.classifier import Classifier
from node.domain.directory import Directory, Unit
from node.domain.routing import Case, Conditions, Decision, Rule, RuleSet, route
from node.domain.rulebook import Rulebook
from tests.support.appeals import the_rulebook

REGION, TOWN, DISTRICT, OTHER = "R", "R-1", "R-1-A", "R-2"
UNITS = (REGION, TOWN, DISTRICT, OTHER)
TOPICS = ("roads", "roads.pits", "roads.snow", "buses.late", "unsorted")
LEAVES = ("roads.pits", "roads.snow", "buses.late", "unsorted")
AGENCIES = ("roads_office", "bus_office", "desk")
EXECUTORS = ("gang", "plough", "depot")
EVERYONE = (*AGENCIES, *EXECUTORS)

CLASSIFIER = Classifier.from_table(
    {
        "blocks": {"mobility": "Дороги и транспорт"},
        "sectors": {
            "roads": {
                "name": "Дороги",
                "block": "mobility",
                "topics": {"pits": "Ямы", "snow": "Снег"},
            },
            "buses": {"name": "Автобусы", "block": "mobility", "topics": {"late": "Опоздал"}},
        },
    }
)
DIRECTORY = Directory(
    [
        Unit(REGION, "regional", None, "Область"),
        Unit(TOWN, "municipal", REGION, "Город"),
        Unit(DISTRICT, "municipal", TOWN, "Район города"),
        Unit(OTHER, "municipal", REGION, "Другой город"),
    ]
)


def _agency(code: str, *takes: str) -> dict[str, object]:
    return {"code": code, "name": f"Ведомство {code}", "block": "mobility", "takes": takes}


# `plough` works in the town only, `depot` in the other one only.
KNOWN = Agencies.from_table(
    {
        "agencies": [
            _agency("roads_office", "roads"),
            _agency("bus_office", "buses"),
            _agency("desk", "unsorted"),
        ],
        "executors": [
            {"code": "gang", "name": "Бригада", "agency": "roads_office"},
            {"code": "plough", "name": "Плуг", "agency": "roads_office", "territories": [TOWN]},
            {"code": "depot", "name": "Депо", "agency": "bus_office", "territories": [OTHER]},
        ],
    },
    CLASSIFIER,
)


def a_small_rulebook() -> Rulebook:
    return replace(
        the_rulebook(),
        directory=DIRECTORY,
        classifier=CLASSIFIER,
        agencies=KNOWN,
        routing=RuleSet(),
    )


def a_rule(
    code: str = "rule", executor: str | None = "gang", *, reserve: bool = False, **asked: Any
) -> Rule:
    return Rule(code, f"Правило {code}", Conditions(**asked), executor, reserve)


def a_case(topic: str = "roads.pits", territory: str = TOWN, **values: Any) -> Case:
    return Case(topic=topic, territory=territory, **{"channel": "api"} | values)


def routed(case: Case, *rules: Rule, fallback: str | None = None) -> Decision:
    return route(RuleSet(rules, fallback), case, agencies=KNOWN, directory=DIRECTORY)
