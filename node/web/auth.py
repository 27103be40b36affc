"""Who asks: a bearer token, or the session cookie a sign-in with that token has set."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote

from fastapi import Request, Response

from node.bootstrap import Node
from node.domain.errors import DomainError
from node.domain.rights import Actor, unlimited
from node.store import tokens

SESSION_TERM = timedelta(hours=12)


class NotSignedIn(DomainError):
    """Нужен токен доступа: заголовок «Authorization: Bearer …» или вход на странице /sign-in."""

    kind: ClassVar[str] = "unauthorized"


class GoToSignIn(Exception):
    """A browser without a session asked for a page: it is sent to the sign-in form."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.location = f"/sign-in?next={quote(back, safe='/')}"


def cookie_name(node: Node) -> str:
    """`__Host-` binds the cookie to this host; browsers refuse that prefix without https."""
    return "__Host-cur" if node.url.startswith("https://") else "cur_session"


def actor(request: Request, node: Node, *, page: bool = False) -> Actor:
    """Who is behind a request. NotSignedIn, or GoToSignIn for a page."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(cookie_name(node), "")
    name = None
    now = node.clock()
    if scheme.lower() == "bearer" and token:
        with node.reading() as session:
            name = tokens.name_of_token(session, token.strip())
    elif cookie:
        with node.reading() as session:
            name = tokens.name_of_session(session, cookie, now)
    if name is None:
        if page and not token:
            query = f"?{request.url.query}" if request.url.query else ""
            raise GoToSignIn(request.url.path + query)
        raise NotSignedIn
    found = unlimited(name, node.code)
    request.state.actor = found  # also a page of an error knows who is signed in
    return found


def sign_in(node: Node, token: str) -> str | None:
    """Open a session for a token; the cookie's value, or None when the token is not known."""
    now = node.clock()
    with node.transaction() as session:
        return tokens.open_session(session, token.strip(), now=now, until=now + SESSION_TERM)


def sign_out(node: Node, request: Request) -> None:
    """End the session of this browser."""
    with node.transaction() as session:
        tokens.close_session(session, request.cookies.get(cookie_name(node), ""))


def set_cookie(node: Node, response: Response, value: str) -> None:
    response.set_cookie(
        cookie_name(node),
        value,
        max_age=int(SESSION_TERM.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=node.url.startswith("https://"),
    )


def clear_cookie(node: Node, response: Response) -> None:
    response.delete_cookie(
        cookie_name(node), path="/", httponly=True, secure=node.url.startswith("https://")
    )
