"""Forget what has had its day: nonces, refused sign-ins, bytes of summaries long since final, who
was warned of deadlines long past."""

from __future__ import annotations

from datetime import timedelta

from node.bootstrap import Node
from node.store import deadline_warnings, people
from node.store.ledger import SqlLedger, forget_superseded

REFUSALS_KEPT = timedelta(days=1)


def run(node: Node) -> None:
    now = node.clock()
    with node.transaction() as session:
        SqlLedger(session).forget_nonces(now)
        forget_superseded(session, now=now)
        people.forget_refusals(session, before=now - REFUSALS_KEPT)
        deadline_warnings.forget(session, now=now)


def seconds(_node: Node) -> float:
    """Between two runs."""
    return 900.0
