"""Put what residents are to be told of a move into the outbox, in the transaction of the move."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.issue import Move, Notice
from node.store import outbox
from node.store.issues import Issue
from node.store.replies import Reply

WITH_A_REPLY = frozenset({Notice.ANSWERED, Notice.INTERIM, Notice.PAUSED})
"""Told only when the words written for them leave: a draft that waits for approval tells nobody."""


def tell_residents(
    session: Session, *, issue: Issue, move: Move, reply: Reply | None, now: datetime
) -> None:
    """Everybody whose appeal the issue stands for gets the reply, or the notice of the move."""
    if move.tells is None or (reply is None and move.tells in WITH_A_REPLY):
        return
    if reply is not None and reply.kind != "question":
        outbox.put_answer(
            session,
            reply_id=reply.id,
            issue_id=issue.id,
            kind=reply.kind,
            now=now,
        )
        return
    outbox.put_notice(
        session,
        stage=move.tells.value,
        issue_id=issue.id,
        version=issue.version,
        now=now,
        reply_id=reply.id if reply else None,
    )
