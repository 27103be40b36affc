"""The journal: append-only, hash-chained "who did what when" of one node.

No personal data and no texts: `subject` is a number, `details` holds codes. So what is known of a
resident can be erased, and the chain goes on to fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Table, func, insert, select, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.journal_chain import Entry, Head, Walk, link
from node.store import append_only
from node.store.base import Base, Instant

CHAIN = 0x6A6F75726E  # the advisory lock on the end of the chain: "journ" in ASCII


class JournalEntry(Base, kw_only=True):
    __tablename__ = "journal"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))  # over the previous hash and this entry


TABLE: Table = Base.metadata.tables[JournalEntry.__tablename__]
append_only.keep(TABLE)
# Built once: every move reads the end of the chain and appends to it.
_LAST = select(TABLE.c.id, TABLE.c.sha256).order_by(TABLE.c.id.desc()).limit(1)
_APPENDED = insert(TABLE)
_TURN = select(func.pg_advisory_xact_lock(CHAIN))


def write(
    session: Session,
    *,
    action: str,
    subject: str,
    actor: str,
    now: datetime,
    **details: str | int | None,
) -> None:
    """Append one entry in the caller's transaction.

    Writers queue for the end of the chain until the one before them has committed: on SQLite every
    transaction does, PostgreSQL is asked to. Hence the journal is an action's last line. The
    primary key, one more than the last, would refuse a fork all the same.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_TURN)
    last = newest(session)
    values: dict[str, Any] = {
        "id": last.entries + 1,
        "at": now,
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": details,
    }
    session.execute(_APPENDED, values | {"sha256": link(last.sha256, **values)})


def newest(session: Session) -> Head:
    """The head of the chain; of an empty journal number 0 and no hash."""
    last = session.execute(_LAST).first()
    return Head(last.id, last.sha256) if last else Head(0, "")


def page(
    session: Session, *, subject: str | None = None, before: int | None = None, limit: int
) -> Sequence[JournalEntry]:
    """Entries on a subject (None: on any), the newest first, those older than the id `before`."""
    query = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(JournalEntry.subject == subject)
    if before is not None:
        query = query.where(JournalEntry.id < before)
    return session.scalars(query).all()


def last_of(session: Session, subject: str) -> JournalEntry | None:
    """The newest entry on a subject."""
    query = select(JournalEntry).where(JournalEntry.subject == subject)
    return session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).first()


def entries(session: Session, at_once: int = 1000) -> Iterator[Entry]:
    """The whole journal by id, so many rows in memory at a time.

    Values are read as they stand: one that somebody has made unreadable is shown as None, it does
    not end the reading.
    """
    query = select(
        JournalEntry.id,
        type_coerce(JournalEntry.at, String),
        JournalEntry.actor,
        JournalEntry.action,
        JournalEntry.subject,
        type_coerce(JournalEntry.details, String),
        JournalEntry.sha256,
    ).order_by(JournalEntry.id)
    rows = session.execute(query.limit(at_once)).all()
    while rows:
        for id, at, actor, action, subject, details, sha256 in rows:
            yield Entry(id, _moment(at), actor, action, subject, _details(details), sha256)
        rows = session.execute(query.where(JournalEntry.id > id).limit(at_once)).all()


def broken_at(session: Session) -> int | None:
    """The id of the first entry that does not fit its chain, or None when all fit."""
    walk = Walk()
    for entry in entries(session):
        if (found := walk.step(entry)) is not None:
            return found.id
    return None


def _moment(value: object) -> datetime | None:
    """PostgreSQL gives a moment, SQLite the text of one in UTC."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _details(value: object) -> Mapping[str, str | int | None] | None:
    """PostgreSQL gives an object, SQLite the text of one."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
