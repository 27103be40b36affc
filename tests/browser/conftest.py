"""A real browser before real nodes. Without a Chromium these tests skip, saying how to get one."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.reference import load_rulebook
from node.settings import Settings, Web
from node.store import tokens
from node.store.tables import Base
from node.web import auth
from node.web.app import create_app
from tests.support.appeals import NOW
from tests.support.figures import fill

CHROMIUM = os.environ.get("CUR_CHROMIUM") or shutil.which("chromium") or ""
HOW_TO_GET_IT = (
    "no Chromium: apt-get install -y --no-install-recommends chromium fonts-dejavu-core, "
    "or set CUR_CHROMIUM to its path"
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 20


@dataclass(frozen=True)
class Served:
    """A node listening on a loopback port, a token for it and the cookie of an open session."""

    node: Node
    url: str
    token: str
    session: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Start a node of a unit with figures of `leaves` (of every leaf below it when none)."""
    running: list[tuple[uvicorn.Server, threading.Thread, Node]] = []

    def start(unit: str, *leaves: str) -> Served:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        node = _node(tmp_path_factory.mktemp(unit), unit, port, leaves)
        with node.transaction() as session:
            token = tokens.add_token(session, name="reader", now=node.clock())
        server = uvicorn.Server(
            uvicorn.Config(create_app(node), log_level="error", lifespan="off", ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive(), "the server stopped while it was starting"
            assert time.monotonic() < deadline, "the server did not start"
            thread.join(0.02)
        running.append((server, thread, node))
        session_cookie = auth.sign_in(node, token)
        assert session_cookie is not None
        return Served(node, f"http://127.0.0.1:{port}", token, session_cookie)

    yield start
    for server, thread, node in running:
        server.should_exit = True
        thread.join(START_SECONDS)
        node.close()


def _node(folder: Path, unit: str, port: int, leaves: tuple[str, ...]) -> Node:
    node = build(
        Settings(unit=unit, data=folder, web=Web(port=port)),
        rulebook=load_rulebook(),
        clock=FrozenClock(NOW),
        synchronous="OFF",
    )
    Base.metadata.create_all(node.database.engine)
    zone = node.rulebook.directory.zone(unit)
    last = NOW.astimezone(zone).date() - timedelta(days=1)
    silent = [(leaf, last) for leaf in leaves[:1]]
    fill(node, last=last, days=15, leaves=leaves, missing=silent)
    return node


@pytest.fixture(scope="session")
def town(serve: Callable[..., Served], browser: Browser) -> Served:  # browser: skip before work
    return serve("47701000")


@pytest.fixture(scope="session")
def country(serve: Callable[..., Served], browser: Browser) -> Served:
    """The top node with figures of a few regions and towns under two districts."""
    return serve("RU", "RU-KGD", "RU-MUR", "47701000", "RU-SMO", "RU-TVE", "RU-MOW")


class Watched:
    """Opens pages and keeps what the browser complained of: console errors, blocked content."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        served: Served,
        path: str = "/top",
        *,
        width: int = 1440,
        scripts: bool = True,
        scheme: str = "light",
        signed_in: bool = True,
    ) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme="dark" if scheme == "dark" else "light",
            locale="ru-RU",
        )
        if signed_in:
            name = auth.cookie_name(served.node)
            context.add_cookies([{"name": name, "value": served.session, "url": served.url}])
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{served.url}{path}")
        return page

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A test that ends with complaints has failed, whatever else it looked at."""
    watching = Watched(browser)
    yield watching
    watching.close()
    assert watching.complaints == []
