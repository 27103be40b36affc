"""Forget what has had its day: nonces, and the bytes of open summaries long since final."""

from __future__ import annotations

from node.bootstrap import Node
from node.store.ledger import SqlLedger, forget_superseded


def run(node: Node) -> None:
    now = node.clock()
    with node.transaction() as session:
        SqlLedger(session).forget_nonces(now)
        forget_superseded(session, now=now)


def seconds(_node: Node) -> float:
    """Between two runs."""
    return 900.0
