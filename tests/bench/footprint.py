"""What a node costs when nothing happens: resident memory, and the time from start to answer."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figures, median
from tests.bench.servers import free_port, node_environment, running_bare, running_node

SETTLE = 2.0

Starts = list[tuple[float, float]]


def run(quick: bool = False) -> Figures:
    """The first start also makes the database and the keys; the later ones find them."""
    runs = 1 if quick else 3
    figures = Figures(
        "An idle node on SQLite",
        ("", "start to first answer, s", "resident memory, MB"),
        f"`cur run`, {SETTLE:g} s after it answered; floor: FastAPI, uvicorn and SQLAlchemy with "
        f"one route. Medians of {runs} starts.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        firsts, again, floor = Starts(), Starts(), Starts()
        for number in range(runs):
            folder = Path(base) / str(number)
            folder.mkdir()
            environment = node_environment(folder, port=free_port())
            for results in (firsts, again):
                with running_node(environment) as server:
                    time.sleep(SETTLE)
                    results.append((server.started_in, server.resident() / 1e6))
            with running_bare(f"sqlite:///{folder / 'bare.sqlite'}") as server:
                time.sleep(SETTLE)
                floor.append((server.started_in, server.resident() / 1e6))
    for name, results in (
        ("first start, empty folder", firsts),
        ("start", again),
        ("bare FastAPI", floor),
    ):
        figures.add(
            name,
            f"{median(started for started, _ in results):.2f}",
            f"{median(resident for _, resident in results):.0f}",
        )
    return figures
