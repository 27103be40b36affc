"""The rows of `inbox_rows.py` into an empty database, as fast as it takes them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, Index, case, insert, literal, select, text, true, union_all

from node.domain.rulebook import Rulebook
from node.store.issue_texts import IssueText, statements
from node.store.issues import Issue, IssueDeadline
from node.store.session import Database
from node.store.tables import Base
from tests.bench.inbox_rows import Rows, rows

PORTION = 20_000
TABLES = ("issue", "appeal", "issue_text", "issue_deadline")
# The arithmetic of a deadline is kept with it; this one is as long as an ordinary one.
WHY = {"norm": "portal", "steps": [{"from": "2026-11-18T09:30", "to": "2026-11-19T09:30"}] * 6}


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
    if copied:  # nothing refers to what is not there, and to ask of each row costs as much again
        connection.execute(text("SET LOCAL session_replication_role = replica"))
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
    _set_deadlines(connection, portion[0].issue["id"], portion[-1].issue["id"])


def _copy(connection: Connection, name: str, values: Sequence[dict[str, Any]]) -> None:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    columns = list(values[0])
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in values:
            copy.write_row([row[column] for column in columns])


def _set_deadlines(connection: Connection, first: int, last: int) -> None:
    """Both deadlines of each issue, side by side as they are set."""
    kinds = union_all(
        *(select(literal(kind).label("kind")) for kind in ("first_answer", "final"))
    ).subquery()
    is_first = kinds.c.kind == "first_answer"
    set_at = Issue.arrived_at
    columns = {
        "issue_id": Issue.id,
        "kind": kinds.c.kind,
        "norm": literal("portal"),
        "starts_at": set_at,
        "due_at": case((is_first, Issue.first_due_at), else_=Issue.final_due_at),
        "warn_at": Issue.warn_at,
        "why": literal(WHY, IssueDeadline.why.type),
        "set_at": set_at,
    }
    query = (
        select(*columns.values())
        .select_from(Issue)
        .join(kinds, true())
        .where(Issue.id.between(first, last))
    )
    connection.execute(insert(IssueDeadline).from_select(list(columns), query))


def _finish(database: Database, indexes: Sequence[Index]) -> None:
    with database.engine.begin() as connection:
        for index in indexes:
            index.create(connection)
        if not database.is_sqlite:
            for sql in statements("postgresql"):
                connection.execute(text(sql))
    if database.is_sqlite:
        return  # a node's SQLite has no statistics either
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.exec_driver_sql("VACUUM ANALYZE")
