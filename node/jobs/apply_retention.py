"""Erase and redact what is due by the rules of retention, batch by batch."""

from __future__ import annotations

from datetime import timedelta

import structlog

from node.actions.apply_retention import Toll, apply_retention
from node.bootstrap import Node
from node.store import tombstones

EVERY = timedelta(hours=1)
BATCH = 50
"""Issues in one transaction: the writers behind it wait for some tenths of a second."""
log = structlog.get_logger("cur.retention")


def run(node: Node) -> None:
    run_out(node)
    with node.reading() as session:
        erased_at = tombstones.newest_at(session)
    # Also after what was erased on request, where nobody waits for the files to be cleared.
    if erased_at is not None and node.clock() - erased_at < 2 * EVERY:
        node.scrub()


def run_out(node: Node) -> Toll:
    """Everything due now; also for the command. A run that is cut short is made up by the next."""
    toll, now, last = Toll(), node.clock(), 0
    rulebook = node.rulebook
    while True:
        with node.transaction() as session:
            reached = apply_retention(
                session, rulebook, toll, unit=node.code, after=last, limit=BATCH, now=now
            )
        if reached is None:
            break
        last = reached
    if toll.lines:
        log.info("retention", **{f"{one.rule}_{one.fate}": one.numbers for one in toll.lines})
    return toll


def seconds(_node: Node) -> float:
    """Between two runs."""
    return EVERY.total_seconds()
