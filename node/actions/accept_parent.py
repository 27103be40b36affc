"""Become a child: keep what the parent answered and queue for it everything this node holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from federation import incarnation
from federation.enrolment import EnrolAnswer, Token
from federation.exchange import queue_everything
from federation.schemas.certificate import Certificate
from node.actions.enter_certificate import enter_certificate
from node.domain.directory import Directory
from node.store import journal
from node.store.ledger import SqlLedger
from node.store.membership import Membership


def accept_parent(
    session: Session,
    directory: Directory,
    *,
    me: str,
    dial: str,
    token: Token,
    answer: EnrolAnswer,
    actor: str,
    now: datetime,
) -> None:
    """Store the membership, the chain and our certificate, and begin anew under the parent.

    The answer has been checked against the token; what is kept here is therefore vouched for. A
    link that was suspended is open again, as it is at the parent.
    """
    ledger = SqlLedger(session)
    ledger.exclusive()
    parent = answer.parent.node
    # What came from above, also from a parent of before, is not sent up again.
    queue_everything(ledger, me=me, below=lambda unit: directory.is_within(unit, me), now=now)
    for statement in (*answer.chain, answer.certificate):
        incarnation.keep(ledger, statement, received_from=parent, parent=None, now=now)
    session.merge(
        Membership(
            id=1,
            parent=parent,
            url=answer.parent.url,
            dial=dial,
            parent_root=token.parent_root_kid,
            top=answer.top.node,
            top_root=token.top_root_kid,
            joined_at=now,
        )
    )
    session.flush()
    enter_certificate(
        session, Certificate.from_body(answer.certificate.key, answer.certificate.body)
    )
    link = ledger.link(parent)
    ledger.save_link(replace(link, suspended=None, failures=0, not_before=None))
    incarnation.start(ledger, me=me, parent=parent, now=now)
    journal.write(session, action="parent_joined", subject=parent, actor=actor, now=now)
