"""The shape of a handler."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from federation.statement import Statement


class Handler(Protocol):
    """Called in the transaction that stored the statement, with the newest version of its id."""

    def __call__(self, session: Session, statement: Statement) -> None: ...
