"""Fold new summaries, own and received, into the cells every ranking stands on."""

from __future__ import annotations

from node.actions.roll_up import roll_up
from node.bootstrap import Node
from node.jobs.job import Job


def run(node: Node) -> None:
    """Batch after batch until nothing is waiting, each in a transaction of its own."""
    more = True
    while more:
        with node.transaction() as session:
            more = roll_up(session, node.rulebook, unit=node.code).more


JOB = Job("roll_up", run, lambda node: min(5.0, node.policy.exchange_seconds))
