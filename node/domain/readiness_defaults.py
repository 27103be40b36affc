"""What a directive goes by when its issuer says nothing else: config/readiness.toml.

The values become part of each directive when it is issued, so that a changed file changes nothing
of what was issued before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from node.domain.directive import RULE_NUMBERS, RiskKind, RiskRule, Rollup, Stages
from node.domain.table import Table

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class ReadinessDefaults:
    """Stages, the rule for the per cent of a parent, and the rules of the risk zone."""

    stages: Stages
    rollup: Rollup
    risk_rules: tuple[RiskRule, ...]

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> ReadinessDefaults:
        """From config/readiness.toml. InvalidTable names the key."""
        table = Table(values)
        defaults = cls(
            stages=_stages(table.table("stages")),
            rollup=Rollup(table.choice("roll_up", Rollup.MEAN, tuple(Rollup))),
            risk_rules=tuple(_rule(rule) for rule in table.tables("risk")),
        )
        table.close()
        return defaults


def _stages(table: Table) -> Stages:
    stages = Stages(
        complete=_per_cent(table, "complete", HUNDRED), close=_per_cent(table, "close", 60)
    )
    table.close()
    if stages.close > stages.complete:
        raise table.refusal("close", "must not be over complete")
    return stages


def _rule(table: Table) -> RiskRule:
    """Exactly the numbers its kind is made of: one more would look as if it did something."""
    kind = RiskKind(table.choice("rule", "", tuple(RiskKind)))
    needed = RULE_NUMBERS[kind]
    for name in needed:
        if name not in table:
            raise table.refusal(name, f"is missing: the rule {kind} needs it")
    rule = RiskRule(
        kind,
        percent=_per_cent(table, "percent", 0) if "percent" in needed else None,
        days=table.whole("days", 1, least=1) if "days" in needed else None,
        weeks=table.whole("weeks", 1, least=1) if "weeks" in needed else None,
    )
    table.close()
    return rule


def _per_cent(table: Table, key: str, default: int) -> Decimal:
    value = table.whole(key, default)
    if value > HUNDRED:
        raise table.refusal(key, "is a per cent, at most 100")
    return Decimal(value)
