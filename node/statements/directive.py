"""A directive from above: held here whether it is told to this unit, or only relayed below."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.statement import Statement
from node.store.directive_bodies import directive_of
from node.store.received_directives import take_directive


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        take_directive(
            session,
            directive_of(statement.key, statement.origin, statement.body),
            at=statement.made_at,
        )
