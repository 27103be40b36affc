"""The journal: append-only, hash-chained "who did what when" of one node.

No personal data and no texts: `subject` is a number, `details` holds codes.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

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
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHAIN)))
    last = session.execute(
        select(JournalEntry.id, JournalEntry.sha256).order_by(JournalEntry.id.desc()).limit(1)
    ).first()
    entry = JournalEntry(
        id=(last.id if last else 0) + 1,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        details=details,
        sha256="",
    )
    entry.sha256 = link(last.sha256 if last else "", entry)
    session.add(entry)
    session.flush()


def link(previous: str, entry: JournalEntry) -> str:
    """The hash that chains an entry to the one before it."""
    fact = [
        entry.id,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
    ]
    text = json.dumps(fact, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def last_of(session: Session, subject: str) -> JournalEntry | None:
    """The newest entry on a subject."""
    query = select(JournalEntry).where(JournalEntry.subject == subject)
    return session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).first()


def broken_at(session: Session) -> int | None:
    """The id of the first entry that does not fit its chain, or None when all fit."""
    previous, expected = "", 1
    for entry in session.scalars(select(JournalEntry).order_by(JournalEntry.id)):
        if entry.id != expected or entry.sha256 != link(previous, entry):
            return entry.id
        previous, expected = entry.sha256, expected + 1
    return None
