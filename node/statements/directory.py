"""A directory signed by the top has come: it is in force, and the journal says since when.

Nothing is written but the journal. Every process of the node finds by itself that another
directory stands (`Node.keep_up`), and the roll-up that its cells were counted by an older one.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.schemas.directory import SignedDirectory
from federation.statement import Statement
from node.store import journal
from node.store.ledger import SqlLedger


def apply(session: Session, statement: Statement) -> None:
    if statement.body is None:
        return
    held = SqlLedger(session).newest([statement.id]).get(statement.id)
    journal.write(
        session,
        action="directory_received",
        subject=statement.origin,
        actor="cur",
        now=statement.made_at if held is None else held.received_at,
        units=len(SignedDirectory.from_body(statement.key, statement.body).units),
        epoch=statement.epoch,
        rev=statement.rev,
    )
