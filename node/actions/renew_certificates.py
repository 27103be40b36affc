"""Give children whose certificate ends within a month a new one, with the same contents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from federation.keys import KeyPair
from federation.schemas.certificate import LONGEST, Certificate
from federation.statement import StatementId, parse
from node.actions.seal_certificate import seal_certificate
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for

AHEAD = timedelta(days=30)


def renew_certificates(
    session: Session, rulebook: Rulebook, *, me: str, signer: KeyPair, now: datetime
) -> int:
    """How many were renewed. Nothing is done before this start has its epoch."""
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    incarnation = ledger.incarnation()
    if incarnation is None or incarnation.epoch is None:
        return 0
    ids = [StatementId(me, "certificate", unit.code) for unit in rulebook.directory.children(me)]
    renewed = 0
    for held in ledger.newest(ids).values():
        if held.envelope is None:
            continue
        statement = parse(held.envelope)
        certificate = Certificate.from_body(statement.key, statement.body)
        if certificate.status != "valid" or certificate.not_after - now > AHEAD:
            continue
        new = replace(certificate, not_before=now, not_after=now + LONGEST)
        seal_certificate(session, new, me=me, parent=parent, signer=signer, now=now)
        journal.write(
            session, action="certificate_renewed", subject=certificate.child, actor="cur", now=now
        )
        renewed += 1
    return renewed
