"""A tier's policy: defaults, and nothing misspelt passes."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from node.domain.table import InvalidTable
from node.domain.tier import Board, TierPolicy

NAMES = {"name": "остров", "name_genitive": "острова", "names": "острова"}


def test_a_tier_named_and_nothing_more_has_the_protocols_defaults() -> None:
    policy = TierPolicy.from_table("island", NAMES)
    assert policy == TierPolicy(
        code="island",
        name="остров",
        name_genitive="острова",
        names="острова",
        intake=False,
        final_at=time(12, 0),
        grace_hours=18,
        provisional_below=0.95,
        stock_days=3,
        exchange_seconds=60,
        open_summary_minutes=2,
        relay_open_minutes=15,
        expected_units=None,
        board=Board(by="topic", order="received", period="week", depth=1, limit=20),
    )


def test_every_value_can_be_set() -> None:
    policy = TierPolicy.from_table(
        "island",
        NAMES
        | {
            "intake": True,
            "final_at": time(9, 30),
            "provisional_below": 1,
            "expected_units": 7,
            "board": {"by": "territory", "order": "growth", "depth": 2},
        },
    )
    assert policy.intake
    assert policy.final_at == time(9, 30)
    assert policy.provisional_below == 1.0
    assert policy.expected_units == 7
    assert policy.board == Board(by="territory", order="growth", depth=2)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": ""}, "name must be a text"),
        ({"intakes": True}, "intakes is not a known key; did you mean 'intake'"),
        ({"final_at": "12:00"}, "final_at must be a time of day"),
        ({"grace_hours": -1}, "grace_hours must be a whole number, at least 0"),
        ({"grace_hours": True}, "grace_hours must be a whole number"),
        ({"exchange_seconds": 0}, "exchange_seconds must be a whole number, at least 1"),
        ({"provisional_below": 95}, "provisional_below must be a number from 0 to 1"),
        ({"board": {"order": "recieved"}}, "board.order is 'recieved'; it may be received"),
        ({"board": {"colour": "red"}}, "board.colour is not a known key"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidTable, match=named):
        TierPolicy.from_table("island", NAMES | change)
