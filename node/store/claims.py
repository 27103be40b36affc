"""Claims on the outbox: who sends which message, and what is written back when it is sent.

A claim is a lease in the message's row, so that two processes that both send never send the same;
it runs out by itself when its holder dies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, or_, select, update
from sqlalchemy.orm import Session

from node.domain.reply_delivery import (
    FIRST_TO_WAIT,
    LONGEST_WAIT,
    Kind,
    MessageState,
    Step,
    Way,
)
from node.store.outbox import OutboxMessage

LEASE = timedelta(minutes=20)
"""How long a process may keep what it has claimed; longer than the slowest server takes."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message as it was claimed, until a moment: what is sent, and what is written back."""

    id: int
    key: str
    kind: Kind
    stage: str
    issue_id: int | None
    person_id: int | None
    appeal_id: int | None
    reply_id: int | None
    way: Way
    attempts: int
    waiting_since: datetime
    created_at: datetime
    until: datetime


def is_any_due(session: Session, *, now: datetime, notices: bool) -> bool:
    """Whether there is anything to send; `notices` False: notices and warnings wait."""
    query = select(OutboxMessage.id).where(*_due(now, notices)).limit(1)
    return session.execute(query).first() is not None


def claim(session: Session, *, now: datetime, notices: bool, limit: int) -> list[Claimed]:
    """Take up to `limit` messages to send, alerts first, then answers, warnings, notices, and of a
    kind the oldest first.

    They are the caller's for `LEASE`: nobody else claims them before. One whose sender died comes
    again after that, and its attempt counts.
    """
    query = select(OutboxMessage).where(*_due(now, notices))
    query = query.order_by(OutboxMessage.priority, OutboxMessage.id).limit(limit)
    found = session.scalars(query.with_for_update(skip_locked=True)).all()
    for message in found:
        message.attempts += 1
        message.claimed_until = now + LEASE
    session.flush()
    return [_claimed(message, now + LEASE) for message in found]


def release(session: Session, claimed: Iterable[Claimed]) -> None:
    """Give back what was claimed and not tried."""
    for message in claimed:
        _change(session, message, claimed_until=None, attempts=message.attempts - 1)


def settle(session: Session, claimed: Claimed, step: Step, *, now: datetime) -> bool:
    """Write down what became of a claimed message; False when somebody else has it by now."""
    return _change(
        session,
        claimed,
        way=step.way,
        state=step.state,
        failure=step.failure,
        next_try_at=step.next_try_at or now,
        claimed_until=None,
        delivered_at=now if step.state is MessageState.DELIVERED else None,
    )


def _due(now: datetime, notices: bool) -> tuple[ColumnElement[bool], ...]:
    """A wait or a claim longer than any we give means a clock set back: it is over."""
    due = or_(OutboxMessage.next_try_at <= now, OutboxMessage.next_try_at > now + 2 * LONGEST_WAIT)
    free = or_(
        OutboxMessage.claimed_until.is_(None),
        OutboxMessage.claimed_until <= now,
        OutboxMessage.claimed_until > now + 2 * LEASE,
    )
    waiting = OutboxMessage.state == MessageState.WAITING
    if notices:
        return waiting, due, free
    return waiting, due, free, OutboxMessage.priority < FIRST_TO_WAIT


def _claimed(message: OutboxMessage, until: datetime) -> Claimed:
    return Claimed(
        id=message.id,
        key=message.key,
        kind=Kind(message.kind),
        stage=message.stage,
        issue_id=message.issue_id,
        person_id=message.person_id,
        appeal_id=message.appeal_id,
        reply_id=message.reply_id,
        way=Way(message.way),
        attempts=message.attempts,
        waiting_since=message.waiting_since,
        created_at=message.created_at,
        until=until,
    )


def _change(session: Session, claimed: Claimed, **values: Any) -> bool:
    """False when the claim is not the caller's any more."""
    result = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == claimed.id, OutboxMessage.claimed_until == claimed.until)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount == 1
