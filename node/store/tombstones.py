"""Tombstones: what was erased or redacted, by which rule and when, so that whoever asks is told.

Append-only, and no personal data: a number, a kind of data, a day. Of a contact the version and
the moment of the consent stay, which must be provable as long as anything stood on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store import append_only
from node.store.base import Base, Instant


class Tombstone(Base, kw_only=True):
    """`subject`: the number of an appeal or an issue; `rule`: its code, or `request`."""

    __tablename__ = "tombstone"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    subject: Mapped[str] = mapped_column(String(80))
    data: Mapped[str] = mapped_column(String(16))
    fate: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(64))
    items: Mapped[int]  # how many there were: photos, replies …
    consent_version: Mapped[str | None] = mapped_column(String(32), default=None)
    consented_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


append_only.keep(Base.metadata.tables[Tombstone.__tablename__])


def write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """One row of values for each; any number in one statement."""
    if rows:
        session.execute(insert(Tombstone), rows)


def of_subjects(session: Session, subjects: Collection[str]) -> dict[str, list[Tombstone]]:
    """What was erased under these numbers, the first first; `[]` where nothing was."""
    found: dict[str, list[Tombstone]] = {subject: [] for subject in subjects}
    query = select(Tombstone).where(Tombstone.subject.in_(found)).order_by(Tombstone.id)
    for tombstone in session.scalars(query):
        found[tombstone.subject].append(tombstone)
    return found


def newest_at(session: Session) -> datetime | None:
    """When something was erased last."""
    query = select(Tombstone.at).order_by(Tombstone.id.desc()).limit(1)
    return session.scalars(query).first()
