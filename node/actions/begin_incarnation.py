"""A start of the sealing process: from here on versions have a new epoch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation import incarnation
from federation.statement import Statement
from node.actions.judge_again import OF_A_DIRECTORY, OF_ADDRESSEES, OF_AN_UPGRADE, judge_again
from node.domain.rulebook import Rulebook
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def begin_incarnation(
    session: Session, rulebook: Rulebook, *, node: str, now: datetime
) -> tuple[Statement, ...]:
    """Under a parent the epoch waits for its first answer, elsewhere it is drawn at once.

    A start may also be an upgrade, or follow one of the directory: what was not understood or not
    lawful before is judged again. What has come to stand by it is for the caller to hand to the
    handlers.
    """
    parent = parent_to_queue_for(session)
    incarnation.start(SqlLedger(session), me=node, parent=parent, now=now)
    codes = OF_AN_UPGRADE | OF_A_DIRECTORY | OF_ADDRESSEES
    return judge_again(session, rulebook, me=node, codes=codes, now=now)
