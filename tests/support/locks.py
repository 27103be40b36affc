"""Meeting another transaction at a lock of PostgreSQL, without sleeping."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session


def wait_until_somebody_waits(session: Session) -> None:
    """Until another transaction stands at a lock; the server answers, so nothing has to sleep."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(100_000):
        if session.scalar(query):
            return
    raise AssertionError("nobody came to a lock")
