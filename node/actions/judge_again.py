"""Judge again what lies in quarantine, when what it was refused for may have changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from federation import admission
from federation.statement import Statement
from node.actions.federation_rules import FederationRules
from node.domain.rulebook import Rulebook
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for

OF_AN_UPGRADE = frozenset({"unsupported_type"})
OF_A_DIRECTORY = frozenset({"unknown_territory", "not_yours"})
OF_ADDRESSEES = frozenset({"unknown_directive", "unknown_help", "not_addressed"})
"""Codes that a new version of this program, of the directory, of a directive may take back."""


def judge_again(
    session: Session, rulebook: Rulebook, *, me: str, codes: Collection[str], now: datetime
) -> tuple[Statement, ...]:
    """What has come to stand by it: the caller hands it to the handlers."""
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    rules = FederationRules(session, ledger, rulebook.directory, me=me)
    return admission.judge_again(ledger, rules, codes=codes, me=me, parent=parent, now=now).stored
