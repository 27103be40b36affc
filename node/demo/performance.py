"""The live nodes and the player: started, watched, stopped."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from node.demo import processes
from node.demo import record as records
from node.demo.api import NodeApi
from node.demo.processes import Running, started_at
from node.demo.record import LiveNode, Login, Record
from node.demo.stage import Stage

LOGS = "logs"
PLAYER = "player"
PATIENCE = 150.0
LAST_LINES = 12


class Broken(Exception):
    """A process of the demo ended by itself; the message shows the end of its log."""


class Performance:
    """Everything that runs. `director` is this process while it watches over the others."""

    def __init__(self, stage: Stage, known: Record, director: Running) -> None:
        """`known` is left of an earlier run: its processes are gone, tokens and logins hold."""
        self._stage = stage
        self._director = director
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.record = Record(known.nodes, (director,), known.people)

    def announce(self) -> None:
        """Write demo.json, so that `--stop` from elsewhere finds this process."""
        self._keep(self.record)

    def know(self, tokens: Mapping[str, str], people: tuple[Login, ...]) -> None:
        """Keep the live nodes, their tokens and their people, before any of them runs."""
        nodes = tuple(
            LiveNode(
                code=unit,
                tier=self._stage.rulebook.directory[unit].tier,
                url=self._stage.cast.url(unit, self._stage.port),
                token=tokens[unit],
                pid=0,
                started=0.0,
            )
            for unit in self._stage.cast.live
        )
        self._keep(replace(self.record, nodes=nodes, people=people))

    def start_nodes(self) -> None:
        """Start every live node. demo.json names each from the moment it exists."""
        for place, node in enumerate(self.record.nodes):
            config = self._stage.config(node.code)
            running = self._start(node.code, [*_cur(), "run", "--config", str(config)])
            nodes = list(self.record.nodes)
            nodes[place] = replace(node, pid=running.pid, started=running.started)
            self._keep(replace(self.record, nodes=tuple(nodes)))

    def wait_for_nodes(self, came: Callable[[], None]) -> None:
        """Until each answers for itself; `came` is called for each. Broken."""
        until = time.monotonic() + PATIENCE
        waiting = {node.code: NodeApi(node.url, node.token) for node in self.record.nodes}
        while waiting:
            self.check()
            for unit in list(waiting):
                if waiting[unit].is_healthy(unit):
                    del waiting[unit]
                    came()
            if waiting and time.monotonic() > until:
                raise Broken(f"не отвечают: {', '.join(waiting)}. См. {self._log(PLAYER).parent}")
            time.sleep(0.1)

    def start_player(self) -> None:
        command = [sys.executable, "-m", "node.demo.player", str(self._stage.folder)]
        player = self._start(PLAYER, command)
        self._keep(replace(self.record, helpers=(*self.record.helpers, player)))

    def leave(self) -> None:
        """Let everything run on without this process."""
        others = tuple(one for one in self.record.helpers if one != self._director)
        self._keep(replace(self.record, helpers=others))

    def check(self) -> None:
        """Broken, naming the first process that is no more."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise Broken(
                    f"{name} остановился сам (код {child.returncode}). "
                    f"Конец {self._log(name)}:\n{_tail(self._log(name))}"
                )

    def stop(self) -> None:
        """End all of them, collect them, and say so in demo.json."""
        processes.stop(one for one in self.record.processes() if one != self._director)
        for child in self._children.values():
            child.wait()
        self._keep(replace(self.record, helpers=()))

    def _start(self, name: str, command: list[str]) -> Running:
        child = processes.start(command, self._log(name))
        self._children[name] = child
        # Gone already? Then `check` will tell; until then it is nobody's pid.
        return Running(name, child.pid, started_at(child.pid) or 0.0)

    def _log(self, name: str) -> Path:
        return self._stage.folder / LOGS / f"{name}.log"

    def _keep(self, record: Record) -> None:
        self.record = record
        records.save(record, self._stage.folder)


def busy_ports(ports: Iterable[int]) -> list[int]:
    """Those of the ports somebody listens on."""
    busy = []
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers bind: a connection of a demo just stopped may still be lingering.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                busy.append(port)
    return busy


def _cur() -> list[str]:
    """The command `cur` of this very environment."""
    script = Path(sys.executable).with_name("cur")
    return [str(script)] if script.exists() else [sys.executable, "-m", "node"]


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:])
