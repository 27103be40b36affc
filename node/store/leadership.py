"""Who runs the jobs when several processes share one database."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from node.store.session import Database

ADVISORY_KEY = 0x435552  # "CUR"


class Leadership:
    """A lock that ends with its holder: an advisory lock of PostgreSQL, a file lock for SQLite."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._file = folder / "jobs.lock"
        self._connection: Connection | None = None
        self._handle: IO[str] | None = None

    def lead(self) -> bool:
        """Whether this process leads now; takes the lead when it is free."""
        return self._lead_by_file() if self._database.is_sqlite else self._lead_by_database()

    def give_up(self) -> None:
        """Let another take over at once."""
        if self._connection is not None:
            # Given back to the pool alive, the connection would keep the lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _lead_by_file(self) -> bool:
        if self._handle is not None:
            return True
        handle = self._file.open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._handle = handle
        return True

    def _lead_by_database(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))  # a lost connection lost the lock
                return True
            connection = self._database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
        except OperationalError:
            self._connection = None
            return False
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
            self._connection = connection
            return True
        connection.close()
        return False
