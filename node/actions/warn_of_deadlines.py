"""Warn people by mail of deadlines that come near: find whom, put their letters, read one.

One letter a person of all that has come near, at most one an hour and none in the quiet hours. The
people are looked for at any hour, so that what falls due in the night is told in the morning, as
overdue. No journal: nobody acts, and the rows keep who was told what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from node.domain.access import Access
from node.domain.deadline_warning import Audience, Watcher
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import deadline_warnings as store
from node.store import outbox, people
from node.store.claims import Claimed
from node.store.deadline_warnings import Told
from node.store.people import Grant, Person

AT_ONCE = 2000  # issues a run looks at; the next run goes on
EVERY = timedelta(hours=1)
"""The shortest time between two letters to somebody."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a letter tells somebody now, the nearest deadline first, and what it does not: rows of
    what has been done or moved meanwhile, or is not theirs to see any more."""

    told: tuple[Told, ...] = ()
    untold: tuple[Told, ...] = ()
    email: str = field(default="", repr=False)


def warn_of_deadlines(session: Session, rulebook: Rulebook, *, unit: str, now: datetime) -> int:
    """Find out who is to be told of what has come near, and put the letters that may go now; how
    many. At most eight queries, whatever the number of issues and people.

    While more has come near than a run looks at no letter is put: else somebody's first one of the
    day would tell of a part.
    """
    found = store.near(session, now=now, limit=AT_ONCE)
    if found:
        audience = Audience(_watchers(session, rulebook, unit))
        to_tell = [(issue, person) for issue in found for person in audience.of(issue)]
        store.note(session, found, to_tell, now=now)
    zone = rulebook.directory.zone(unit)
    if len(found) == AT_ONCE or rulebook.norms.quiet.next_moment(now, zone) > now:
        return 0
    readers = store.waiting_people(session, not_since=now - EVERY, now=now)
    if readers:
        outbox.put_warnings(session, readers, now=now)
        store.hand_over(session, readers, now=now)
    return len(readers)


def digest_of(session: Session, rulebook: Rulebook, *, unit: str, message: Claimed) -> Digest:
    """What a letter put for somebody tells at this moment: only of issues that stand as they did,
    that its reader still sees, and nothing at all to whoever has left or wants no letters."""
    rows = tuple(store.told_by(session, message.id))
    reader = people.by_id(session, message.person_id or 0)
    if reader is None or reader.disabled_at or not (reader.email and reader.deadline_letters):
        return Digest(untold=rows)
    access = _access(reader, people.grants_of(session, reader.id), rulebook, unit)
    told = tuple(one for one in rows if one.stands and access is not None and access.sees(one))
    kept = {one.id for one in told}
    return Digest(told, tuple(one for one in rows if one.id not in kept), reader.email)


def _watchers(session: Session, rulebook: Rulebook, unit: str) -> list[Watcher]:
    grants = people.every_grant(session)
    return [
        Watcher(person.id, access, person.deadline_letters)
        for person in store.watching(session)
        if (access := _access(person, grants.get(person.id, ()), rulebook, unit)) is not None
    ]


def _access(
    person: Person, grants: Sequence[Grant], rulebook: Rulebook, unit: str
) -> Access | None:
    """None for whoever reads no issues."""
    actor = Actor(person.login, person.post, rulebook.roles.permits(grants), person=person.id)
    return Access(actor, rulebook, unit) if actor.may(Right.ISSUES_READ) else None
