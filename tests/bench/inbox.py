"""The work list of a region of years: every tab, search, and the counts, as a moderator asks.

Server time of a whole answer – session, rights, queries, page – measured inside the process, so
that neither a socket nor a client is counted. The reader is a person whose role hides closed
sectors, since that is in every query.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import event

from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.domain.issue_choice import Choice
from node.domain.people import NewGrant
from node.reference import load_rulebook
from node.settings import DatabaseSettings, Settings, Web
from node.store.tables import Base
from node.web.app import create_app
from node.web.pages.issue_filters import TABS, Listing
from tests.bench.figures import Figures, median, percentile
from tests.bench.inbox_fill import fill
from tests.bench.inbox_rows import NOW
from tests.support.people import PASSWORD, a_person
from tests.support.postgres import temporary_postgres
from tests.support.web import CHEAP

UNIT = "RU-MOS"
URL = "http://cur.example"
SIZES = {"SQLite": 100_000, "PostgreSQL": 1_000_000}
REQUESTS = 200
MEMORY = "512MB"  # of PostgreSQL: a quarter of a small server's, as its manual advises
SEARCHES = (
    ("frequent word", "дорога"),
    ("word in every hundredth", "фонарь"),
    ("rare word", "голубятня"),
    ("two words", "снег во дворе"),
    ("two words, rarely together", "фонарь снег"),
    ("a word that is nowhere", "слоновник"),
    ("a number", "RU-MOS-P26-0000500"),
)


def run(quick: bool = False) -> Figures:
    """Each address is asked in a row, after three answers that warm it up."""
    requests = 5 if quick else REQUESTS
    figures = Figures(
        "Inbox",
        ("database, address", "median, ms", "p95, ms", "queries"),
        f"Whole answers with the counts of every tab, {requests} of each address; "
        f"{SIZES['SQLite']:,} issues on SQLite, {SIZES['PostgreSQL']:,} on PostgreSQL "
        f"(shared_buffers {MEMORY}), 5 % open, 2 % overdue. Goal: p95 under 60 ms.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        for name, url in _databases(Path(base)):
            number = SIZES[name] // (50 if quick else 1)
            with _node(Path(base) / name, url) as node:
                fill(node.database, node.rulebook, UNIT, number)
                _measure(figures, name, node, requests)
    return figures


def _databases(base: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{base / 'inbox.sqlite'}"
    with temporary_postgres(durable=True, memory=MEMORY) as url:
        yield "PostgreSQL", url


@contextmanager
def _node(folder: Path, url: str) -> Iterator[Node]:
    node = build(
        Settings(
            unit=UNIT,
            data=folder,
            web=Web(public_url=URL),
            database=DatabaseSettings(url=SecretStr(url)),
        ),
        rulebook=load_rulebook(),
        clock=FrozenClock(NOW),
        passwords=CHEAP,
    )
    Base.metadata.create_all(node.database.engine)
    a_person(node, "moderator", NewGrant("moderator", UNIT), NewGrant("approver", UNIT))
    try:
        yield node
    finally:
        node.close()


def addresses() -> Iterator[tuple[str, str]]:
    """What is asked, by name."""
    for name, choice in TABS:
        if choice.executor == "":
            yield f"tab «{name}»", Listing(choice).address()
    yield "closed", Listing(Choice(state="closed")).address()
    narrow = Choice(topic="roads.pits", territory="46788000", channel="vk")
    yield "topic, territory and channel", Listing(narrow).address()
    for what, state in (("in work", ""), ("closed", "closed"), ("all", "all")):
        for name, query in SEARCHES:
            yield f"{name}, {what}", Listing(Choice(state=state, q=query)).address()
    yield "counts of the tabs (API)", "/api/v1/issues/counts"


def _measure(figures: Figures, database: str, node: Node, requests: int) -> None:
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    async def ask() -> None:
        transport = httpx.ASGITransport(app=create_app(node))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            signed = await client.post(
                "/sign-in", data={"login": "moderator", "password": PASSWORD}
            )
            if signed.status_code != 303:
                raise RuntimeError("nobody could sign in")
            for name, address in addresses():
                taken, queries = [], set()
                for number in range(requests + 3):
                    asked.clear()
                    begun = time.perf_counter()
                    answer = await client.get(address, headers={"Accept": "text/html"})
                    seconds = time.perf_counter() - begun
                    if answer.status_code != 200:
                        raise RuntimeError(f"{address}: {answer.status_code}")
                    if number >= 3:
                        taken.append(seconds * 1000)
                        queries.add(sum(not sql.startswith("BEGIN") for sql in asked))
                figures.add(
                    f"{database}: {name}",
                    f"{median(taken):.1f}",
                    f"{percentile(taken, 0.95):.1f}",
                    "–".join(str(n) for n in sorted({min(queries), max(queries)})),
                )

    asyncio.run(ask())


if __name__ == "__main__":
    print(run().markdown())
