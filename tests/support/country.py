"""A country in one process: nodes of several tiers on one clock, joined by invite and join.

Every request is signed and knocks at the real door; only sockets are missing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from federation.courier import InProcess, Knock
from federation.door import RawRequest, Reply
from node.actions.submit_appeal import submit_appeal
from node.bootstrap import Node, build
from node.clock import Clock, FrozenClock
from node.commands import membership
from node.commands.keys import create
from node.commands.run import begin
from node.domain.appeal import NewAppeal
from node.domain.rulebook import Rulebook
from node.jobs import (
    exchange,
    publish_summaries,
    roll_up,
    seal_directives,
    seal_helps,
    state_deliveries,
)
from node.reference import load_rulebook
from node.settings import DatabaseSettings, Settings, Web
from node.store.ledger import newest_bytes
from node.store.rankings import ask, rank
from node.store.tables import Base
from node.web.door import Door

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CHAIN = ("RU", "SZFO", "RU-MUR", "47701000")
SEALING = (seal_directives, seal_helps, state_deliveries, publish_summaries)


class Country:
    """Nodes by unit code. `play` runs one round of jobs everywhere, the lowest first."""

    def __init__(self, folder: Path, *, start: datetime = START) -> None:
        self.folder = folder
        self.clock = FrozenClock(start)
        self.network = InProcess()
        self.rulebook: Rulebook = load_rulebook()
        self.nodes: dict[str, Node] = {}

    def add(
        self,
        unit: str,
        *,
        since: date | None = None,
        url: str | None = None,
        clock: Clock | None = None,
        database_url: str = "",
    ) -> Node:
        """A node for a unit; joined to its parent's node when that is there.

        Its database is SQLite in its folder unless another is given.
        """
        number = len(self.nodes)
        web = Web(public_url=url or f"http://127.0.0.1:{20000 + number}")
        database = DatabaseSettings(url=SecretStr(database_url))
        settings = Settings(unit=unit, data=self.folder / unit, web=web, database=database)
        node = self._built(settings, clock or self.clock)
        Base.metadata.create_all(node.database.engine)
        create(node)
        self._begun(node)
        parent = self.rulebook.directory.parent(unit)
        if parent in self.nodes:
            self.join(unit, parent, since=since)
        return node

    def restart(self, unit: str) -> Node:
        """Another process on the same folder: nothing but what was committed is left."""
        old = self.nodes[unit]
        old.close()
        return self._begun(self._built(old.settings, old.clock))

    def started_on_a_copy(self, unit: str, *, like: Node) -> Node:
        """A node on a copy of another's folder, under the same address; it is dialled by nobody."""
        settings = like.settings.model_copy(update={"data": self.folder / unit})
        node = self._built(settings, like.clock)
        begin(node)
        self.nodes[unit] = node
        return node

    def bend(self, unit: str, bent: Callable[[Knock, RawRequest], Reply]) -> None:
        """Let `bent` do with a request to a node's door as it likes, until `mend`."""
        node = self.nodes[unit]
        knock = self.network.doors[node.url]
        self.network.doors[node.url] = lambda raw: bent(knock, raw)

    def mend(self, unit: str) -> None:
        node = self.nodes[unit]
        self.network.doors[node.url] = Door(node).knock

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
                seal_directives.run(node)
                seal_helps.run(node)
                exchange.run(node)
                publish_summaries.run(node)
                state_deliveries.run(node)
                exchange.run(node)
                roll_up.run(node)

    def write_in(self, unit: str, times: int = 1, *, received_at: datetime | None = None) -> None:
        """Appeals of residents at a node; an earlier `received_at` is a late import."""
        node = self.nodes[unit]
        now = node.clock()
        for _ in range(times):
            appeal = NewAppeal(
                channel="api",
                text="Яма",
                territory=unit,
                topic="roads.pits",
                received_at=received_at or now,
            )
            with node.transaction() as session:
                submit_appeal(
                    session, node.rulebook, unit=unit, appeal=appeal, actor="test", now=now
                )

    def received(self, at: str, scope: str, day: date) -> int:
        """How many appeals of that day the ranking of a scope counts, asked at one node."""
        node = self.nodes[at]
        with node.reading() as session:
            question = ask(
                node.rulebook, unit=at, scope=scope, period=f"{day}..{day}", now=node.clock()
            )
            ranking = rank(session, node.rulebook, unit=at, question=question, now=node.clock())
        return sum(row.counters["received"] for row in ranking.rows) + ranking.unsorted

    def summary(self, at: str, origin: str, day: date) -> bytes:
        """The bytes of a node's summary as they stand at another, b"" when none does."""
        with self.nodes[at].reading() as session:
            envelope = newest_bytes(session, origin, "summary", day.isoformat())
        return b"" if envelope is None else envelope.data

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()

    def _built(self, settings: Settings, clock: Clock) -> Node:
        return build(
            settings,
            rulebook=self.rulebook,
            clock=clock,
            transport=self.network,
            synchronous="OFF",
        )

    def _begun(self, node: Node) -> Node:
        begin(node)
        self.nodes[node.code] = node
        self.mend(node.code)
        return node

    def _lowest_first(self) -> list[str]:
        depth = self.rulebook.directory.ancestors
        return sorted(self.nodes, key=lambda unit: (-len(depth(unit)), unit))
