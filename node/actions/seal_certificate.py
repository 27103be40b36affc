"""Certify a child: seal the certificate, and expect its unit in the figures as it says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from federation.schemas.certificate import Certificate
from federation.statement import Statement
from node.actions.enter_certificate import enter_certificate
from node.store.ledger import SqlLedger


def seal_certificate(
    session: Session,
    certificate: Certificate,
    *,
    me: str,
    parent: str | None,
    signer: KeyPair,
    now: datetime,
) -> Statement:
    """NotSealingYet while this start has no epoch: nothing has changed then."""
    sealed = seal_own(
        SqlLedger(session),
        me=me,
        parent=parent,
        type="certificate",
        key=certificate.child,
        body=certificate.to_body(),
        signer=signer,
        now=now,
    )
    enter_certificate(session, certificate)
    return sealed
