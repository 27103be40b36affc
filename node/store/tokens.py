"""API tokens and browser sessions, and who stands behind them; only hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    String,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.errors import Conflict
from node.store.base import Base, Instant
from node.store.people import Person


class TokenNameTaken(Conflict):
    """Токен с таким именем уже есть: выберите другое имя."""


class ApiToken(Base, kw_only=True):
    """`person_id` None: a token of the node itself, that may do everything."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True, default=None)


class WebSession(Base, kw_only=True):
    """A signed-in browser: of a person, or of whoever holds a token of the node."""

    __tablename__ = "web_session"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the cookie's value
    token_id: Mapped[int | None] = mapped_column(
        ForeignKey("api_token.id"), index=True, default=None
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True, default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


def digest(secret: str) -> str:
    """How a secret is kept: tokens are 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_token(session: Session, *, name: str, now: datetime, person_id: int | None = None) -> str:
    """Make a token for a name and return its secret, which is shown once. TokenNameTaken."""
    if session.scalars(select(ApiToken).where(ApiToken.name == name)).first():
        raise TokenNameTaken(f"Токен с именем {name!r} уже есть: назовите новый иначе.")
    secret = f"cur_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(name=name, sha256=digest(secret), created_at=now, person_id=person_id))
    session.flush()
    return secret


def revoke_token(
    session: Session, *, name: str, now: datetime, person_id: int | None = None
) -> bool:
    """Revoke a token and end its sessions; False when there is none of that name in force.

    `person_id`: only a token of this person; None: any.
    """
    query = select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    token = session.scalars(query).first()
    if token is None:
        return False
    token.revoked_at = now
    session.execute(delete(WebSession).where(WebSession.token_id == token.id))
    return True


def tokens_of(session: Session, person_id: int) -> Sequence[ApiToken]:
    """A person's tokens in force, the newest first."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    ).all()


def name_of_token(session: Session, secret: str) -> str | None:
    """The name of a token in force."""
    holder = by_token(session, secret)
    return holder.token if holder else None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands behind a token or a session: a person, or a token of the node itself.

    `session`: the browser's, None for a bearer token.
    """

    person: Person | None
    token: str | None
    session: WebSession | None = None


def by_token(session: Session, secret: str) -> Holder | None:
    """One query. None: no such token, revoked, or its person is disabled."""
    row = session.execute(_BY_TOKEN, {"sha256": digest(secret)}).first()
    return Holder(row[1], row[0]) if row else None


def by_session(session: Session, cookie: str, now: datetime) -> Holder | None:
    """One query. None: no such session, over, its token revoked or its person disabled."""
    row = session.execute(
        select(WebSession, ApiToken.name, Person)
        .outerjoin(ApiToken, ApiToken.id == WebSession.token_id)
        .outerjoin(Person, Person.id == func.coalesce(WebSession.person_id, ApiToken.person_id))
        .where(WebSession.sha256 == digest(cookie), WebSession.expires_at > now, _in_force())
    ).first()
    return Holder(row[2], row[1], row[0]) if row else None


def _in_force() -> ColumnElement[bool]:
    # Of a row joined from outside and not there, both are null.
    return and_(ApiToken.revoked_at.is_(None), Person.disabled_at.is_(None))


# Built once: every request of a program asks who it is.
_BY_TOKEN = (
    select(ApiToken.name, Person)
    .outerjoin(Person, Person.id == ApiToken.person_id)
    .where(ApiToken.sha256 == bindparam("sha256"), _in_force())
)


def open_session(session: Session, holder: Holder, *, now: datetime, until: datetime) -> str:
    """A new session's cookie value. Sessions that are over are forgotten on the way."""
    token = None
    if holder.token is not None:
        token = session.scalar(select(ApiToken.id).where(ApiToken.name == holder.token))
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))
    cookie = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            sha256=digest(cookie),
            token_id=token,
            person_id=holder.person.id if holder.person and token is None else None,
            created_at=now,
            expires_at=until,
        )
    )
    session.flush()
    return cookie


def prolong_session(session: Session, sha256: str, *, until: datetime) -> None:
    session.execute(update(WebSession).where(WebSession.sha256 == sha256).values(expires_at=until))


def close_session(session: Session, cookie: str) -> None:
    session.execute(delete(WebSession).where(WebSession.sha256 == digest(cookie)))


def close_sessions_of(session: Session, person_id: int) -> None:
    """Every session of a person, in whatever browser, also those opened with their tokens."""
    owned = select(ApiToken.id).where(ApiToken.person_id == person_id)
    session.execute(
        delete(WebSession).where(
            or_(WebSession.person_id == person_id, WebSession.token_id.in_(owned))
        )
    )


def sessions_of(session: Session, person_id: int, now: datetime) -> Sequence[WebSession]:
    """The open sessions of a person, the newest first."""
    owned = select(ApiToken.id).where(ApiToken.person_id == person_id)
    return session.scalars(
        select(WebSession)
        .where(
            or_(WebSession.person_id == person_id, WebSession.token_id.in_(owned)),
            WebSession.expires_at > now,
        )
        .order_by(WebSession.created_at.desc(), WebSession.sha256)
    ).all()
