"""The work list of a region of years: its tabs, filters, searches and counts, page and API.

Server time of a whole answer – session, rights, queries, page – measured inside the process, so
that neither a socket nor a client is counted. Asked by a moderator of the whole region, whose role
hides closed sectors, and by an executor of one agency in one municipality, who sees one issue in
some hundreds: what reads fast for the one may read slowly for the other.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.event import listen, remove
from starlette.types import ASGIApp, Receive, Send

from node.bootstrap import Node, build
from node.clock import FrozenClock
from node.domain.access import Access, Sight
from node.domain.issue import State
from node.domain.issue_choice import ALL, Choice, Scope, Wanted
from node.domain.people import NewGrant
from node.domain.search_words import search_for
from node.reference import load_rulebook
from node.settings import DatabaseSettings, Settings, Web
from node.store import work_lists
from node.store.issues import Issue
from node.store.tables import Base
from node.web.app import create_app
from node.web.pages.issue_filters import PATH, Listing, mine_of, tabs_of
from tests.bench.figures import Figures, median, percentile
from tests.bench.inbox_fill import fill
from tests.bench.inbox_rows import NOW
from tests.support.people import PASSWORD, a_person, actor_of
from tests.support.postgres import temporary_postgres
from tests.support.web import CHEAP

UNIT = "RU-MOS"
TOWN = "46783000"  # one of its 44 municipalities
URL = "http://cur.example"
API = "/api/v1/issues"
SIZES = {"SQLite": 20_000, "PostgreSQL": 100_000}
FULL_SIZES = {"SQLite": 100_000, "PostgreSQL": 1_000_000}
GOAL = 60.0  # ms, p95
MEMORY = "512MB"  # of PostgreSQL: a quarter of a small server's, as its manual advises
PEOPLE = {
    "moderator": NewGrant("moderator", UNIT),
    "executor": NewGrant("executor", TOWN, agencies=("road_directorate",)),
}
SAVED = Choice(topic="roads", territory=TOWN, channel="vk")
FILTERS = (
    SAVED,
    Choice(due="soon"),
    Choice(due="week", urgency="ordinary"),
    Choice(state="closed"),
    Choice(state="closed", topic="roads", channel="vk"),
    Choice(state="all", territory=TOWN),
)
SEARCHES: Mapping[str, tuple[Choice, ...]] = {
    "frequent word": (Choice(q="дорога"), Choice(q="вода")),
    "rare word": (Choice(q="голубятня"), Choice(q="сосулька")),
    "two words": (Choice(q="снег во дворе"), Choice(q="фонарь снег"), Choice(q="дом сосулька")),
    "nothing found": (Choice(q="слоновник"), Choice(q="оранжерея голубятня")),
    "word with a filter": (
        Choice(q="дорога", topic="roads", due="overdue"),
        Choice(q="фонарь", territory=TOWN),
        Choice(q="снег", channel="vk", urgency="urgent"),
    ),
}


class Timed:
    """An application that tells how long its last answer took, in seconds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.seconds = 0.0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        await self.app(scope, receive, send)
        self.seconds = time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Asked:
    """Addresses of one kind, of the page and of the API."""

    name: str
    pages: Sequence[str]
    calls: Sequence[str]


@dataclass(slots=True)
class Times:
    """Milliseconds by address, and how many statements the answers took."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    statements: set[int] = field(default_factory=set)

    def median(self) -> float:
        return median(one for many in self.taken.values() for one in many)

    def p95(self) -> float:
        """Of the slowest address."""
        return max(p95 for _, p95 in self.each())

    def each(self) -> Iterator[tuple[str, float]]:
        """The 95th percentile of each address."""
        for address, many in self.taken.items():
            yield address, percentile(many, 0.95)


def run(quick: bool = False) -> Figures:
    """Each address is asked in a row, after two answers that warm it up."""
    requests = 3 if quick else 20
    sizes = FULL_SIZES if os.environ.get("BENCH_FULL") == "1" else SIZES
    if quick:
        sizes = dict.fromkeys(sizes, 2_000)
    figures = Figures(
        "Inbox",
        (
            *("database, asked for", "moderator: page", "API", "executor: page", "API"),
            "statements: page, API",
        ),
        f"{sizes['SQLite']:,} issues on SQLite, {sizes['PostgreSQL']:,} on PostgreSQL "
        f"(shared_buffers {MEMORY}); 5 % open, 2 % overdue. Milliseconds of whole answers, median "
        f"/ p95 of the slowest address of its kind, {requests} of each; every page counts all its "
        f"tabs. The executor sees one agency in one of 44 municipalities. Goal: p95 under "
        f"{GOAL:g} ms.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        for name, url in _databases(Path(base)):
            with a_register(Path(base) / name, url) as node:
                fill(node.database, node.rulebook, UNIT, sizes[name])
                measure(figures, name, node, requests)
    if quick:
        figures.failures.clear()  # of three answers the slowest tells nothing
    return figures


def _databases(base: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{base / 'inbox.sqlite'}"
    with temporary_postgres(durable=True, memory=MEMORY) as url:
        yield "PostgreSQL", url


@contextmanager
def a_register(folder: Path, url: str) -> Iterator[Node]:
    """A regional node and its two people, without an issue."""
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
    for login, grant in PEOPLE.items():
        a_person(node, login, grant)
    try:
        yield node
    finally:
        node.close()


def asked_by(node: Node, login: str) -> list[Asked]:
    """What is measured, in the order of the table."""
    actor = actor_of(node, login)
    shown, mine = Access(actor, node.rulebook, node.code).shown, mine_of(actor, node.rulebook)
    tabs = [choice for _, choice in tabs_of(actor, mine)]
    pages, calls = _deep(node, shown)
    return [
        Asked("list", [PATH], [API]),
        Asked("each tab", _pages(tabs), _calls(tabs)),
        Asked("filters, a saved one among them", _pages(FILTERS), _calls(FILTERS)),
        Asked("from the middle on", pages, calls),
        *(
            Asked(f"search: {name}", _pages(among), _calls(among))
            for name, choices in SEARCHES.items()
            for among in [[one for choice in choices for one in _among_all(choice)]]
        ),
        Asked("counts of the tabs", [], [f"{API}/counts"]),
    ]


def _deep(node: Node, shown: tuple[Sight, ...]) -> tuple[list[str], list[str]]:
    """Addresses of pages in the middle: of what is in work, closed, all, and found by a word."""
    with node.reading() as session:
        middle = session.scalar(select(func.max(Issue.id) / 2)) or 0
        open_ones = select(Issue).where(Issue.next_due_at.is_not(None))
        in_work = session.scalar(select(func.count()).select_from(open_ones.subquery())) or 0
        due = session.scalars(
            open_ones.order_by(Issue.next_due_at, Issue.id).offset(in_work // 2).limit(1)
        ).one()
        closed = session.scalars(
            select(Issue).where(Issue.closed_at.is_not(None), Issue.id >= middle).limit(1)
        ).one()
        everything = Wanted(scope=Scope.ALL, shown=shown)
        [seen] = work_lists.page(session, everything, after=middle, limit=1)
    frequent = Choice(state="all", q="дорога")
    pages = [
        Listing(choice).following(last, Wanted(scope=choice.scope, words=search_for(choice.q)))
        for choice, last in (
            (Choice(), due),
            (Choice(state="closed"), closed),
            (Choice(state="all"), seen),
            (frequent, seen),
        )
    ]
    after = {"after": seen.number}
    return pages, [f"{API}?{urlencode(query)}" for query in (after, after | {"q": frequent.q})]


def _pages(choices: Iterable[Choice]) -> list[str]:
    return [Listing(choice).address() for choice in choices]


def _calls(choices: Iterable[Choice]) -> list[str]:
    """The same of the API, which knows states alone and no groups of them."""
    queries = [
        urlencode({name: value for name, value in choice.given().items() if value != ALL})
        for choice in choices
        if choice.state in ("", ALL, *State)
    ]
    return [f"{API}?{query}" for query in dict.fromkeys(queries)]


def _among_all(choice: Choice) -> Iterator[Choice]:
    """Words are looked for in what is in work, closed, and all; a deadline runs in work alone."""
    for state in ("",) if choice.due else ("", "closed", ALL):
        yield replace(choice, state=state)


def measure(figures: Figures, database: str, node: Node, requests: int) -> None:
    """Add the rows of one database; what is over the goal is a failure."""
    found = {login: asyncio.run(_ask_all(node, login, requests)) for login in PEOPLE}
    for name in found[next(iter(PEOPLE))]:
        each = [times for login in PEOPLE for times in found[login][name]]
        figures.add(
            f"{database}, {name}",
            *(f"{one.median():.0f} / {one.p95():.0f}" if one.taken else "" for one in each),
            ", ".join(filter(None, (_span(each[::2]), _span(each[1::2])))),
        )
    for login, kinds in found.items():
        for address, taken in ((a, t) for k in kinds.values() for one in k for a, t in one.each()):
            if taken > GOAL:
                told = f"{database}, {login}, {unquote(address)}: p95 {taken:.0f} ms"
                figures.failures.append(told)


def _span(many: Iterable[Times]) -> str:
    """How many statements, the fewest and the most where these differ."""
    counted = set().union(*(one.statements for one in many))
    return "–".join(str(one) for one in sorted({min(counted), max(counted)})) if counted else ""


async def _ask_all(node: Node, login: str, requests: int) -> dict[str, tuple[Times, Times]]:
    """Page and API of everything one person asks for."""
    asked: list[str] = []

    def note(*event: Any) -> None:
        asked.append(event[2])

    engine = node.database.engine
    timed = Timed(create_app(node))
    listen(engine, "before_cursor_execute", note)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=timed), base_url=URL
        ) as client:
            signed = await client.post("/sign-in", data={"login": login, "password": PASSWORD})
            kept = await client.post(
                f"{PATH}/filters", data={"name": "Дороги", "query": SAVED.query()}
            )
            if (signed.status_code, kept.status_code) != (303, 303):
                raise RuntimeError(f"{login} could not sign in and keep a filter")
            found = {}
            for one in asked_by(node, login):
                found[one.name] = (Times(), Times())
                for times, addresses in zip(found[one.name], (one.pages, one.calls), strict=True):
                    for address in addresses:
                        await _ask(client, timed, asked, address, requests, times)
    finally:
        remove(engine, "before_cursor_execute", note)
    return found


async def _ask(
    client: httpx.AsyncClient,
    timed: Timed,
    asked: list[str],
    address: str,
    requests: int,
    times: Times,
) -> None:
    headers = {} if address.startswith(API) else {"Accept": "text/html"}
    times.taken[address] = []
    for number in range(-2, requests):
        asked.clear()
        answer = await client.get(address, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
        if number >= 0:
            times.taken[address].append(timed.seconds * 1000)
            times.statements.add(sum(not sql.startswith("BEGIN") for sql in asked))


if __name__ == "__main__":
    print(run().markdown())
