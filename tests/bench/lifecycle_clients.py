"""Clients in a process of their own, each taking issues through their whole life over HTTP.

Closed loop: each begins the next life when the last is over. Open loop: lives begin at a fixed
rate whatever the node does, so that a queue shows; those begun are waited for.

    python -m tests.bench.lifecycle_clients PORT CLIENTS SECONDS RATE SEED TOKENS → JSON

RATE 0: closed loop. TOKENS: JSON, role → token.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass

from tests.bench.clients import ROOT, TEXT
from tests.bench.figures import median, percentile
from tests.bench.servers import HOST, UNIT

GIVE_UP = 60.0  # seconds after the last beginning
STEPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("moderator", "admit", {}),
    ("coordinator", "route", {"executor": "road_directorate"}),
    ("executor", "answer", {"text": "Яма засыпана, покрытие восстановлено."}),
    ("approver", "approve", {}),
    ("approver", "close", {"outcome": "solved"}),
)
"""Who makes which move with what, after the appeal is registered."""


@dataclass(frozen=True, slots=True)
class Lives:
    """What came of one run. Times in seconds; `drained`: from last beginning to last end."""

    begun: int
    ended: int
    per_second: float
    median: float
    p95: float
    drained: float
    fault: str


def live(
    port: int, tokens: dict[str, str], *, clients: int, seconds: float, rate: float = 0, seed: str
) -> Lives:
    """Run the clients in another process and wait for them."""
    words = [str(port), str(clients), str(seconds), str(rate), seed, json.dumps(tokens)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.lifecycle_clients", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 3 * GIVE_UP,
    )
    return Lives(**json.loads(done.stdout))


def one_life(connection: http.client.HTTPConnection, tokens: dict[str, str], seed: str) -> None:
    """Register, admit, route, answer, approve, close. RuntimeError names the step refused."""
    appeal = {"text": TEXT + seed, "territory": UNIT, "channel": "portal", "topic": "roads.pits"}
    taken = _post(connection, "/api/v1/appeals", tokens["intake"], appeal)
    path = f"/api/v1/issues/{taken['issue']}/moves"
    version = 1
    for role, move, fields in STEPS:
        body = {"move": move, "version": version, **fields}
        issue = _post(connection, path, tokens[role], body)
        version = issue["version"]
    if issue["state"] != "closed":
        raise RuntimeError(f"ended as {issue['state']}")


def _post(connection: http.client.HTTPConnection, path: str, token: str, body: object):  # type: ignore[no-untyped-def]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    read = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{body}: {answer.status} {read.decode()[:300]}")
    return json.loads(read)


def run(
    port: int, tokens: dict[str, str], *, clients: int, seconds: float, rate: float, seed: str
) -> Lives:
    lock = threading.Lock()
    taken: list[float] = []
    faults: list[str] = []
    planned = int(seconds * rate)
    given = [0]
    begun_at = time.perf_counter() + 0.1

    def next_start() -> tuple[int, float] | None:
        """The number of the next life and when it is due."""
        with lock:
            number = given[0]
            if rate:
                if number >= planned:
                    return None
            elif time.perf_counter() >= begun_at + seconds:
                return None
            given[0] += 1
        return number, begun_at + number / rate if rate else time.perf_counter()

    def work() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=GIVE_UP)
        while (start := next_start()) is not None:
            number, due = start
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                one_life(connection, tokens, f"{seed}/{number}")
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                connection.close()
                with lock:
                    faults.append(repr(error))
            else:
                with lock:  # from when it was due: waiting for a free client is waiting
                    taken.append(time.perf_counter() - due)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over = time.perf_counter()
    last = begun_at + (planned - 1) / rate if rate else begun_at + seconds
    return Lives(
        begun=given[0],
        ended=len(taken),
        per_second=len(taken) / (over - begun_at),
        median=median(taken or [0.0]),
        p95=percentile(taken or [0.0], 0.95),
        drained=max(0.0, over - last),
        fault=faults[0] if faults else "",
    )


def main() -> None:
    port, clients, seconds, rate, seed, tokens = sys.argv[1:7]
    lives = run(
        int(port),
        json.loads(tokens),
        clients=int(clients),
        seconds=float(seconds),
        rate=float(rate),
        seed=seed,
    )
    print(json.dumps(asdict(lives)))


if __name__ == "__main__":
    main()
