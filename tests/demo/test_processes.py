"""Processes of the demo and demo.json: known by pid and start time, stopped once and twice."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.demo import processes
from node.demo import record as records
from node.demo.__main__ import main
from node.demo.performance import busy_ports
from node.demo.processes import Running, is_running, started_at
from node.demo.record import LiveNode, Login, Record

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def start(code: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()  # it is up, and has set its signals
    return child


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = start(SLEEPER)
    yield child
    child.kill()
    child.communicate()


def running(child: subprocess.Popen[bytes], name: str = "RU") -> Running:
    return Running(name, child.pid, started_at(child.pid) or 0.0)


def a_record(process: Running) -> Record:
    node = LiveNode("RU", "national", "http://127.0.0.1:1", "cur_x", process.pid, process.started)
    return Record((node,), ())


def test_a_process_is_known_by_pid_and_start_time(sleeper: subprocess.Popen[bytes]) -> None:
    found = running(sleeper)
    assert is_running(found)
    assert not is_running(replace(found, started=found.started - 60))
    assert not is_running(Running("nobody", 0, 0.0))


def test_one_that_has_ended_but_was_not_collected_does_not_run(
    sleeper: subprocess.Popen[bytes],
) -> None:
    found = running(sleeper)
    os.kill(sleeper.pid, 9)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
    assert not is_running(found)


def test_stop_ends_what_demo_json_names_and_is_content_the_second_time(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    records.save(a_record(running(sleeper)), tmp_path)
    assert main(["--data", str(tmp_path), "--stop"]) == 0
    assert sleeper.wait(5) != 0
    assert main(["--data", str(tmp_path), "--stop"]) == 0


def test_stop_leaves_a_stranger_alone_that_has_got_the_pid(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    found = running(sleeper)
    records.save(a_record(replace(found, started=found.started - 3600)), tmp_path)
    assert main(["--data", str(tmp_path), "--stop"]) == 0
    assert sleeper.poll() is None


def test_stop_where_no_demo_ever_was_is_no_error(tmp_path: Path) -> None:
    assert main(["--data", str(tmp_path / "nothing"), "--stop"]) == 0


def test_one_that_does_not_listen_is_killed_and_named() -> None:
    child = start(STUBBORN)
    assert processes.stop([running(child, "deaf")], patience=0.3) == ["deaf"]
    assert child.wait(5) == -9
    child.communicate()


def test_demo_json_is_its_owners_only_and_reads_back(tmp_path: Path) -> None:
    record = replace(
        a_record(Running("RU", 7, 1.5)),
        helpers=(Running("player", 8, 2.5),),
        people=(Login("RU", "head", "head", "a-word-of-the-demo"),),
    )
    records.save(record, tmp_path)
    file = tmp_path / records.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(json.loads(file.read_text())) == {"nodes", "helpers", "people"}
    assert records.load(tmp_path) == record


def test_a_demo_json_that_is_none_is_taken_for_no_demo(tmp_path: Path) -> None:
    (tmp_path / records.FILE).write_text('{"nodes": [{"code": 1}]}')
    assert records.load(tmp_path) == Record()


def test_a_busy_port_is_named_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert busy_ports([port]) == [port]
        if port <= 65000:
            folder = tmp_path / "new"
            assert main(["--data", str(folder), "--port", str(port)]) == 1
            assert str(port) in capsys.readouterr().err
            assert not folder.exists()


def test_a_folder_of_something_else_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    assert main(["--data", str(tmp_path), "--port", "64100"]) == 1
    assert "не пуста" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["letters.txt"]


def test_a_second_demo_in_the_same_folder_is_refused_while_the_first_runs(
    sleeper: subprocess.Popen[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records.save(a_record(running(sleeper)), tmp_path)
    assert main(["--data", str(tmp_path)]) == 1
    assert "уже работает" in capsys.readouterr().err
    assert sleeper.poll() is None


def test_nodes_are_started_without_settings_of_the_shell() -> None:
    kept = processes.environment(
        {"PATH": "/bin", "NODE_UNIT": "RU", "node_web__port": "1", "NODE_OPTIONS": "--x"}
    )
    assert kept == {"PATH": "/bin", "NODE_OPTIONS": "--x"}
