"""Request and answer of the one call, as values and as JSON objects.

Every field of v1 is here, also those nobody fills yet. Unknown fields are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from federation.errors import BadStatement, Refusal, TransportError
from federation.ledger import NOTHING_WAITS, Backlog, Outbound
from federation.schemas.fields import (
    Code,
    Count,
    Field,
    Flag,
    Instant,
    ListOf,
    Nullable,
    Record,
    Sha256,
    Wrong,
)
from federation.statement import Envelope, StatementId, V, instant

Payload = dict[str, Any]

MAX_EPOCH = 2**62
MAX_STATEMENTS = 1024 * 1024
"""Bytes of statements in one request, unless it is a single one."""
MOST = 2048
"""Statements in one request, however small they are."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What the sender holds of the origins under the child, and of what goes down to it.

    Each is the hash of `digest.digest`, or None: not computed this time, nothing to compare.
    """

    up: str | None = None
    down: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statement that passed through the child was put into quarantine by `by`, further up."""

    id: StatementId
    sha256: str
    code: str
    by: str


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """Child → parent. With nothing to send it is the heartbeat.

    In the first exchange of a start `epoch` is the last own epoch known (0 if none) and
    `statements` is empty. `receipts` answer what came down. `queued` stays with the sender: the
    queue entries of `statements`, one for one, because bytes damaged in the sender's own store
    have another hash than the one they are queued under.
    """

    sender: str
    recipient: str
    epoch: int
    first_of_start: bool
    statements: tuple[Envelope, ...] = ()
    receipts: tuple[Envelope, ...] = ()
    digest: Digests = Digests()
    backlog: Backlog = NOTHING_WAITS
    software: str = ""
    queued: tuple[Outbound, ...] = field(default=(), compare=False, repr=False)
    v: int = V

    def to_payload(self) -> Payload:
        return {
            "v": self.v,
            "sender": self.sender,
            "recipient": self.recipient,
            "epoch": self.epoch,
            "first_of_start": self.first_of_start,
            "statements": [envelope.to_wire() for envelope in self.statements],
            "receipts": [envelope.to_wire() for envelope in self.receipts],
            "digest": {"up": self.digest.up, "down": self.digest.down},
            "backlog": {
                "statements": self.backlog.statements,
                "oldest": self.backlog.oldest and instant(self.backlog.oldest),
            },
            "software": self.software,
        }

    @classmethod
    def from_payload(cls, payload: object) -> ExchangeRequest:
        """Refusal: unsupported_version {supported}, malformed (naming the field), too_big {max}."""
        if isinstance(payload, dict) and payload.get("v") != V:
            raise Refusal("unsupported_version", "v", supported=[V])
        try:
            facts = _REQUEST.read(payload)
        except Wrong as wrong:
            raise Refusal("malformed", f"{'.'.join(wrong.where) or 'body'}: {wrong}") from wrong
        if facts["first_of_start"] and facts["statements"]:
            raise Refusal("malformed", "statements: the first exchange of a start carries none")
        _check_size(facts["statements"])
        backlog, digest = Backlog(**facts["backlog"]), Digests(**facts["digest"])
        return cls(**{**facts, "backlog": backlog, "digest": digest})


@dataclass(frozen=True, slots=True)
class ExchangeAnswer:
    """Parent → child. `your_epoch` is the highest epoch held of this child, 0 if none."""

    server_time: datetime
    your_epoch: int
    receipt: Envelope
    statements: tuple[Envelope, ...] = ()
    digests: Digests = Digests()
    verdicts: tuple[Verdict, ...] = ()
    v: int = V

    def to_payload(self) -> Payload:
        return {
            "v": self.v,
            "server_time": instant(self.server_time),
            "your_epoch": self.your_epoch,
            "receipt": self.receipt.to_wire(),
            "statements": [envelope.to_wire() for envelope in self.statements],
            "digests": {"up": self.digests.up, "down": self.digests.down},
            "verdicts": [
                {
                    **verdict.id._asdict(),
                    "sha256": verdict.sha256,
                    "code": verdict.code,
                    "by": verdict.by,
                }
                for verdict in self.verdicts
            ],
        }

    @classmethod
    def from_payload(cls, payload: object) -> ExchangeAnswer:
        """TransportError for anything but an answer: nobody is there to be refused."""
        try:
            facts = _ANSWER.read(payload)
        except Wrong as wrong:
            where = ".".join(wrong.where) or "body"
            raise TransportError(f"the answer is malformed: {where}: {wrong}") from wrong
        if facts["v"] != V:
            raise TransportError(f"the answer is of version {facts['v']}")
        verdicts = tuple(
            Verdict(
                StatementId(verdict["origin"], verdict["type"], verdict["key"]),
                verdict["sha256"],
                verdict["code"],
                verdict["by"],
            )
            for verdict in facts["verdicts"]
        )
        return cls(**{**facts, "digests": Digests(**facts["digests"]), "verdicts": verdicts})


def _check_size(statements: tuple[Envelope, ...]) -> None:
    """What one request may bring: it is taken in under the lock that all writers wait for."""
    if len(statements) > MOST:
        raise Refusal("too_big", f"{len(statements)} statements, at most {MOST}", max=MOST)
    size = sum(len(envelope.data) for envelope in statements)
    if len(statements) > 1 and size > MAX_STATEMENTS:
        raise Refusal("too_big", f"{size} bytes of statements", max=MAX_STATEMENTS)


class _Envelope(Field[Envelope]):
    """`{bytes, kid, sig}`. Signatures are looked at later, statement by statement."""

    def read(self, value: object) -> Envelope:
        try:
            return Envelope.from_wire(value)
        except BadStatement as bad:
            raise Wrong(bad.detail) from bad


class _Software(Field[str]):
    """A program's name and version: printable ASCII, at most 64 characters."""

    def read(self, value: object) -> str:
        # isprintable is true of "" too: a node need not say what it runs.
        if (
            type(value) is not str
            or len(value) > 64
            or not (value.isascii() and value.isprintable())
        ):
            raise Wrong("not a program's name and version")
        return value


_DIGESTS = Record({"up": Nullable(Sha256()), "down": Nullable(Sha256())})
_EPOCH = Count(below=MAX_EPOCH)
_REQUEST = Record(
    {
        "v": Count(),
        "sender": Code(),
        "recipient": Code(),
        "epoch": _EPOCH,
        "first_of_start": Flag(),
        "statements": ListOf(_Envelope()),
        "receipts": ListOf(_Envelope()),
        "digest": _DIGESTS,
        "backlog": Record({"statements": Count(below=2**53), "oldest": Nullable(Instant())}),
        "software": _Software(),
    }
)
_ANSWER = Record(
    {
        "v": Count(),
        "server_time": Instant(),
        "your_epoch": _EPOCH,
        "receipt": _Envelope(),
        "statements": ListOf(_Envelope()),
        "digests": _DIGESTS,
        "verdicts": ListOf(
            Record(
                {
                    "origin": Code(),
                    "type": Code(),
                    "key": Code(),
                    "sha256": Sha256(),
                    "code": Code(),
                    "by": Code(),
                }
            )
        ),
    }
)
