"""A set of routing rules written down: in config/routing.toml, and as JSON in the database.

Both have one shape. JSON is canonical (sorted keys, nothing empty), so that the same rules have
the same hash whoever wrote them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from node.domain.place_condition import AddressWords, Box, Circle, Place
from node.domain.routing import SHIPPED, Conditions, Rule, RuleSet
from node.domain.table import Table
from node.domain.word_condition import Words

Values = dict[str, Any]
"""JSON of a rule or a set; read nowhere but here."""


def from_table(values: Mapping[str, object]) -> RuleSet:
    """From routing.toml. InvalidTable names the key; codes are checked by `routing_check`."""
    table = Table(values)
    fallback = table.optional_text("fallback")
    rules = tuple(_rule(entry) for entry in table.tables("rules"))
    table.close()
    return RuleSet(rules, fallback, SHIPPED)


def to_json(rules: RuleSet) -> str:
    """What is stored of a set: all but its version."""
    values: Values = {"rules": [rule_values(rule) for rule in rules.rules]}
    if rules.fallback is not None:
        values["fallback"] = rules.fallback
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str, version: int | None) -> RuleSet:
    """A set as `to_json` wrote it, under its version."""
    return from_values(json.loads(text), version)


def from_values(values: Mapping[str, Any], version: int | None) -> RuleSet:
    return RuleSet(
        rules=tuple(_rule(Table(rule)) for rule in values["rules"]),
        fallback=values.get("fallback"),
        version=version,
    )


def sha256_of(text: str) -> str:
    """The hash a stored set is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def rule_values(rule: Rule) -> Values:
    """A rule in the shape of routing.toml; what is empty is left out."""
    asked = rule.conditions
    words = {"all": asked.words.every, "any": asked.words.some, "none": asked.words.none}
    values: Values = {
        "code": rule.code,
        "name": rule.name,
        "executor": rule.executor,
        "reserve": rule.reserve,
        "topics": list(asked.topics),
        "territories": list(asked.territories),
        "channels": list(asked.channels),
        "kinds": list(asked.kinds),
        "urgencies": list(asked.urgencies),
        "place": place_values(asked.place),
        "words": {name: list(phrases) for name, phrases in words.items() if phrases},
    }
    return {name: value for name, value in values.items() if value not in (None, [], {}, False)}


def place_values(place: Place | None) -> Values:
    """`{"box": {…}}`, `{"circle": {…}}`, `{"address": […]}`; empty for none."""
    match place:
        case Box():
            return {
                "box": {
                    "south": float(place.south),
                    "west": float(place.west),
                    "north": float(place.north),
                    "east": float(place.east),
                }
            }
        case Circle():
            return {
                "circle": {
                    "lat": float(place.lat),
                    "lon": float(place.lon),
                    "km": float(place.km),
                }
            }
        case AddressWords():
            return {"address": list(place.words)}
        case None:
            return {}


def _rule(table: Table) -> Rule:
    rule = Rule(
        code=table.text("code"),
        name=table.text("name"),
        executor=table.optional_text("executor"),
        reserve=table.flag("reserve", default=False),
        conditions=Conditions(
            topics=table.texts("topics"),
            territories=table.texts("territories"),
            channels=table.texts("channels"),
            kinds=table.texts("kinds"),
            urgencies=table.texts("urgencies"),
            place=_place(table.table("place")),
            words=_words(table.table("words")),
        ),
    )
    table.close()
    return rule


def _words(table: Table) -> Words:
    words = Words(table.texts("all"), table.texts("any"), table.texts("none"))
    table.close()
    return words


def _place(table: Table) -> Place | None:
    """One way of telling a place, or none."""
    given = list(table)
    found: Place | None = None
    if "box" in table:
        box = table.table("box")
        found = Box(*(box.number(side) for side in ("south", "west", "north", "east")))
        box.close()
    if "circle" in table:
        circle = table.table("circle")
        found = Circle(circle.number("lat"), circle.number("lon"), circle.number("km"))
        circle.close()
    if "address" in table:
        found = AddressWords(table.texts("address"))
    table.close()
    if len(given) > 1:
        raise table.refusal(given[1], "and another place in one rule: leave one of them")
    return found
