"""Appeals a second into one node over HTTP, each durable before its 201."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.clients import Load, load
from tests.bench.figures import Figures, median
from tests.bench.servers import (
    HOST,
    cur,
    databases,
    free_port,
    node_environment,
    running_bare,
    running_node,
)

CLIENTS = (1, 4, 16)


def run(quick: bool = False) -> Figures:
    """Node and floor take turns, so that a slow minute of the machine falls on both."""
    runs, seconds = (1, 1.0) if quick else (5, 1.5)
    figures = Figures(
        "Appeals into one node",
        ("database, clients", "appeals/s", "median ms", "p95 ms", "bare insert/s", "ratio"),
        f"`cur run` over HTTP, every 201 durable (SQLite synchronous=FULL, PostgreSQL fsync on); "
        f"floor: FastAPI with one INSERT as durable. Medians of {runs} runs of {seconds:g} s.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
        for name, (node_url, bare_url) in kinds.items():
            folder = Path(base) / name
            folder.mkdir()
            environment = node_environment(folder, node_url, free_port())
            token = cur(environment, "token", "add", "bench").splitlines()[-1]
            with running_node(environment) as node, running_bare(bare_url) as bare:
                for clients in CLIENTS:
                    ours: list[Load] = []
                    floor: list[Load] = []
                    for number in range(-1, runs):  # the first warms both and is not counted
                        length = seconds if number >= 0 else 0.5
                        seed = f"{clients}/{number}"
                        one = load(
                            HOST,
                            node.port,
                            clients=clients,
                            seconds=length,
                            token=token,
                            seed=seed,
                        )
                        other = load(HOST, bare.port, clients=clients, seconds=length, seed=seed)
                        if number >= 0:
                            ours.append(one)
                            floor.append(other)
                    _add(figures, f"{name}, {clients}", ours, floor)
    return figures


def _add(figures: Figures, name: str, ours: list[Load], floor: list[Load]) -> None:
    if refused := sum(run.refused for run in (*ours, *floor)):
        raise RuntimeError(f"{name}: {refused} appeals were refused")
    ratio = median(a.per_second / b.per_second for a, b in zip(ours, floor, strict=True))
    figures.add(
        name,
        f"{median(run.per_second for run in ours):.0f}",
        f"{median(run.median for run in ours) * 1000:.1f}",
        f"{median(run.p95 for run in ours) * 1000:.1f}",
        f"{median(run.per_second for run in floor):.0f}",
        f"{ratio:.2f}",
    )
