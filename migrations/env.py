"""How alembic reaches a database of this program, from a checkout and from an installed wheel.

Where the database is, the first that is given counts:

1. `config.attributes["connection"]` (open, outside a transaction) or `config.attributes["url"]`:
   how `cur migrate` and the tests call it;
2. `alembic -x url=sqlite:///node.sqlite …` on the command line;
3. the settings of a node: `alembic -x config=node.toml …`, or its `NODE_…` variables.

One transaction holds the whole upgrade on both databases: it is done or it was never begun. Two
replicas that start together queue for it, and the second finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from node.store.base import Instant
from node.store.issue_texts import MADE_ASIDE, Words
from node.store.session import open_engine
from node.store.tables import Base

# Any 64-bit number, as long as it stays the same: "cur" in ASCII and the first of locks.
LOCK = 0x63757201


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Types of ours are written into a migration as what they are in the database.

    A migration that imported `Instant` would change its meaning whenever the program does.
    """
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Words):
        return 'sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")'
    return False


def include_object(
    _item: Any, name: str | None, _kind: str, _reflected: bool, _compared: Any
) -> bool:
    """What metadata cannot describe is made by SQL of its own, here and there the same."""
    return not (name or "").startswith(MADE_ASIDE)


def database_url() -> str:
    given: str | None = context.config.attributes.get("url")
    options = context.get_x_argument(as_dictionary=True)
    if given or "url" in options:
        return given or options["url"]
    from node import settings

    file = options.get("config")
    try:
        return settings.load(Path(file) if file else None).database_url
    except settings.InvalidSettings as error:
        raise SystemExit(
            f"{error}\nWhich database? Say  alembic -x url=sqlite:///node.sqlite …  "
            "or  alembic -x config=node.toml …"
        ) from error


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, which must not take referring rows with it.

    The pragma does nothing inside a transaction, so it goes to the driver before one begins.
    What refers to nothing is found by `check_references` before the commit instead.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
        if dangling:
            raise RuntimeError(f"the migration leaves rows that refer to nothing: {dangling[:5]}")


def migrate(connection: Connection) -> None:
    # Read-then-write needs the lock from the start; see node/store/session.py.
    connection = connection.execution_options(cur_begin="IMMEDIATE")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        include_object=include_object,
        transactional_ddl=True,
    )
    with foreign_keys_off(connection), context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
        check_references(connection)


def main() -> None:
    if context.is_offline_mode():
        raise SystemExit(
            "SQL without a database is not supported: migrations look at what is there"
        )
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    engine = open_engine(database_url())
    try:
        with engine.connect() as opened:
            migrate(opened)
    finally:
        engine.dispose()


main()
