"""Real nodes: `cur` in processes of its own, each with a folder, a port and a quick policy."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds until what must come is given up; on an idle machine it comes within two."""

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def awaited(look: Callable[[], T | None], what: str, *, patience: float = PATIENCE) -> T:
    """What `look` gives once it gives anything; asked again and again, as nothing would tell."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            found = look()
            if found is not None:
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {patience:.0f} s")


class NodeProcess:
    """A folder with node.toml, and the processes started on it."""

    def __init__(self, folder: Path, unit: str, *, database: str = "") -> None:
        self.unit = unit
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = ""
        self.running: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True)
        (folder / "node.toml").write_text(
            f'unit = "{unit}"\n[web]\nport = {self.port}\n[database]\nurl = "{database}"\n'
            "[policy]\nexchange_seconds = 1\nopen_summary_minutes = 0\nrelay_open_minutes = 0\n",
            encoding="utf-8",
        )

    def cur(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            self._command(words),
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A command that goes on until it is told to stop; what it says goes to `log`."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self._command(words or ("run",)),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def ready(self) -> None:
        """Wait until it answers."""

        def answers() -> bool | None:
            assert all(process.poll() is None for process in self.running), self.log()
            return True if httpx.get(f"{self.url}/health").status_code == 200 else None

        awaited(answers, f"{self.unit} serving")

    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def kill(self) -> None:
        """As a power cut would: no farewell, nothing flushed."""
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()

    def stop(self) -> list[int]:
        """As an administrator would; exit codes. TimeoutExpired when it does not end in time."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(20) for process in self.running]
        self.running.clear()
        return codes

    def get(self, path: str, **query: str) -> httpx.Response:
        return httpx.get(self.url + path, params=query, headers=self._bearer(), timeout=20)

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers=self._bearer(), timeout=20)

    def _bearer(self) -> dict[str, str]:
        if not self.token:
            added = self.cur("token", "add", "test")
            assert added.returncode == 0, added.stderr
            self.token = added.stdout.strip()
        return {"Authorization": f"Bearer {self.token}"}

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "node", *words]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
        return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
