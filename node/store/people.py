"""People of this node: who they are, what they may do here, how they sign in.

Staff, never residents. Passwords are kept as argon2 hashes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.people import LOGIN
from node.store.base import Base, Instant


class Person(Base, kw_only=True):
    """`login` in lower case. `post` is what leaves the node in a person's place.

    `password` is an argon2 hash, None for whoever signs in by OIDC alone; `subject` is the OIDC
    provider's name for the person.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    post: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200), default=None)
    deadline_letters: Mapped[bool] = mapped_column(default=True)  # is warned by mail of deadlines
    password: Mapped[str | None] = mapped_column(String(200), default=None)
    subject: Mapped[str | None] = mapped_column(String(255), unique=True, default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    failures: Mapped[int] = mapped_column(default=0)  # wrong passwords in a row
    locked_until: Mapped[datetime | None] = mapped_column(Instant, default=None)


class Grant(Base, kw_only=True):
    """A role given to a person, and where it holds. Empty lists mean no limit of that kind."""

    __tablename__ = "person_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "unit"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(64))
    unit: Mapped[str] = mapped_column(String(64))
    agencies: Mapped[list[Any]]
    sectors: Mapped[list[Any]]
    bodies: Mapped[list[Any]]
    given_at: Mapped[datetime] = mapped_column(Instant)


class SignInAttempt(Base, kw_only=True):
    """A refused sign-in, for the lockout of a network address; forgotten after a day."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    address: Mapped[str] = mapped_column(String(64))  # keyed hash of the network address
    at: Mapped[datetime] = mapped_column(Instant)


def by_login(session: Session, login: str) -> Person | None:
    """None also for what can be nobody's login: PostgreSQL would stumble over some of it."""
    if not LOGIN.fullmatch(login):
        return None
    return session.scalars(select(Person).where(Person.login == login)).first()


def by_id(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def by_subject(session: Session, subject: str) -> Person | None:
    return session.scalars(select(Person).where(Person.subject == subject)).first()


def by_email(session: Session, email: str) -> Person | None:
    """None also where several have it: a shared mailbox is nobody's proof."""
    if not email.isprintable():
        return None
    found = session.scalars(select(Person).where(Person.email == email).limit(2)).all()
    return found[0] if len(found) == 1 else None


def are_any(session: Session) -> bool:
    """Whether anybody has ever been entered."""
    return session.execute(select(Person.id).limit(1)).first() is not None


def listed(session: Session) -> Sequence[Person]:
    """Everybody, by name."""
    return session.scalars(select(Person).order_by(Person.name, Person.id)).all()


_GRANTS = select(Grant).where(Grant.person_id == bindparam("person_id")).order_by(Grant.id)


def grants_of(session: Session, person_id: int) -> Sequence[Grant]:
    """What a person has been given, the first given first."""
    return session.scalars(_GRANTS, {"person_id": person_id}).all()


def every_grant(session: Session) -> dict[int, list[Grant]]:
    """Grants by person, in one query."""
    found: dict[int, list[Grant]] = {}
    for grant in session.scalars(select(Grant).order_by(Grant.id)):
        found.setdefault(grant.person_id, []).append(grant)
    return found


def locked_row(session: Session, person_id: int) -> Person:
    """The row as it is now, held until the transaction ends: failures are counted one by one."""
    return session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def note_refusal(session: Session, *, address: str, now: datetime) -> None:
    session.add(SignInAttempt(address=address, at=now))
    session.flush()


def refusals_of(session: Session, address: str, *, since: datetime) -> tuple[int, datetime | None]:
    """How many sign-ins from an address were refused, and when the first of them was."""
    count, first = session.execute(
        select(func.count(), func.min(SignInAttempt.at)).where(
            SignInAttempt.address == address, SignInAttempt.at > since
        )
    ).one()
    return count, first


def forget_refusals(session: Session, *, before: datetime) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < before))
