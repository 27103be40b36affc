"""Tell the senders above how what came down for the units below fares here."""

from __future__ import annotations

from federation.incarnation import NotSealingYet
from node.actions.state_deliveries import state_deliveries
from node.bootstrap import Node


def run(node: Node) -> None:
    try:
        with node.transaction() as session:
            state_deliveries(session, me=node.code, signer=node.signing, now=node.clock())
    except NotSealingYet:
        return  # the next exchange draws the epoch, the next run states


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(30.0, node.policy.exchange_seconds)
