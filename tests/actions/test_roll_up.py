"""The fold: any sequence of summaries gives the cells that folding the last ones anew gives."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from federation.schemas.summary import COUNTERS, HISTOGRAM_COUNTER, SummaryRow
from node.actions.rebuild_cells import rebuild_cells
from node.actions.roll_up import roll_up
from node.domain.cells import TOTAL
from node.domain.local_day import bounds
from node.store import cells
from node.store.cells import CELL_DAY, CELL_MONTH, FoldedRows
from node.store.coverage import LeafDay
from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.support.appeals import the_rulebook
from tests.support.summaries import a_row, stated

DAY = date(2026, 2, 27)
LEAVES = ("RU-MUR", "47701000", "RU-KGD", "RU-KRS")
PLACES = {
    "RU-MUR": ("RU-MUR", "47705000", "99999999"),  # a town without a node, a place unknown here
    "47701000": ("47701000",),
    "RU-KGD": ("RU-KGD",),
    "RU-KRS": ("RU-KRS",),
}
TOPICS = ("roads.pits", "roads.pits.unknown_here", "health", "no_such_sector.x", "unsorted")


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    tables = (CELL_DAY, CELL_MONTH, FoldedRows.__table__, LeafDay.__table__)
    return {
        str(table): sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in tables
    }


def fold(session: Session, unit: str = "RU", limit: int = 500) -> None:
    while roll_up(session, the_rulebook(), unit=unit, limit=limit).more:
        pass


@st.composite
def rows(draw: st.DrawFn, origin: str) -> tuple[SummaryRow, ...]:
    places = draw(
        st.sets(st.tuples(st.sampled_from(PLACES[origin]), st.sampled_from(TOPICS)), max_size=4)
    )
    return tuple(
        a_row(
            territory,
            topic,
            minutes={
                name: draw(st.lists(st.integers(0, 9000), max_size=4)) for name in HISTOGRAM_COUNTER
            },
            **draw(
                st.dictionaries(st.sampled_from(COUNTERS[:3] + COUNTERS[-5:]), st.integers(1, 9))
            ),
        )
        for territory, topic in sorted(places)
    )


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, date, str, tuple[SummaryRow, ...]]:
    origin = draw(st.sampled_from(LEAVES))
    day = DAY + timedelta(days=draw(st.integers(0, 3)))  # over the end of a month
    status = draw(st.sampled_from(("open", "final", "restated")))
    return origin, day, status, draw(rows(origin))


def in_memory() -> Database:
    engine = open_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Database(engine)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=st.lists(messages(), min_size=1, max_size=12), data=st.data())
def test_any_history_folded_piece_by_piece_is_what_a_rebuild_gives(
    history: list[tuple[str, date, str, tuple[SummaryRow, ...]]], data: st.DataObject
) -> None:
    database = in_memory()
    with database.transaction() as session:
        for origin, day, status, body in history:
            stated(session, origin, day, *body, status=status)
            if data.draw(st.booleans()):
                fold(session, limit=data.draw(st.integers(1, 3)))
        fold(session)
        incremental = everything(session)
        rebuild_cells(session, the_rulebook(), unit="RU")
        assert everything(session) == incremental
        newest = {(origin, day): body for origin, day, _, body in history}
        for scope in ("RU", "SZFO", "RU-MUR", "47705000", "RU-KRS"):
            assert _stored(session, scope) == _summed(newest, scope)
    database.close()


def _stored(session: Session, scope: str) -> Counter[tuple[date, str]]:
    """All counters of a scope by day and name, from the totals over topics."""
    found: Counter[tuple[date, str]] = Counter()
    query = select(CELL_DAY).where(CELL_DAY.c.scope == scope, CELL_DAY.c.topic == TOTAL)
    for row in session.execute(query).mappings():
        found.update({(row["day"], name): row[name] for name in COUNTERS if row[name]})
    return found


def _summed(
    newest: dict[tuple[str, date], tuple[SummaryRow, ...]], scope: str
) -> Counter[tuple[date, str]]:
    found: Counter[tuple[date, str]] = Counter()
    for (_, day), body in newest.items():
        for row in body:
            if the_rulebook().directory.is_within(row.territory, scope):
                found.update({(day, name): count for name, count in row.counters.items() if count})
    return found


def test_a_summary_adds_to_its_unit_and_every_unit_above(database: Database) -> None:
    with database.transaction() as session:
        stated(session, "47701000", DAY, a_row("47701000", "roads.pits", received=3, open=2))
        stated(session, "RU-MUR", DAY, a_row("RU-MUR", "roads.pits", received=4, open=1))
        fold(session)
        for scope, received in (("47701000", 3), ("RU-MUR", 7), ("SZFO", 7), ("RU", 7)):
            (found,) = cells.sums(session, [scope], DAY, DAY)
            assert (found.topic, found.counters) == ("roads.pits", {"received": received})
        (stocks,) = cells.sums(session, ["SZFO"], DAY, DAY, columns=("open",))
        assert stocks.counters == {"open": 3}


def test_a_day_of_stocks_alone_leaves_no_month(database: Database) -> None:
    """As if it had been restated to that: however the cells came about, they are the same."""
    with database.transaction() as session:
        stated(session, "RU-MUR", DAY, a_row("47705000", "roads.pits", open=4))
        fold(session)
        found = everything(session)
        assert {row[0] for row in found["cell_day"]} == {"47705000", "RU-MUR", "SZFO", "RU"}
        assert found["cell_month"] == []
        stated(session, "RU-MUR", DAY, a_row("47705000", "roads.pits", open=4, received=1))
        fold(session)
        assert len(everything(session)["cell_month"]) == len(found["cell_day"])
        stated(session, "RU-MUR", DAY, a_row("47705000", "roads.pits", open=4))
        fold(session)
        assert everything(session)["cell_month"] == []


def test_a_restatement_changes_exactly_its_ancestors(database: Database) -> None:
    with database.transaction() as session:
        for origin in ("47701000", "RU-KGD", "RU-KRS"):
            row = a_row(origin, "roads.pits", minutes={"solve_hours": [60, 600]}, received=5)
            stated(session, origin, DAY, row)
        fold(session)
        before = {row[:3]: row for row in everything(session)["cell_day"]}
        stated(session, "47701000", DAY, a_row("47701000", "health", received=1), status="restated")
        fold(session)
        after = {row[:3]: row for row in everything(session)["cell_day"]}
        changed = {
            key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        }
        assert changed == {"47701000", "RU-MUR", "SZFO", "RU"}
        assert ("47701000", DAY, "roads.pits") not in after


def test_a_node_keeps_cells_only_for_itself_and_below(database: Database) -> None:
    with database.transaction() as session:
        stated(session, "47701000", DAY, a_row("47701000", "roads.pits", received=3))
        stated(session, "RU-KGD", DAY, a_row("RU-KGD", "roads.pits", received=3))
        fold(session, unit="RU-MUR")
        assert {row[0] for row in everything(session)["cell_day"]} == {"47701000", "RU-MUR"}


def test_a_topic_unknown_here_counts_under_its_nearest_known_ancestor(database: Database) -> None:
    with database.transaction() as session:
        row = a_row("RU-MUR", "roads.pits.bridge.left_lane", received=3)
        stated(session, "RU-MUR", DAY, row, a_row("RU-MUR", "dragons.fire", received=2))
        fold(session)
        found = {row.topic: row.counters for row in cells.sums(session, ["RU"], DAY, DAY)}
        assert found == {"roads.pits": {"received": 3}, "unsorted": {"received": 2}}


def test_on_time_is_the_first_final_by_the_clock_of_this_node(database: Database) -> None:
    evening = _ends("RU-MUR")
    with database.transaction() as session:
        stated(session, "RU-MUR", DAY, received_at=evening + timedelta(hours=18))
        stated(session, "RU-KGD", DAY, received_at=_ends("RU-KGD") + timedelta(hours=18, seconds=1))
        # Of another leaf the final came in time and was restated before anything was folded.
        stated(session, "RU-KRS", DAY, received_at=_ends("RU-KRS") + timedelta(hours=1))
        late = _ends("RU-KRS") + timedelta(days=9)
        stated(session, "RU-KRS", DAY, status="restated", received_at=late)
        # An open version in time proves nothing.
        stated(session, "47701000", DAY, status="open", received_at=evening)
        fold(session)
        on_time = {row.origin: row.on_time for row in session.scalars(select(LeafDay))}
    assert on_time == {"RU-MUR": True, "RU-KGD": False, "RU-KRS": True, "47701000": False}


def _ends(unit: str) -> datetime:
    return bounds(DAY, the_rulebook().directory.zone(unit))[1]


def test_taking_off_more_than_was_added_stops_the_fold(database: Database) -> None:
    with database.transaction() as session:
        row = a_row("RU-MUR", "roads.pits", minutes={"solve_hours": [60]})
        stated(session, "RU-MUR", DAY, row)
        fold(session)
        session.execute(CELL_DAY.update().values(solve_hours=None))
        stated(session, "RU-MUR", DAY, status="restated")
        with pytest.raises(cells.BrokenCells):
            fold(session)


def test_a_fold_makes_the_same_number_of_queries_for_one_summary_and_for_many(
    database: Database,
) -> None:
    counted: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda *args: counted.append(args[2]),
    )
    with database.transaction() as session:
        stated(session, "RU-MUR", DAY, a_row("RU-MUR", "roads.pits", received=3))
        counted.clear()
        fold(session)
        one = len(counted)
        for number in range(20):
            day = DAY + timedelta(days=number)
            for origin in LEAVES:
                rows = [a_row(origin, topic, received=number + 1) for topic in TOPICS[:3:2]]
                stated(session, origin, day, *rows)
        counted.clear()
        fold(session)
    assert len(counted) <= one + 3  # old rows are looked up and emptied cells removed


def test_months_are_the_sums_of_their_days(database: Database) -> None:
    with database.transaction() as session:
        for number in range(70):
            day = DAY + timedelta(days=number)
            row = a_row("RU-MUR", "roads.pits", minutes={"solve_hours": [number]}, received=1)
            stated(session, "RU-MUR", day, row)
        fold(session)
        for first, last in ((0, 69), (2, 32), (1, 33), (2, 63), (5, 9), (0, 1), (33, 69)):
            start, end = DAY + timedelta(days=first), DAY + timedelta(days=last)
            (found,) = cells.sums(session, ["RU"], start, end)
            assert found.counters["received"] == last - first + 1, (start, end)
            merged = cells.histograms(session, ["RU"], start, end, ["roads.pits"])
            assert merged["RU", "roads.pits"]["solve_hours"].total == last - first + 1
        stored = session.execute(select(CELL_MONTH).where(CELL_MONTH.c.scope == "RU")).mappings()
        assert sum(row["received"] for row in stored if row["topic"] == TOTAL) == 70
