"""Seal what was asked and answered here since the last time; the exchange takes it from there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from node.store import help_requests
from node.store.help_bodies import report_key
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def seal_helps(session: Session, *, me: str, signer: KeyPair, now: datetime) -> int:
    """How many were sealed. NotSealingYet while this start has no epoch: nothing has changed then.

    A help goes down to its addressees, a report up to its issuer: its body says which way.
    """
    # First of all: whoever joins or enrols waits for the ledger before anything else.
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    helps = help_requests.unsealed_helps(session)
    reports = help_requests.unsealed_reports(session)
    bodies = [("help", row.id, row.body) for row in helps]
    bodies += [("help_report", report_key(row.help_id, row.unit), row.body) for row in reports]
    for type, key, body in bodies:
        seal_own(
            ledger, me=me, parent=parent, type=type, key=key, body=body, signer=signer, now=now
        )
    help_requests.note_sealed(session, helps, reports)
    return len(bodies)
