"""A node below has stated how a statement of ours fares at its children."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.schemas.delivery import Delivery
from federation.statement import Statement
from node.store import deliveries


def apply(session: Session, statement: Statement) -> None:
    """Kept at every tier it passes: who stands between may look too."""
    if statement.body is not None:
        body = Delivery.from_body(statement.key, statement.body).to_body()
        deliveries.keep(session, origin=statement.origin, body=body, now=statement.made_at)
