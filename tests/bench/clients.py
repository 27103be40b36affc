"""Clients in a process of their own, each sending appeals one after another on one connection.

Plain `http.client`: a heavier client would take the server's core and measure itself.

    python -m tests.bench.clients HOST PORT CLIENTS SECONDS [TOKEN]   → one JSON object
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.figures import median, percentile

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (
    "Во дворе дома уже вторую неделю не горит ни один фонарь, дети идут из школы в темноте. "
    "Заявку оставляли дважды, ответа нет. Просим восстановить освещение и назвать срок. "
    "Рядом с подъездом глубокая яма, вечером её не видно. Обращение "
)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one run: answers of 201 per second, and how long one took, in seconds."""

    per_second: float
    median: float
    p95: float
    refused: int


def load(
    host: str, port: int, *, clients: int, seconds: float, token: str = "", seed: str = ""
) -> Load:
    """Run the clients in another process and wait for them."""
    words = [host, str(port), str(clients), str(seconds), seed, token]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.clients", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    return Load(**json.loads(done.stdout))


def send(host: str, port: int, *, clients: int, seconds: float, token: str, seed: str) -> Load:
    taken: list[list[float]] = [[] for _ in range(clients)]
    refused = [0] * clients
    gate = threading.Barrier(clients + 1)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"

    def one(number: int) -> None:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        connection.connect()
        gate.wait()
        end = time.perf_counter() + seconds
        count = 0
        while (begun := time.perf_counter()) < end:
            count += 1
            appeal = {
                "text": f"{TEXT}{seed}-{number}-{count}",
                "territory": "47701000",
                "channel": "portal",
                "topic": "roads.pits",
            }
            connection.request("POST", "/api/v1/appeals", json.dumps(appeal), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 201:
                taken[number].append(time.perf_counter() - begun)
            else:
                refused[number] += 1
        connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    all_taken = [value for one_taken in taken for value in one_taken]
    if not all_taken:
        raise SystemExit(f"no appeal was accepted, {sum(refused)} were refused")
    return Load(
        per_second=len(all_taken) / elapsed,
        median=median(all_taken),
        p95=percentile(all_taken, 0.95),
        refused=sum(refused),
    )


def main() -> None:
    host, port, clients, seconds, seed, token = sys.argv[1:7]
    sent = send(
        host, int(port), clients=int(clients), seconds=float(seconds), token=token, seed=seed
    )
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
