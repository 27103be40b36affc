"""The demo as it is typed: a few days of history, eight live nodes, and figures that add up."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from node.demo import plan as plans
from node.demo import record as records
from node.demo.cast import cast_of
from node.demo.processes import is_running
from node.demo.record import Record
from node.reference import load_rulebook

pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(os.environ.get("CUR_PROVE") != "1", reason="slow: run with CUR_PROVE=1"),
]
DAYS = 3


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "node.demo", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def eight_free_ports() -> int:
    for first in range(21_000, 60_000, 100):
        probes = [socket.socket() for _ in range(8)]
        try:
            for number, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + number))
        except OSError:
            continue
        else:
            return first
        finally:
            for probe in probes:
                probe.close()
    raise AssertionError("no eight free ports in a row")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    port = str(eight_free_ports())
    shown = demo(
        "--data", str(folder), "--days", str(DAYS), "--port", port, "--exit-when-ready", "--keep"
    )
    try:
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.splitlines()[-1] == f"ready: http://127.0.0.1:{port}"
        yield folder
    finally:
        demo("--data", str(folder), "--stop")


@pytest.fixture(scope="module")
def record(folder: Path) -> Record:
    return records.load(folder)


def ask(record: Record, unit: str, path: str) -> Any:
    node = next(node for node in record.nodes if node.code == unit)
    asked = urllib.request.Request(
        node.url + path, headers={"Authorization": f"Bearer {node.token}"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def received(record: Record, unit: str, day: date) -> int:
    """What a leaf's summary of a day says, as the top holds it."""
    try:
        held = ask(record, "RU", f"/api/v1/summaries?origin={unit}&day={day}")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return 0
    rows = json.loads(held["bytes"])["body"]["rows"]
    return sum(row["counters"].get("received", 0) for row in rows)


def test_every_live_node_is_a_process_that_answers_for_itself(folder: Path, record: Record) -> None:
    assert stat.S_IMODE((folder / records.FILE).stat().st_mode) == 0o600
    assert len(record.nodes) == 8
    assert [helper.name for helper in record.helpers] == ["player"]
    assert all(is_running(process) for process in record.processes())
    for node in record.nodes:
        assert ask(record, node.code, "/health")["node"] == node.code


def test_the_national_figures_are_the_sum_of_what_the_leaves_have_signed(
    folder: Path, record: Record
) -> None:
    plan = plans.load(folder)
    assert plan is not None
    cast = cast_of(load_rulebook().directory)
    leaves = (*cast.leaves, *(unit for unit in cast.live if unit not in ("RU", "SZFO")))
    days = (plan.first, plan.first + timedelta(days=DAYS - 2))
    signed = sum(received(record, unit, day) for unit in leaves for day in set(days))
    where = f"/api/v1/rankings?scope=RU&period={days[0]}..{days[1]}&limit=1000"
    territories = ask(record, "RU", f"{where}&by=territory&depth=2")
    assert sum(row["counters"]["received"] for row in territories["rows"]) == signed
    regions = [row["key"] for row in territories["rows"] if row["key"].startswith("RU-")]
    assert len(regions) == 83
    topics = ask(record, "RU", f"{where}&by=topic")
    told = sum(row["counters"]["received"] for row in topics["rows"]) + topics["unsorted"]
    assert told == signed
    assert topics["coverage"]["expected"] == len(leaves) * len(set(days))


def test_it_is_refused_a_second_time_and_stopped_twice(folder: Path, record: Record) -> None:
    again = demo("--data", str(folder))
    assert again.returncode == 1
    assert "уже работает" in again.stderr
    assert demo("--data", str(folder), "--stop").returncode == 0
    assert not any(is_running(process) for process in record.processes())
    assert demo("--data", str(folder), "--stop").returncode == 0


def test_a_second_start_needs_no_history_and_keeps_the_tokens(folder: Path, record: Record) -> None:
    shown = demo("--data", str(folder), "--exit-when-ready")
    assert shown.returncode == 0, shown.stderr
    assert "История" not in shown.stdout
    after = records.load(folder)
    assert after.tokens() == record.tokens()
    assert not any(is_running(process) for process in after.processes())
