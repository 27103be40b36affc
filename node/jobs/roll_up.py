"""Fold new summaries, own and received, into the cells every ranking stands on."""

from __future__ import annotations

from node.actions.rebuild_cells import rebuild_cells
from node.actions.roll_up import roll_up
from node.bootstrap import Node
from node.store import cells


def run(node: Node) -> None:
    """Batch after batch until nothing is waiting, each in a transaction of its own.

    When the directory or the classifier is not the one the cells were counted by, they are made
    anew first.
    """
    rulebook = node.rulebook  # once: a directory that comes meanwhile is for the next run
    reference = rulebook.counting_sha256()
    with node.reading() as session:
        counted_by = cells.counted_by(session)
    if counted_by != reference:
        with node.transaction() as session:
            if counted_by is not None:
                rebuild_cells(session, rulebook, unit=node.code)
            cells.count_by(session, reference)
    more = True
    while more:
        with node.transaction() as session:
            more = roll_up(session, rulebook, unit=node.code).more


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(5.0, node.policy.exchange_seconds)
