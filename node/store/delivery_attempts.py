"""Attempts to deliver: append-only, with the server's code and never an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    case,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.reply_delivery import MessageState, Outcome, Result, Way
from node.store import append_only
from node.store.appeals import Appeal
from node.store.base import Base, Instant
from node.store.deadline_warnings import DeadlineWarning
from node.store.outbox import OutboxMessage
from node.store.people import Person


class DeliveryAttempt(Base, kw_only=True):
    """One attempt. Of an alert that some of the duty list were refused, one row for each."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index(None, "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    way: Mapped[str] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(String(16))  # accepted, refused, later
    code: Mapped[str] = mapped_column(String(32))  # «550 5.1.1», or a word: «timeout»
    at: Mapped[datetime] = mapped_column(Instant)


TABLE = cast("Table", DeliveryAttempt.__table__)
append_only.keep(TABLE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with what has been tried. `number`: of the appeal, None of an alert or a warning;
    `post`: of whom a warning is for."""

    message: OutboxMessage
    number: str | None
    post: str | None
    attempts: tuple[DeliveryAttempt, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages of an issue have a kind, a way and a state."""

    kind: str
    way: str
    state: str
    messages: int


def write(session: Session, message_id: int, way: Way, outcome: Outcome, *, now: datetime) -> None:
    """Append one attempt, and the addressees refused within it."""
    results = [(outcome.result, outcome.code)]
    results += [(Result.REFUSED, code) for code in outcome.also_refused]
    session.add_all(
        DeliveryAttempt(message_id=message_id, way=way, result=result, code=code[:32], at=now)
        for result, code in results
    )


def of_issue(session: Session, issue_id: int, *, after: int = 0, limit: int) -> list[Sent]:
    """The messages of an issue in the order they were put, those after the id `after`.

    Two queries.
    """
    query = _messages(issue_id).where(OutboxMessage.id > after).order_by(OutboxMessage.id)
    return _with_attempts(session, query.limit(limit))


def of_message(session: Session, message: OutboxMessage) -> Sent:
    """A message with what has been tried. Two queries."""
    [sent] = _with_attempts(session, _MESSAGES.where(OutboxMessage.id == message.id))
    return sent


def most_telling(session: Session, issue_id: int, *, limit: int) -> list[Sent]:
    """The messages of an issue: first those somebody has to look at (failed), then those that
    wait, then the newest. Two queries."""
    urgency = case(
        (OutboxMessage.state == MessageState.FAILED, 0),
        (OutboxMessage.state == MessageState.WAITING, 1),
        else_=2,
    )
    query = _messages(issue_id).order_by(urgency, OutboxMessage.id.desc())
    return _with_attempts(session, query.limit(limit))


def counted(session: Session, issue_id: int) -> list[Counted]:
    """How the messages of an issue stand, whatever their number."""
    face = (OutboxMessage.kind, OutboxMessage.way, OutboxMessage.state)
    rows = session.execute(
        select(*face, func.count()).where(_is_of(issue_id)).group_by(*face).order_by(*face)
    )
    return [Counted(*row) for row in rows]


_MESSAGES = (
    select(OutboxMessage, Appeal.number, Person.post)
    .outerjoin(Appeal, Appeal.id == OutboxMessage.appeal_id)
    .outerjoin(Person, Person.id == OutboxMessage.person_id)
)


def _messages(issue_id: int) -> Select[OutboxMessage, str, str]:
    return _MESSAGES.where(_is_of(issue_id))


def _is_of(issue_id: int) -> ColumnElement[bool]:
    """By the key: told with OR, PostgreSQL would read the whole outbox for the warnings' sake."""
    own = select(OutboxMessage.id).where(OutboxMessage.issue_id == issue_id)
    warnings = select(DeadlineWarning.message_id).where(
        DeadlineWarning.issue_id == issue_id, DeadlineWarning.message_id.is_not(None)
    )
    return OutboxMessage.id.in_(own.union_all(warnings))


def _with_attempts(session: Session, query: Select[OutboxMessage, str, str]) -> list[Sent]:
    found = session.execute(query).all()
    tried: dict[int, list[DeliveryAttempt]] = {row[0].id: [] for row in found}
    attempts = select(DeliveryAttempt).where(DeliveryAttempt.message_id.in_(tried))
    for attempt in session.scalars(attempts.order_by(DeliveryAttempt.id)):
        tried[attempt.message_id].append(attempt)
    return [
        Sent(message, number, post, tuple(tried[message.id])) for message, number, post in found
    ]
