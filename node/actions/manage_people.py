"""Enter people, give and take roles, end access. What is asked of an administrator of a unit.

Whoever manages people of a unit gives roles there and below, and touches only people all of whose
roles are there: else the administrator of a town could set a new password for the region's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.people import (
    NewGrant,
    Profile,
    checked_grant,
    checked_login,
    checked_profile,
    normal_login,
)
from node.domain.rights import Actor, NoRight, Right
from node.domain.rulebook import Rulebook
from node.store import journal, people, tokens
from node.store.people import Grant, Person


class LoginTaken(Conflict):
    """Человек с таким логином уже есть: выберите другой логин."""


class NoSuchPerson(NotFound):
    """Человека с таким логином на этом узле нет: проверьте логин (`cur people list`)."""


class NotYourself(Conflict):
    """Самого себя отключить нельзя: попросите другого администратора."""


def add_person(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    login: str,
    profile: Profile,
    grants: Sequence[NewGrant],
    password_hash: str | None,
    actor: Actor,
    now: datetime,
) -> Person:
    """Enter somebody with their first roles. Invalid names every wrong field; LoginTaken.

    `password_hash` as `Passwords.hashed` makes it; None: signs in by the corporate way only.
    """
    actor.require(Right.PEOPLE_MANAGE)
    login, profile = checked_login(login), checked_profile(profile)
    if not grants:
        raise Invalid(Fault("role", "назовите хотя бы одну роль: без роли делать нечего"))
    if people.by_login(session, login) is not None:
        raise LoginTaken(f"Человек с логином «{login}» уже есть: выберите другой логин.")
    person = Person(
        login=login,
        name=profile.name,
        post=profile.post,
        email=profile.email,
        password=password_hash,
        created_at=now,
    )
    session.add(person)
    session.flush()
    for grant in grants:
        _give(session, rulebook, me, person, grant, actor, now)
    journal.write(session, action="person_added", subject=login, actor=actor.name, now=now)
    return person


def edit_person(
    session: Session, *, login: str, profile: Profile, actor: Actor, now: datetime
) -> None:
    """Another name, post or mail address. Invalid, NoSuchPerson."""
    person = managed(session, login, actor)
    checked = checked_profile(profile)
    person.name, person.post, person.email = checked.name, checked.post, checked.email
    session.flush()
    journal.write(session, action="person_edited", subject=person.login, actor=actor.name, now=now)


def grant_role(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    login: str,
    grant: NewGrant,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a role; where it is given already, its limits are set anew. Invalid, NoSuchPerson."""
    person = managed(session, login, actor)
    given = _give(session, rulebook, me, person, grant, actor, now)
    journal.write(
        session,
        action="role_granted",
        subject=person.login,
        actor=actor.name,
        now=now,
        role=given.role,
        unit=given.unit,
        agencies=",".join(given.agencies),
        sectors=",".join(given.sectors),
        bodies=",".join(given.bodies),
    )


def revoke_role(
    session: Session, *, login: str, role: str, unit: str, actor: Actor, now: datetime
) -> None:
    """Take a role back; it ends with the next request. NotFound where it was not given."""
    person = managed(session, login, actor)
    given = [
        grant
        for grant in people.grants_of(session, person.id)
        if (grant.role, grant.unit) == (role, unit)
    ]
    if not given:
        raise NotFound(f"Роли «{role[:80]}» на территории {unit[:80]} у «{person.login}» нет.")
    session.delete(given[0])
    session.flush()
    journal.write(
        session,
        action="role_revoked",
        subject=person.login,
        actor=actor.name,
        now=now,
        role=role,
        unit=unit,
    )


def disable_person(session: Session, *, login: str, actor: Actor, now: datetime) -> None:
    """End all access at once: sessions are closed, tokens rest. NotYourself."""
    person = managed(session, login, actor)
    if actor.person == person.id:
        raise NotYourself
    person.disabled_at = person.disabled_at or now
    tokens.close_sessions_of(session, person.id)
    journal.write(
        session, action="person_disabled", subject=person.login, actor=actor.name, now=now
    )


def enable_person(session: Session, *, login: str, actor: Actor, now: datetime) -> None:
    """Let somebody in again, with the roles and tokens they had."""
    person = managed(session, login, actor)
    person.disabled_at = None
    session.flush()
    journal.write(session, action="person_enabled", subject=person.login, actor=actor.name, now=now)


def unlock_person(session: Session, *, login: str, actor: Actor, now: datetime) -> None:
    """Forget the wrong passwords of a login."""
    person = managed(session, login, actor)
    person.failures, person.locked_until = 0, None
    session.flush()
    journal.write(
        session, action="person_unlocked", subject=person.login, actor=actor.name, now=now
    )


def reset_password(
    session: Session, *, login: str, password_hash: str, actor: Actor, now: datetime
) -> None:
    """A new password given by an administrator; all sessions end and the lock with them."""
    person = managed(session, login, actor)
    person.password, person.failures, person.locked_until = password_hash, 0, None
    tokens.close_sessions_of(session, person.id)
    journal.write(session, action="password_reset", subject=person.login, actor=actor.name, now=now)


def managed(session: Session, login: str, actor: Actor) -> Person:
    """Somebody the actor manages. NoSuchPerson, NoRight."""
    actor.require(Right.PEOPLE_MANAGE)
    person = people.by_login(session, normal_login(login))
    if person is None:
        raise NoSuchPerson
    if not manages(actor, people.grants_of(session, person.id)):
        raise NoRight
    return person


def manages(actor: Actor, grants: Sequence[Grant]) -> bool:
    """Whether every role of a person lies where the actor manages people."""
    return actor.may(Right.PEOPLE_MANAGE) and all(
        actor.may(Right.PEOPLE_MANAGE, unit=grant.unit) for grant in grants
    )


def _give(
    session: Session,
    rulebook: Rulebook,
    me: str,
    person: Person,
    grant: NewGrant,
    actor: Actor,
    now: datetime,
) -> Grant:
    checked = checked_grant(grant, rulebook, me)
    actor.require(Right.PEOPLE_MANAGE, unit=checked.unit)
    limits = {
        "agencies": list(checked.agencies),
        "sectors": list(checked.sectors),
        "bodies": list(checked.bodies),
    }
    for given in people.grants_of(session, person.id):
        if (given.role, given.unit) == (checked.role, checked.unit):
            for name, codes in limits.items():
                setattr(given, name, codes)
            given.given_at = now
            session.flush()
            return given
    made = Grant(person_id=person.id, role=checked.role, unit=checked.unit, given_at=now, **limits)
    session.add(made)
    session.flush()
    return made
