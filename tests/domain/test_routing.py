"""Who gets an issue: the first rule that fits, never the body complained of, else a queue."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.issue import NOBODY
from node.domain.place_condition import AddressWords, Box, Circle
from node.domain.routing import (
    STOOD_ASIDE,
    Basis,
    Case,
    Condition,
    Conditions,
    Rule,
    RuleSet,
    is_ping_pong,
    passes,
    returners,
    route,
)
from node.domain.routing_comparison import OfTopic
from node.domain.word_condition import Words
from tests.support.routing import (
    DIRECTORY,
    DISTRICT,
    EVERYONE,
    EXECUTORS,
    KNOWN,
    LEAVES,
    OTHER,
    REGION,
    TOPICS,
    TOWN,
    UNITS,
    a_case,
    a_rule,
    routed,
)

# --- One condition at a time ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "values", "failed"),
    [
        ({}, {}, None),
        ({"topics": ("roads.pits",)}, {}, None),
        ({"topics": ("roads",)}, {}, None),
        ({"topics": ("buses", "roads")}, {}, None),
        ({"topics": ("roads.snow",)}, {}, "topics"),
        ({"topics": ("road",)}, {}, "topics"),
        ({"topics": ("roads",)}, {"topic": "unsorted"}, "topics"),
        ({"topics": ("unsorted",)}, {"topic": "unsorted"}, None),
        ({"territories": (TOWN,)}, {}, None),
        ({"territories": (REGION,)}, {}, None),
        ({"territories": (TOWN,)}, {"territory": DISTRICT}, None),
        ({"territories": (DISTRICT,)}, {}, "territories"),
        ({"territories": (OTHER, DISTRICT)}, {}, "territories"),
        ({"territories": ("nowhere",)}, {}, "territories"),
        ({"channels": ("vk", "api")}, {}, None),
        ({"channels": ("vk",)}, {}, "channels"),
        ({"urgencies": ("urgent",)}, {}, "urgencies"),
        ({"urgencies": ("urgent",)}, {"urgency": "urgent"}, None),
        ({"kinds": ("formal",)}, {}, "kinds"),
        ({"kinds": ("formal", "message")}, {}, None),
        ({"place": Box(50, 30, 60, 40)}, {"lat": 55.0, "lon": 35.0}, None),
        ({"place": Box(50, 30, 60, 40)}, {"lat": 50.0, "lon": 40.0}, None),
        ({"place": Box(50, 30, 60, 40)}, {"lat": 49.9, "lon": 35.0}, "place"),
        ({"place": Box(50, 30, 60, 40)}, {}, "place"),
        # A degree of latitude is 111.2 km.
        ({"place": Circle(55, 37, 112)}, {"lat": 56.0, "lon": 37.0}, None),
        ({"place": Circle(55, 37, 111)}, {"lat": 56.0, "lon": 37.0}, "place"),
        ({"place": Circle(66, 179.9, 20)}, {"lat": 66.0, "lon": -179.9}, None),
        ({"place": Circle(55, 37, 999)}, {"lat": None, "lon": None}, "place"),
        ({"place": AddressWords(("проспект Ленина",))}, {"address": "проспект Ленина, 5"}, None),
        ({"place": AddressWords(("Мира", "Ленина 5"))}, {"address": "ул. Ленина, 5"}, None),
        ({"place": AddressWords(("Ленина 5",))}, {"address": "ул. Ленина, 50"}, "place"),
        ({"place": AddressWords(("проспект Ленина",))}, {"address": "Ленина проспект"}, "place"),
        ({"place": AddressWords(("Ленина",))}, {"text": "на Ленина"}, "place"),
        ({"words": Words(every=("яма", "двор"))}, {"text": "Ямы во дворах"}, None),
        ({"words": Words(every=("яма", "двор"))}, {"text": "Ямы на дороге"}, "words"),
        ({"words": Words(some=("люк", "яма"))}, {"text": "ЯМУ не засыпали"}, None),
        ({"words": Words(some=("люк",))}, {"text": ""}, "words"),
        ({"words": Words(some=("открытый люк",))}, {"text": "Там открытого люка край"}, None),
        ({"words": Words(some=("открытый люк",))}, {"text": "люк открытый"}, "words"),
        ({"words": Words(none=("газ",))}, {"text": "газон вытоптали"}, None),
        ({"words": Words(none=("газ",))}, {"text": "пахнет газом"}, "words"),
        ({"words": Words(some=("дом 12/3",))}, {"text": "у дома 12/3"}, None),
    ],
)
def test_a_rule_fires_when_its_condition_fits(
    asked: dict[str, Any], values: dict[str, Any], failed: str | None
) -> None:
    decision = routed(a_case(**values), a_rule(**asked))
    assert decision.trail[0].failed == failed
    assert (decision.rule == "rule") is (failed is None)


def test_every_condition_must_fit_and_the_first_that_does_not_is_named() -> None:
    strict = a_rule(topics=("roads",), territories=(OTHER,), urgencies=("urgent",))
    assert routed(a_case(), strict).trail[0].failed is Condition.TERRITORIES
    assert routed(a_case(territory=OTHER), strict).trail[0].failed is Condition.URGENCIES
    assert routed(a_case(territory=OTHER, urgency="urgent"), strict).executor == "gang"


# --- The order ------------------------------------------------------------------------------------


def test_the_first_rule_that_fits_wins_and_the_trail_ends_with_it() -> None:
    rules = (
        a_rule("snow", "plough", topics=("roads.snow",)),
        a_rule("roads", "gang", topics=("roads",)),
        a_rule("all", "desk"),
    )
    decision = routed(a_case(), *rules)
    assert (decision.executor, decision.agency) == ("gang", "roads_office")
    assert (decision.basis, decision.rule) == (Basis.RULE, "roads")
    assert [(step.rule, step.failed) for step in decision.trail] == [
        ("snow", Condition.TOPICS),
        ("roads", None),
    ]
    assert routed(a_case("roads.snow"), *rules).executor == "plough"
    assert routed(a_case("roads.snow"), *reversed(rules)).executor == "desk"


def test_without_a_rule_the_agency_of_the_topic_gets_it() -> None:
    decision = routed(a_case("buses.late"), a_rule(topics=("roads",)))
    assert (decision.executor, decision.agency) == ("bus_office", "bus_office")
    assert (decision.rule, decision.basis) == (None, Basis.TOPIC)
    assert [step.by for step in decision.trail] == [Basis.RULE, Basis.TOPIC]


def test_a_rule_may_send_to_the_queue() -> None:
    decision = routed(a_case(), a_rule(executor=None))
    assert (decision.executor, decision.agency, decision.rule) == (None, None, "rule")


# --- Who is never chosen --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complained_of", "chosen"),
    [
        (None, "gang"),
        (NOBODY, "gang"),
        ("bus_office", "gang"),
        ("gang", "roads_office"),  # to the agency it is under: there a complaint belongs
        ("roads_office", None),  # its executors are its own people
    ],
)
def test_the_body_complained_of_is_passed_over(complained_of: str | None, chosen: str) -> None:
    decision = routed(a_case(complained_of=complained_of), a_rule())
    assert decision.executor == chosen
    if chosen is None:
        assert decision.basis is Basis.QUEUE
        assert {step.failed for step in decision.trail} == {Condition.COMPLAINED_OF}


def test_the_fallback_gets_what_neither_rule_nor_topic_may() -> None:
    case = a_case(complained_of="roads_office")
    decision = routed(case, a_rule(), fallback="desk")
    assert (decision.executor, decision.basis) == ("desk", Basis.FALLBACK)
    assert routed(case, a_rule(), fallback="plough").executor is None


def test_who_returned_an_issue_does_not_get_it_again_by_a_rule() -> None:
    decision = routed(a_case(returned_by=frozenset({"gang"})), a_rule())
    assert (decision.executor, decision.trail[0].failed) == ("roads_office", Condition.RETURNED)


def test_an_executor_gets_nothing_where_it_does_not_work() -> None:
    rules = (a_rule("plough", "plough"), a_rule("next", "desk"))
    assert routed(a_case(territory=DISTRICT), *rules).executor == "plough"
    elsewhere = routed(a_case(territory=OTHER), *rules)
    assert (elsewhere.executor, elsewhere.trail[0].failed) == ("desk", Condition.WORKS_IN)


def test_an_executor_that_is_gone_is_passed_over_with_the_reason() -> None:
    decision = routed(a_case(), a_rule(executor="dissolved"))
    assert (decision.executor, decision.trail[0].failed) == ("roads_office", Condition.UNKNOWN)


def test_a_reserve_rule_waits_until_the_executor_above_cannot_be_given_it() -> None:
    rules = (
        a_rule("gang", topics=("roads.pits",)),
        a_rule("reserve", "desk", topics=("roads",), reserve=True),
    )
    assert routed(a_case("roads.snow"), *rules).basis is Basis.TOPIC
    assert routed(a_case(), *rules).executor == "gang"
    decision = routed(a_case(complained_of="gang"), *rules)
    assert (decision.executor, decision.rule) == ("desk", "reserve")


def test_an_issue_sent_to_and_fro_goes_to_the_coordinator_whatever_the_rules_say() -> None:
    decision = routed(a_case(to_and_fro=True), a_rule(), fallback="desk")
    assert (decision.executor, decision.basis, decision.trail) == (None, Basis.QUEUE, ())
    assert decision.to_and_fro


# --- «Не наше» ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], False),
        ([("a", True)], False),
        ([("a", True), ("b", True)], False),
        ([("a", True), ("b", False), ("a", False)], False),  # sent again, not returned again
        ([("a", True), ("a", True)], True),
        ([("a", True), ("b", False), ("a", True)], True),
        ([("a", True), ("b", True), ("c", True)], True),
        ([("a", True), ("b", True), ("c", False)], False),
        ([(None, True), ("b", True), ("c", True)], True),
    ],
)
def test_sent_to_and_fro_is_twice_by_one_or_three_times_in_all(
    history: list[tuple[str | None, bool]], expected: bool
) -> None:
    assert is_ping_pong(history) is expected


def test_fewer_returns_may_be_enough() -> None:
    history = [("a", True), ("b", True)]
    assert is_ping_pong(history, most=2)
    assert not is_ping_pong(history[:1], most=2)


def test_the_history_is_read_from_the_moves() -> None:
    moves = [
        ("register", "a"),
        ("return", "a"),  # before it was given to anybody: there is nobody to return it
        ("route", "a"),
        ("return", None),
        ("reclassify", None),
        ("route", "b"),
        ("reroute", "c"),
        ("answer", "c"),
        ("return", "c"),
    ]
    history = passes(moves)
    assert history == (("a", True), ("b", False), ("c", True))
    assert returners(history) == {"a", "c"}


# --- Whatever the rules ---------------------------------------------------------------------------

some = st.lists
conditions = st.builds(
    Conditions,
    topics=some(st.sampled_from(TOPICS), max_size=2).map(tuple),
    territories=some(st.sampled_from(UNITS), max_size=2).map(tuple),
    urgencies=some(st.sampled_from(["ordinary", "urgent"]), max_size=1).map(tuple),
    words=st.builds(
        Words,
        some=some(st.sampled_from(["яма", "люк"]), max_size=1).map(tuple),
        none=some(st.sampled_from(["газ", "яма"]), max_size=1).map(tuple),
    ),
)
rules = st.lists(
    st.builds(
        Rule,
        code=st.just("x"),
        name=st.just("x"),
        conditions=conditions,
        executor=st.sampled_from([*EVERYONE, "dissolved", None]),
        reserve=st.booleans(),
    ),
    max_size=6,
).map(
    lambda made: tuple(
        Rule(f"r{i}", f"r{i}", r.conditions, r.executor, r.reserve) for i, r in enumerate(made)
    )
)
cases = st.builds(
    Case,
    topic=st.sampled_from(LEAVES),
    territory=st.sampled_from(UNITS),
    channel=st.just("api"),
    urgency=st.sampled_from(["ordinary", "urgent"]),
    text=st.sampled_from(["", "яма", "открытый люк", "газ и яма"]),
    complained_of=st.sampled_from([None, NOBODY, *EVERYONE]),
    returned_by=st.frozensets(st.sampled_from(EVERYONE), max_size=2),
    to_and_fro=st.booleans(),
)


@given(rules, cases, st.sampled_from([None, *EVERYONE]))
def test_no_one_barred_is_ever_chosen(
    made: tuple[Rule, ...], case: Case, fallback: str | None
) -> None:
    decision = route(RuleSet(made, fallback), case, agencies=KNOWN, directory=DIRECTORY)
    chosen = decision.executor
    if chosen is None:
        assert decision.agency is None
        return
    assert not case.to_and_fro
    assert chosen in KNOWN
    assert decision.agency == KNOWN.agency_of(chosen)
    assert case.complained_of not in (chosen, decision.agency)
    assert chosen not in case.returned_by
    assert KNOWN.works_in(chosen, case.territory, DIRECTORY)


@given(rules, cases)
def test_the_first_that_fits_fires_and_none_before_it_could(
    made: tuple[Rule, ...], case: Case
) -> None:
    """The trail is a prefix of the rules in their order: all but the last failed, each alone too,
    unless it is a reserve rule, which depends on those above."""
    decision = route(RuleSet(made), case, agencies=KNOWN, directory=DIRECTORY)
    tried = [step for step in decision.trail if step.by is Basis.RULE]
    assert [step.rule for step in tried] == [rule.code for rule in made[: len(tried)]]
    for step, rule in zip(tried, made, strict=False):
        if rule.reserve:
            continue
        alone = route(RuleSet((rule,)), case, agencies=KNOWN, directory=DIRECTORY)
        assert alone.trail[0].failed == step.failed
    fired = [step for step in tried if step.failed is None]
    assert fired == ([tried[-1]] if decision.rule else [])
    if not decision.rule and not case.to_and_fro:
        assert len(tried) == len(made)
    stood = [step.failed in STOOD_ASIDE for step in tried]
    for row, rule in enumerate(made[: len(tried)]):
        if rule.reserve and not any(stood[:row]):
            assert tried[row].failed is Condition.RESERVE


@given(rules, cases)
def test_the_rules_of_its_topic_decide_as_the_whole_set(made: tuple[Rule, ...], case: Case) -> None:
    whole = RuleSet(made, "desk", 3)
    decision = route(whole, case, agencies=KNOWN, directory=DIRECTORY)
    few = OfTopic(whole).rules(case.topic)
    narrowed = route(few, case, agencies=KNOWN, directory=DIRECTORY)
    assert (narrowed.executor, narrowed.rule) == (decision.executor, decision.rule)
    assert (narrowed.basis, narrowed.version) == (decision.basis, decision.version)


@given(rules, cases, st.data())
def test_a_rule_below_the_one_that_fired_changes_nothing(
    made: tuple[Rule, ...], case: Case, data: st.DataObject
) -> None:
    decision = route(RuleSet(made), case, agencies=KNOWN, directory=DIRECTORY)
    if decision.rule is None:
        return
    fired = int(decision.rule[1:])
    kept = made[: fired + 1] + tuple(data.draw(st.permutations(made[fired + 1 :])))
    assert route(RuleSet(kept), case, agencies=KNOWN, directory=DIRECTORY) == decision


@given(st.lists(st.tuples(st.sampled_from(EXECUTORS), st.booleans()), max_size=8))
def test_once_sent_to_and_fro_always(history: list[tuple[str, bool]]) -> None:
    told = [is_ping_pong(history[:end]) for end in range(len(history) + 1)]
    assert told == sorted(told)
    assert is_ping_pong(history) or sum(back for _, back in history) < 3
