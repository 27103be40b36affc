"""Looking up many (code, day) pairs in one query, by the index, on both databases.

`(a, b) IN (VALUES …)` scans the table on SQLite; a join with one JSON parameter does not, and
needs no limit on how many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from sqlalchemy import Date, String, Subquery, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session


def wanted(session: Session, pairs: Iterable[tuple[str, date]]) -> Subquery:
    """A relation with the columns `code`, `day` (a date) and `text` (the same day as text)."""
    parameter = literal(json.dumps([[code, day.isoformat()] for code, day in pairs]), Text)
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(parameter).table_valued("value", name="each")
        # SQLite keeps dates as this very text: only the type changes, for SQLAlchemy.
        return select(
            func.json_extract(each.c.value, "$[0]", type_=String).label("code"),
            func.json_extract(each.c.value, "$[1]", type_=Date).label("day"),
            func.json_extract(each.c.value, "$[1]", type_=String).label("text"),
        ).subquery("wanted")
    each = func.jsonb_array_elements(cast(parameter, JSONB)).table_valued("value", name="each")
    code, text = each.c.value.op("->>")(0), each.c.value.op("->>")(1)
    return select(
        cast(code, String).label("code"),
        cast(text, Date).label("day"),
        cast(text, String).label("text"),
    ).subquery("wanted")
