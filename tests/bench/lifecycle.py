"""Issues a second through their whole life: registered, admitted, routed, answered by an executor,
approved by an approver, closed; each step a request of the person whose it is.

As an outside figure only: DIGIT publishes 13 complaints a second on four servers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from pydantic import SecretStr
from sqlalchemy import event
from starlette.testclient import TestClient

from node.bootstrap import build
from node.settings import DatabaseSettings, Settings
from node.web.app import create_app
from tests.bench.clients import TEXT, load
from tests.bench.figures import Figures, median
from tests.bench.lifecycle_clients import STEPS, Lives, live
from tests.bench.lifecycle_people import tokens_of
from tests.bench.servers import (
    HOST,
    UNIT,
    databases,
    free_port,
    node_environment,
    running_bare,
    running_node,
)

REQUESTS = 1 + len(STEPS)
GOAL = 20.0  # lives a second
SLOW = 600.0  # bare inserts a second: on a machine with fewer the goal is a share of its rate
SHARE = 0.2
DRAINED_IN = 5.0  # seconds after the last beginning of the open loop
OPEN_SHARE = 0.6  # of the closed loop's rate


def run(quick: bool = False) -> Figures:
    """Lives and bare inserts take turns, so that a slow minute of the machine falls on both."""
    runs, seconds = (1, 2.0) if quick else (5, 4.0)
    figures = Figures(
        "Lives of issues",
        (
            *("database, load", "lives/s", "median ms", "p95 ms", "CPU ms a life"),
            *("statements", "bare insert/s", "ratio to six"),
        ),
        f"Six requests over HTTP by the tokens of five holders: register, admit, route, answer, "
        f"approve, close; floor: six requests to FastAPI with one INSERT as durable. Open: begun "
        f"at a fixed rate, {OPEN_SHARE:g} of what 4 clients reached; drained: seconds from the "
        f"last beginning to the last end. Medians of {runs} runs of {seconds:g} s; goal "
        f"{GOAL:g} lives/s, or {SHARE:g} of a sixth of the bare rate where that is under {SLOW:g}.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
        for name, (node_url, bare_url) in kinds.items():
            folder = Path(base) / name
            folder.mkdir()
            environment = node_environment(folder, node_url, free_port())
            tokens = tokens_of(environment, node_url)
            statements = str(_statements(folder, node_url, tokens))
            with running_node(environment) as node, running_bare(bare_url) as bare:
                best = 0.0
                for clients in (1, 4):
                    lives, cpu, floor = _closed(
                        node.pid, node.port, bare.port, tokens, clients, runs, seconds
                    )
                    rate, bare_rate = median(one.per_second for one in lives), median(floor)
                    ratio = median(
                        one.per_second * REQUESTS / inserts
                        for one, inserts in zip(lives, floor, strict=True)
                    )
                    figures.add(
                        f"{name}, {clients} in turn",
                        f"{rate:.1f}",
                        *_times(lives),
                        f"{median(cpu):.0f}",
                        statements,
                        f"{bare_rate:.0f}",
                        f"{ratio:.2f}",
                    )
                    best = max(best, rate)
                    goal = GOAL if bare_rate >= SLOW else SHARE * bare_rate / REQUESTS
                if best < goal:
                    figures.failures.append(f"{name}: {best:.1f} lives/s, goal {goal:.1f}")
                rate = best * OPEN_SHARE
                opened = live(
                    node.port, tokens, clients=16, seconds=2 * seconds, rate=rate, seed="open"
                )
                _check([opened])
                figures.add(
                    f"{name}, open at {rate:.1f}/s, drained in {opened.drained:.1f} s",
                    f"{opened.per_second:.1f}",
                    *_times([opened]),
                    *("", "", "", ""),
                )
                if opened.drained > DRAINED_IN:
                    figures.failures.append(f"{name}: not drained in {DRAINED_IN:g} s")
    return figures


def _closed(
    pid: int,
    port: int,
    bare_port: int,
    tokens: Mapping[str, str],
    clients: int,
    runs: int,
    seconds: float,
) -> tuple[list[Lives], list[float], list[float]]:
    """Of each run: the lives, CPU milliseconds of the node a life, bare inserts a second."""
    lives, cpu, floor = [], [], []
    for number in range(-1, runs):  # the first warms both and is not counted
        length = seconds if number >= 0 else 1.0
        seed = f"{clients}/{number}"
        before = _cpu(pid)
        one = live(port, tokens, clients=clients, seconds=length, seed=seed)
        spent = _cpu(pid) - before
        other = load(HOST, bare_port, clients=clients, seconds=length / 2, seed=seed)
        _check([one])
        if number >= 0:
            lives.append(one)
            cpu.append(spent / one.ended * 1000)
            floor.append(other.per_second)
    return lives, cpu, floor


def _cpu(pid: int) -> float:
    """Seconds of processor a process has taken."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _times(lives: list[Lives]) -> tuple[str, str]:
    return (
        f"{median(one.median for one in lives) * 1000:.0f}",
        f"{median(one.p95 for one in lives) * 1000:.0f}",
    )


def _check(lives: list[Lives]) -> None:
    for one in lives:
        if one.ended != one.begun:
            raise RuntimeError(f"{one.begun - one.ended} of {one.begun} broke off: {one.fault}")


def _statements(folder: Path, database_url: str, tokens: Mapping[str, str]) -> int:
    """How many statements the six requests of one life execute, in this process."""
    settings = Settings(
        unit=UNIT, data=folder, database=DatabaseSettings(url=SecretStr(database_url))
    )
    node = build(settings)
    counted: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    try:
        with TestClient(create_app(node)) as client:
            for number in range(2):  # the first fills what is kept in memory
                if number:
                    event.listen(node.database.engine, "before_cursor_execute", count)
                appeal = {"text": f"{TEXT}{number} счёт", "territory": UNIT, "channel": "portal"}
                appeal["topic"] = "roads.pits"
                issue = _posted(client, "/api/v1/appeals", tokens["intake"], appeal)["issue"]
                version = 1
                for role, move, fields in STEPS:
                    body = {"move": move, "version": version, **fields}
                    path = f"/api/v1/issues/{issue}/moves"
                    version = _posted(client, path, tokens[role], body)["version"]
    finally:
        node.close()
    return len(counted)


def _posted(client: TestClient, path: str, token: str, body: object) -> Any:
    answer = client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
