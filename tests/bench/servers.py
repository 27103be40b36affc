"""Real processes to measure: a node as anybody runs it, and the bare floor beside it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.postgres import temporary_postgres

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"
UNIT = "47701000"


@dataclass(frozen=True, slots=True)
class Server:
    """A running process that has answered `/health`, and how long that took from its start."""

    pid: int
    port: int
    started_in: float

    def resident(self) -> int:
        """Resident memory in bytes, of the process and its children."""
        process = psutil.Process(self.pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def node_environment(folder: Path, database_url: str = "", port: int = 8000) -> dict[str, str]:
    """A municipal node told everything by variables, deaf to those of the caller."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    return plain | {
        "NODE_UNIT": UNIT,
        "NODE_DATA": str(folder),
        "NODE_WEB__PORT": str(port),
        "NODE_LOG__LEVEL": "warning",
        **({"NODE_DATABASE__URL": database_url} if database_url else {}),
    }


def cur(environment: Mapping[str, str], *words: str) -> str:
    """What a `cur` command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "node", *words],
        cwd=environment["NODE_DATA"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@contextmanager
def running_node(environment: Mapping[str, str]) -> Iterator[Server]:
    """`cur run`: pages, API and jobs in one process, as a municipality has it."""
    port = int(environment["NODE_WEB__PORT"])
    words = [sys.executable, "-m", "node", "run"]
    with _running(words, port, environment, cwd=Path(environment["NODE_DATA"])) as server:
        yield server


@contextmanager
def running_bare(database_url: str) -> Iterator[Server]:
    port = free_port()
    words = ["-m", "uvicorn", "--factory", "tests.bench.bare:make", "--log-level", "warning"]
    words += ["--no-access-log", "--host", HOST, "--port", str(port)]
    environment = dict(os.environ) | {"BENCH_DATABASE": database_url}
    with _running([sys.executable, *words], port, environment, cwd=ROOT) as server:
        yield server


@contextmanager
def _running(
    words: list[str], port: int, environment: Mapping[str, str], *, cwd: Path
) -> Iterator[Server]:
    begun = time.perf_counter()
    process = subprocess.Popen(words, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Server(process.pid, port, time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(6000):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise RuntimeError("the server did not answer within a minute")


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Name → URLs of two empty durable databases of that kind: the node's and the floor's."""
    with temporary_postgres(durable=True) as server:
        import psycopg

        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE node")
            connection.execute("CREATE DATABASE bare")
        yield {
            "SQLite": (
                f"sqlite:///{folder / 'node.sqlite'}",
                f"sqlite:///{folder / 'bare.sqlite'}",
            ),
            "PostgreSQL": (
                server.replace("/postgres?", "/node?"),
                server.replace("/postgres?", "/bare?"),
            ),
        }
