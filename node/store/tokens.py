"""API tokens and the browser sessions opened with them; only hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.errors import Conflict
from node.store.base import Base, Instant


class TokenNameTaken(Conflict):
    """A token of that name is there already: choose another name."""


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


def add_token(session: Session, *, name: str, now: datetime) -> str:
    """Make a token for a name and return its secret, which is shown once. TokenNameTaken."""
    if session.scalars(select(ApiToken).where(ApiToken.name == name)).first():
        raise TokenNameTaken(f"A token named {name!r} is there already: choose another name.")
    secret = f"cur_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(name=name, sha256=digest(secret), created_at=now))
    session.flush()
    return secret


def revoke_token(session: Session, *, name: str, now: datetime) -> bool:
    """Revoke a token and end its sessions; False when there is none of that name in force."""
    token = session.scalars(
        select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    ).first()
    if token is None:
        return False
    token.revoked_at = now
    session.execute(delete(WebSession).where(WebSession.token_id == token.id))
    return True


def name_of_token(session: Session, secret: str) -> str | None:
    return session.scalar(
        select(ApiToken.name).where(
            ApiToken.sha256 == digest(secret), ApiToken.revoked_at.is_(None)
        )
    )


def name_of_session(session: Session, cookie: str, now: datetime) -> str | None:
    return session.scalar(
        select(ApiToken.name)
        .join(WebSession, WebSession.token_id == ApiToken.id)
        .where(
            WebSession.sha256 == digest(cookie),
            WebSession.expires_at > now,
            ApiToken.revoked_at.is_(None),
        )
    )


def open_session(session: Session, secret: str, *, now: datetime, until: datetime) -> str | None:
    """A new session's cookie value for a token in force, None for any other."""
    token = session.scalars(
        select(ApiToken).where(ApiToken.sha256 == digest(secret), ApiToken.revoked_at.is_(None))
    ).first()
    if token is None:
        return None
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))
    cookie = secrets.token_urlsafe(32)
    session.add(
        WebSession(sha256=digest(cookie), token_id=token.id, created_at=now, expires_at=until)
    )
    return cookie


def close_session(session: Session, cookie: str) -> None:
    session.execute(delete(WebSession).where(WebSession.sha256 == digest(cookie)))
