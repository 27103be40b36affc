"""Close an issue whose final answer everybody has got, or whose failure to arrive is recorded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import move_issue
from node.domain.issue import State
from node.domain.rights import unlimited
from node.domain.rulebook import Rulebook
from node.store import outbox, replies
from node.store.issues import Issue

ACTOR = "node"


def close_delivered(
    session: Session, rulebook: Rulebook, *, unit: str, issue_id: int, now: datetime
) -> bool:
    """Close it if its answer named the outcome and is settled; whether it was closed.

    An answer without an outcome is closed by a person, who names it. Stale is left to the next
    run: somebody is just moving the issue.
    """
    issue = session.get(Issue, issue_id)
    if issue is None or issue.state != State.ANSWERED:
        return False
    reply = replies.last_final(session, issue_id)
    if reply is None or reply.outcome is None or not outbox.settled(session, reply.id):
        return False
    fields = {"outcome": reply.outcome}
    if reason := replies.reason_of(session, issue_id):
        fields["reason"] = reason
    move_issue(
        session,
        rulebook,
        unit=unit,
        number=issue.number,
        move="close",
        version=issue.version,
        fields=fields,
        actor=unlimited(ACTOR, unit),
        now=now,
    )
    return True
