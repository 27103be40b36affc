"""A mail server on the loopback address that does what a test tells it, and a node that uses it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.settings import Alerts, DatabaseSettings, Operator, Settings, Smtp, Web
from tests.support.appeals import NOW, UNIT, the_rulebook

SENDER = "cur@murman.example"
URL = "https://cur.example"
OK = "250 2.0.0 Ok: queued"


@dataclass
class Received:
    """One message as it arrived. `connection`: the number of the connection it came by."""

    message: EmailMessage
    to: list[str]
    connection: int

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class Post:
    """What arrived, and how to answer. `recipients`: address → answer; `content`: answers to the
    next messages, in turn, or «drop» (the connection), «hang» (no answer)."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    content: deque[str] = field(default_factory=deque)
    sender: str | None = None
    connections: int = 0
    close_after: int | None = None  # so many messages in one connection

    @property
    def to(self) -> list[str]:
        return [address for one in self.received for address in one.to]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        session.number = self.connections  # type: ignore[attr-defined]
        session.messages = 0  # type: ignore[attr-defined]
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender is not None:
            return self.sender
        if self.close_after is not None and session.messages >= self.close_after:  # type: ignore[attr-defined]
            _drop(server)
            return OK
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return OK

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address, OK)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.content.popleft() if self.content else OK
        if answer == "hang":
            await asyncio.sleep(2)
            return OK
        if answer == "drop":
            _drop(server)
            return OK
        if answer.startswith("2"):
            session.messages += 1  # type: ignore[attr-defined]
            parsed = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
            assert isinstance(parsed, EmailMessage)
            number: int = session.number  # type: ignore[attr-defined]
            self.received.append(Received(parsed, list(envelope.rcpt_tos), number))
        return answer


def _drop(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@contextmanager
def a_post(
    *, tls: SSLContext | None = None, login: tuple[str, str] | None = None, smtputf8: bool = False
) -> Iterator[Post]:
    """A mail server at work. `tls`: it offers STARTTLS. `login`: the name and password it wants."""
    post = Post()

    def allowed(*words: object) -> AuthResult:
        data = words[-1]
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=False)

    wants: dict[str, Any] = {}
    if login is not None:
        wants = {
            "authenticator": allowed,
            "auth_required": True,
            "auth_require_tls": tls is not None,
        }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        post.port = free.getsockname()[1]
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        enable_SMTPUTF8=smtputf8,
        tls_context=tls,
        **wants,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@contextmanager
def a_mailing_node(
    folder: Path,
    database_url: str,
    port: int | None,
    *,
    duty: str = "",
    timeout: float = 5.0,
    clock: FrozenClock | None = None,
) -> Iterator[Node]:
    """A node with its tables that sends mail to a server on this machine; without a port none."""
    smtp = Smtp()
    if port is not None:
        smtp = Smtp(host="127.0.0.1", port=port, tls="none", sender=SENDER, timeout=timeout)
    node = build(
        Settings(
            unit=UNIT,
            data=folder / "data",
            web=Web(public_url=URL),
            database=DatabaseSettings(url=SecretStr(database_url)),
            smtp=smtp,
            alerts=Alerts(duty=duty),
            operator=Operator(email="operator@murman.example"),
        ),
        rulebook=the_rulebook(),
        clock=clock or FrozenClock(NOW),
        synchronous="OFF",
    )
    try:
        yield node
    finally:
        node.close()
