"""The engine and the transaction: the only way to a database in this program.

SQLite writers take the lock when they begin, never half way: a deferred BEGIN loses every tenth
read-then-write transaction to "database is locked". A process-wide lock before it keeps the queue
fair (SQLite's own busy handler is not).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

__all__ = ["Database", "DatabaseUnavailable", "Session", "open_engine"]

DatabaseUnavailable = OperationalError
"""The database does not answer or is locked: nothing was written, and the same may work later."""

POOL_SIZE = 10
BUSY_SECONDS = 30
SCRUB_SECONDS = 1
IDLE_SECONDS = 2.0


def open_engine(url: str, *, synchronous: str = "FULL") -> Engine:
    """An engine for `sqlite:///FILE`, `sqlite://` (memory, tests) or `postgresql+psycopg://…`.

    `synchronous` is SQLite's durability: FULL wherever a receipt or a resident's number is given
    for what was written; the demo's played past uses OFF.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, pool_size=POOL_SIZE, max_overflow=POOL_SIZE)
        _ping_the_idle(engine)

        @event.listens_for(engine, "connect")
        def _in_utc(connection: Any, _record: Any) -> None:
            # In the server's own zone the end of the calendar cannot be read back at all, and any
            # node below may sign a statement of that moment.
            connection.execute("SET TIME ZONE 'UTC'")
            connection.commit()

        return engine
    options: dict[str, Any] = {
        "connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}
    }
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    else:
        options |= {"pool_size": POOL_SIZE, "max_overflow": POOL_SIZE}
    engine = create_engine(parsed, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions on its own: `_begin` below does.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            # Residents' data that are deleted are overwritten with zeros, not left in free pages.
            "secure_delete=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("cur_begin", "DEFERRED")
        if mode is not None:
            connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _ping_the_idle(engine: Engine) -> None:
    """As `pool_pre_ping`, but of a connection that has just served another nobody asks."""

    @event.listens_for(engine, "checkin")
    def _left(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["left_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        left_at = record.info.get("left_at")
        if left_at is None or time.monotonic() - left_at < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool tries a new one


class Database:
    """An engine and its two doors: `transaction()` to write, `reading()` to look."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.Lock()
        self._inside = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write transaction: committed when the block ends, rolled back when it raises."""
        if getattr(self._inside, "writing", False):
            raise RuntimeError("a transaction inside a transaction: the caller already has one")
        self._inside.writing = True
        try:
            if not self.is_sqlite:
                with Session(self.engine, expire_on_commit=False) as session, session.begin():
                    yield session
                return
            with (
                self._writer,
                self.engine.connect().execution_options(cur_begin="IMMEDIATE") as connection,
                Session(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        finally:
            self._inside.writing = False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look; whatever is written in it is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            try:
                yield session
            finally:
                session.expunge_all()  # what was read stays readable: a rollback would expire it
                session.rollback()

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """As `reading`, for questions that need not agree with each other: who is signed in. In no
        transaction, which would cost two more round trips than the question itself."""
        options: dict[str, Any] = {"cur_begin": None}
        if not self.is_sqlite:  # whose driver is told to begin nothing on its own already
            options["isolation_level"] = "AUTOCOMMIT"
        with (
            self.engine.connect().execution_options(**options) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            try:
                yield session
            finally:
                session.expunge_all()

    def scrub(self) -> None:
        """After an erasure: on SQLite the write-ahead log, which still holds what was erased, is
        emptied into the file. Where somebody reads an older state for long, the next scrub does
        it. PostgreSQL clears its dead rows by its own VACUUM."""
        if not self.is_sqlite:
            return
        with self._writer, self.engine.connect() as connection:
            # Past SQLAlchemy, which would begin a transaction: a checkpoint fails inside one.
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={SCRUB_SECONDS * 1000}")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def close(self) -> None:
        self.engine.dispose()
