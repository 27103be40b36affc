"""People of this node: who they are, what they may do here, how they sign in.

Staff, never residents. Passwords are kept as argon2 hashes only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
    """A refused sign-in, for the lockout and the journal; forgotten after a day."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    address: Mapped[str] = mapped_column(String(64))  # keyed hash of the network address
    at: Mapped[datetime] = mapped_column(Instant)
