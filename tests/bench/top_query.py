"""TOP-20 at a million cells: the whole answer of a ranking, counters, medians, coverage and all.

The cells are those of a top node after more than a year: the country, its districts and one
district's regions × every topic × every day. The floor is one SUM by topic over the same days.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session

from federation.schemas.summary import COUNTERS, FLOWS, HISTOGRAMS
from node.domain.cells import TOTAL
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook
from node.store import coverage
from node.store.cells import CELL_DAY, CELL_MONTH
from node.store.rankings import ask, rank
from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.bench.figures import Figures, median
from tests.bench.servers import databases

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LAST = date(2026, 11, 19)
DAY = timedelta(days=1)
CELLS = 1_000_000
PERIODS = {"week": 7, "month": 30, "year": 365}
# As a region's busy topic of a day has them: some ten durations in their buckets.
DURATIONS = "[[40,1],[77,2],[113,3],[150,2],[188,1],[226,1]]"


def run(quick: bool = False) -> Figures:
    """Each period asked several times; the first is thrown away, as it warms the cache."""
    cells, runs = (50_000, 3) if quick else (CELLS, 15)
    rulebook = load_rulebook()
    figures = Figures(
        "TOP-20 of topics",
        ("database", "period", "whole answer, ms", "one SUM alone, ms", "ratio"),
        f"{cells:,} daily cells (scope × topic × day) and their months, summaries of every region "
        f"for the same days; `rank()` by topic for the country. Medians of {runs} runs.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
        for name, urls in kinds.items():
            database = Database(open_engine(urls[0]))
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)
            _fill(database, rulebook, cells)
            for period, days in PERIODS.items():
                first = LAST - (days - 1) * DAY
                answer = _timed(database, runs, lambda s, first=first: _ask(s, rulebook, first))  # type: ignore[misc]
                floor = _timed(database, runs, lambda s, first=first: _floor(s, rulebook, first))  # type: ignore[misc]
                figures.add(
                    name,
                    period,
                    f"{answer * 1000:.1f}",
                    f"{floor * 1000:.1f}",
                    f"{answer / floor:.1f}",
                )
            database.close()
    return figures


def _timed(database: Database, runs: int, read: Callable[[Session], None]) -> float:
    taken = []
    for _ in range(runs + 1):
        with database.reading() as session:
            begun = time.perf_counter()
            read(session)
            taken.append(time.perf_counter() - begun)
    return median(taken[1:])


def _ask(session: Session, rulebook: Rulebook, first: date) -> None:
    top = rulebook.directory.root.code
    question = ask(rulebook, unit=top, period=f"{first}..{LAST}", now=NOW)
    found = rank(session, rulebook, unit=top, question=question, now=NOW)
    if len(found.rows) != 20 or found.coverage.missing:
        raise RuntimeError("not the answer that was to be measured")


def _floor(session: Session, rulebook: Rulebook, first: date) -> None:
    cell = CELL_DAY.c
    query = (
        select(cell.topic, func.sum(cell.received).label("received"))
        .where(cell.scope == rulebook.directory.root.code, cell.day.between(first, LAST))
        .group_by(cell.topic)
        .order_by(func.sum(cell.received).desc())
        .limit(20)
    )
    session.execute(query).all()


def _fill(database: Database, rulebook: Rulebook, cells: int) -> None:
    """Cells by one INSERT … SELECT over all combinations; numbers are arithmetic, not chance."""
    directory = rulebook.directory
    top = directory.root.code
    districts = [unit.code for unit in directory.children(top)]
    regions = [unit.code for unit in directory.children(districts[0])]
    scopes = [top, *districts, *regions]
    topics = [TOTAL, *(topic.code for topic in rulebook.classifier.topics)]
    days = [LAST - number * DAY for number in range(-(-cells // (len(scopes) * len(topics))))]
    months = sorted({day.replace(day=1) for day in days})
    scratch = MetaData()
    scope, topic = _listed(scratch, "scope", String(64)), _listed(scratch, "topic", String(64))
    day = _listed(scratch, "day", Date)
    scratch.create_all(database.engine)
    with database.transaction() as session:
        for table, values in ((scope, scopes), (topic, topics), (day, days)):
            session.execute(
                insert(table), [{"value": value, "n": n} for n, value in enumerate(values)]
            )
        number = (scope.c.n * 7 + topic.c.n * 13 + day.c.n * 5) % 40 + 1
        texts = [literal(DURATIONS) for _ in HISTOGRAMS]
        every = select(
            scope.c.value, day.c.value, topic.c.value, *(number for _ in COUNTERS)
        ).select_from(scope.join(topic, true()).join(day, true()))
        names = ["scope", "day", "topic", *COUNTERS, *HISTOGRAMS]
        combined = every.add_columns(*texts).order_by(scope.c.value, day.c.value, topic.c.value)
        session.execute(insert(CELL_DAY).from_select(names, combined))
        cell = CELL_DAY.c
        for month in months:
            by_month = (
                select(cell.scope, literal(month, Date), cell.topic)
                .add_columns(*(func.sum(cell[name]) for name in FLOWS), *texts)
                .where(cell.day >= month, cell.day < (month + 31 * DAY).replace(day=1))
                .group_by(cell.scope, cell.topic)
            )
            names = ["scope", "month", "topic", *FLOWS, *HISTOGRAMS]
            session.execute(insert(CELL_MONTH).from_select(names, by_month))
        _cover(session, rulebook, days)
    scratch.drop_all(database.engine)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("VACUUM ANALYZE")


def _cover(session: Session, rulebook: Rulebook, days: list[date]) -> None:
    leaves = [
        unit
        for unit in rulebook.directory.at_depth(rulebook.directory.root.code, 2)
        if rulebook.tier_of(unit).intake
    ]
    for leaf in leaves:
        coverage.upsert_leaf(session, leaf, days[-1], None)
        coverage.keep_leaf_days(
            session,
            [
                {
                    "origin": leaf,
                    "day": day,
                    "status": "final",
                    "reason": None,
                    "zero_report": False,
                    "sha256": "",
                    "first_final_at": NOW,
                    "on_time": True,
                }
                for day in days
            ],
        )


def _listed(scratch: MetaData, name: str, kind: type[Date] | String) -> Table:
    return Table(
        f"bench_{name}", scratch, Column("value", kind, primary_key=True), Column("n", Integer)
    )


if __name__ == "__main__":
    print(run().markdown())
