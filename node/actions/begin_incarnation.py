"""A start of the sealing process: from here on versions have a new epoch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation import incarnation
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def begin_incarnation(session: Session, *, node: str, now: datetime) -> None:
    """Under a parent the epoch waits for its first answer, elsewhere it is drawn at once."""
    parent = parent_to_queue_for(session)
    incarnation.start(SqlLedger(session), me=node, parent=parent, now=now)
