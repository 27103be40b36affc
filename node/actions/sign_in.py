"""Sign in by password: what is known before the password is compared, and what follows from it.

Comparing takes a tenth of a second and 64 MiB and is done by the caller in between, outside any
transaction. The answer is the same for an unknown login, a wrong password, a locked and a disabled
person, and so is the time it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.orm import Session

from node.domain.errors import DomainError, Fault, Forbidden, Invalid
from node.domain.people import checked_password, locked_until, normal_login
from node.domain.rights import Actor
from node.store import journal, people, tokens
from node.store.people import Person
from node.store.tokens import Holder

# Of one network address, in any login: whoever tries one password on everybody.
REFUSALS = 50
WINDOW = timedelta(minutes=15)


class SignInRefused(DomainError):
    """Логин или пароль не подходят."""

    kind = "unauthorized"


class TooManyRefusals(DomainError):
    """Слишком много попыток входа. Подождите и попробуйте снова."""

    kind = "too_often"

    def __init__(self, retry_after: timedelta) -> None:
        self.seconds = max(1, ceil(retry_after / timedelta(seconds=1)))
        super().__init__()

    @property
    def minutes(self) -> int:
        """As a person is told to wait: rounded up."""
        return ceil(self.seconds / 60)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a sign-in is compared with. `password` None: nothing fits."""

    login: str
    person_id: int | None = None
    password: str | None = None


def candidate(session: Session, *, login: str, address: str, now: datetime) -> Candidate:
    """TooManyRefusals for an address with too many of them lately."""
    count, first = people.refusals_of(session, address, since=now - WINDOW)
    if count >= REFUSALS and first is not None:
        raise TooManyRefusals(first + WINDOW - now)
    name = normal_login(login)
    person = people.by_login(session, name)
    if person is None:
        return Candidate(name[:64])
    return Candidate(person.login, person.id, person.password)


def sign_in(
    session: Session,
    *,
    compared: Candidate,
    fits: bool,
    address: str,
    rehashed: str | None,
    now: datetime,
    until: datetime,
) -> str | None:
    """The cookie of a new session, or None; a refusal is counted in the same transaction.

    `rehashed`: the same password at today's cost, when it was stored at another.
    """
    if compared.person_id is not None:
        person = people.locked_row(session, compared.person_id)
        locked = person.locked_until is not None and person.locked_until > now
        # A password changed while it was compared is a wrong one.
        right = fits and person.password == compared.password
        if right and not locked and person.disabled_at is None:
            person.failures, person.locked_until = 0, None
            person.password = rehashed or person.password
            cookie = tokens.open_session(session, Holder(person, None), now=now, until=until)
            journal.write(
                session, action="signed_in", subject=person.login, actor=person.login, now=now
            )
            return cookie
        if not right and not locked:
            person.failures += 1
            person.locked_until = locked_until(person.failures, now)
            if person.locked_until is not None:
                journal.write(
                    session, action="login_locked", subject=person.login, actor="cur", now=now
                )
    people.note_refusal(session, address=address, now=now)
    return None


class NotKnownHere(Forbidden):
    """Вход подтверждён, но на этом узле вас нет или доступ отключён: спросите администратора."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is by the word of the provider: a name for ever, and what may recognise them
    the first time. None: the provider does not vouch for it."""

    subject: str
    login: str | None
    email: str | None


def sign_in_by_provider(session: Session, *, proven: Proven, now: datetime, until: datetime) -> str:
    """The cookie of a new session for a person entered here before. NotKnownHere.

    The first time a person is recognised by login or mail address, and only if both that are given
    lead to the same one; from then on by the subject alone, whatever they are called.
    """
    person = people.by_subject(session, proven.subject) or _recognised(session, proven)
    if person is None or person.disabled_at is not None:
        raise NotKnownHere
    if person.subject is None:
        person.subject = proven.subject
        journal.write(
            session, action="provider_linked", subject=person.login, actor=person.login, now=now
        )
    cookie = tokens.open_session(session, Holder(person, None), now=now, until=until)
    journal.write(
        session,
        action="signed_in",
        subject=person.login,
        actor=person.login,
        now=now,
        by="provider",
    )
    return cookie


def _recognised(session: Session, proven: Proven) -> Person | None:
    found = []
    if proven.login:
        found.append(people.by_login(session, normal_login(proven.login)))
    if proven.email:
        found.append(people.by_email(session, proven.email.lower()))
    known = {person.id: person for person in found if person is not None}
    if len(known) != 1:
        return None
    [person] = known.values()
    # Somebody linked already is known by that name only: else a mailbox passed on at the provider
    # would take its former owner's place here.
    return person if person.subject is None else None


def sign_out_everywhere(session: Session, *, actor: Actor, now: datetime) -> None:
    """End every session of the person who asks."""
    tokens.close_sessions_of(session, _person(actor))
    journal.write(
        session, action="signed_out_everywhere", subject=actor.name, actor=actor.name, now=now
    )


def change_password(
    session: Session,
    *,
    stored: str | None,
    fits: bool,
    hashed: str,
    actor: Actor,
    now: datetime,
    until: datetime,
) -> str:
    """Set a new password of one's own and end all sessions; the cookie of the only one left.

    Invalid when the present password is not right: an open browser alone must not take a person's
    account over. How often it may be guessed is limited by the caller, as at the door.
    """
    person = people.locked_row(session, _person(actor))
    if not fits or person.password != stored:
        raise Invalid(Fault("current", "нынешний пароль не подходит"))
    person.password, person.failures, person.locked_until = hashed, 0, None
    tokens.close_sessions_of(session, person.id)
    cookie = tokens.open_session(session, Holder(person, None), now=now, until=until)
    journal.write(session, action="password_changed", subject=actor.name, actor=actor.name, now=now)
    return cookie


def check_new_password(password: str, again: str, *, login: str) -> str:
    """Invalid names the field."""
    if password != again:
        raise Invalid(Fault("again", "пароли не совпадают: наберите новый ещё раз"))
    return checked_password(password, login=login)


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid(Fault("login", "вы вошли по токену узла: у него нет пароля и своих сеансов"))
    return actor.person
