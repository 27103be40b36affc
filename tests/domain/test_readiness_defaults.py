"""config/readiness.toml: what is shipped, and what a misspelt file says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from node.domain.directive import RiskKind, RiskRule, Rollup, Stages
from node.domain.readiness_defaults import ReadinessDefaults
from node.domain.table import InvalidTable
from tests.support.directives import shipped


def test_the_shipped_defaults_have_every_kind_of_rule() -> None:
    assert shipped().stages == Stages(Decimal(100), Decimal(60))
    assert shipped().rollup is Rollup.MEAN
    assert {rule.kind for rule in shipped().risk_rules} == set(RiskKind)
    assert not any(rule.missing() for rule in shipped().risk_rules)


def test_an_empty_file_is_a_directive_without_rules() -> None:
    assert ReadinessDefaults.from_table({}) == ReadinessDefaults(Stages(), Rollup.MEAN, ())


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"roll_up": "median"}, "roll_up is 'median'; it may be own, mean"),
        ({"stages": {"close": 101}}, "stages.close is a per cent, at most 100"),
        ({"stages": {"complete": 50}}, "stages.close must not be over complete"),
        ({"risk": [{"rule": "late"}]}, "rule is 'late'"),
        ({"risk": [{}]}, "rule must be a text"),
        ({"risk": [{"rule": "behind", "percent": 55}]}, "days is missing: the rule behind"),
        ({"risk": [{"rule": "silent", "days": 0}]}, "days must be a whole number, at least 1"),
        ({"risk": [{"rule": "planned_late", "days": 3}]}, "days is not a known key"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidTable, match=named.replace("(", r"\(")):
        ReadinessDefaults.from_table(table)


def test_a_rule_names_the_numbers_it_lacks() -> None:
    assert RiskRule(RiskKind.BEHIND, days=3).missing() == ("percent",)
    assert RiskRule(RiskKind.PLANNED_LATE).missing() == ()
