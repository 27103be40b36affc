"""A report from below, or an own one that comes back after a loss."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.statement import Statement
from node.store.directive_bodies import report_of
from node.store.received_directives import take_report


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        take_report(
            session,
            report_of(statement.origin, statement.body),
            body=dict(statement.body),
            at=statement.made_at,
        )
