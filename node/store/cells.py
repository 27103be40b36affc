"""Cells: flows, stocks and durations summed by scope × topic × day, and by month.

A node keeps them for itself and every unit below, made only of the summaries it holds. The fold
that fills them is `actions/roll_up.py`; which days are covered is told by `coverage.py`.

`cell_day` holds stocks too: the sum over those leaves whose summary of that day is held. A leaf
whose latest day is an earlier one is read from its own `folded_rows`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    LargeBinary,
    Row,
    Select,
    String,
    Subquery,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.histogram import Histogram
from federation.schemas.summary import COUNTERS, FLOWS, HISTOGRAMS
from node.domain.cells import TOTAL, Cell, Cells
from node.store.base import Base
from node.store.pairs import wanted

Item = TypeVar("Item")

LeafKey = tuple[str, date]
"""(origin, local day)."""

FoldedRow = list[Any]
"""`[territory, topic, {counter: count}, {histogram: [[bucket, count], …]}]`: a row as added."""

ROWS_AT_ONCE = 5000
NO_TEXTS = (None,) * len(HISTOGRAMS)


class BrokenCells(RuntimeError):
    """More would be taken off than was ever added: the cells must be rebuilt."""


def _cells(name: str, when: str, counters: Sequence[str]) -> Table:
    """A table of cells, on SQLite kept in the order of its key: a period of a scope is one run."""
    return Table(
        name,
        Base.metadata,
        Column("scope", String(64), primary_key=True),
        Column(when, Date, primary_key=True),
        Column("topic", String(64), primary_key=True),
        *(Column(counter, BigInteger, nullable=False) for counter in counters),
        *(Column(histogram, Text) for histogram in HISTOGRAMS),  # JSON as on the wire, NULL if none
        sqlite_with_rowid=False,
    )


CELL_DAY = _cells("cell_day", "day", COUNTERS)
CELL_MONTH = _cells("cell_month", "month", FLOWS)


class FoldedRows(Base, kw_only=True):
    """What of a leaf's day has been added to the cells, so that exactly that can be taken off.

    Not read back from the statement: bytes of superseded open versions are forgotten after a week,
    and a topic unknown here may have been counted under another ancestor then.
    """

    __tablename__ = "folded_rows"

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rows: Mapped[bytes] = mapped_column(LargeBinary)  # zlib of the JSON of FoldedRow's


class FoldCursor(Base, kw_only=True):
    """How far in the ledger the fold has come: one row."""

    __tablename__ = "fold_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    statement_id: Mapped[int] = mapped_column(BigInteger, default=0)
    # Which classifier and directory the cells were counted by; others mean other cells.
    reference_sha256: Mapped[str] = mapped_column(String(64), default="")


class Sums(NamedTuple):
    """Counters of one scope × topic over a period, by name; absent means zero."""

    scope: str
    topic: str
    counters: dict[str, int]


def cursor(session: Session) -> int:
    """The ledger row up to which all is folded, locked until the transaction ends."""
    row = session.get(FoldCursor, 1, with_for_update=True)
    return row.statement_id if row else 0


def move_cursor(session: Session, statement_id: int) -> None:
    session.merge(FoldCursor(id=1, statement_id=statement_id))
    session.flush()


def counted_by(session: Session) -> str | None:
    """The fingerprint of the reference data the cells stand on, None before the first fold."""
    return session.scalar(select(FoldCursor.reference_sha256))


def count_by(session: Session, reference_sha256: str) -> None:
    """Note what the cells stand on."""
    row = session.get(FoldCursor, 1) or FoldCursor(id=1, statement_id=0)
    row.reference_sha256 = reference_sha256
    session.add(row)
    session.flush()


def clear(session: Session) -> None:
    """Forget every cell and what was folded into it."""
    for table in (CELL_DAY, CELL_MONTH, FoldedRows.__table__, FoldCursor.__table__):
        session.execute(table.delete())  # type: ignore[attr-defined]
    session.expunge_all()


def folded(session: Session, leaves: Collection[LeafKey]) -> dict[LeafKey, list[FoldedRow]]:
    """What was added for these leaf days; one never folded is absent."""
    asked = wanted(session, leaves)
    query = select(FoldedRows.origin, FoldedRows.day, FoldedRows.rows).join_from(
        asked, FoldedRows, and_(FoldedRows.origin == asked.c.code, FoldedRows.day == asked.c.day)
    )
    return {
        (origin, day): json.loads(zlib.decompress(rows))
        for origin, day, rows in session.execute(query)
    }


def keep_folded(session: Session, leaves: Mapping[LeafKey, Sequence[FoldedRow]]) -> None:
    """Note what has been added for these leaf days, in place of what was noted before."""
    if not leaves:
        return
    insert = _insert(session, FoldedRows.__table__)
    statement = insert.on_conflict_do_update(
        index_elements=["origin", "day"], set_={"rows": insert.excluded.rows}
    )
    session.execute(
        statement,
        [
            {"origin": origin, "day": day, "rows": _packed(rows)}
            for (origin, day), rows in sorted(leaves.items())
        ],
    )


def add(session: Session, scopes: Mapping[str, Cells]) -> None:
    """Add differences to the cells of days and months. BrokenCells when less than nothing is left.

    Counters are added by the database; only histograms are read first.
    """
    _add(session, CELL_DAY, "day", COUNTERS, scopes)
    months = {scope: cells.months() for scope, cells in scopes.items()}
    _add(session, CELL_MONTH, "month", FLOWS, months)


def sums(
    session: Session,
    scopes: Collection[str],
    first: date,
    last: date,
    *,
    columns: Sequence[str] = FLOWS,
    topics: Collection[str] | None = None,
) -> list[Sums]:
    """Sums over a period by scope and topic, TOTAL left out unless `topics` names it.

    Whole months inside the period are read from monthly cells, what is left over from daily ones;
    stocks stand in daily cells only, so for them the period must be one day.
    """
    parts = [
        _where(
            select(table.c.scope, table.c.topic, *(func.sum(table.c[name]) for name in columns)),
            scopes,
            span,
            topics,
        ).group_by(table.c.scope, table.c.topic)
        for span in _spans(first, last)
        for table in (span[0],)
    ]
    found: dict[tuple[str, str], Sums] = {}
    for scope, topic, *numbers in _all(session, parts):
        total = found.setdefault((scope, topic), Sums(scope, topic, {})).counters
        for name, number in zip(columns, numbers, strict=True):
            if number:  # PostgreSQL sums whole numbers into decimals
                total[name] = total.get(name, 0) + int(number)
    return list(found.values())


def histograms(
    session: Session, scopes: Collection[str], first: date, last: date, topics: Collection[str]
) -> dict[tuple[str, str], dict[str, Histogram]]:
    """Merged histograms by (scope, topic), then by name; only of the topics asked for."""
    parts = []
    for span in _spans(first, last):
        table = span[0]
        texts = [table.c[name] for name in HISTOGRAMS]
        query = _where(select(table.c.scope, table.c.topic, *texts), scopes, span, topics)
        parts.append(query.where(or_(*(text.is_not(None) for text in texts))))
    merged: dict[tuple[str, str], tuple[dict[int, int], ...]] = {}
    for scope, topic, *texts in _all(session, parts):
        counts = merged.setdefault((scope, topic), tuple({} for _ in HISTOGRAMS))
        for into, text in zip(counts, texts, strict=True):
            for bucket, count in json.loads(str(text)) if text else ():
                into[bucket] = into.get(bucket, 0) + count
    return {
        key: {name: Histogram(found) for name, found in zip(HISTOGRAMS, counts, strict=True)}
        for key, counts in merged.items()
    }


def _spans(first: date, last: date) -> Iterator[tuple[Table, date, date]]:
    """The tables to read a period from, each with its run of days or months.

    31 January to 1 March is a day, the month of February and a day.
    """
    month = first if first.day == 1 else _next_month(first)
    after = _next_month(last) if (last + timedelta(days=1)).day == 1 else last.replace(day=1)
    if month >= after:
        yield CELL_DAY, first, last
        return
    yield CELL_MONTH, month, after - timedelta(days=1)
    if first < month:
        yield CELL_DAY, first, month - timedelta(days=1)
    if after <= last:
        yield CELL_DAY, after, last


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _where(
    query: Select[*tuple[Any, ...]],
    scopes: Collection[str],
    span: tuple[Table, date, date],
    topics: Collection[str] | None,
) -> Select[*tuple[Any, ...]]:
    table, first, last = span
    when = table.c.day if table is CELL_DAY else table.c.month
    return query.where(
        table.c.scope.in_(sorted(scopes)),
        when.between(first, last),
        table.c.topic != TOTAL if topics is None else table.c.topic.in_(sorted(topics)),
    )


def _all(
    session: Session, parts: Sequence[Select[*tuple[Any, ...]]]
) -> Iterator[Row[*tuple[Any, ...]]]:
    yield from session.execute(parts[0] if len(parts) == 1 else union_all(*parts))


def _add(
    session: Session, table: Table, when: str, counters: Sequence[str], scopes: Mapping[str, Cells]
) -> None:
    pairs = sorted({(scope, day) for scope, cells in scopes.items() for day, _ in cells.by_key})
    present = _present(session, table, when, pairs)
    rows, lessened = [], False
    blank: dict[str, Any] = dict.fromkeys(counters, 0)
    for scope, cells in scopes.items():
        for (day, topic), cell in cells.by_key.items():
            if cell.is_nothing(blank):  # a month of stocks alone, which are of days
                continue
            key = (scope, day, topic)
            row = blank | dict(zip(HISTOGRAMS, _texts(key, cell, present.get(key)), strict=True))
            for name, count in cell.counters.items():
                if name in blank:
                    row[name] = count
                    lessened = lessened or count < 0
            row["scope"], row[when], row["topic"] = key
            rows.append(row)
    rows.sort(key=lambda row: (row["scope"], row[when], row["topic"]))
    insert = _insert(session, table)
    statement = insert.on_conflict_do_update(
        index_elements=["scope", when, "topic"],
        set_={name: table.c[name] + insert.excluded[name] for name in counters}
        | {name: insert.excluded[name] for name in HISTOGRAMS},
    )
    for some in _batches(rows, ROWS_AT_ONCE):
        session.execute(statement, some)
    if lessened:  # an empty cell is as if it had never been
        _remove_empty(session, table, when, counters, pairs)


def _remove_empty(
    session: Session, table: Table, when: str, counters: Sequence[str], pairs: Iterable[LeafKey]
) -> None:
    asked = wanted(session, pairs)
    empty = (
        select(table.c.scope, table.c[when], table.c.topic)
        .join_from(asked, table, _is(table, when, asked))
        .where(*(table.c[name] == 0 for name in counters))
    )
    keys = [{"s": scope, "w": day, "t": topic} for scope, day, topic in session.execute(empty)]
    if keys:
        session.execute(
            delete(table).where(
                table.c.scope == bindparam("s"),
                table.c[when] == bindparam("w"),
                table.c.topic == bindparam("t"),
            ),
            keys,
        )


def _present(
    session: Session, table: Table, when: str, pairs: Sequence[LeafKey]
) -> dict[tuple[str, date, str], Sequence[str | None]]:
    """The histograms of every cell of these scopes' days (or months)."""
    asked = wanted(session, pairs)
    texts = [table.c[name] for name in HISTOGRAMS]
    query = (
        select(table.c.scope, table.c[when], table.c.topic, *texts)
        .join_from(asked, table, _is(table, when, asked))
        .where(or_(*(text.is_not(None) for text in texts)))
    )
    return {(scope, day, topic): kept for scope, day, topic, *kept in session.execute(query)}


def _is(table: Table, when: str, asked: Subquery) -> ColumnElement[bool]:
    return and_(table.c.scope == asked.c.code, table.c[when] == asked.c.day)


def _texts(
    key: tuple[str, date, str], cell: Cell, present: Sequence[str | None] | None
) -> Sequence[str | None]:
    """The histograms of a cell once the difference is added."""
    if not cell.durations:
        return present or NO_TEXTS
    texts = []
    for name, text in zip(HISTOGRAMS, present or NO_TEXTS, strict=True):
        added = cell.durations.get(name)
        if added and text:
            counts = dict(json.loads(text))
            for bucket, count in added.items():
                counts[bucket] = counts.get(bucket, 0) + count
            added = counts
        texts.append(_text(key, name, added) if added else text)
    return texts


def _text(key: tuple[str, date, str], name: str, counts: Mapping[int, int]) -> str | None:
    """A histogram as on the wire. By hand: a tenth of the time of `json`, and there are many."""
    if min(counts.values()) < 0:
        raise BrokenCells(f"{key}: {name} would hold less than nothing")
    pairs = [f"[{bucket},{count}]" for bucket, count in sorted(counts.items()) if count]
    return f"[{','.join(pairs)}]" if pairs else None


def _packed(rows: Sequence[FoldedRow]) -> bytes:
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _insert(session: Session, table: Any) -> Any:
    """INSERT … ON CONFLICT: both databases speak it, SQLAlchemy has no common word for it."""
    dialect = session.get_bind().dialect.name
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
