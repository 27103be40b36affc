"""Tell the senders above how what came down for the units below fares here."""

from __future__ import annotations

from federation.incarnation import NotSealingYet
from node.actions.state_deliveries import state_deliveries, unstated
from node.bootstrap import Node


def run(node: Node) -> None:
    """Mostly nothing has changed: that is found out without the lock of those who write."""
    with node.reading() as session:
        if not unstated(session, me=node.code):
            return
    try:
        with node.transaction() as session:
            state_deliveries(session, me=node.code, signer=node.signing, now=node.clock())
    except NotSealingYet:
        return  # the next exchange draws the epoch, the next run states


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(30.0, node.policy.exchange_seconds)
