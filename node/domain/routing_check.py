"""Checking a set of routing rules: what cannot be stored, what can never fire, what overlaps.

Two strictnesses. A *fault* is a rule that cannot be: an unknown code, a number off the globe; it is
refused when a draft is saved. A *problem* comes of rules together or of what has changed around
them: a serious one (the rule can never fire, its executor is gone) keeps a draft from being
published and stands in red on the page, the others are worth a look. Two rules that fit the same
issues partly are no error: the order decides; but they are named, for it may be an oversight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from node.domain.appeal import (
    CHANNEL,
    KINDS,
    faults_of_executor,
    faults_of_line,
    faults_of_territory,
    faults_of_topic,
    unstorable,
)
from node.domain.errors import Fault, Invalid
from node.domain.issue import URGENCIES
from node.domain.place_condition import AddressWords, faults_of_place
from node.domain.routing import Rule, RuleSet
from node.domain.routing_reach import Reach, covers, crosses, stands_in
from node.domain.rulebook import Rulebook
from node.domain.word_condition import MAX_PHRASE, MAX_PHRASES, read_phrase

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MAX_RULES = 300
MAX_NAME = 200
MAX_CODES = 500  # of one list of topics, territories, channels
MAX_CROSSED = 3  # named of the rules that one rule crosses


class InvalidRouting(ValueError):
    """The shipped routing rules cannot be used; the message names the rule and its field."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one rule of a set. `row`: which, from 0; None: of the set as a whole."""

    row: int | None
    field: str
    message: str
    serious: bool

    def fault(self) -> Fault:
        return Fault(
            self.field if self.row is None else of_rule(self.row, self.field), self.message
        )


def of_rule(row: int, field: str) -> str:
    """The name of a field of a rule in faults: `rules.0.topics`."""
    return f"rules.{row}.{field}"


def checked_rules(rules: RuleSet, rulebook: Rulebook, unit: str) -> RuleSet:
    """The set, fit to be stored as a draft of the node of `unit`. Invalid by rule and field."""
    faults = tuple(faults_of_rules(rules, rulebook, unit))
    if faults:
        raise Invalid(*faults)
    return rules


def require_publishable(rules: RuleSet, rulebook: Rulebook, unit: str) -> None:
    """Invalid by rule and field: whatever `checked_rules` refuses, and every serious problem."""
    checked_rules(rules, rulebook, unit)
    serious = [one.fault() for one in problems(rules, rulebook, unit) if one.serious]
    if serious:
        raise Invalid(*serious)


def with_sound_routing(rulebook: Rulebook) -> Rulebook:
    """The rulebook, if its shipped routing rules could be published anywhere under the first root.
    InvalidRouting."""
    if rulebook.routing.rules or rulebook.routing.fallback:
        unit = rulebook.directory.roots[0].code
        for one in problems(rulebook.routing, rulebook, unit):
            if one.serious:
                fault = one.fault()
                raise InvalidRouting(f"{fault.field}: {fault.message}")
    return rulebook


# --- What cannot be -------------------------------------------------------------------------------


def faults_of_rules(rules: RuleSet, rulebook: Rulebook, unit: str) -> Iterator[Fault]:
    """Everything of the single rules that is unknown, malformed or too much."""
    if len(rules.rules) > MAX_RULES:
        yield Fault("rules", f"правил не больше {MAX_RULES}: объедините похожие")
        return
    if rules.fallback is not None:
        yield from _under("fallback", faults_of_executor(rules.fallback, rulebook.agencies))
    taken: set[str] = set()
    for row, rule in enumerate(rules.rules):
        for fault in faults_of_rule(rule, rulebook, unit):
            yield Fault(of_rule(row, fault.field), fault.message)
        if rule.code in taken:
            yield Fault(of_rule(row, "code"), f"код «{rule.code[:64]}» уже у другого правила")
        taken.add(rule.code)


def faults_of_rule(rule: Rule, rulebook: Rulebook, unit: str) -> Iterator[Fault]:
    """Of one rule by itself, under the bare names of its fields."""
    if not CODE.fullmatch(rule.code):
        yield Fault("code", "до 64 строчных латинских букв, цифр, дефисов и подчёркиваний")
    if not rule.name.strip():
        yield Fault("name", "назовите правило: под этим именем его увидят в объяснении маршрута")
    elif not rule.name.isprintable():
        yield Fault("name", "только печатные знаки, в одну строку")
    yield from faults_of_line("name", rule.name, MAX_NAME)
    if rule.executor is not None:
        yield from faults_of_executor(rule.executor, rulebook.agencies)
    asked = rule.conditions
    for field, codes in (
        ("topics", asked.topics),
        ("territories", asked.territories),
        ("channels", asked.channels),
    ):
        if len(codes) > MAX_CODES:
            yield Fault(field, f"не больше {MAX_CODES} значений")
            return
    classifier = rulebook.classifier
    for code in asked.topics:
        if classifier.sector(code) is None:
            yield from _under("topics", faults_of_topic(code, classifier))
    for code in asked.territories:
        yield from _under("territories", faults_of_territory(code, rulebook.directory, unit))
    for code in asked.channels:
        if not CHANNEL.fullmatch(code):
            yield Fault(
                "channels", f"«{_shown(code)}» не код канала: латинские буквы, цифры, . _ -"
            )
    yield from _faults_of_choice("kinds", asked.kinds, KINDS)
    yield from _faults_of_choice("urgencies", asked.urgencies, tuple(URGENCIES))
    if isinstance(asked.place, AddressWords):
        yield from _faults_of_phrases("place.address", asked.place.words)
        if not asked.place.words:
            yield Fault("place.address", "назовите слова адреса или уберите это условие")
    elif asked.place is not None:
        yield from faults_of_place(asked.place, "place")
    yield from _faults_of_phrases("words.all", asked.words.every)
    yield from _faults_of_phrases("words.any", asked.words.some)
    yield from _faults_of_phrases("words.none", asked.words.none)


def _faults_of_choice(field: str, codes: Iterable[str], known: Sequence[str]) -> Iterator[Fault]:
    if any(code not in known for code in codes):
        yield Fault(field, f"может быть: {', '.join(known)}")


def _faults_of_phrases(field: str, phrases: Sequence[str]) -> Iterator[Fault]:
    if len(phrases) > MAX_PHRASES:
        yield Fault(field, f"не больше {MAX_PHRASES} слов и сочетаний")
        return
    for phrase in phrases:
        if unstorable(phrase):
            yield Fault(field, "содержит недопустимые символы (NUL или часть символа): уберите их")
        elif len(phrase) > MAX_PHRASE:
            yield Fault(field, f"слово или сочетание длиннее {MAX_PHRASE} знаков")
        elif not read_phrase(phrase):
            yield Fault(field, f"в «{_shown(phrase)}» нет ни слова, ни числа")


def _under(field: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    return (Fault(field, fault.message) for fault in faults)


def _shown(text: str) -> str:
    return text[:64].encode("utf-8", "replace").decode()


# --- What comes of rules together -----------------------------------------------------------------


def problems(rules: RuleSet, rulebook: Rulebook, unit: str) -> tuple[Problem, ...]:
    """Codes that are known no longer, rules that can never fire, pairs that overlap; in the order
    of the rules, serious ones first.

    "Never" is said only where it is certain: a rule that several rules above take everything from
    together is not found.
    """
    found = [_as_problem(fault) for fault in faults_of_rules(rules, rulebook, unit)]
    reaches = [Reach.of(rule, rulebook, unit) for rule in rules.rules]
    for row, reach in enumerate(reaches):
        above = reaches[:row]
        never = _never(reach, above)
        if never is not None:
            found.append(Problem(row, never.field, never.message, serious=True))
        elif not reach.rule.reserve:
            crossed = [one.rule.name for one in above if crosses(one, reach)]
            if crossed:
                found.append(Problem(row, "name", _of_crossing(crossed), serious=False))
    return tuple(
        sorted(found, key=lambda one: (-1 if one.row is None else one.row, not one.serious))
    )


def _never(reach: Reach, above: Sequence[Reach]) -> Fault | None:
    """Why a rule can never fire, if that is certain."""
    if reach.rule.conditions.words.contradictory:
        return Fault("words.none", "никогда не сработает: запрещены те же слова, что требуются")
    if not reach.units:
        return Fault(
            "executor", "никогда не сработает: исполнитель не работает на этих территориях"
        )
    if reach.rule.reserve:
        if any(stands_in(one, reach) for one in above):
            return None
        return Fault(
            "reserve",
            "никогда не сработает: запасное правило ждёт, что исполнителю правила выше отдать "
            "нельзя, а такого правила с другим исполнителем выше нет",
        )
    for one in above:
        if covers(one, reach):
            return Fault(
                "name",
                f"никогда не сработает: всё, что ему подходит, забирает правило выше "
                f"«{one.rule.name}». Поднимите это правило, сузьте то или отметьте это запасным",
            )
    return None


def _of_crossing(names: Sequence[str]) -> str:
    listed = ", ".join(f"«{name}»" for name in names[:MAX_CROSSED])
    more = f" и ещё {len(names) - MAX_CROSSED}" if len(names) > MAX_CROSSED else ""
    return (
        f"пересекается с тем, что выше: {listed}{more}. Что подходит и этому правилу, уйдёт туда: "
        "проверьте порядок"
    )


def _as_problem(fault: Fault) -> Problem:
    head, row, field = [*fault.field.split(".", 2), "", ""][:3]
    if head == "rules" and field:
        return Problem(int(row), field, fault.message, serious=True)
    return Problem(None, fault.field, fault.message, serious=True)
