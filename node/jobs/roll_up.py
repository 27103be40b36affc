"""Fold new summaries, own and received, into the cells every ranking stands on."""

from __future__ import annotations

from node.actions.roll_up import roll_up
from node.bootstrap import Node


def run(node: Node) -> None:
    """Batch after batch until nothing is waiting, each in a transaction of its own."""
    more = True
    while more:
        with node.transaction() as session:
            more = roll_up(session, node.rulebook, unit=node.code).more


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(5.0, node.policy.exchange_seconds)
