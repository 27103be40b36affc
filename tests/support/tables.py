"""What stands in a node's database, read past the program's own eyes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import MetaData, select

from node.bootstrap import Node
from node.store.issue_texts import MADE_ASIDE

Row = tuple[object, ...]


def rows_of(node: Node, *, but: Collection[str] = ()) -> dict[str, list[Row]]:
    """Every row of every table but those named, bytes as text, rows in order."""
    metadata = MetaData()
    metadata.reflect(node.database.engine)
    with node.reading() as session:
        return {
            table.name: sorted(
                (tuple(map(_readable, row)) for row in session.execute(select(table))), key=repr
            )
            for table in metadata.sorted_tables
            # What an index over words keeps aside can be asked for words only.
            if table.name not in but and not table.name.startswith(MADE_ASIDE)
        }


def _readable(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
