"""Append-only tables: the database itself refuses to change or to delete a row, whoever asks.

The SQL stands only here; a migration, which imports nothing of the program, copies it. A migration
that makes such a table anew (batch mode on SQLite) has to create the triggers again: dropping a
table drops them. Whoever owns the database can drop them too: that is what the chain of hashes is
for (`domain/journal_chain.py`), and `cur verify journal` says when they are gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import DDL, Table, event, text
from sqlalchemy.orm import Session

DIALECTS = ("sqlite", "postgresql")

# A replaced row is deleted without asking the delete trigger (INSERT OR REPLACE): hence the third.
_SQLITE = {
    "no_update": """\
CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE is refused'); END""",
    "no_delete": """\
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: DELETE is refused'); END""",
    "no_replace": """\
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{table} is append-only: REPLACE is refused'); END""",
}
_POSTGRES = {
    "no_change": """\
CREATE TRIGGER {table}_no_change BEFORE UPDATE{of} OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    "no_truncate": """\
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
}
_POSTGRES_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused',
    ERRCODE = 'integrity_constraint_violation';
END $$"""


def statements(table: str, dialect: str, of: Iterable[str] = ()) -> list[str]:
    """What makes a table append-only, in this order. Its key is the column `id`.

    `of`: only these columns may not be changed; none: no column may.
    """
    columns = ", ".join(of)
    filled = {"table": table, "of": f" OF {columns}" if columns else ""}
    if dialect == "sqlite":
        return [sql.format(**filled) for sql in _SQLITE.values()]
    return [_POSTGRES_FUNCTION, *(sql.format(**filled) for sql in _POSTGRES.values())]


def keep(table: Table, *, but: str | None = None) -> None:
    """Create the triggers of a table with it, wherever metadata creates it (tests, new nodes).

    `but`: a column that may be changed, where retention has to.
    """
    of = [column.name for column in table.columns if column.name != but] if but else []
    for dialect in DIALECTS:
        for sql in statements(table.name, dialect, of):
            ddl = DDL(sql).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def missing(session: Session, table: str) -> list[str]:
    """The triggers of a table that are not there, or are switched off."""
    if session.get_bind().dialect.name == "sqlite":
        wanted, query = _SQLITE, "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        wanted, query = _POSTGRES, "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    there = set(session.scalars(text(query)))
    return [name for name in (f"{table}_{kind}" for kind in wanted) if name not in there]
