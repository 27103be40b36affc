"""A country in one process: nodes of several tiers on one clock, joined by invite and join.

Every request is signed and knocks at the real door; only sockets are missing.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from federation.courier import InProcess
from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.commands import membership
from node.commands.keys import create
from node.commands.run import begin
from node.domain.rulebook import Rulebook
from node.jobs import exchange, publish_summaries, roll_up
from node.reference import load_rulebook
from node.settings import Settings, Web
from node.store.tables import Base
from node.web.door import Door

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CHAIN = ("RU", "SZFO", "RU-MUR", "47701000")


class Country:
    """Nodes by unit code. `play` runs one round of jobs everywhere, the lowest first."""

    def __init__(self, folder: Path, *, start: datetime = START) -> None:
        self.folder = folder
        self.clock = FrozenClock(start)
        self.network = InProcess()
        self.rulebook: Rulebook = load_rulebook()
        self.nodes: dict[str, Node] = {}

    def add(self, unit: str, *, since: date | None = None, url: str | None = None) -> Node:
        """A node for a unit; joined to its parent's node when that is there."""
        number = len(self.nodes)
        web = Web(public_url=url or f"http://127.0.0.1:{20000 + number}")
        settings = Settings(unit=unit, data=self.folder / unit, web=web)
        node = build(
            settings,
            rulebook=self.rulebook,
            clock=self.clock,
            transport=self.network,
            synchronous="OFF",
        )
        Base.metadata.create_all(node.database.engine)
        create(node)
        begin(node)
        self.nodes[unit] = node
        self.network.doors[node.url] = Door(node).knock
        parent = self.rulebook.directory.parent(unit)
        if parent in self.nodes:
            self.join(unit, parent, since=since)
        return node

    def join(self, unit: str, parent: str, *, since: date | None = None) -> str:
        """Invite and join as two administrators would; what the child printed."""
        line, quiet = io.StringIO(), Console(file=io.StringIO())
        above = self.nodes[parent]
        exchange.run(above)  # it certifies nobody before its own parent has answered its start
        membership.invite(above, unit, since, Console(file=line, soft_wrap=True), quiet)
        _, _, url, token = line.getvalue().split()
        said = io.StringIO()
        membership.join(self.nodes[unit], url, token, None, Console(file=said, soft_wrap=True))
        return said.getvalue()

    def play(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            for unit in self._lowest_first():
                node = self.nodes[unit]
                exchange.run(node)
                publish_summaries.run(node)
                exchange.run(node)
                roll_up.run(node)

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()

    def _lowest_first(self) -> list[str]:
        depth = self.rulebook.directory.ancestors
        return sorted(self.nodes, key=lambda unit: (-len(depth(unit)), unit))
