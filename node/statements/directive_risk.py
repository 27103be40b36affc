"""What the issuer's coordinator decided of a unit's place in the risk zone."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.statement import Statement
from node.store.received_directives import take_marks


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        take_marks(
            session,
            statement.body["directive"],
            statement.body["unit"],
            origin=statement.origin,
            body=dict(statement.body),
            at=statement.made_at,
        )
