"""Go on where nobody has to decide: close what is delivered, end pauses at their limit.

Both look at what stands in the rows, so a missed run is made up by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from node.actions.close_delivered import ACTOR, close_delivered
from node.actions.move_issue import move_issue
from node.bootstrap import Node
from node.domain.errors import Conflict
from node.domain.issue import State
from node.domain.rights import unlimited
from node.store import issues, replies
from node.store.issues import Issue

log = structlog.get_logger("cur.issues")
PORTION = 200


def run(node: Node) -> None:
    with node.reading() as session:
        answered = replies.to_close(session, limit=PORTION)
        paused = [
            (issue.id, issue.number)
            for issue in issues.pauses_over(session, now=node.clock(), limit=PORTION)
            if issue.state == State.PAUSED
        ]
    for issue_id in answered:
        _each(node, issue_id, partial(_close, node, issue_id))
    for issue_id, number in paused:
        _each(node, issue_id, partial(_resume, node, number))


def seconds(_node: Node) -> float:
    """Between two runs."""
    return 15.0


def _each(node: Node, issue_id: int, work: Callable[[], None]) -> None:
    """Each in a transaction of its own: one that somebody is just moving waits for the next run."""
    try:
        work()
    except Conflict as refusal:
        log.info("left to the next run", node=node.code, issue=issue_id, why=type(refusal).__name__)


def _close(node: Node, issue_id: int) -> None:
    with node.transaction() as session:
        close_delivered(session, node.rulebook, unit=node.code, issue_id=issue_id, now=node.clock())


def _resume(node: Node, number: str) -> None:
    with node.transaction() as session:
        issue: Issue | None = issues.by_number(session, number)
        if issue is None or issue.state != State.PAUSED:
            return
        move_issue(
            session,
            node.rulebook,
            unit=node.code,
            number=number,
            move="resume",
            version=issue.version,
            fields={},
            actor=unlimited(ACTOR, node.code),
            now=node.clock(),
        )
