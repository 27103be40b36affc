"""What a routing rule can take, and how the reaches of two rules lie: one over the other, across
each other, apart. Everything here is said only when it is certain; in doubt two rules cross.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from node.domain import place_condition
from node.domain.appeal import KINDS
from node.domain.directory import Directory
from node.domain.issue import URGENCIES
from node.domain.routing import Rule, is_under, is_within_any
from node.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Reach:
    """A rule and the units it can fire in: those of its conditions where its executor works.

    `kinds` and `urgencies` None: all there are.
    """

    rule: Rule
    units: tuple[str, ...]
    kinds: frozenset[str] | None
    urgencies: frozenset[str] | None
    directory: Directory

    @classmethod
    def of(cls, rule: Rule, rulebook: Rulebook, unit: str) -> Self:
        directory = rulebook.directory
        asked = tuple(code for code in rule.conditions.territories if code in directory) or (unit,)
        executor = rulebook.agencies.executor(rule.executor) if rule.executor else None
        served = executor.territories if executor else ()
        return cls(
            rule,
            _common(asked, served, directory) if served else asked,
            _narrowing(rule.conditions.kinds, KINDS),
            _narrowing(rule.conditions.urgencies, URGENCIES),
            directory,
        )


def covers(one: Reach, other: Reach) -> bool:
    """Whether `one`, standing above, takes all that the other could: so it never fires."""
    if one.rule.reserve:
        return False
    over, under = one.rule.conditions, other.rule.conditions
    return (
        (
            not over.topics
            or (bool(under.topics) and all(is_under(code, over.topics) for code in under.topics))
        )
        and all(is_within_any(unit, one.units, one.directory) for unit in other.units)
        and _includes(frozenset(over.channels) or None, frozenset(under.channels) or None)
        and _includes(one.kinds, other.kinds)
        and _includes(one.urgencies, other.urgencies)
        and (
            over.place is None
            or (under.place is not None and place_condition.covers(over.place, under.place))
        )
        and over.words.covers(under.words)
    )


def crosses(one: Reach, other: Reach) -> bool:
    """Whether some issues may fit both, each rule having others of its own, and it matters which
    is tried first. An exception above what it is excepted from is the use of an order."""
    return (
        not one.rule.reserve
        and one.rule.executor != other.rule.executor
        and not _are_apart(one, other)
        and not covers(other, one)
    )


def stands_in(one: Reach, reserve: Reach) -> bool:
    """Whether a reserve rule can fire because the executor of `one` cannot be given an issue."""
    executor = one.rule.executor
    return (
        executor is not None
        and executor != reserve.rule.executor
        and not _are_apart(one, reserve, also_units=False)
    )


def _are_apart(one: Reach, other: Reach, *, also_units: bool = True) -> bool:
    """Whether no issue fits both."""
    a, b = one.rule.conditions, other.rule.conditions
    return (
        (
            bool(a.topics and b.topics)
            and not any(is_under(code, b.topics) for code in a.topics)
            and not any(is_under(code, a.topics) for code in b.topics)
        )
        or (also_units and not _common(one.units, other.units, one.directory))
        or _disjoint(frozenset(a.channels) or None, frozenset(b.channels) or None)
        or _disjoint(one.kinds, other.kinds)
        or _disjoint(one.urgencies, other.urgencies)
        or (a.place is not None and b.place is not None and place_condition.apart(a.place, b.place))
        or a.words.excludes(b.words)
    )


def _common(some: Iterable[str], others: Sequence[str], directory: Directory) -> tuple[str, ...]:
    """The units that lie in both lists of units, each with all below it."""
    found: dict[str, None] = {}
    for one in some:
        for other in others:
            if directory.is_within(one, other):
                found[one] = None
            elif directory.is_within(other, one):
                found[other] = None
    return tuple(found)


def _narrowing(given: Iterable[str], known: Iterable[str]) -> frozenset[str] | None:
    """None where nothing is left out."""
    chosen = frozenset(given)
    return None if not chosen or chosen >= frozenset(known) else chosen


def _includes(over: frozenset[str] | None, under: frozenset[str] | None) -> bool:
    return over is None or (under is not None and under <= over)


def _disjoint(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is not None and other is not None and not (one & other)
