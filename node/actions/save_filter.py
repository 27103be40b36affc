"""Keep a choice of the work list under a name, for the one person who made it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.appeal import faults_of_line
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.issue_choice import Choice
from node.domain.rights import Actor, Right
from node.store import saved_filters
from node.store.saved_filters import SavedFilter

MAX_NAME = 60
MOST = 30


class NoSuchFilter(NotFound):
    """Такого отбора у вас нет: возможно, он уже удалён."""


class TooManyFilters(Conflict):
    """Своих отборов уже много: удалите лишний и сохраните снова."""


class NoPerson(Conflict):
    """Отборы хранятся для человека: войдите под своим именем, а не по общему токену."""


def save_filter(
    session: Session, *, name: str, choice: Choice, actor: Actor, now: datetime
) -> SavedFilter:
    """Keep a choice; one of the same name is replaced. NoPerson, TooManyFilters; Invalid."""
    actor.require(Right.ISSUES_READ)
    if actor.person is None:
        raise NoPerson
    name = " ".join(name.split())
    faults = [] if name else [Fault("name", "назовите отбор: так он будет подписан")]
    faults += faults_of_line("name", name, MAX_NAME)
    query = choice.query()
    if not query:
        faults.append(Fault("query", "это и так первая вкладка: выберите, что отобрать"))
    if faults:
        raise Invalid(*faults)
    known = saved_filters.by_name(session, actor.person, name)
    if known is not None:
        known.query = query
        session.flush()
        return known
    if saved_filters.count_of(session, actor.person) >= MOST:
        raise TooManyFilters
    kept = SavedFilter(person_id=actor.person, name=name, query=query, saved_at=now)
    session.add(kept)
    session.flush()
    return kept


def remove_filter(session: Session, *, filter_id: int, actor: Actor) -> None:
    """Forget one of one's own. NoSuchFilter, also where it is somebody else's."""
    found = (
        saved_filters.by_id(session, actor.person, filter_id)
        if actor.person is not None and 0 < filter_id < 2**31
        else None
    )
    if found is None:
        raise NoSuchFilter
    saved_filters.remove(session, found.id)
