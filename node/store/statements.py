"""Statements as rows: every version held, and what the node's own readers ask of them.

They are written by the ledger alone.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    CursorResult,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    exists,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from federation.ledger import Fork, Held, State
from federation.statement import Envelope, StatementId, Version
from node.store.base import Base, Instant

FORGET_AFTER = timedelta(days=7)
"""How long after the final of a day the bytes of its open versions are kept."""

ID = ("origin", "type", "key")
PLACE = (*ID, "epoch", "rev")
VERSION = (*PLACE, "sha256")

_Serial = BigInteger().with_variant(Integer, "sqlite")


def partial(condition: str) -> dict[str, Any]:
    """A partial index. SQLite uses it only for a query that says the same words: 1, not true."""
    plain = re.sub(r"(\w+) = 0", r"NOT \1", re.sub(r"(\w+) = 1", r"\1", condition))
    return {"sqlite_where": text(condition), "postgresql_where": text(plain)}


class StatementRow(Base, kw_only=True):
    """One version of a statement. Rows of other states than stored never have `newest`."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("origin", "type", "key", "epoch", "rev", "sha256"),
        CheckConstraint("state IN ('stored','pending','quarantined','recovered')", name="state"),
        Index("uq_statement_newest", "origin", "type", "key", unique=True, **partial("newest = 1")),
        Index("ix_statement_newest_epoch", "origin", "epoch", **partial("newest = 1")),
        Index("ix_statement_newest_id", "type", "id", **partial("newest = 1")),
        Index("ix_statement_waiting", "state", "id", **partial("state <> 'stored'")),
        Index("ix_statement_forgettable", "id", **partial("open_day = 1 AND newest = 0")),
        # A row number is never given twice: readers remember the last one they saw.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_Serial, primary_key=True, init=False)
    origin: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(BigInteger)
    rev: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    kid: Mapped[str] = mapped_column(String(64))
    sig: Mapped[bytes] = mapped_column(LargeBinary)
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_from: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(64))
    newest: Mapped[bool]
    open_day: Mapped[bool]


class ForkRow(Base, kw_only=True):
    """Two hashes under one (epoch, rev): evidence, kept for ever."""

    __tablename__ = "fork"

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rev: Mapped[int] = mapped_column(Integer, primary_key=True)
    kept: Mapped[str] = mapped_column(String(64), primary_key=True)
    other: Mapped[str] = mapped_column(String(64), primary_key=True)
    noticed_at: Mapped[datetime] = mapped_column(Instant)
    noticed_from: Mapped[str | None] = mapped_column(String(64))


def table_of(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table


STATEMENT = table_of(StatementRow)


class Changed(NamedTuple):
    """A standing summary, and the row number to go on from."""

    row: int
    held: Held


def newest_summaries_changed(session: Session, *, after_id: int, limit: int) -> list[Changed]:
    """Standing summaries that came to stand after row `after_id`, in that order.

    Row numbers become visible in order, so that a reader that keeps the last one misses nothing.
    What was superseded meanwhile is passed over: only the newest version counts.
    """
    query = (
        select(STATEMENT)
        .where(STATEMENT.c.type == "summary", STATEMENT.c.newest, STATEMENT.c.id > after_id)
        .order_by(STATEMENT.c.id)
        .limit(limit)
    )
    return [Changed(row.id, held_of(row)) for row in session.execute(query)]


def newest_bytes(session: Session, origin: str, type: str, key: str) -> Envelope | None:
    """The standing version exactly as it travels, None when nothing is held."""
    row = STATEMENT.c
    query = select(STATEMENT).where(
        row.origin == origin, row.type == type, row.key == key, row.newest
    )
    found = session.execute(query).first()
    return None if found is None else held_of(found).envelope


def history(session: Session, origin: str, type: str, key: str) -> list[Held]:
    """Every version held of an id, in whatever state, in the order of versions."""
    row = STATEMENT.c
    query = (
        select(STATEMENT)
        .where(row.origin == origin, row.type == type, row.key == key)
        .order_by(row.epoch, row.rev, row.sha256)
    )
    return [held_of(found) for found in session.execute(query)]


def forget_superseded(session: Session, *, now: datetime) -> int:
    """Drop the bytes of open summaries seven days after the final of their day; how many.

    Version, hash and signature stay for ever, and so do the bytes of a fork: they are evidence.
    """
    row, final = STATEMENT.c, aliased(STATEMENT)
    is_final = exists().where(
        *(final.c[name] == row[name] for name in ID),
        final.c.state == State.STORED.value,
        final.c.open_day.is_(False),
        final.c.received_at < now - FORGET_AFTER,
    )
    is_evidence = exists().where(
        *(getattr(ForkRow, name) == row[name] for name in (*ID, "epoch", "rev"))
    )
    query = (
        update(STATEMENT)
        .where(
            row.open_day,
            ~row.newest,
            row.state == State.STORED.value,
            row.data.is_not(None),
            is_final,
            ~is_evidence,
        )
        .values(data=None)
    )
    done = session.execute(query)
    assert isinstance(done, CursorResult)
    return done.rowcount


def row_of(held: Held) -> dict[str, Any]:
    envelope = held.envelope
    if envelope is None:
        raise ValueError(f"{held.id} is to be kept without its bytes")
    return {
        **held.id._asdict(),
        **held.version._asdict(),
        "kid": envelope.kid,
        "sig": envelope.sig,
        "data": envelope.data,
        "made_at": held.made_at,
        "received_at": held.received_at,
        "received_from": held.received_from,
        "state": held.state.value,
        "code": held.code,
        "newest": held.newest,
        "open_day": held.open_day,
    }


def id_of(row: Any) -> StatementId:
    return StatementId(row.origin, row.type, row.key)


def version_of(row: Any) -> Version:
    return Version(row.epoch, row.rev, row.sha256)


def held_of(row: Any) -> Held:
    return Held(
        id=id_of(row),
        version=version_of(row),
        envelope=None if row.data is None else Envelope(row.data, row.kid, row.sig),
        state=State(row.state),
        code=row.code,
        made_at=row.made_at,
        received_at=row.received_at,
        received_from=row.received_from,
        newest=row.newest,
        open_day=row.open_day,
    )


def fork_row(fork: Fork) -> dict[str, Any]:
    return {
        **fork.id._asdict(),
        "epoch": fork.epoch,
        "rev": fork.rev,
        "kept": fork.kept,
        "other": fork.other,
        "noticed_at": fork.noticed_at,
        "noticed_from": fork.noticed_from,
    }


def fork_of(row: ForkRow) -> Fork:
    return Fork(
        id=StatementId(row.origin, row.type, row.key),
        epoch=row.epoch,
        rev=row.rev,
        kept=row.kept,
        other=row.other,
        noticed_at=row.noticed_at,
        noticed_from=row.noticed_from,
    )
