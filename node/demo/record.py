"""demo.json: what runs where, for whoever wants to look at the nodes or stop them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from node.demo.processes import Running

FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class LiveNode:
    """A live node; the token opens its pages and its API."""

    code: str
    tier: str
    url: str
    token: str
    pid: int
    started: float

    @property
    def running(self) -> Running:
        return Running(self.code, self.pid, self.started)


@dataclass(frozen=True, slots=True)
class Login:
    """A person of the demo: at which node, in which role, and what to type at the sign-in."""

    unit: str
    role: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the demo has started, and who may sign in where."""

    nodes: tuple[LiveNode, ...] = ()
    helpers: tuple[Running, ...] = ()
    people: tuple[Login, ...] = ()

    def processes(self) -> tuple[Running, ...]:
        """Helpers first: whoever calls the nodes ends before them."""
        return (*self.helpers, *(node.running for node in self.nodes))

    def tokens(self) -> Mapping[str, str]:
        return {node.code: node.token for node in self.nodes}


def load(folder: Path) -> Record:
    """What a folder's demo.json says; an empty record when there is none or it is no record."""
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Record(
            nodes=tuple(LiveNode(**node) for node in values["nodes"]),
            helpers=tuple(Running(**helper) for helper in values["helpers"]),
            people=tuple(Login(**login) for login in values["people"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def save(record: Record, folder: Path) -> None:
    """Readable by its owner only, from the first byte on: there are tokens and a password in it."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{FILE}"
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(record), file, ensure_ascii=False, indent=1)
    fresh.replace(folder / FILE)
