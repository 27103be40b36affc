"""A certificate says from which day a unit has a node: it is expected in the figures since then."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.schemas.certificate import Certificate
from federation.statement import Statement
from node.actions.enter_certificate import enter_certificate


def apply(session: Session, statement: Statement) -> None:
    if statement.body is not None:
        enter_certificate(session, Certificate.from_body(statement.key, statement.body))
