"""Many statements at once, by one query each.

Ids are looked up by joining one JSON parameter. `(a, b, c) IN (…)` is a scan of the table on SQLite
and takes 0.7 s for 2 000 ids on PostgreSQL; this takes 7 ms on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from node.store.statements import ID, PLACE, STATEMENT, VERSION


def wanted(dialect: str, names: Sequence[str]) -> Subquery:
    """The rows of the JSON parameter `wanted`, their columns named like those of a statement."""
    parameter = bindparam("wanted", type_=Text)
    if dialect == "postgresql":
        rows = func.jsonb_array_elements(cast(parameter, postgresql.JSONB)).table_valued(
            "value", name="each"
        )
        columns = [
            cast(rows.c.value.op("->>")(number), STATEMENT.c[name].type).label(name)
            for number, name in enumerate(names)
        ]
    else:
        rows = func.json_each(parameter).table_valued("value", name="each")
        columns = [
            func.json_extract(rows.c.value, literal_column(f"'$[{number}]'")).label(name)
            for number, name in enumerate(names)
        ]
    return select(*columns).subquery("wanted")


def _joined(dialect: str, names: Sequence[str], *columns: Any) -> Select[Any]:
    rows = wanted(dialect, names)
    fits = and_(*(STATEMENT.c[name] == rows.c[name] for name in names))
    return select(*columns).select_from(rows).join(STATEMENT, fits)


@lru_cache
def newest_versions(dialect: str) -> Select[Any]:
    columns = [STATEMENT.c[name] for name in VERSION]
    return _joined(dialect, ID, *columns).where(STATEMENT.c.newest)


@lru_cache
def newest(dialect: str) -> Select[Any]:
    return _joined(dialect, ID, STATEMENT).where(STATEMENT.c.newest)


@lru_cache
def at(dialect: str) -> Select[Any]:
    return _joined(dialect, PLACE, STATEMENT)


@lru_cache
def envelopes(dialect: str) -> Select[Any]:
    row = STATEMENT.c
    query = _joined(dialect, VERSION, row.sha256, row.data, row.kid, row.sig)
    return query.where(row.data.is_not(None))


@lru_cache
def forgetting(dialect: str) -> Any:
    return delete(STATEMENT).where(
        STATEMENT.c.id.in_(_joined(dialect, VERSION, STATEMENT.c.id).correlate(None))
    )


@lru_cache
def unmarking(dialect: str) -> Any:
    standing = _joined(dialect, ID, STATEMENT.c.id).where(STATEMENT.c.newest).correlate(None)
    return update(STATEMENT).where(STATEMENT.c.id.in_(standing)).values(newest=False)
