"""Residents to be told something, and what the outbox holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from node.bootstrap import Node
from node.clock import FrozenClock
from node.domain.appeal import Contact
from node.store import outbox
from node.store.appeals import Appeal
from node.store.delivery_attempts import DeliveryAttempt
from node.store.outbox import OutboxMessage
from node.store.replies import Reply
from tests.support.appeals import NOW, submitted

EMAIL = "ivanova@mail.example"


def a_resident(
    session: Session,
    *,
    email: str | None = EMAIL,
    reply_by: str | None = "email",
    phone: str | None = None,
    link_shown: bool = False,
    now: datetime = NOW,
) -> Appeal:
    """An appeal of somebody who wants to be answered this way, with the issue it opened.

    That it is registered has been told: a test begins with an empty outbox.
    """
    contact = Contact(name="Иванова", email=email, phone=phone, reply_by=reply_by)
    sent = submitted(session, contact=contact, link_shown=link_shown, topic="roads.pits", now=now)
    appeal = session.scalars(select(Appeal).where(Appeal.number == sent.number)).one()
    session.execute(delete(OutboxMessage).where(OutboxMessage.appeal_id == appeal.id))
    return appeal


def an_answer(
    session: Session,
    *appeals: Appeal,
    text: str = "Яму засыпали.",
    kind: str = "final",
    now: datetime = NOW,
) -> int:
    """A reply on the first appeal's issue, handed over for all of them; its id."""
    reply = Reply(issue_id=appeals[0].issue_id, kind=kind, text=text, actor="test", at=now)
    session.add(reply)
    session.flush()
    put(session, reply.id, *appeals, kind=kind, now=now)
    return reply.id


def put(
    session: Session, reply_id: int, *appeals: Appeal, kind: str = "final", now: datetime = NOW
) -> None:
    outbox.put_answer(
        session,
        reply_id=reply_id,
        issue_id=appeals[0].issue_id,
        kind=kind,
        appeal_ids=[appeal.id for appeal in appeals],
        now=now,
    )


def a_notice(
    session: Session,
    appeal: Appeal,
    stage: str = "execution",
    *,
    version: int = 2,
    now: datetime = NOW,
) -> None:
    outbox.put_notice(
        session,
        stage=stage,
        issue_id=appeal.issue_id,
        appeal_ids=[appeal.id],
        version=version,
        now=now,
    )


def messages(session: Session) -> Sequence[OutboxMessage]:
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def standing(session: Session) -> list[tuple[str, str, str | None]]:
    """Way, state and failure of every message, in the order they were put."""
    return [(one.way, one.state, one.failure) for one in messages(session)]


def attempts(session: Session) -> list[tuple[str, str, str]]:
    """Way, result and code of every attempt."""
    rows = session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.id))
    return [(one.way, one.result, one.code) for one in rows]


def clock_of(node: Node) -> FrozenClock:
    assert isinstance(node.clock, FrozenClock)
    return node.clock


def a_person(node: Node, **how: Any) -> Appeal:
    """Somebody who waits for a final answer."""
    with node.transaction() as session:
        person = a_resident(session, **how)
        an_answer(session, person)
    return person


def stands(node: Node) -> list[tuple[str, str, str | None]]:
    with node.reading() as session:
        return standing(session)


def tried(node: Node) -> list[tuple[str, str, str]]:
    with node.reading() as session:
        return attempts(session)
