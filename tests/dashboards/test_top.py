"""The board as a value: what is compared, what is named, and what is left unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from node.dashboards.top import Board, compare, make_board
from node.domain.coverage import Coverage, Missing
from node.domain.ranking import Change, Period, RankedRow, Ranking
from tests.support.appeals import the_rulebook

WEEK = Period(date(2026, 2, 14), date(2026, 2, 20))
REGION, TOWN, OTHER = "RU-MUR", "47701000", "47705000"
FULL = Coverage(7, 7, 0, 7, 1.0, ())
HALF = Coverage(8, 4, 0, 4, 0.5, (Missing(TOWN, (WEEK.last,)),))


def a_row(
    key: str,
    received: int,
    previous: int = 0,
    by_child: Mapping[str, int] | None = None,
    **more: int,
) -> RankedRow:
    return RankedRow(
        key=key,
        name=key,
        rank=1,
        counters={"received": received} | more,
        change=Change(previous, None),
        solved_share=None,
        satisfied_share=None,
        late_share=None,
        route_median_hours=None,
        first_answer_median_hours=None,
        solve_median_hours=None,
        by_child=by_child or {},
    )


def a_ranking(*rows: RankedRow, by: str = "topic", coverage: Coverage = FULL) -> Ranking:
    return Ranking(
        scope=REGION,
        period=WEEK,
        by=by,
        order="received",
        provisional=coverage.is_provisional(0.95),
        coverage=coverage,
        unsorted=3,
        rows=rows,
    )


def a_board(
    *rows: RankedRow,
    by: str = "topic",
    present: Ranking | None = None,
    past: Ranking | None = None,
    limit: int = 20,
    coverage: Coverage = FULL,
) -> Board:
    return make_board(
        the_rulebook(),
        "RU",
        ranking=a_ranking(*rows, by=by, coverage=coverage),
        present=present or a_ranking(by="territory"),
        past=past or a_ranking(by="territory"),
        days={},
        period_code="week",
        depth=1,
        limit=limit,
    )


@pytest.mark.parametrize(
    ("value", "previous", "percent", "tone"),
    [
        (1754, 438, 300, "worse"),
        (50, 100, -50, "better"),
        (4, 1, None, "worse"),  # +300 % of one appeal would be a lie
        (0, 0, None, "even"),
        (1000, 999, 0, "even"),  # what reads as 0 % has no arrow
    ],
)
def test_a_flow_is_compared_in_per_cent_when_there_is_enough_of_it(
    value: int, previous: int, percent: int | None, tone: str
) -> None:
    move = compare(value, previous, more_is="worse")
    assert (None if move.percent is None else round(move.percent), move.tone) == (percent, tone)


def test_shares_are_compared_in_points() -> None:
    move = compare(0.52, 0.50, more_is="better", is_share=True)
    assert (round(100 * move.difference), move.percent, move.tone) == (2, None, "better")


def test_the_head_names_the_worst_row_of_each_kind() -> None:
    board = a_board(
        a_row("roads.pits", 100, 90, overdue=1),
        a_row("waste.uncollected", 40, 10, overdue=0),
        a_row("utilities.leak", 30, 30, overdue=9),
    )
    named = [point.row.key for point in board.points if point.row]
    assert named == ["roads.pits", "waste.uncollected", "utilities.leak"]


def test_nothing_overdue_names_no_row() -> None:
    board = a_board(a_row("roads.pits", 10, 10))
    assert [point.row is None for point in board.points] == [False, True, True]


def test_a_row_names_its_three_largest_units_and_what_is_left() -> None:
    names = [unit.code for unit in the_rulebook().directory.children(REGION)][:4]
    shares = dict(zip(names, (50, 30, 10, 5), strict=True))
    row = a_board(a_row("roads.pits", 100, 0, shares)).rows[0]
    assert [part.unit for part in row.parts] == names[:3]
    assert [(part.x, part.width) for part in row.parts] == [(0, 50), (50, 30), (80, 10)]
    assert row.rest == 10  # the fourth unit, and five on the region's own territory


def test_what_is_all_on_the_own_territory_has_no_parts() -> None:
    assert a_board(a_row("roads.pits", 5, 0, {REGION: 5})).rows[0].parts == ()


def test_territories_lead_down_and_the_own_territory_leads_nowhere() -> None:
    town, own = a_board(a_row(TOWN, 5), a_row(REGION, 3), by="territory").rows
    assert (town.unit, town.under) == (TOWN, None)
    assert own.unit is None
    assert own.under == "собственная территория, без узлов ниже"


def test_the_way_up_ends_at_this_nodes_own_unit() -> None:
    assert [place.code for place in a_board().trail] == ["RU", "SZFO"]


def test_figures_are_sums_with_the_period_before_beside_them() -> None:
    now = a_ranking(a_row(TOWN, 7, closed_solved=3), a_row(REGION, 5, closed_refused=1))
    before = a_ranking(a_row(TOWN, 6))
    board = a_board(present=now, past=before)
    figures = {figure.code: (figure.value, figure.previous) for figure in board.figures}
    assert figures["received"] == (12, 6)
    assert figures["solved_share"] == (0.75, None)


@pytest.mark.parametrize(
    ("now", "before", "comparable"), [(FULL, FULL, True), (HALF, FULL, False), (FULL, HALF, False)]
)
def test_too_few_summaries_on_either_side_spoil_the_comparison(
    now: Coverage, before: Coverage, comparable: bool
) -> None:
    board = a_board(coverage=now, past=a_ranking(by="territory", coverage=before))
    assert board.comparable is comparable


def test_a_period_nobody_reported_on_is_not_a_period_of_no_appeals() -> None:
    nothing = Coverage(0, 0, 0, 0, None, ())
    board = a_board(
        a_row("roads.pits", 5),
        present=a_ranking(a_row(TOWN, 5)),
        past=a_ranking(by="territory", coverage=nothing),
    )
    assert [figure.previous for figure in board.figures] == [None] * 6
    assert (board.rows[0].previous, board.rows[0].move) == (None, None)
    assert [point.judged for point in board.points if point.row] == ["received"]


def test_the_missing_are_named_with_their_days() -> None:
    gap = a_board(coverage=HALF).footing.missing[0]
    assert (gap.name, gap.days) == ("Мурманск", (WEEK.last,))


def test_more_rows_than_shown_are_counted() -> None:
    board = a_board(a_row("roads.pits", 3), a_row("roads.snow", 2), limit=1)
    assert (len(board.rows), board.total_rows) == (1, 2)
