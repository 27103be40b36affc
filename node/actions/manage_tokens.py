"""Give out and revoke API tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.errors import Fault, Invalid, NotFound
from node.store import journal, tokens

LONGEST_NAME = 120


def add(session: Session, *, name: str, actor: str, now: datetime) -> str:
    """A new token's secret, shown once. Invalid name, or TokenNameTaken."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(Fault("name", f"имя токена: от 1 до {LONGEST_NAME} печатных знаков"))
    secret = tokens.add_token(session, name=name, now=now)
    journal.write(session, action="token_added", subject=name, actor=actor, now=now)
    return secret


def revoke(session: Session, *, name: str, actor: str, now: datetime) -> None:
    """NotFound when no token of that name is in force."""
    if not tokens.revoke_token(session, name=name, now=now):
        raise NotFound(f"Действующего токена с именем {name!r} нет.")
    journal.write(session, action="token_revoked", subject=name, actor=actor, now=now)
