"""Neighbours as rows: the queue to the parent, receipts, nonces, keys, links, and our own start.

They are written by the ledger alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.ledger import Backlog, KeptReceipt, Link, Rejected
from federation.statement import Envelope, StatementId
from node.store.base import Base, Instant
from node.store.statements import partial


class OutboundRow(Base, kw_only=True):
    """What the parent has not receipted yet: one version an id."""

    __tablename__ = "outbound"
    __table_args__ = (Index(None, "priority", "due_at"), Index(None, "sha256"))

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    rev: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)


class RejectedRow(Base, kw_only=True):
    """A statement that a tier above put into quarantine."""

    __tablename__ = "rejected"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)


class ReceiptGivenRow(Base, kw_only=True):
    """A receipt this node signed."""

    __tablename__ = "receipt_given"
    __table_args__ = (
        Index(None, "peer", "at"),
        Index("ix_receipt_given_undelivered", "peer", **partial("delivered = 0")),
    )

    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    kid: Mapped[str] = mapped_column(String(64))
    sig: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)
    delivered: Mapped[bool]


class ReceiptGotRow(Base, kw_only=True):
    """A neighbour's signed receipt."""

    __tablename__ = "receipt_got"
    __table_args__ = (Index(None, "peer", "at"),)

    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    kid: Mapped[str] = mapped_column(String(64))
    sig: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)


class NonceRow(Base, kw_only=True):
    """A nonce or request id that a key has used; kept until it could not pass for fresh."""

    __tablename__ = "nonce"
    __table_args__ = (Index(None, "until"),)

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(128), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)


class LinkRow(Base, kw_only=True):
    """One neighbour: see `federation.ledger.Link`."""

    __tablename__ = "link"

    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    epoch_since: Mapped[datetime | None] = mapped_column(Instant)
    suspended: Mapped[str | None] = mapped_column(String(64))
    heard_in: Mapped[datetime | None] = mapped_column(Instant)
    heard_out: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    waiting: Mapped[int] = mapped_column(BigInteger)
    waiting_since: Mapped[datetime | None] = mapped_column(Instant)
    software: Mapped[str] = mapped_column(String(64))


class SigningKeyRow(Base, kw_only=True):
    """Whose signing key a kid is."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    node: Mapped[str] = mapped_column(String(64), index=True)


class IncarnationRow(Base, kw_only=True):
    """The current start of the sealing process: one row."""

    __tablename__ = "incarnation"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[int | None] = mapped_column(BigInteger)
    known: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(Instant)


def receipt_row(receipt: KeptReceipt) -> dict[str, Any]:
    return {
        "peer": receipt.peer,
        "request_id": receipt.request_id,
        "data": receipt.envelope.data,
        "kid": receipt.envelope.kid,
        "sig": receipt.envelope.sig,
        "at": receipt.at,
    }


def receipt_of(row: ReceiptGivenRow | ReceiptGotRow) -> KeptReceipt:
    return KeptReceipt(row.peer, row.request_id, Envelope(row.data, row.kid, row.sig), row.at)


def link_of(row: Any) -> Link:
    return Link(
        peer=row.peer,
        epoch=row.epoch,
        epoch_since=row.epoch_since,
        suspended=row.suspended,
        heard_in=row.heard_in,
        heard_out=row.heard_out,
        failures=row.failures,
        not_before=row.not_before,
        backlog=Backlog(row.waiting, row.waiting_since),
        software=row.software,
    )


def link_row(link: Link) -> dict[str, Any]:
    return {
        "peer": link.peer,
        "epoch": link.epoch,
        "epoch_since": link.epoch_since,
        "suspended": link.suspended,
        "heard_in": link.heard_in,
        "heard_out": link.heard_out,
        "failures": link.failures,
        "not_before": link.not_before,
        "waiting": link.backlog.statements,
        "waiting_since": link.backlog.oldest,
        "software": link.software,
    }


def rejected_row(one: Rejected) -> dict[str, Any]:
    return {
        **one.id._asdict(),
        "sha256": one.sha256,
        "code": one.code,
        "by": one.by,
        "at": one.at,
    }


def rejected_of(row: RejectedRow) -> Rejected:
    id = StatementId(row.origin, row.type, row.key)
    return Rejected(id, row.sha256, row.code, row.by, row.at)
