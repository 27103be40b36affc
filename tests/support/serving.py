"""An ASGI application behind a real socket on the loopback, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket whose port is known before anybody serves on it."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@contextmanager
def served(app: ASGIApp, at: socket.socket) -> Iterator[None]:
    """Serve until the block ends; every started answer is finished first."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
