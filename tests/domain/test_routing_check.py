"""Sets of rules checked: what cannot be stored, what can never fire, what crosses; and written."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.errors import Invalid
from node.domain.place_condition import AddressWords, Box, Circle, Place, Point, apart, covers
from node.domain.routing import Case, Conditions, Rule, RuleSet, route
from node.domain.routing_check import (
    MAX_RULES,
    InvalidRouting,
    checked_rules,
    problems,
    require_publishable,
    with_sound_routing,
)
from node.domain.routing_values import from_json, from_table, sha256_of, to_json
from node.domain.table import InvalidTable
from node.domain.word_condition import Text, Words
from node.reference import data_dir
from tests.support.routing import (
    DIRECTORY,
    DISTRICT,
    EVERYONE,
    KNOWN,
    LEAVES,
    OTHER,
    REGION,
    TOPICS,
    TOWN,
    UNITS,
    a_rule,
    a_small_rulebook,
)

RULEBOOK = a_small_rulebook()


def faults(*rules: Rule, fallback: str | None = None) -> dict[str, str]:
    try:
        checked_rules(RuleSet(rules, fallback), RULEBOOK, REGION)
    except Invalid as refusal:
        return {fault.field: fault.message for fault in refusal.faults}
    return {}


def told(*rules: Rule, serious: bool | None = None) -> list[tuple[int | None, str]]:
    return [
        (one.row, one.field)
        for one in problems(RuleSet(rules), RULEBOOK, REGION)
        if serious is None or one.serious is serious
    ]


# --- What cannot be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "field", "says"),
    [
        (a_rule("Ямы"), "rules.0.code", "латинских"),
        (a_rule("x" * 65), "rules.0.code", "64"),
        (replace(a_rule(), name=" "), "rules.0.name", "назовите правило"),
        (replace(a_rule(), name="а\nб"), "rules.0.name", "печатные"),
        (replace(a_rule(), name="а" * 201), "rules.0.name", "200"),
        (a_rule(executor="gangg"), "rules.0.executor", "gang"),
        (a_rule(topics=("roads.pit",)), "rules.0.topics", "roads.pits"),
        (a_rule(territories=("R-3",)), "rules.0.territories", "R-3"),
        (a_rule(channels=("ВК",)), "rules.0.channels", "ВК"),
        (a_rule(channels=("\ud800",)), "rules.0.channels", "код"),
        (a_rule(kinds=("letter",)), "rules.0.kinds", "message, formal"),
        (a_rule(urgencies=("soon",)), "rules.0.urgencies", "ordinary, urgent"),
        (a_rule(place=Circle(91, 0, 1)), "rules.0.place.lat", "90"),
        (a_rule(place=Circle(0, float("nan"), 1)), "rules.0.place.lon", "180"),
        (a_rule(place=Circle(0, 0, 0)), "rules.0.place.km", "больше 0"),
        (a_rule(place=Circle(0, 0, float("inf"))), "rules.0.place.km", "1000"),
        (a_rule(place=Box(5, 0, 4, 1)), "rules.0.place.north", "севернее"),
        (a_rule(place=Box(0, 170, 1, -170)), "rules.0.place.east", "восточнее"),
        (a_rule(place=AddressWords(())), "rules.0.place.address", "слова адреса"),
        (a_rule(place=AddressWords(("!",))), "rules.0.place.address", "ни слова"),
        (a_rule(words=Words(every=("…",))), "rules.0.words.all", "ни слова"),
        (a_rule(words=Words(some=("ж" * 101,))), "rules.0.words.any", "100"),
        (a_rule(words=Words(none=("\0",))), "rules.0.words.none", "NUL"),
        (a_rule(words=Words(none=("яма",) * 51)), "rules.0.words.none", "50"),
        (a_rule(topics=("roads",) * 501), "rules.0.topics", "500"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_field(rule: Rule, field: str, says: str) -> None:
    found = faults(rule)
    assert list(found) == [field]
    assert says in found[field]


def test_every_fault_of_every_rule_is_named_at_once() -> None:
    found = faults(
        a_rule("one", topics=("moon",), executor="nobody"),
        a_rule("one", channels=("!",)),
        fallback="nobody",
    )
    assert set(found) == {
        *("fallback", "rules.0.topics", "rules.0.executor"),
        *("rules.1.code", "rules.1.channels"),
    }


def test_there_is_a_most_of_rules() -> None:
    assert faults(*(a_rule(f"r{i}", topics=("roads",)) for i in range(MAX_RULES))) == {}
    assert list(faults(*(a_rule(f"r{i}") for i in range(MAX_RULES + 1)))) == ["rules"]


def test_a_sector_a_topic_and_what_is_not_sorted_may_be_named() -> None:
    assert faults(a_rule(topics=("roads", "roads.pits", "unsorted"))) == {}


# --- What can never fire --------------------------------------------------------------------------

PITS = {"topics": ("roads.pits",)}
ROADS = {"topics": ("roads",)}


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ({}, {}),
        ({}, PITS),
        (ROADS, PITS),
        (PITS, PITS),
        ({"territories": (REGION,)}, {}),
        ({"territories": (TOWN,)}, {"territories": (DISTRICT,)}),
        ({"channels": ("api", "vk")}, {"channels": ("vk",)}),
        ({"kinds": ("formal", "message")}, PITS),
        ({"urgencies": ("ordinary",)}, {"urgencies": ("ordinary",)}),
        ({"place": Box(0, 0, 9, 9)}, {"place": Box(1, 1, 2, 2)}),
        ({"place": Box(0, 0, 9, 9)}, {"place": Circle(4, 4, 100)}),
        ({"place": Circle(4, 4, 100)}, {"place": Circle(4, 4.1, 50)}),
        ({"place": AddressWords(("Мира", "Ленина"))}, {"place": AddressWords(("ленина",))}),
        ({"words": Words(every=("яма",))}, {"words": Words(every=("ямы", "двор"))}),
        ({"words": Words(some=("яма", "люк"))}, {"words": Words(some=("люк",))}),
        ({"words": Words(some=("яма", "люк"))}, {"words": Words(every=("люк",))}),
        ({"words": Words(none=("газ",))}, {"words": Words(none=("газ", "вода"))}),
    ],
)
def test_a_rule_under_a_wider_one_never_fires_and_says_why(
    above: dict[str, Any], below: dict[str, Any]
) -> None:
    rules = (a_rule("wide", "desk", **above), a_rule("narrow", **below))
    assert told(*rules, serious=True) == [(1, "name")]
    [problem] = problems(RuleSet(rules), RULEBOOK, REGION)
    assert "«Правило wide»" in problem.message
    with pytest.raises(Invalid) as refusal:
        require_publishable(RuleSet(rules), RULEBOOK, REGION)
    assert [fault.field for fault in refusal.value.faults] == ["rules.1.name"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (PITS, {}),
        (PITS, ROADS),
        ({"territories": (TOWN,)}, {}),
        ({"channels": ("vk",)}, {}),
        ({"urgencies": ("urgent",)}, {"urgencies": ("ordinary",)}),
        ({"place": Box(1, 1, 2, 2)}, {"place": Box(0, 0, 9, 9)}),
        ({"place": Box(1, 1, 2, 2)}, {}),
        ({"place": Circle(4, 4, 50)}, {"place": Circle(4, 4.5, 50)}),
        ({"place": AddressWords(("Мира",))}, {"place": AddressWords(("Мира", "Ленина"))}),
        ({"words": Words(every=("яма", "двор"))}, {"words": Words(every=("яма",))}),
        ({"words": Words(some=("люк",))}, {"words": Words(some=("люк", "яма"))}),
        ({"words": Words(none=("газ", "вода"))}, {"words": Words(none=("газ",))}),
    ],
)
def test_a_rule_under_a_narrower_one_can_fire(above: dict[str, Any], below: dict[str, Any]) -> None:
    assert told(a_rule("narrow", "desk", **above), a_rule("wide", **below), serious=True) == []


def test_where_the_executor_above_does_not_work_the_rule_below_fires() -> None:
    assert told(a_rule("a", "plough"), a_rule("b", "gang"), serious=True) == []
    town = a_rule("b", "gang", territories=(DISTRICT,))
    assert told(a_rule("a", "plough"), town, serious=True) == [(1, "name")]


def test_a_rule_that_contradicts_itself_never_fires() -> None:
    assert told(a_rule(words=Words(every=("яма",), none=("ямы",)))) == [(0, "words.none")]
    assert told(a_rule(words=Words(some=("яма", "люк"), none=("яма",)))) == []
    assert told(a_rule(executor="plough", territories=(OTHER,))) == [(0, "executor")]


def test_a_reserve_rule_needs_another_executor_above() -> None:
    reserve = a_rule("reserve", "desk", reserve=True)
    assert told(a_rule(), reserve) == []
    assert told(reserve, serious=True) == [(0, "reserve")]
    assert told(a_rule(executor="desk"), reserve) == [(1, "reserve")]
    assert told(a_rule(executor=None), reserve) == [(1, "reserve")]
    assert told(a_rule(**PITS), replace(reserve, conditions=Conditions(("buses",)))) == [
        (1, "reserve")
    ]


def test_a_code_that_is_known_no_longer_is_a_serious_problem() -> None:
    gone = a_rule(executor="dissolved", topics=("moon",))
    assert sorted(told(gone, serious=True)) == [(0, "executor"), (0, "topics")]


# --- What crosses ---------------------------------------------------------------------------------


def test_rules_that_cross_are_named_and_may_be_published() -> None:
    rules = (
        a_rule("topic", "desk", topics=("roads",)),
        a_rule("place", "gang", territories=(TOWN,)),
    )
    assert told(*rules) == [(1, "name")]
    assert "«Правило topic»" in problems(RuleSet(rules), RULEBOOK, REGION)[0].message
    require_publishable(RuleSet(rules), RULEBOOK, REGION)


@pytest.mark.parametrize(
    ("above", "below", "executor"),
    [
        (PITS, ROADS, "gang"),  # an exception above what it is excepted from
        (PITS, {"topics": ("buses",)}, "gang"),
        ({"territories": (TOWN,)}, {"topics": ("roads",)}, "desk"),  # both send to the same
        ({"territories": (TOWN,)} | PITS, {"territories": (OTHER,)} | ROADS, "gang"),
        ({"urgencies": ("urgent",)} | PITS, {"urgencies": ("ordinary",), "channels": ("a",)}, "x"),
        ({"words": Words(every=("яма",))}, {"words": Words(none=("яма",))} | PITS, "gang"),
        ({"place": Circle(1, 1, 5)} | PITS, {"place": Circle(3, 3, 5)} | ROADS, "gang"),
    ],
)
def test_rules_that_do_not_cross_are_left_alone(
    above: dict[str, Any], below: dict[str, Any], executor: str
) -> None:
    assert told(a_rule("a", "desk", **above), a_rule("b", executor, **below), serious=False) == []


# --- Whatever the rules ---------------------------------------------------------------------------

phrases = st.lists(st.sampled_from(["яма", "люк", "газ"]), max_size=2).map(tuple)
degrees = st.integers(0, 4)
places = st.one_of(
    st.none(),
    st.builds(lambda s, w, h, b: Box(s, w, s + h, w + b), degrees, degrees, degrees, degrees),
    st.builds(Circle, degrees, degrees, st.sampled_from([50.0, 120.0, 400.0])),
)
rules = st.lists(
    st.builds(
        Rule,
        code=st.just("x"),
        name=st.just("x"),
        conditions=st.builds(
            Conditions,
            topics=st.lists(st.sampled_from(TOPICS), max_size=2).map(tuple),
            territories=st.lists(st.sampled_from(UNITS), max_size=2).map(tuple),
            channels=st.lists(st.sampled_from(["api", "vk"]), max_size=2).map(tuple),
            urgencies=st.lists(st.sampled_from(["ordinary", "urgent"]), max_size=2).map(tuple),
            place=places,
            words=st.builds(Words, every=phrases, some=phrases, none=phrases),
        ),
        executor=st.sampled_from([*EVERYONE, None]),
        reserve=st.booleans(),
    ),
    min_size=1,
    max_size=5,
).map(
    lambda made: tuple(
        Rule(f"r{i}", f"Правило {i}", one.conditions, one.executor, one.reserve)
        for i, one in enumerate(made)
    )
)
cases = st.builds(
    Case,
    topic=st.sampled_from(LEAVES),
    territory=st.sampled_from(UNITS),
    channel=st.sampled_from(["api", "vk"]),
    urgency=st.sampled_from(["ordinary", "urgent"]),
    text=st.sampled_from(["", "яма", "люк", "яма и люк", "газ", "яма, люк, газ"]),
    lat=st.floats(0, 8),
    lon=st.floats(0, 8),
)


@given(rules, cases)
def test_a_rule_said_never_to_fire_does_not(made: tuple[Rule, ...], case: Case) -> None:
    """Where nobody is complained of and nothing was returned: then the one above stands aside."""
    never = {row for row, _ in told(*made, serious=True)}
    decision = route(RuleSet(made), case, agencies=KNOWN, directory=DIRECTORY)
    assert decision.rule is None or int(decision.rule[1:]) not in never


@given(rules, st.sampled_from([None, *EVERYONE]))
def test_a_set_is_read_back_as_it_was_written(made: tuple[Rule, ...], fallback: str | None) -> None:
    written = to_json(RuleSet(made, fallback, 3))
    read = from_json(written, 3)
    assert to_json(read) == written
    assert read == RuleSet(made, fallback, 3)
    assert sha256_of(written) == sha256_of(to_json(read))


@given(places, places, st.floats(-2, 12), st.floats(-2, 12))
def test_what_is_said_of_two_places_holds_of_every_point(
    one: Place | None, other: Place | None, lat: float, lon: float
) -> None:
    if one is None or other is None:
        return
    assert not isinstance(one, AddressWords)
    assert not isinstance(other, AddressWords)
    point = Point(lat, lon)
    if covers(one, other) and other.holds(point):
        assert one.holds(point)
    if apart(one, other):
        assert not (one.holds(point) and other.holds(point))


words = st.builds(Words, every=phrases, some=phrases, none=phrases)


@given(words, words, st.lists(st.sampled_from(["яму", "люки", "газом", "снег"])))
def test_what_is_said_of_words_holds_of_every_text(
    one: Words, other: Words, said: list[str]
) -> None:
    text = Text(" ".join(said))
    if one.covers(other) and other.fit(text):
        assert one.fit(text)
    if one.excludes(other):
        assert not (one.fit(text) and other.fit(text))
    assert not (one.contradictory and one.fit(text))


# --- The file -------------------------------------------------------------------------------------


def test_the_shipped_rules_are_sound_and_read_as_they_are_written() -> None:
    table = tomllib.loads((data_dir() / "config" / "routing.toml").read_text(encoding="utf-8"))
    rules = from_table(table)
    assert len(rules.rules) >= 5
    assert from_json(to_json(rules), 0) == rules


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"rules": [{"code": "a"}]}, r"rules\[1\].name is missing"),
        ({"rules": [{"code": "a", "name": "А", "topic": "x"}]}, r"topic .*did you mean 'topics'"),
        (
            {"rules": [{"code": "a", "name": "А", "place": {"box": {"south": 1}}}]},
            "west is missing",
        ),
        (
            {
                "rules": [
                    {
                        "code": "a",
                        "name": "А",
                        "place": {"address": ["x"], "circle": {"lat": 1, "lon": 1, "km": 1}},
                    }
                ]
            },
            "another place",
        ),
        (
            {
                "rules": [
                    {
                        "code": "a",
                        "name": "А",
                        "place": {"circle": {"lat": 10**400, "lon": 1, "km": 1}},
                    }
                ]
            },
            "circle.lat is too large",
        ),
        ({"rules": [{"code": "a", "name": "А", "place": {"circle": {"lat": "1"}}}]}, "a number"),
        ({"fallbak": "desk"}, "did you mean 'fallback'"),
    ],
)
def test_a_wrong_file_is_refused_by_key(table: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidTable, match=named):
        from_table(table)


def test_shipped_rules_that_can_never_fire_stop_the_start() -> None:
    sound = RuleSet((a_rule("a", "desk", **PITS), a_rule("b", "gang", **ROADS)))
    assert with_sound_routing(replace(RULEBOOK, routing=sound)).routing == sound
    upside_down = RuleSet(tuple(reversed(sound.rules)))
    with pytest.raises(InvalidRouting, match=r"rules\.1\.name"):
        with_sound_routing(replace(RULEBOOK, routing=upside_down))
