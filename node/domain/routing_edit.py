"""Small changes of a set of routing rules, as a form makes them one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from node.domain.routing import Rule, RuleSet


def put(rules: RuleSet, rule: Rule, *, instead_of: str | None, position: int) -> RuleSet:
    """A rule at a position counted from 1 (past the end is the end), in place of the one of that
    code or as a new one."""
    kept = [one for one in rules.rules if one.code != instead_of]
    kept.insert(max(position, 1) - 1, rule)
    return replace(rules, rules=tuple(kept))


def without(rules: RuleSet, code: str) -> RuleSet:
    return replace(rules, rules=tuple(one for one in rules.rules if one.code != code))


def shifted(rules: RuleSet, code: str, by: int) -> RuleSet:
    """A rule some places down (up where `by` is below zero), at most to the end."""
    position = position_of(rules, code)
    rule = rules.rule(code)
    if position is None or rule is None:
        return rules
    return put(rules, rule, instead_of=code, position=position + by)


def position_of(rules: RuleSet, code: str) -> int | None:
    """Counted from 1; None where there is no such rule."""
    codes = [one.code for one in rules.rules]
    return codes.index(code) + 1 if code in codes else None


def free_code(taken: Iterable[str]) -> str:
    """A code no rule has: `rule-7`."""
    known = frozenset(taken)
    number = len(known) + 1
    while f"rule-{number}" in known:
        number += 1
    return f"rule-{number}"
