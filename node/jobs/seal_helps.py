"""Sign the questions asked and the answers given here, as soon as this start may sign."""

from __future__ import annotations

from federation.incarnation import NotSealingYet
from node.actions.seal_helps import seal_helps
from node.bootstrap import Node


def run(node: Node) -> None:
    try:
        with node.transaction() as session:
            seal_helps(session, me=node.code, signer=node.signing, now=node.clock())
    except NotSealingYet:
        return  # rows stay unsealed: the next exchange draws the epoch, the next run seals


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(15.0, node.policy.exchange_seconds)
