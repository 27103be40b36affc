"""Put letters to the staff of deadlines that come near; `deliver` sends them."""

from __future__ import annotations

from node.actions.warn_of_deadlines import warn_of_deadlines
from node.bootstrap import Node

OFTEN = 300.0


def run(node: Node) -> None:
    if node.deliveries.smtp is None:
        return  # nothing would leave: the lists and cards show what is due soon
    with node.transaction() as session:
        warn_of_deadlines(session, node.rulebook, unit=node.code, now=node.clock())


def seconds(_node: Node) -> float:
    """Between two runs: the shortest warning of norms.toml is an hour before."""
    return OFTEN
