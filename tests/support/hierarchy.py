"""A small country of federated nodes in memory: real keys, descriptors, certificates; no sockets.

Everything passes through JSON on the way, as at the door; what the door itself refuses is tested
there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from federation.errors import Refusal
from federation.exchange import (
    MAX_STATEMENTS,
    SUMMARY_PORTION,
    ExchangeAnswer,
    ExchangeRequest,
    Settled,
    compose,
    note_refusal,
    receive,
    seal_own,
    settle,
    start,
)
from federation.incarnation import keep
from federation.keys import KeyPair, PublicKey
from federation.ledger import Ledger
from federation.receipt import Outcome, Receipt
from federation.schemas import SCHEMAS
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.schemas.fields import Schema
from federation.schemas.summary import Summary, SummaryRow, local_day
from federation.statement import Body, Envelope, Statement, StatementId, seal
from federation.testing import MemoryLedger

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
TZ = "Europe/Moscow"
PARENTS = {"RU": None, "SZFO": "RU", "RU-MUR": "SZFO", "RU-KGD": "SZFO", "47701000": "RU-MUR"}


def key(name: str) -> KeyPair:
    """The same key for the same name, always."""
    return KeyPair.from_seed(hashlib.sha256(name.encode()).digest())


def a_summary(day: str = "2026-11-20", *, received: int = 1, status: str = "open") -> Body:
    """The body of a summary of one row; another `received` makes it another body."""
    date = datetime.fromisoformat(day).date()
    starts, ends = local_day(date, TZ)
    row = SummaryRow("RU-MUR", "roads.pits", {"received": received}, {})
    reason = "late" if status == "restated" else None
    return Summary(date, status, reason, TZ, starts, ends, False, (row,)).to_body()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Hierarchy:
    """`admission.Rules` by a table of parents, with no policy of a node."""

    parents: Mapping[str, str | None]
    anchors: Mapping[str, str]

    def parent_of(self, unit: str) -> str | None:
        return self.parents.get(unit)

    def under(self, origin: str, sender: str) -> bool:
        unit: str | None = origin
        while unit is not None:
            if unit == sender:
                return True
            unit = self.parents.get(unit)
        return False

    def check(self, statement: Statement, typed: object) -> None:
        """Everything well-formed is believed."""


class Opens(Protocol):
    """What a node opens its ledger with."""

    def __call__(self) -> AbstractContextManager[Ledger]: ...


@dataclass(frozen=True)
class Message:
    """A request as the door admits it."""

    payload: str
    sender: str
    request_id: str
    created: datetime


class FedNode:
    """One node: its keys, its ledger, its end of the exchange."""

    def __init__(self, code: str, country: Country, transaction: Opens) -> None:
        self.code = code
        self.parent = country.parents[code]
        self.country = country
        self.transaction = transaction
        self.root = key(f"root of {code}")
        self.signer = key(f"signing key of {code}")
        anchored = {code, self.parent, country.top} - {None}
        self.rules = Hierarchy(
            country.parents, {node: key(f"root of {node}").kid for node in anchored if node}
        )
        self.asked = 0
        self.known: Mapping[str, Schema[object]] = SCHEMAS  # fewer in an older version
        self.stood: tuple[Statement, ...] = ()  # what came to stand here, from below and above

    def descriptor(self, n: int = 1) -> Statement:
        signing = SigningKey(
            self.signer.kid,
            self.signer.public.x,
            START - timedelta(days=1),
            START + timedelta(days=365),
        )
        descriptor = Descriptor(
            node=self.code,
            unit=self.code,
            parent=self.parent,
            url="https://node.example",
            root=self.root.public.x,
            signing_keys=(signing,),
        )
        return seal_descriptor(descriptor, n=n, root=self.root, now=START)

    def start(self) -> None:
        """The sealing process starts."""
        with self.transaction() as ledger:
            start(ledger, me=self.code, parent=self.parent, now=self.country.now)

    def seal(self, key: str, body: Body | None, *, type: str = "summary") -> Statement:
        with self.transaction() as ledger:
            return seal_own(
                ledger,
                me=self.code,
                parent=self.parent,
                type=type,
                key=key,
                body=body,
                signer=self.signer,
                now=self.country.now,
            )

    def certify(self, child: FedNode) -> Statement:
        certificate = Certificate(
            child.code,
            child.root.kid,
            (Territory(child.code, START.date()),),
            START,
            START + timedelta(days=90),
        )
        return self.seal(child.code, certificate.to_body(), type="certificate")

    def enrol(self, child: FedNode) -> None:
        """What is known on both sides when invite and join are done."""
        issued = self.certify(child)
        with self.transaction() as ledger:
            keep(
                ledger,
                child.descriptor(),
                received_from=child.code,
                parent=self.parent,
                now=self.country.now,
            )
        with child.transaction() as ledger:
            for statement in (self.descriptor(), issued):
                keep(ledger, statement, received_from=self.code, parent=None, now=self.country.now)

    def ask(
        self, *, max_bytes: int = MAX_STATEMENTS, summary_portion: int = SUMMARY_PORTION
    ) -> tuple[ExchangeRequest, Message]:
        """The next request, and how it travels."""
        assert self.parent is not None
        with self.transaction() as ledger:
            request = compose(
                ledger,
                me=self.code,
                parent=self.parent,
                software="cur 0.1.0",
                now=self.country.now,
                max_bytes=max_bytes,
                summary_portion=summary_portion,
            )
        self.asked += 1
        request_id = f"{self.code}-{self.asked}"
        payload = json.dumps(request.to_payload(), ensure_ascii=False)
        return request, Message(payload, self.code, request_id, self.country.now)

    def answer(self, message: Message, *, max_down: int = MAX_STATEMENTS) -> str:
        """What the parent's door, transaction and answer do."""
        child = self.country[message.sender]
        arguments: dict[str, Any] = {
            "me": self.code,
            "parent": self.parent,
            "sender": message.sender,
            "key": child.signer.public,
            "request_id": message.request_id,
            "nonce": f"nonce of {message.request_id}",
            "nonce_until": message.created + timedelta(seconds=420),
            "created": message.created,
            "signer": self.signer,
            "now": self.country.now,
        }
        request = ExchangeRequest.from_payload(json.loads(message.payload))
        try:
            with self.transaction() as ledger:
                received = receive(
                    ledger, self.rules, request, known=self.known, max_down=max_down, **arguments
                )
        except Refusal as refusal:
            with self.transaction() as ledger:
                note_refusal(ledger, sender=message.sender, refusal=refusal)
            raise
        self.stood += received.stored
        return json.dumps(received.answer.to_payload(), ensure_ascii=False)

    def settle(self, request: ExchangeRequest, message: Message, payload: str) -> Settled:
        assert self.parent is not None
        parent_key: PublicKey = self.country[self.parent].signer.public
        with self.transaction() as ledger:
            settled = settle(
                ledger,
                self.rules,
                me=self.code,
                parent=self.parent,
                request=request,
                request_id=message.request_id,
                answer=ExchangeAnswer.from_payload(json.loads(payload)),
                parent_key=parent_key,
                signer=self.signer,
                now=self.country.now,
                known=self.known,
            )
        self.stood += settled.stored
        return settled

    def exchange(
        self,
        *,
        max_bytes: int = MAX_STATEMENTS,
        summary_portion: int = SUMMARY_PORTION,
        max_down: int = MAX_STATEMENTS,
    ) -> Settled:
        """One exchange with the parent over a perfect network."""
        assert self.parent is not None
        request, message = self.ask(max_bytes=max_bytes, summary_portion=summary_portion)
        answer = self.country[self.parent].answer(message, max_down=max_down)
        return self.settle(request, message, answer)

    def newest(self, *ids: StatementId) -> dict[StatementId, Any]:
        with self.transaction() as ledger:
            return dict(ledger.newest(ids))


class Country:
    """Nodes by code, one clock, everybody enrolled and started."""

    def __init__(
        self, parents: Mapping[str, str | None] = PARENTS, opens: Mapping[str, Opens] | None = None
    ) -> None:
        self.now = START
        self.parents = parents
        self.top = next(code for code, parent in parents.items() if parent is None)
        self.ledgers = {code: MemoryLedger() for code in parents}
        self._nodes = {
            code: FedNode(code, self, (opens or {}).get(code, self.ledgers[code].transaction))
            for code in parents
        }
        # From the top down: a node that is to enrol others must have sealed before.
        for code, parent in parents.items():
            node = self[code]
            with node.transaction() as ledger:
                keep(ledger, node.descriptor(), received_from=None, parent=None, now=START)
            if parent is not None:
                self[parent].enrol(node)
            node.start()
            if parent is not None:
                node.exchange()

    def __getitem__(self, code: str) -> FedNode:
        return self._nodes[code]

    def __iter__(self) -> Any:
        return iter(self._nodes.values())

    def wait(self, **span: float) -> None:
        """Time passes for everybody."""
        self.now += timedelta(**span)

    def drain(self, rounds: int = 30) -> None:
        """Exchange, from the leaves up, until nothing is left to send."""
        for _ in range(rounds):
            self.wait(minutes=16)
            more = [node.exchange() for node in reversed(list(self)) if node.parent is not None]
            if not any(s.more or s.receipt.results or s.came_down for s in more):
                return
        raise AssertionError("never quiet")


def forged(origin: str, signer: KeyPair, *, day: str = "2026-11-20", **given: Any) -> Envelope:
    facts: dict[str, Any] = {
        "type": "summary",
        "origin": origin,
        "key": day,
        "epoch": int(START.timestamp()),
        "rev": 1,
        "made_at": START,
        "body": a_summary(day),
        "signer": signer,
    }
    return seal(**{**facts, **given}).envelope


def knock(country: Country, child: str, *envelopes: Envelope, **given: Any) -> list[Outcome]:
    """The parent's outcomes for whatever a child chooses to send."""
    node = country[child]
    assert node.parent is not None
    country.wait(seconds=1)
    request, message = node.ask()
    request = replace(request, statements=envelopes, **given)
    payload = json.dumps(request.to_payload())
    answer = country[node.parent].answer(replace(message, payload=payload))
    read = ExchangeAnswer.from_payload(json.loads(answer))
    return list(Receipt.open(read.receipt, country[node.parent].signer.public).results)
