"""Put what residents are to be told of a move into the outbox, in the transaction of the move."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.issue import Move
from node.store.issues import Issue
from node.store.replies import Reply


def tell_residents(
    session: Session, *, issue: Issue, move: Move, reply: Reply | None, now: datetime
) -> None:
    """Everybody whose appeal the issue stands for gets the reply, or the notice of the move."""
