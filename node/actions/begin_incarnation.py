"""A start of the sealing process: from here on versions have a new epoch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation import incarnation
from federation.admission import judge_again
from node.actions.federation_rules import FederationRules
from node.domain.rulebook import Rulebook
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def begin_incarnation(session: Session, rulebook: Rulebook, *, node: str, now: datetime) -> None:
    """Under a parent the epoch waits for its first answer, elsewhere it is drawn at once.

    A start may also be an upgrade: what an older version did not understand is judged again.
    """
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    incarnation.start(ledger, me=node, parent=parent, now=now)
    rules = FederationRules(session, ledger, rulebook.directory, me=node)
    judge_again(ledger, rules, code="unsupported_type", me=node, parent=parent, now=now)
