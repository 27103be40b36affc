"""Send a message once more that could not be delivered, or that waits for its next attempt."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import NoSuchIssue
from node.domain.access import Access
from node.domain.errors import Conflict, NotFound
from node.domain.reply_delivery import (
    BY_EMAIL,
    NO_WAY,
    Choice,
    Kind,
    MessageState,
    choose,
)
from node.domain.rights import Actor, NoRight, Right
from node.domain.rulebook import Rulebook
from node.store import issues, journal, outbox
from node.store.outbox import OutboxMessage


class NoSuchMessage(NotFound):
    """Такого сообщения у этой проблемы нет: обновите страницу."""


class AlreadyDelivered(Conflict):
    """Сообщение уже доставлено: отправлять его снова не нужно."""


class NoWayOpen(Conflict):
    """Отправить по-прежнему не по чему: у жителя нет адреса почты, ссылку ему не показали или он просил позвонить. Исправьте контакт или свяжитесь с ним сами."""  # noqa: E501 - the docstring is the message


def retry_delivery(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    message_id: int,
    actor: Actor,
    now: datetime,
) -> OutboxMessage:
    """Begin anew with a message of the issue `number`, by the way that is open to its resident now.

    NoSuchIssue, also of one the actor does not see; NoRight without approving answers there.
    NoSuchMessage, AlreadyDelivered; NoWayOpen where nothing has changed for the better.
    """
    access = Access(actor, rulebook, unit)
    issue = issues.by_number(session, number)
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    if not access.may(Right.ISSUES_APPROVE, issue):
        raise NoRight
    message = outbox.held(session, issue.id, message_id)
    if message is None:
        raise NoSuchMessage
    if message.state == MessageState.DELIVERED:
        raise AlreadyDelivered
    outbox.begin_anew(message, _open_way(session, message), now=now)
    journal.write(
        session,
        action="delivery_retried",
        subject=number,
        actor=actor.name,
        now=now,
        message=message.id,
        kind=message.kind,
        way=message.way,
    )
    return message


def _open_way(session: Session, message: OutboxMessage) -> Choice:
    if message.kind == Kind.ALERT or message.appeal_id is None:
        return BY_EMAIL
    choice = choose(outbox.reach_of(session, message.appeal_id))
    if choice == NO_WAY:
        raise NoWayOpen
    return choice
