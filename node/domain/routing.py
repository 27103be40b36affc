"""Routing: ordered rules that say who gets an issue, and why just they.

The first rule whose every condition fits gives its executor. Where none does, the agency of the
topic gets it (`agencies.py`), after that the fallback of the set, after that nobody: it waits in
the coordinator's queue. Never chosen, by whichever of these, is the body complained of (59-ФЗ,
article 8, part 6), nor whoever has returned this issue as not theirs; and an issue that is sent to
and fro goes to the coordinator at once.

How rules are checked is in `routing_check.py`, how they are written down in `routing_values.py`;
which set is in force and what a decision leaves behind is the store's matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from node.domain import place_condition
from node.domain.agencies import Agencies
from node.domain.directory import Directory
from node.domain.issue import NOBODY
from node.domain.place_condition import Place, Point
from node.domain.word_condition import Text, Words

MOST_RETURNS = 3
SHIPPED = 0
"""The version of the rules in config/routing.toml, in force where no other set was published."""


class Condition(StrEnum):
    """What a rule may fail on, in the order it is tried: the first four cost least."""

    RESERVE = "reserve"  # a reserve rule, and no rule above has stood aside
    TOPICS = "topics"
    TERRITORIES = "territories"
    CHANNELS = "channels"
    KINDS = "kinds"
    URGENCIES = "urgencies"
    PLACE = "place"
    WORDS = "words"
    UNKNOWN = "unknown"  # its executor is no longer in agencies.toml
    WORKS_IN = "works_in"  # its executor does not work in this territory
    COMPLAINED_OF = "complained_of"
    RETURNED = "returned"


STOOD_ASIDE = frozenset(
    {Condition.UNKNOWN, Condition.WORKS_IN, Condition.COMPLAINED_OF, Condition.RETURNED}
)
"""The rule fitted, its executor could not be given: what reserve rules are for."""


class Basis(StrEnum):
    """By what an executor was found."""

    RULE = "rule"
    TOPIC = "topic"
    FALLBACK = "fallback"
    QUEUE = "queue"  # by nothing: the coordinator's


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that are given must fit; an empty one fits anything.

    `topics`: codes of topics or sectors, each with all below it. `territories`: units, each with
    all below it. `urgencies`: ordinary, urgent. `kinds`: message, formal.
    """

    topics: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    place: Place | None = None
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Rule:
    """`executor`: of an executor or of an agency; None sends to the coordinator's queue.

    `reserve`: tried only where a rule above fitted but its executor could not be given the issue.
    """

    code: str
    name: str
    conditions: Conditions = field(default_factory=Conditions)
    executor: str | None = None
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in their order. `fallback`: who gets what neither a rule nor the topic can place.

    `version` None: a draft.
    """

    rules: tuple[Rule, ...] = ()
    fallback: str | None = None
    version: int | None = SHIPPED

    def rule(self, code: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.code == code), None)


@dataclass(frozen=True)
class Case:
    """What of an issue its route depends on. `lat` and `lon` in degrees, both or none.

    `complained_of`: an agency or executor; None and NOBODY mean none is known.
    `returned_by`: who has returned this issue as not theirs; `to_and_fro`: see `is_ping_pong`.
    """

    topic: str
    territory: str
    channel: str
    urgency: str = "ordinary"
    kind: str = "message"
    text: str = field(default="", repr=False)
    address: str | None = field(default=None, repr=False)
    lat: float | None = None
    lon: float | None = None
    complained_of: str | None = None
    returned_by: frozenset[str] = frozenset()
    to_and_fro: bool = False

    @cached_property
    def words(self) -> Text:
        """The text read into lemmas, once for all rules, and only if some rule asks for words."""
        return Text(self.text)

    @cached_property
    def address_words(self) -> Text | None:
        return Text(self.address) if self.address else None

    @property
    def point(self) -> Point | None:
        return None if self.lat is None or self.lon is None else Point(self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class Step:
    """One way tried. `by`: RULE (then `rule` is its code), TOPIC or FALLBACK. `executor`: whom it
    would give the issue to. `failed`: the first condition that did not fit, None when it fired."""

    by: Basis
    executor: str | None
    failed: Condition | None = None
    rule: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets an issue. `executor` and `agency` None: the coordinator's queue.

    `rule`: the code of the rule that fired, None where none did; `trail` holds everything tried,
    in its order, and is empty for an issue sent to and fro (`to_and_fro`).
    """

    executor: str | None
    agency: str | None
    basis: Basis
    trail: tuple[Step, ...]
    rule: str | None = None
    to_and_fro: bool = False
    version: int | None = SHIPPED


def route(rules: RuleSet, case: Case, *, agencies: Agencies, directory: Directory) -> Decision:
    """Who gets an issue by a set of rules, with all that was tried on the way."""
    trail: list[Step] = []

    def decided(executor: str | None, basis: Basis, rule: str | None = None) -> Decision:
        return Decision(
            executor=executor,
            agency=None if executor is None else agencies.agency_of(executor),
            basis=basis,
            trail=tuple(trail),
            rule=rule,
            to_and_fro=case.to_and_fro,
            version=rules.version,
        )

    if case.to_and_fro:
        return decided(None, Basis.QUEUE)
    stood_aside = False
    for rule in rules.rules:
        failed = (
            Condition.RESERVE
            if rule.reserve and not stood_aside
            else _unfit(rule.conditions, case, directory)
            or barred(rule.executor, case, agencies=agencies, directory=directory)
        )
        trail.append(Step(Basis.RULE, rule.executor, failed, rule.code, rule.name))
        if failed is None:
            return decided(rule.executor, Basis.RULE, rule.code)
        stood_aside = stood_aside or failed in STOOD_ASIDE
    ways = [(Basis.TOPIC, agencies.for_topic(case.topic).code)]
    if rules.fallback is not None:
        ways.append((Basis.FALLBACK, rules.fallback))
    for basis, executor in ways:
        failed = barred(executor, case, agencies=agencies, directory=directory)
        trail.append(Step(basis, executor, failed))
        if failed is None:
            return decided(executor, basis)
    return decided(None, Basis.QUEUE)


def barred(
    executor: str | None, case: Case, *, agencies: Agencies, directory: Directory
) -> Condition | None:
    """Why an executor cannot be given an issue, None where nothing bars it.

    Who is complained of bars itself and everybody under it; not the agency it is under: that is
    where a complaint of an executor belongs.
    """
    if executor is None:
        return None
    if executor not in agencies:
        return Condition.UNKNOWN
    if case.complained_of not in (None, NOBODY) and case.complained_of in (
        executor,
        agencies.agency_of(executor),
    ):
        return Condition.COMPLAINED_OF
    if executor in case.returned_by:
        return Condition.RETURNED
    if not agencies.works_in(executor, case.territory, directory):
        return Condition.WORKS_IN
    return None


def is_under(topic: str, codes: Iterable[str]) -> bool:
    """Whether a topic is one of these topics or sectors, or lies below one."""
    return any(topic == code or topic.startswith(f"{code}.") for code in codes)


def is_within_any(unit: str, units: Iterable[str], directory: Directory) -> bool:
    return any(directory.is_within(unit, scope) for scope in units)


def _unfit(asked: Conditions, case: Case, directory: Directory) -> Condition | None:
    """The first condition that does not fit."""
    if asked.topics and not is_under(case.topic, asked.topics):
        return Condition.TOPICS
    if asked.territories and not is_within_any(case.territory, asked.territories, directory):
        return Condition.TERRITORIES
    if asked.channels and case.channel not in asked.channels:
        return Condition.CHANNELS
    if asked.kinds and case.kind not in asked.kinds:
        return Condition.KINDS
    if asked.urgencies and case.urgency not in asked.urgencies:
        return Condition.URGENCIES
    if asked.place is not None and not place_condition.fits(
        asked.place, case.point, case.address_words
    ):
        return Condition.PLACE
    if asked.words and not asked.words.fit(case.words):
        return Condition.WORDS
    return None


# --- «Не наше» ------------------------------------------------------------------------------------

Pass = tuple[str | None, bool]
"""An executor that was given an issue, and whether it returned the issue as not its own."""


def passes(moves: Iterable[tuple[str, str | None]]) -> tuple[Pass, ...]:
    """From the moves of an issue in their order, each with the executor after it: who was given
    it in turn, and who returned it. A move `return` is of whoever had it last."""
    found: list[Pass] = []
    for move, executor in moves:
        if move in ("route", "reroute"):
            found.append((executor, False))
        elif move == "return" and found:
            found[-1] = (found[-1][0], True)
    return tuple(found)


def returners(history: Iterable[Pass]) -> frozenset[str]:
    """Who has returned the issue."""
    return frozenset(code for code, returned in history if returned and code is not None)


def is_ping_pong(history: Iterable[Pass], *, most: int = MOST_RETURNS) -> bool:
    """Whether an issue is sent to and fro: the same executor returned it twice, or it was
    returned `most` times in all. From then on no rule sends it: a coordinator must."""
    returned = [code for code, back in history if back]
    return len(returned) >= most or len(set(returned)) < len(returned)
