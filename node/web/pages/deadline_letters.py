"""What the account page and a person's card say of their letters of deadlines."""

from __future__ import annotations

from dataclasses import dataclass

from node.bootstrap import Node
from node.domain.reply_delivery import MessageState
from node.store import deadline_warnings
from node.store.people import Person
from node.store.session import Session
from node.web.locale import message_words, russian


@dataclass(frozen=True, slots=True)
class Letters:
    """`obstacle`: why none comes though they are wanted. `last`: when the newest was put and what
    became of it; `remedy` where that was a failure."""

    wanted: bool
    obstacle: str = ""
    last: str = ""
    remedy: str = ""


def letters_of(session: Session, node: Node, person: Person) -> Letters:
    """One query."""
    message = deadline_warnings.last_letter(session, person.id)
    last = remedy = ""
    if message is not None:
        at = russian.moment(message.created_at, node.zone)
        last = f"{at}, {message_words.STATES[message.state]}"
        if message.state == MessageState.FAILED:
            failure = message.failure or ""
            last = f"{last}: {message_words.FAILURES.get(failure, failure)}"
            remedy = message_words.REMEDIES_OF_WARNINGS.get(failure, "")
    return Letters(person.deadline_letters, _obstacle(node, person), last, remedy)


def _obstacle(node: Node, person: Person) -> str:
    if not person.email:
        return "Адрес почты не указан: его вписывает администратор узла на странице «Люди»."
    if node.deliveries.smtp is None:
        return "Узел не отправляет почту: администратор заполняет раздел [smtp] настроек."
    return ""
