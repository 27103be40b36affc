"""A help from above: held here so that whoever is asked sees it, and who answers for them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.statement import Statement
from node.store import help_requests
from node.store.help_bodies import help_of


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        help_requests.take_help(
            session,
            help_of(statement.key, statement.origin, statement.body),
            at=statement.made_at,
        )
