"""What an addressee says of a help, on its way up to whoever asked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.statement import Statement
from node.store import help_requests
from node.store.help_bodies import report_of


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        help_requests.take_report(
            session,
            report_of(statement.origin, statement.body),
            body=dict(statement.body),
            at=statement.made_at,
        )
