"""The rows of `inbox_rows.py` into an empty database, as fast as it takes them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, Index, insert, text

from node.domain.rulebook import Rulebook
from node.store.issue_texts import IssueText, statements
from node.store.session import Database
from node.store.tables import Base
from tests.bench.inbox_rows import Rows, rows

PORTION = 20_000
TABLES = ("issue", "appeal", "issue_text")


def fill(database: Database, rulebook: Rulebook, unit: str, number: int) -> None:
    """Indexes are made afterwards: one by one in the order of a million rows they cost minutes."""
    indexes = [index for name in TABLES for index in Base.metadata.tables[name].indexes]
    with database.engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
        if not database.is_sqlite:
            connection.execute(text("DROP INDEX ix_issue_text_words"))
    every = rows(rulebook, unit, number)
    while portion := list(itertools.islice(every, PORTION)):
        with database.engine.begin() as connection:
            _write(connection, portion, copied=not database.is_sqlite)
    _finish(database, indexes)


def _write(connection: Connection, portion: Sequence[Rows], *, copied: bool) -> None:
    words = [{"issue_id": one.issue["id"], "words": one.words} for one in portion]
    for name, values in (
        ("issue", [one.issue for one in portion]),
        ("appeal", [one.appeal for one in portion]),
        ("issue_text", words),
    ):
        if copied:
            _copy(connection, name, values)
        else:
            connection.execute(
                insert(IssueText if name == "issue_text" else Base.metadata.tables[name]), values
            )


def _copy(connection: Connection, name: str, values: Sequence[dict[str, Any]]) -> None:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    columns = ", ".join(values[0])
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(list(row.values()))


def _finish(database: Database, indexes: Sequence[Index]) -> None:
    with database.engine.begin() as connection:
        for index in indexes:
            index.create(connection)
        if not database.is_sqlite:
            for sql in statements("postgresql"):
                connection.execute(text(sql))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
