"""Statements a second at a parent: proved up to the root, joined and committed.

What a district or the top does with each request of a child: signature over the bytes, chain of
certificates, schema, territory, version, receipt, durable commit. Opening the request itself (HTTP
signature, JSON) comes once for a dozen statements and is not in it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from federation.exchange import SUMMARY_PORTION, ExchangeRequest, receive
from federation.histogram import Histogram
from federation.incarnation import keep
from federation.join import Result
from federation.keys import KeyPair
from federation.receipt import Receipt
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.schemas.summary import Summary, SummaryRow, local_day
from federation.statement import Envelope, Statement, seal, verify
from node.actions.federation_rules import FederationRules
from node.domain.directory import Directory
from node.reference import load_rulebook
from node.store.ledger import SqlLedger
from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.bench.figures import Figures, median
from tests.bench.servers import databases

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SINCE = NOW - timedelta(days=80)
CHILD = "SZFO"
TOPICS = 40  # of a region's 150, on an ordinary day


@dataclass(frozen=True, slots=True)
class Maker:
    """A node that signs."""

    code: str
    parent: str | None
    root: KeyPair
    signing: KeyPair

    def descriptor(self) -> Statement:
        key = self.signing
        signing = SigningKey(key.kid, key.public.x, SINCE, SINCE + timedelta(days=365))
        described = Descriptor(
            node=self.code,
            unit=self.code,
            parent=self.parent,
            url=f"https://{self.code.lower()}.example.ru",
            root=self.root.public.x,
            signing_keys=(signing,),
        )
        return seal_descriptor(described, n=1, root=self.root, now=SINCE)

    def certificate(self, child: Maker) -> Statement:
        certified = Certificate(
            child=child.code,
            root=child.root.kid,
            territories=(Territory(child.code, SINCE.date()),),
            not_before=SINCE,
            not_after=SINCE + timedelta(days=90),
        )
        return self.seals("certificate", child.code, certified.to_body())

    def seals(self, type: str, key: str, body: dict[str, object]) -> Statement:
        epoch = int(SINCE.timestamp())
        return seal(
            type=type,
            origin=self.code,
            key=key,
            epoch=epoch,
            rev=1,
            made_at=NOW,
            body=body,
            signer=self.signing,
        )


class Country:
    """The top, one child and what the child's own children have sealed for so many days."""

    def __init__(self, directory: Directory, topics: list[str], days: int) -> None:
        self.directory = directory
        self.top = _maker(directory, directory.root.code)
        self.child = _maker(directory, CHILD)
        self.leaves = [_maker(directory, unit.code) for unit in directory.children(CHILD)]
        self.vouchers = [self.child.descriptor()]
        for leaf in self.leaves:
            self.vouchers += [self.child.certificate(leaf), leaf.descriptor()]
        chosen = random.Random(11)
        self.summaries = [
            (leaf, _summary(leaf, directory, chosen.sample(topics, TOPICS), day, chosen))
            for day in (NOW.date() - timedelta(days=back) for back in range(days, 0, -1))
            for leaf in self.leaves
        ]

    def requests(self) -> Iterator[ExchangeRequest]:
        """What the child sends: first what vouches, then summaries in portions."""
        yield self._request([statement.envelope for statement in self.vouchers])
        portion: list[Envelope] = []
        for _, statement in self.summaries:
            portion.append(statement.envelope)
            if sum(len(envelope.data) for envelope in portion) > SUMMARY_PORTION:
                last = portion.pop()
                yield self._request(portion)
                portion = [last]
        yield self._request(portion)

    def _request(self, statements: list[Envelope]) -> ExchangeRequest:
        return ExchangeRequest(
            sender=CHILD,
            recipient=self.top.code,
            epoch=int(SINCE.timestamp()),
            first_of_start=False,
            statements=tuple(statements),
        )


def run(quick: bool = False) -> Figures:
    """Each run begins with an empty database."""
    days, runs = (5, 1) if quick else (60, 3)
    rulebook = load_rulebook()
    topics = [topic.code for topic in rulebook.classifier.topics]
    country = Country(rulebook.directory, topics, days)
    count = len(country.summaries)
    size = sum(len(statement.envelope.data) for _, statement in country.summaries) / count
    figures = Figures(
        "Statements at a parent",
        ("database", "statements/s", "MB/s", "ms a request", "signature alone/s", "ratio"),
        f"{count} summaries of {len(country.leaves)} regions, {size / 1000:.0f} kB each, in "
        f"requests of {SUMMARY_PORTION // 1024} KiB, a durable transaction each; floor: only the "
        f"Ed25519 check of the same bytes. Medians of {runs} runs.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
        for name, urls in kinds.items():
            taken, floor, requests = [], [], 0
            for _ in range(runs):
                seconds, requests = _receive(country, urls[0])
                taken.append(seconds)
                floor.append(_verify(country))
            seconds = median(taken)
            figures.add(
                name,
                f"{count / seconds:.0f}",
                f"{count * size / 1e6 / seconds:.1f}",
                f"{seconds / requests * 1000:.0f}",
                f"{count / median(floor):.0f}",
                f"{median(b / a for a, b in zip(taken, floor, strict=True)):.2f}",
            )
    return figures


def _receive(country: Country, url: str) -> tuple[float, int]:
    """Seconds for all requests with summaries, and how many there were."""
    database = Database(open_engine(url))
    Base.metadata.drop_all(database.engine)
    Base.metadata.create_all(database.engine)
    with database.transaction() as session:
        ledger = SqlLedger(session)
        for own in (country.top.descriptor(), country.top.certificate(country.child)):
            keep(ledger, own, received_from=None, parent=None, now=SINCE)
    taken = 0.0
    number = 0
    for number, request in enumerate(country.requests()):
        begun = time.perf_counter()
        with database.transaction() as session:
            ledger = SqlLedger(session)
            received = receive(
                ledger,
                FederationRules(session, ledger, country.directory, me=country.top.code),
                request,
                me=country.top.code,
                parent=None,
                sender=CHILD,
                key=country.child.signing.public,
                created=NOW,
                request_id=f"request-{number}",
                nonce=f"nonce-{number}",
                nonce_until=NOW + timedelta(minutes=7),
                signer=country.top.signing,
                now=NOW,
            )
        if number:  # the first carries no summaries
            taken += time.perf_counter() - begun
        receipt = Receipt.open(received.answer.receipt, country.top.signing.public)
        others = {
            outcome.code for outcome in receipt.results if outcome.result is not Result.STORED
        }
        if others:
            raise RuntimeError(f"not everything was stored: {others}")
    database.close()
    return taken, number


def _verify(country: Country) -> float:
    begun = time.perf_counter()
    for leaf, statement in country.summaries:
        verify(statement.envelope, leaf.signing.public)
    return time.perf_counter() - begun


def _maker(directory: Directory, code: str) -> Maker:
    return Maker(code, directory.parent(code), KeyPair.generate(), KeyPair.generate())


def _summary(
    leaf: Maker, directory: Directory, topics: list[str], day: date, chosen: random.Random
) -> Statement:
    rows = []
    for topic in topics:
        received = chosen.randint(1, 60)
        solved = chosen.randint(0, received)
        minutes = [chosen.randint(30, 20_000) for _ in range(solved)]
        counters = {"received": received, "opened": received, "routed": received, "open": received}
        histograms = {"solve_hours": Histogram.of(minutes)} if solved else {}
        rows.append(
            SummaryRow(
                leaf.code,
                topic,
                counters | ({"closed_solved": solved} if solved else {}),
                histograms,
            )
        )
    tz = directory.timezone(leaf.code)
    starts, ends = local_day(day, tz)
    summary = Summary(
        day=day,
        status="final",
        reason=None,
        tz=tz,
        starts=starts,
        ends=ends,
        zero_report=False,
        rows=tuple(rows),
    )
    return leaf.seals("summary", day.isoformat(), summary.to_body())
