"""Let somebody choose whether letters of deadlines that come near are sent to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.rights import Actor, NoRight
from node.store import journal, people


def choose_letters(session: Session, *, wanted: bool, actor: Actor, now: datetime) -> None:
    """Of oneself alone. NoRight for whoever signed in by a token of the node and is nobody."""
    person = None if actor.person is None else people.by_id(session, actor.person)
    if person is None:
        raise NoRight
    if person.deadline_letters == wanted:
        return
    person.deadline_letters = wanted
    session.flush()
    action = "letters_switched_on" if wanted else "letters_switched_off"
    journal.write(session, action=action, subject=person.login, actor=actor.name, now=now)
