"""Who asks: a bearer token, or the cookie of a session that a sign-in has opened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from fastapi import Request, Response

from node.actions import sign_in as door
from node.actions.sign_in import Proven, SignInRefused, TooManyRefusals
from node.bootstrap import Node
from node.domain.errors import DomainError
from node.domain.people import normal_login
from node.domain.rights import Actor, unlimited
from node.store import people, tokens
from node.store.session import Session
from node.store.tokens import Holder, WebSession
from node.web.address import address_of, keyed
from node.web.turnstile import Turnstile

# A session is prolonged at most so often: not every request has to write.
PROLONG = timedelta(minutes=5)


class NotSignedIn(DomainError):
    """Нужен токен доступа: заголовок «Authorization: Bearer …» или вход на странице /sign-in."""

    kind: ClassVar[str] = "unauthorized"


class GoToSignIn(Exception):
    """A browser without a session asked for a page: it is sent to the sign-in form."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.location = f"/sign-in?next={quote(back, safe='/')}"


class Brakes:
    """How often a password is compared at all: of one login, and from one address, where a whole
    office may stand behind one."""

    def __init__(self) -> None:
        self.logins = Turnstile(times=10, window=timedelta(minutes=5))
        self.addresses = Turnstile(times=60, window=timedelta(minutes=1))
        self.states = Turnstile(times=1, window=timedelta(minutes=10))  # of sign-ins by a provider
        self.uploads = Turnstile(times=60, window=timedelta(minutes=10))  # files of residents

    def pass_through(self, login: str, address: str, now: datetime) -> None:
        """TooManyRefusals."""
        for turnstile, key in ((self.addresses, address), (self.logins, login)):
            wait = turnstile.admit(key, now)
            if wait is not None:
                raise TooManyRefusals(wait)


def cookie_name(node: Node) -> str:
    """`__Host-` binds the cookie to this host; browsers refuse that prefix without https."""
    return "__Host-cur" if node.url.startswith("https://") else "cur_session"


def cookie_of(node: Node, request: Request) -> str:
    return request.cookies.get(cookie_name(node), "")


def actor(request: Request, node: Node, *, page: bool = False, prolong: bool = True) -> Actor:
    """Who is behind a request, in two queries. NotSignedIn, or GoToSignIn for a page.

    `prolong` False: what an open page asks by itself, which keeps nobody signed in.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = cookie_of(node, request)
    found = None
    now = node.clock()
    if scheme.lower() == "bearer" and token:
        with node.database.glance() as session:
            holder = tokens.by_token(session, token.strip())
            found = actor_of(node, session, holder) if holder else None
    elif cookie:
        with node.database.glance() as session:
            holder = tokens.by_session(session, cookie, now)
            found = actor_of(node, session, holder) if holder else None
        if prolong and holder is not None and holder.session is not None:
            _prolong(node, holder.session, now)
    if found is None:
        if page and not token:
            query = f"?{request.url.query}" if request.url.query else ""
            raise GoToSignIn(request.url.path + query)
        raise NotSignedIn
    request.state.actor = found  # also a page of an error knows who is signed in
    return found


def actor_of(node: Node, session: Session, holder: Holder) -> Actor:
    """A person with the rights of this moment; whoever holds a token of the node may do all."""
    if holder.person is None:
        return unlimited(holder.token or "", node.code)
    rulebook = node.rulebook
    return Actor(
        holder.person.login,
        holder.person.post,
        rulebook.roles.permits(people.grants_of(session, holder.person.id)),
        person=holder.person.id,
        within=rulebook.directory.is_within,
    )


def sign_in(node: Node, token: str) -> str | None:
    """Open a session for a token; the cookie's value, or None when the token is not known."""
    now = node.clock()
    with node.transaction() as session:
        holder = tokens.by_token(session, token.strip())
        if holder is None:
            return None
        return tokens.open_session(session, holder, now=now, until=_until(node, now, now))


def sign_in_person(
    node: Node, request: Request, brakes: Brakes, *, login: str, password: str
) -> str:
    """Open a session for a person; the cookie's value. SignInRefused, TooManyRefusals."""
    now, address = node.clock(), address_of(request, node.settings.web.proxies)
    brakes.pass_through(normal_login(login), address, now)
    stored = keyed(node, address)
    with node.reading() as session:
        compared = door.candidate(session, login=login, address=stored, now=now)
    fits = node.passwords.fits(compared.password, password)
    rehashed = None
    if fits and compared.password and node.passwords.is_outdated(compared.password):
        rehashed = node.passwords.hashed(password)
    with node.transaction() as session:
        cookie = door.sign_in(
            session,
            compared=compared,
            fits=fits,
            address=stored,
            rehashed=rehashed,
            now=now,
            until=_until(node, now, now),
        )
    if cookie is None:
        raise SignInRefused
    brakes.logins.forget(compared.login)
    return cookie


def sign_in_proven(node: Node, proven: Proven) -> str:
    """Open a session for whom the provider vouches; the cookie's value. NotKnownHere."""
    now = node.clock()
    with node.transaction() as session:
        until = _until(node, now, now)
        return door.sign_in_by_provider(session, proven=proven, now=now, until=until)


def change_password(
    node: Node, request: Request, brakes: Brakes, who: Actor, *, current: str, password: str
) -> str:
    """Set one's own new password, already checked; the cookie of the one session that is left.

    Invalid, TooManyRefusals.
    """
    now = node.clock()
    brakes.pass_through(who.name, address_of(request, node.settings.web.proxies), now)
    with node.reading() as session:
        person = people.by_login(session, who.name)
        stored = person.password if person else None
    fits = node.passwords.fits(stored, current)
    hashed = node.passwords.hashed(password) if fits else ""
    with node.transaction() as session:
        return door.change_password(
            session,
            stored=stored,
            fits=fits,
            hashed=hashed,
            actor=who,
            now=now,
            until=_until(node, now, now),
        )


def sign_out(node: Node, request: Request) -> None:
    """End the session of this browser."""
    with node.transaction() as session:
        tokens.close_session(session, cookie_of(node, request))


def set_cookie(node: Node, response: Response, value: str) -> None:
    response.set_cookie(
        cookie_name(node),
        value,
        max_age=node.settings.sign_in.hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=node.url.startswith("https://"),
    )


def clear_cookie(node: Node, response: Response) -> None:
    response.delete_cookie(
        cookie_name(node), path="/", httponly=True, secure=node.url.startswith("https://")
    )


def _until(node: Node, now: datetime, opened_at: datetime) -> datetime:
    """When a session used now is over: idle for too long, or open for too long."""
    plain = node.settings.sign_in
    return min(
        now + timedelta(minutes=plain.idle_minutes), opened_at + timedelta(hours=plain.hours)
    )


def _prolong(node: Node, session: WebSession, now: datetime) -> None:
    until = _until(node, now, session.created_at)
    if until - session.expires_at >= PROLONG:
        with node.transaction() as writing:
            tokens.prolong_session(writing, session.sha256, until=until)
