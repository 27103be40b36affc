"""Rankings by what is stored: figures, coverage and stocks against plain sums over summaries."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from federation.histogram import Histogram
from federation.schemas.summary import COUNTERS, FLOWS, SummaryRow
from node.actions.roll_up import roll_up
from node.domain.errors import Invalid
from node.domain.ranking import Ranking
from node.domain.tier import ROW_KINDS
from node.store import cells, coverage
from node.store.rankings import ask, rank
from node.store.session import Database
from tests.support.appeals import the_rulebook
from tests.support.summaries import a_row, stated

RULES = the_rulebook()
DIRECTORY, CLASSIFIER = RULES.directory, RULES.classifier
DAY = timedelta(days=1)
LAST = date(2026, 3, 8)
FIRST = LAST - 69 * DAY
NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
LEAVES = {
    "RU-MUR": ("RU-MUR", "47705000"),  # the region, and a town of its without a node
    "47701000": ("47701000",),
    "RU-KGD": ("RU-KGD",),
    "RU-KRS": ("RU-KRS",),
}
TOPICS = ("roads.pits", "roads.signs", "health.queues", "health", "waste.dumps", "unsorted")


def ranked(session: Session, unit: str = "RU", **asked: object) -> Ranking:
    question = ask(RULES, unit=unit, now=NOW, **asked)  # type: ignore[arg-type]
    return rank(session, RULES, unit=unit, question=question, now=NOW)


def fold(session: Session, unit: str = "RU") -> None:
    while roll_up(session, RULES, unit=unit).more:
        pass


@dataclass
class Past:
    """Seventy days of every leaf, kept as plain rows too: what any figure must add up to."""

    rows: dict[tuple[str, date], tuple[SummaryRow, ...]] = field(default_factory=dict)

    def counters(self, scope: str, first: date, last: date) -> Counter[tuple[str, str]]:
        """(topic, counter) of all within a scope; stocks of the last day only."""
        found: Counter[tuple[str, str]] = Counter()
        for (_, day), rows in self.rows.items():
            for row in rows:
                if first <= day <= last and DIRECTORY.is_within(row.territory, scope):
                    found.update(
                        {
                            (row.topic, name): count
                            for name, count in row.counters.items()
                            if name in FLOWS or day == last
                        }
                    )
        return found

    def solved(self, scope: str, topic: str, first: date, last: date) -> Histogram:
        total = Histogram()
        for (_, day), rows in self.rows.items():
            for row in rows:
                if (
                    first <= day <= last
                    and row.topic == topic
                    and DIRECTORY.is_within(row.territory, scope)
                ):
                    total = total + row.histograms.get("solve_hours", Histogram())
        return total


def a_past(session: Session, unit: str = "RU") -> Past:
    chance, past = random.Random(7), Past()
    for origin, places in LEAVES.items():
        if not DIRECTORY.is_within(origin, unit):
            continue
        coverage.upsert_leaf(session, origin, FIRST, None)
        for number in range(70):
            day = FIRST + number * DAY
            rows = tuple(
                a_row(
                    place,
                    topic,
                    minutes={"solve_hours": chance.sample(range(6000), chance.randrange(3))},
                    received=chance.randrange(1, 9),
                    closed_explained=chance.randrange(3),
                    late_final=chance.randrange(2),
                    open=chance.randrange(1, 30),
                    overdue=chance.randrange(9),
                )
                for place in places
                for topic in chance.sample(TOPICS, 4)
            )
            past.rows[origin, day] = rows
            stated(session, origin, day, *rows)
    fold(session, unit)
    return past


PERIODS = {
    "day": (LAST, LAST),
    "week": (LAST - 6 * DAY, LAST),
    "month": (LAST - 29 * DAY, LAST),
    "2026-01-05..2026-03-08": (date(2026, 1, 5), LAST),
    "2026-02-01..2026-02-28": (date(2026, 2, 1), date(2026, 2, 28)),
}
SCOPES = ("RU", "SZFO", "RU-MUR", "47701000", "47705000", "RU-KGD")


def test_every_figure_is_the_sum_of_the_leaves(database: Database) -> None:
    with database.transaction() as session:
        past = a_past(session)
        for scope in SCOPES:
            for period, (first, last) in PERIODS.items():
                _check(session, past, scope, period, first, last)


def _check(session: Session, past: Past, scope: str, period: str, first: date, last: date) -> None:
    whole = past.counters(scope, first, last)
    length = last - first + DAY
    before = past.counters(scope, first - length, last - length)
    topics = ranked(session, scope=scope, period=period, limit=1000)
    assert topics.unsorted == whole["unsorted", "received"]
    assert {row.key for row in topics.rows} == {topic for topic, _ in whole} - {"unsorted"}
    for row in topics.rows:
        assert row.counters == {name: whole[row.key, name] for name in COUNTERS}, row.key
        assert row.change.previous == before[row.key, "received"]
        solved = past.solved(scope, row.key, first, last)
        assert row.solve_median_hours == solved.median_hours()
    for by in ROW_KINDS[:3]:
        grouped = ranked(session, scope=scope, period=period, by=by, limit=1000)
        for name in COUNTERS:
            assert _sum(grouped, name) == _sum(topics, name), (by, name)
    for depth in (1, 2, 3):
        places = ranked(
            session, scope=scope, period=period, by="territory", depth=depth, limit=1000
        )
        assert places.unsorted == topics.unsorted
        for name in COUNTERS:
            assert _sum(places, name) == sum(
                count for (_, counter), count in whole.items() if counter == name
            ), (scope, period, depth, name)


def _sum(ranking: Ranking, name: str) -> int:
    return sum(row.counters[name] for row in ranking.rows)


def test_by_child_adds_up_to_what_is_not_the_scopes_own(database: Database) -> None:
    with database.transaction() as session:
        a_past(session)
        country = ranked(session, scope="RU", limit=1000)
        for row in country.rows:
            assert sum(row.by_child.values()) == row.counters["received"]
            assert set(row.by_child) <= {unit.code for unit in DIRECTORY.children("RU")}
        region = ranked(session, scope="RU-MUR", by="sector", limit=1000)
        own = past_own(session, "RU-MUR")
        assert (
            sum(sum(row.by_child.values()) for row in region.rows) == _sum(region, "received") - own
        )
        places = {row.key: row for row in ranked(session, by="territory", limit=1000).rows}
        assert set(places["SZFO"].by_child) == {"RU-MUR", "RU-KGD"}
        assert sum(places["SZFO"].by_child.values()) == places["SZFO"].counters["received"]


def past_own(session: Session, unit: str) -> int:
    """`received` on a unit's own territory, `unsorted` left out."""
    places = ranked(session, scope=unit, by="territory", limit=1000)
    topics = ranked(session, scope=unit, limit=1000)
    towns = sum(
        _sum(ranked(session, scope=row.key, limit=1000), "received")
        for row in places.rows
        if row.key != unit
    )
    return _sum(topics, "received") - towns


def test_an_own_territory_stands_under_its_own_code_with_its_own_durations(
    database: Database,
) -> None:
    with database.transaction() as session:
        coverage.upsert_leaf(session, "RU-MUR", LAST, None)
        slow, quick = [6000] * 5, [10] * 9
        stated(
            session,
            "RU-MUR",
            LAST,
            a_row("RU-MUR", "roads.pits", minutes={"solve_hours": slow}, received=5),
            a_row("47705000", "roads.pits", minutes={"solve_hours": quick}, received=9),
        )
        fold(session)
        rows = {
            row.key: row
            for row in ranked(session, by="territory", scope="SZFO", period="day", depth=2).rows
        }
        assert rows["RU-MUR"].counters["received"] == 5
        assert rows["RU-MUR"].solve_median_hours == pytest.approx(100, rel=0.02)
        assert rows["47705000"].solve_median_hours == pytest.approx(10 / 60)
        assert "SZFO" not in rows  # a district takes nothing in: no row of zeros


def test_every_unit_below_has_a_row_though_nothing_came(database: Database) -> None:
    with database.transaction() as session:
        found = ranked(session, scope="SZFO", by="territory", limit=1000)
        below = {unit.code for unit in DIRECTORY.children("SZFO")}
        assert {row.key for row in found.rows} == below
        assert found.provisional


def test_order_limit_and_rank(database: Database) -> None:
    with database.transaction() as session:
        rows = [a_row("RU-MUR", topic, received=3) for topic in ("waste.dumps", "roads.pits")]
        stated(session, "RU-MUR", LAST, *rows, a_row("RU-MUR", "health", received=4))
        stated(session, "RU-MUR", LAST - DAY, a_row("RU-MUR", "health", received=9))
        fold(session)
        found = ranked(session, period="day")
        assert [(row.rank, row.key) for row in found.rows] == [
            (1, "health"),
            (2, "roads.pits"),
            (3, "waste.dumps"),
        ]
        grown = ranked(session, period="day", order="growth", limit=2)
        assert [(row.key, row.change.percent) for row in grown.rows] == [
            ("roads.pits", None),
            ("waste.dumps", None),
        ]


def test_coverage_names_who_is_missing_when(database: Database) -> None:
    with database.transaction() as session:
        for origin in ("RU-MUR", "47701000", "RU-KGD"):
            coverage.upsert_leaf(session, origin, LAST - 2 * DAY, None)
        coverage.upsert_leaf(session, "SZFO", LAST - 20 * DAY, None)  # no intake: not a leaf
        for number in range(3):
            stated(session, "RU-MUR", LAST - number * DAY)
        stated(session, "47701000", LAST, status="open")
        stated(session, "47701000", LAST - DAY, received_at=NOW + 9 * DAY)
        fold(session)
        found = ranked(session, scope="SZFO")
        coverage_ = found.coverage
        assert (coverage_.expected, coverage_.received, coverage_.open) == (9, 4, 1)
        assert coverage_.on_time == 3
        assert [(one.unit, one.days) for one in coverage_.missing] == [
            ("RU-KGD", (LAST - 2 * DAY, LAST - DAY, LAST)),
            ("47701000", (LAST - 2 * DAY,)),
        ]
        region, town = DIRECTORY.own_population("RU-MUR", ["47701000"]), 295374
        assert region is not None
        assert coverage_.population_share == pytest.approx(
            (3 * region + town) / (3 * (region + town + (DIRECTORY.population("RU-KGD") or 0)))
        )
        assert found.provisional


def test_a_town_without_a_node_stands_on_its_regions_summaries(database: Database) -> None:
    with database.transaction() as session:
        coverage.upsert_leaf(session, "RU-MUR", LAST - 20 * DAY, None)
        stated(session, "RU-MUR", LAST, a_row("47705000", "roads.pits", received=2, open=5))
        fold(session)
        found = ranked(session, scope="47705000", period="day")
        assert (found.coverage.expected, found.coverage.received) == (1, 1)
        assert not found.provisional
        assert found.rows[0].counters["open"] == 5


@pytest.mark.parametrize(("back", "stock"), [(0, 7), (1, 7), (3, 7), (4, 0)])
def test_a_stock_is_of_the_leafs_latest_day_at_most_three_days_back(
    database: Database, back: int, stock: int
) -> None:
    with database.transaction() as session:
        for origin in ("RU-MUR", "RU-KGD"):
            coverage.upsert_leaf(session, origin, LAST - 20 * DAY, None)
        stated(session, "RU-KGD", LAST, a_row("RU-KGD", "roads.pits", open=100))
        stated(session, "RU-MUR", LAST - 10 * DAY, a_row("RU-MUR", "roads.pits", open=50))
        stated(session, "RU-MUR", LAST - back * DAY, a_row("47705000", "roads.pits", open=7))
        fold(session)
        for asked in ({}, {"by": "block"}, {"by": "territory", "depth": 1}):
            assert _sum(ranked(session, **asked), "open") == 100 + stock
        (town,) = (
            row
            for row in ranked(session, scope="RU-MUR", by="territory", limit=1000).rows
            if row.key == "47705000"
        )
        assert town.counters["open"] == stock
        stale = {one.unit: one.days for one in ranked(session).coverage.missing}
        window = {LAST - number * DAY for number in range(4)}
        assert (window <= set(stale["RU-MUR"])) == (stock == 0)


def test_a_day_is_not_asked_for_stocks_of_the_day_before(database: Database) -> None:
    with database.transaction() as session:
        stated(session, "RU-MUR", LAST - DAY, a_row("RU-MUR", "roads.pits", open=7))
        fold(session)
        assert ranked(session, period="day").rows == ()


@pytest.mark.parametrize(
    ("asked", "field_", "says"),
    [
        ({"scope": "RU-MURR"}, "scope", "RU-MUR"),
        ({"scope": "RU-KGD"}, "scope", "не относится"),
        ({"depth": 4}, "depth", "не больше 3"),
        ({"depth": 0}, "depth", "не меньше 1"),
        ({"period": "fortnight"}, "period", "week"),
        ({"by": "colour"}, "by", "sector"),
        ({"order": "beauty"}, "order", "growth"),
        ({"limit": 0}, "limit", "от 1 до 1000"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    asked: dict[str, object], field_: str, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(RULES, unit="RU-MUR", now=NOW, **asked)  # type: ignore[arg-type]
    assert [fault.field for fault in refused.value.faults] == [field_]
    assert says in refused.value.faults[0].message


def test_a_ranking_is_a_few_queries_however_much_is_held(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with database.transaction() as session:
        a_past(session)
        for by in ROW_KINDS:
            for period in PERIODS:
                for order in ("received", "overdue"):
                    asked.clear()
                    ranked(session, by=by, period=period, order=order, depth=2, limit=1000)
                    assert len(asked) <= 9


def test_a_period_of_a_scope_is_read_by_the_key_of_its_cells(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses by statistics, and a small table is always scanned")
    asked: list[tuple[str, object]] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3]))
    )
    with database.transaction() as session:
        cells.sums(session, ["RU", "SZFO"], date(2026, 1, 31), date(2026, 3, 1))
        statement, values = asked[-1]
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [row[3] for row in rows if "cell_" in row[3]]
    assert len(plan) == 3
    assert {line.partition("(")[2] for line in plan} <= {
        "scope=? AND day>? AND day<?)",
        "scope=? AND month>? AND month<?)",
    }
