"""How much slower lives become as the register fills: from 10⁴ issues to 10⁵, with `BENCH_FULL=1`
to 10⁶ on PostgreSQL.

Two nodes of the same kind, a small register and a large one, take turns. FAIL only where the whole
spread of the fall is above the limit: one bad minute of the machine fails nothing.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from node.store.session import Database, open_engine
from tests.bench.figures import Figures, median
from tests.bench.lifecycle_clients import live
from tests.bench.lifecycle_people import tokens_of
from tests.bench.lifecycle_rows import fill
from tests.bench.servers import databases, free_port, node_environment, running_node

SMALL, LARGE, FULL = 10_000, 100_000, 1_000_000
LIMIT = 15.0  # per cent
CLIENTS = 4


def run(quick: bool = False) -> Figures:
    runs, seconds = (1, 2.0) if quick else (5, 4.0)
    full = os.environ.get("BENCH_FULL") == "1"
    figures = Figures(
        "Fall of lives/s as the register fills",
        ("database, issues", "lives/s, few", "lives/s, many", "fall, median", "fall, spread"),
        f"Closed loop of {CLIENTS} clients, {runs} interleaved runs of {seconds:g} s on each; the "
        f"registers are copies of lives really lived. FAIL when the whole spread is over "
        f"{LIMIT:g} %." + ("" if full else f" {FULL:,} issues on PostgreSQL: BENCH_FULL=1."),
    )
    for kind in ("SQLite", "PostgreSQL"):
        large = FULL if full and kind == "PostgreSQL" else LARGE
        sizes = (1_000, 5_000) if quick else (SMALL, large)
        with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
            _measure(figures, Path(base), kind, kinds[kind], sizes, runs, seconds)
    return figures


def _measure(
    figures: Figures,
    base: Path,
    kind: str,
    urls: tuple[str, str],
    sizes: tuple[int, int],
    runs: int,
    seconds: float,
) -> None:
    environments, tokens = [], []
    for url, size in zip(urls, sizes, strict=True):
        folder = base / f"{kind}-{size}"
        folder.mkdir()
        environment = node_environment(folder, url, free_port())
        environments.append(environment)
        tokens.append(tokens_of(environment, url))
        with running_node(environment) as node:
            live(node.port, tokens[-1], clients=4, seconds=3.0, seed="first")
        database = Database(open_engine(url))
        fill(database, size)
        database.close()
    rates: list[list[float]] = [[], []]
    with running_node(environments[0]) as few, running_node(environments[1]) as many:
        for number in range(-1, runs):  # the first warms both and is not counted
            for place, node in enumerate((few, many)):
                length = seconds if number >= 0 else 1.0
                one = live(
                    node.port, tokens[place], clients=CLIENTS, seconds=length, seed=str(number)
                )
                if one.ended != one.begun:
                    raise RuntimeError(f"{kind}: a life broke off: {one.fault}")
                if number >= 0:
                    rates[place].append(one.per_second)
    falls = [100 * (1 - b / a) for a, b in zip(*rates, strict=True)]
    figures.add(
        f"{kind}, {sizes[0]:,} → {sizes[1]:,}",
        f"{median(rates[0]):.1f}",
        f"{median(rates[1]):.1f}",
        f"{median(falls):.1f} %",
        f"{min(falls):.1f} … {max(falls):.1f} %",
    )
    if min(falls) > LIMIT:
        figures.failures.append(f"{kind}: the whole spread of the fall is over {LIMIT:g} %")
