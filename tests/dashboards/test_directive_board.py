"""The board of a directive: rows beside an earlier day, narrowed, ordered, nothing made up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from node.dashboards.directive_board import (
    Board,
    Narrowing,
    addressees,
    check_days,
    make_board,
    open_steps,
)
from node.domain.directive import Directive, Report, RiskMark
from node.store.directives import DirectiveFile
from tests.support.appeals import the_rulebook
from tests.support.directives import (
    END_OF_OCTOBER,
    a_check_in,
    a_directive,
    a_report,
    a_step,
    added,
    planned,
    whole,
)

TVE = a_report("RU-TVE", readings=[whole(END_OF_OCTOBER, "41")])
STA = a_report(
    "RU-STA",
    readings=[whole(END_OF_OCTOBER, "47")],
    planned_on=[planned(END_OF_OCTOBER, date(2021, 12, 31), "year")],
    steps=[a_step(added_on=date(2020, 11, 1))],
    check_ins=[a_check_in(date(2020, 11, 10))],
)
SMO = a_report("RU-SMO", readings=[whole(date(2020, 10, 1), "30"), whole(date(2020, 11, 16), "80")])
AS_OF = date(2020, 11, 17)


def a_file(
    *reports: Report,
    directive: Directive | None = None,
    marks: dict[str, tuple[RiskMark, ...]] | None = None,
) -> DirectiveFile:
    return DirectiveFile(
        directive=directive or a_directive(),
        reports={report.unit: (report,) for report in reports},
        marks=marks or {},
        version=1,
        scenario=None,
        report_versions={},
    )


def a_board(file: DirectiveFile, *, as_of: date = AS_OF, **more: Any) -> Board:
    narrowing = more.pop("narrowing", Narrowing())
    since = more.pop("since", as_of - timedelta(days=7))
    home = more.pop("home", "RU")
    return make_board(
        the_rulebook(), file, home=home, as_of=as_of, since=since, narrowing=narrowing, **more
    )


def test_the_worst_stand_first_with_what_changed_and_what_is_late() -> None:
    board = a_board(a_file(TVE, STA, SMO))
    assert [row.unit for row in board.rows] == ["RU-TVE", "RU-STA", "RU-SMO"]
    tver, stavropol, smolensk = board.rows
    assert (tver.change, smolensk.change) == (Decimal(0), Decimal(50))
    assert stavropol.plan_is_late
    assert not tver.plan_is_late
    assert board.days_left == 14
    assert [row.unit for row in board.at_risk] == ["RU-TVE", "RU-STA"]
    assert (board.without_step, board.reconstructed, board.unreported) == (1, 0, 0)


def test_what_was_not_known_before_has_no_change() -> None:
    board = a_board(a_file(TVE), as_of=date(2020, 10, 30), since=date(2020, 10, 20))
    by_unit = {row.unit: row for row in board.rows}
    assert by_unit["RU-TVE"].before is None
    assert by_unit["RU-TVE"].change is None
    assert board.unreported == 2


def test_rows_are_narrowed_by_place_stage_and_risk() -> None:
    file = a_file(TVE, STA, SMO)
    shown = {
        name: [row.unit for row in a_board(file, narrowing=narrowing).shown]
        for name, narrowing in {
            "unknown": Narrowing(within="нет такой"),
            "stage": Narrowing(stage="close"),
            "risk": Narrowing(risk=True),
        }.items()
    }
    directory = the_rulebook().directory
    south = next(u for u in directory.ancestors("RU-STA") if u != "RU")
    inside = a_board(file, narrowing=Narrowing(within=south)).shown
    assert [row.unit for row in inside] == ["RU-STA"]
    assert shown["unknown"] == []
    assert shown["stage"] == ["RU-SMO"]
    assert shown["risk"] == ["RU-TVE", "RU-STA"]


def test_every_order_holds_with_the_worst_first_among_equals() -> None:
    file = a_file(TVE, STA, SMO)
    orders = {
        sort: [row.unit for row in a_board(file, narrowing=Narrowing(sort=sort)).shown]
        for sort in ("percent", "name", "change", "planned", "risk", "missed", "сбоку")
    }
    worst_first = ["RU-TVE", "RU-STA", "RU-SMO"]
    assert orders["percent"] == orders["сбоку"] == worst_first
    assert orders["name"] == ["RU-SMO", "RU-STA", "RU-TVE"]
    assert orders["planned"][0] == "RU-STA"
    assert orders["change"][-1] == "RU-SMO"
    assert orders["risk"][0] == "RU-STA"
    turned = a_board(file, narrowing=Narrowing(reverse=True)).shown
    assert [row.unit for row in turned] == worst_first[::-1]


def test_groups_count_what_lies_between_here_and_the_addressees() -> None:
    groups = a_board(a_file(TVE, STA, SMO)).groups
    assert sum(group.addressees for group in groups) == 3
    assert {(group.addressees, group.at_risk) for group in groups} == {(2, 1), (1, 1)}
    district = the_rulebook().directory.parent("RU-TVE") or ""
    below = a_file(TVE, directive=a_directive(issuer=district, to=("RU-TVE", "RU-SMO")))
    assert a_board(below, home=district).groups == ()


def test_a_node_that_is_not_the_issuer_shows_its_own_addressees() -> None:
    directory = the_rulebook().directory
    assert addressees(a_directive(), directory, "RU") == ("RU-SMO", "RU-STA", "RU-TVE")
    assert addressees(a_directive(), directory, "RU-STA") == ("RU-STA",)
    assert addressees(a_directive(), directory, "RU-MUR") == ()
    assert a_board(a_file(), home="RU-MUR").percent is None


def test_the_line_drawn_is_of_the_one_chosen_or_of_the_worst_at_risk() -> None:
    file = a_file(TVE, STA, SMO)
    worst = a_board(file).chosen
    assert worst is not None
    assert worst.unit == "RU-TVE"
    assert worst.line == ((END_OF_OCTOBER, Decimal(41)),)
    chosen = a_board(file, chosen="RU-SMO").chosen
    assert chosen is not None
    assert [value for _, value in chosen.line] == [30, 80]
    assert a_board(file).line[-1] == (date(2020, 11, 16), Decimal(56))


def test_a_mark_of_the_coordinator_puts_a_unit_into_the_zone() -> None:
    file = a_file(TVE, STA, SMO, marks={"RU-SMO": (added(date(2020, 11, 16)),)})
    assert [row.unit for row in a_board(file).at_risk] == ["RU-TVE", "RU-STA", "RU-SMO"]


def test_days_of_control_are_made_missed_or_idle() -> None:
    days = check_days([STA], [date(2020, 11, 9)], date(2020, 11, 11), 4)
    assert [one.state for one in days] == ["idle", "missed", "made", "idle"]
    assert days[-1].day == date(2020, 11, 11)


def test_the_nearest_open_step_is_the_next_one() -> None:
    board = a_board(a_file(STA))
    row = next(row for row in board.rows if row.unit == "RU-STA")
    assert row.next_step is not None
    assert row.open_steps == len(open_steps(row.standing, AS_OF)) == 1
