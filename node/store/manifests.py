"""What a manifest has to list: queries over this node's own statements."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation.schemas.manifest import Entry
from node.store.ledger import StatementRow

TYPE = "manifest"


def newest_before(session: Session, origin: str, day: str) -> tuple[int, Entry] | None:
    """Row number and entry of the standing manifest of the last day before `day`."""
    row = StatementRow
    found = session.execute(
        select(row.id, row.type, row.key, row.epoch, row.rev, row.sha256)
        .where(row.type == TYPE, row.origin == origin, row.newest, row.key < day)
        .order_by(row.key.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    return found.id, Entry(found.type, found.key, found.epoch, found.rev, found.sha256)


def standing_since(session: Session, origin: str, after: int) -> list[Entry]:
    """Own standing statements, manifests apart, that came to stand after row `after`.

    Rows are numbered in the order of sealing and a manifest lists all that stood when it was
    sealed, so these are just those whose newest version no earlier manifest lists.
    """
    row = StatementRow
    query = select(row.type, row.key, row.epoch, row.rev, row.sha256).where(
        row.origin == origin, row.newest, row.type != TYPE, row.id > after
    )
    return [Entry(*found) for found in session.execute(query)]


def last_day(session: Session, origin: str) -> str | None:
    """The latest day this node has sealed a manifest of."""
    row = StatementRow
    return session.scalar(
        select(row.key)
        .where(row.type == TYPE, row.origin == origin, row.newest)
        .order_by(row.key.desc())
        .limit(1)
    )
