"""A node behind its web application, asked without sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient
from pydantic import SecretStr

from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.settings import Alerts, DatabaseSettings, Oidc, Settings, Web
from node.store import tokens
from node.store.passwords import Passwords
from node.web.app import create_app
from tests.support.appeals import NOW, UNIT, the_rulebook

URL = "https://cur.example"
# The least argon2 can be asked for: what a password costs is measured nowhere.
CHEAP = Passwords(memory_kib=32, passes=1)


@contextmanager
def a_node(
    folder: Path,
    database_url: str,
    *,
    unit: str = UNIT,
    oidc: Oidc | None = None,
    alerts: Alerts | None = None,
    provider_transport: object | None = None,
) -> Iterator[Node]:
    """The node of a unit on an empty database that has its tables, on a clock that stands still."""
    node = build(
        Settings(
            unit=unit,
            data=folder / "data",
            web=Web(public_url=URL),
            database=DatabaseSettings(url=SecretStr(database_url)),
            oidc=oidc or Oidc(),
            alerts=alerts or Alerts(),
        ),
        rulebook=the_rulebook(),
        clock=FrozenClock(NOW),
        provider_transport=provider_transport,
        synchronous="OFF",
        passwords=CHEAP,
    )
    try:
        yield node
    finally:
        node.close()


@contextmanager
def a_client(node: Node, *, signed_in: bool = True) -> Iterator[TestClient]:
    """A client that holds a token, or an unknown visitor. Redirects are not followed."""
    headers = {}
    if signed_in:
        with node.transaction() as session:
            secret = tokens.add_token(session, name="operator", now=node.clock())
        headers["Authorization"] = f"Bearer {secret}"
    with TestClient(
        create_app(node),
        base_url=URL,
        headers=headers,
        follow_redirects=False,
        raise_server_exceptions=False,
    ) as client:
        yield client
