"""Bringing a database to the schema of this program."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from node.domain.errors import Conflict, Unavailable
from node.store.session import open_engine

ADVISORY_KEY = 0x435553  # not the jobs' lock: a migration waits, a job does not


class DatabaseUnusable(Unavailable):
    """База данных не открывается."""


class DatabaseTooNew(Conflict):
    """База данных приведена к более новой версии программы: обновите программу."""


def upgrade(url: str, migrations: Path) -> str:
    """Run what migrations are missing and return the revision the database is at now.

    Two processes that start together on PostgreSQL take turns by an advisory lock.
    DatabaseUnusable, DatabaseTooNew.
    """
    # Alembic is half a second of imports: only a start or a command needs it.
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    head = str(scripts.get_current_head())
    engine = open_engine(url)
    try:
        with _opened(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_KEY})
                connection.commit()
            tables = inspect(connection).get_table_names()
            current = None
            if "alembic_version" in tables:
                current = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            if current and current not in {one.revision for one in scripts.walk_revisions()}:
                raise DatabaseTooNew
            if current != head:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
                connection.commit()
    finally:
        engine.dispose()
    return head


def _opened(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        # The address as it is printed hides the password.
        raise DatabaseUnusable(f"База данных {engine.url} не открывается: {error.orig}") from error
