"""Seal what was written on directives; while this start has no epoch it waits, and nothing is lost.

Without a parent's answer there is no epoch after a start, so that a check-in made in an outage is
sealed and leaves later. Its own days and instants say when it was made.
"""

from __future__ import annotations

from federation.incarnation import NotSealingYet
from node.actions.seal_directives import seal_directives
from node.bootstrap import Node
from node.store.directives import something_unsealed

OFTEN = 5.0


def run(node: Node) -> None:
    with node.reading() as session:
        if not something_unsealed(session):
            return
    if not node.has_keys:
        return
    try:
        with node.transaction() as session:
            seal_directives(session, me=node.code, signer=node.signing, now=node.clock())
    except NotSealingYet:
        return  # the next exchange draws the epoch, the next run seals


def seconds(node: Node) -> float:
    """Between two runs: seldom enough for a database, often enough for whoever waits below."""
    return min(OFTEN, node.policy.exchange_seconds)
