"""Processes of the demo: started apart from the terminal, known again by pid and start time.

A pid alone is not enough: the system gives it to somebody else when its process has ended, and
`--stop` may be typed a week later.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from node.settings import ENV_PREFIX, FOREIGN

SAME_WITHIN = 1.5  # seconds: the kernel's idea of when it booted moves a little
PATIENCE = 20.0
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Running:
    """A process that was started: `started` is seconds since 1970, by the system's own books."""

    name: str
    pid: int
    started: float


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process of its own session, so that Ctrl-C in the terminal is not its business."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environment(os.environ),
        )


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would configure a node: each has its own settings file."""
    return {
        name: value
        for name, value in env.items()
        if not name.upper().startswith(ENV_PREFIX) or name.upper() in FOREIGN
    }


def started_at(pid: int) -> float | None:
    """When a process was started; None when there is none, or it has ended and waits to be
    collected (in a container nobody may ever do that)."""
    if pid <= 0:
        return None
    return _from_proc(pid) if (PROC / "self").exists() else _from_ps(pid)


def is_running(process: Running) -> bool:
    """Whether it is this very process that runs under its pid."""
    found = started_at(process.pid)
    return found is not None and abs(found - process.started) < SAME_WITHIN


def stop(processes: Iterable[Running], *, patience: float = PATIENCE) -> list[str]:
    """End those that still run and wait for it; the names of those that had to be killed."""
    left = [process for process in processes if is_running(process)]
    for process in left:
        _signal(process, signal.SIGTERM)
    left = _wait(left, patience)
    for process in left:
        _signal(process, signal.SIGKILL)
    _wait(left, patience)
    return [process.name for process in left]


def _wait(processes: list[Running], patience: float) -> list[Running]:
    until = time.monotonic() + patience
    while (left := [process for process in processes if is_running(process)]) and (
        time.monotonic() < until
    ):
        time.sleep(0.05)
    return left


def _signal(process: Running, number: signal.Signals) -> None:
    if is_running(process):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return  # it ended by itself meanwhile


def _from_proc(pid: int) -> float | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        boot = (PROC / "stat").read_text(encoding="ascii")
    except OSError:
        return None
    # The second field is a name in brackets that may itself hold brackets and spaces.
    state, *fields = text.rpartition(")")[2].split()
    if state in "ZX":
        return None
    booted = next(int(line.split()[1]) for line in boot.splitlines() if line.startswith("btime"))
    return round(booted + int(fields[18]) / os.sysconf("SC_CLK_TCK"), 2)


def _from_ps(pid: int) -> float | None:
    """Systems without /proc: whole seconds are enough here."""
    found = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.split(maxsplit=1)
    if len(found) != 2 or found[0].startswith("Z"):
        return None
    return time.mktime(time.strptime(found[1].strip(), "%a %b %d %H:%M:%S %Y"))
