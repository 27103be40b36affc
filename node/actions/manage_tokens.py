"""Give out and revoke API tokens: of the node, and a person's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.errors import Fault, Invalid, NotFound
from node.domain.rights import Actor
from node.store import journal, tokens

LONGEST_NAME = 120
LONGEST_OWN_NAME = 50
MOST_OWN = 20


def add(session: Session, *, name: str, actor: str, now: datetime) -> str:
    """A new token of the node, that may do everything; its secret is shown once.

    Invalid name, or TokenNameTaken.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(Fault("name", f"имя токена: от 1 до {LONGEST_NAME} печатных знаков"))
    secret = tokens.add_token(session, name=name, now=now)
    journal.write(session, action="token_added", subject=name, actor=actor, now=now)
    return secret


def revoke(session: Session, *, name: str, actor: str, now: datetime) -> None:
    """Any token in force, also a person's (`логин/имя`). NotFound when there is none."""
    if not tokens.revoke_token(session, name=name, now=now):
        raise NotFound(f"Действующего токена с именем {name!r} нет.")
    journal.write(session, action="token_revoked", subject=name, actor=actor, now=now)


def add_own(session: Session, *, name: str, actor: Actor, now: datetime) -> str:
    """A token of the one who asks: it does what the person may do at the moment of its use.

    Invalid name, TokenNameTaken.
    """
    person = _person(actor)
    name = name.strip()
    if not name or len(name) > LONGEST_OWN_NAME or not name.isprintable():
        raise Invalid(Fault("name", f"имя токена: от 1 до {LONGEST_OWN_NAME} печатных знаков"))
    if len(tokens.tokens_of(session, person)) >= MOST_OWN:
        raise Invalid(Fault("name", f"токенов не больше {MOST_OWN}: отзовите ненужный"))
    whole = own_name(actor, name)
    secret = tokens.add_token(session, name=whole, now=now, person_id=person)
    journal.write(session, action="token_added", subject=whole, actor=actor.name, now=now)
    return secret


def revoke_own(session: Session, *, name: str, actor: Actor, now: datetime) -> None:
    """NotFound when the person has no such token in force."""
    whole = own_name(actor, name)
    person = _person(actor)
    if not name.isprintable() or not tokens.revoke_token(
        session, name=whole, now=now, person_id=person
    ):
        raise NotFound(f"Вашего действующего токена с именем «{name[:80]}» нет.")
    journal.write(session, action="token_revoked", subject=whole, actor=actor.name, now=now)


def own_name(actor: Actor, name: str) -> str:
    """Names are one for the whole node; a login has no `/`, so nobody takes another's."""
    return f"{actor.name}/{name}"


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid(Fault("name", "вы вошли по токену узла; новый токен узла: cur token add ИМЯ"))
    return actor.person
