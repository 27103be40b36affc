"""What a manifest has to list: queries over this node's own statements.

Only what goes to the top is listed. A report that ends at a tier between never reaches the tiers
above that one, and what goes down reaches none: listed, both would look withheld there.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation.downward import typed_for_route
from federation.routes import CLIMBING, TO_TOP, reaches_top
from federation.schemas.manifest import Entry
from federation.vouchers import voucher
from node.store.ledger import StatementRow
from node.store.statements import STATEMENT, held_of

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


def standing_since(session: Session, origin: str, after: int, *, top: str) -> list[Entry]:
    """Own standing statements that go to `top`, manifests apart, that came to stand after row
    `after`.

    Rows are numbered in the order of sealing and a manifest lists all that stood when it was
    sealed, so these are just those whose newest version no earlier manifest lists.
    """
    row = STATEMENT.c
    mine = (row.origin == origin, row.newest, row.id > after)
    listed = [row.type, row.key, row.epoch, row.rev, row.sha256]
    types = sorted(TO_TOP - {TYPE})
    entries = [
        Entry(*found)
        for found in session.execute(select(*listed).where(*mine, row.type.in_(types)))
    ]
    # How far these climb is in their bodies.
    for found in session.execute(select(STATEMENT).where(*mine, row.type.in_(sorted(CLIMBING)))):
        statement = voucher(held_of(found))
        if statement is not None and reaches_top(statement, typed_for_route(statement), top):
            entries.append(Entry(statement.type, statement.key, *statement.version))
    return entries


def last_day(session: Session, origin: str) -> str | None:
    """The latest day this node has sealed a manifest of."""
    row = StatementRow
    return session.scalar(
        select(row.key)
        .where(row.type == TYPE, row.origin == origin, row.newest)
        .order_by(row.key.desc())
        .limit(1)
    )
