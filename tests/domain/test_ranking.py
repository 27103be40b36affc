"""Rankings: periods, what may be asked, order, change and shares."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from node.domain.errors import Invalid
from node.domain.ranking import Change, Figures, Period, Question, shares, top

MOSCOW, KAMCHATKA = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kamchatka")
NOW = datetime(2026, 3, 10, 21, 30, tzinfo=UTC)  # 00:30 of the 11th in Moscow
LAST = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "first"),
    [("day", LAST), ("week", date(2026, 3, 4)), ("month", date(2026, 2, 9))],
)
def test_named_periods_end_with_the_last_day_that_ended_everywhere(text: str, first: date) -> None:
    assert Period.parse(text, [MOSCOW, KAMCHATKA], NOW) == Period(first, LAST)


def test_a_zone_whose_day_goes_on_holds_the_period_back() -> None:
    kaliningrad = ZoneInfo("Europe/Kaliningrad")
    assert Period.parse("day", [MOSCOW, kaliningrad], NOW).last == date(2026, 3, 9)


def test_a_period_may_be_two_dates() -> None:
    found = Period.parse("2026-01-01..2026-01-31", [MOSCOW], NOW)
    assert found == Period(date(2026, 1, 1), date(2026, 1, 31))
    assert found.previous == Period(date(2025, 12, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "year",
        "2026-01-01",
        "2026-01-01..",
        "..",
        "20260101..20260102",
        "2026-02-30..2026-03-01",
        "2026-01-02..2026-01-01",
        "2020-01-01..2026-01-01",
        "0001-01-01..0001-01-02",
        "2026-01-01..2026-01-02..2026-01-03",
    ],
)
def test_any_other_period_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Period.parse(text, [MOSCOW], NOW)
    assert [fault.field for fault in refused.value.faults] == ["period"]


def test_everything_wrong_in_a_question_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        Question("RU", Period(LAST, LAST), by="colour", order="size", depth=0, limit=1001)
    assert [fault.field for fault in refused.value.faults] == ["by", "order", "depth", "limit"]


FOUND = {
    "b": Figures({"received": 5, "overdue": 1}, previous=1),
    "a": Figures({"received": 5, "dragging": 2}, previous=5),
    "c": Figures({"received": 9, "unsatisfied": 1}, previous=20),
}


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("received", "cab"),
        ("growth", "bac"),
        ("overdue", "bac"),
        ("dragging", "abc"),
        ("unsatisfied", "cab"),
    ],
)
def test_the_weightiest_comes_first_and_ties_go_by_code(order: str, keys: str) -> None:
    assert [key for key, _ in top(FOUND, order, 20)] == list(keys)
    assert [key for key, _ in top(FOUND, order, 2)] == list(keys[:2])


def test_change_is_against_the_period_before_and_has_no_per_cent_of_nothing() -> None:
    assert Change.of(Figures({"received": 8}, previous=2)) == Change(2, 300.0)
    assert Change.of(Figures({"received": 1}, previous=4)) == Change(4, -75.0)
    assert Change.of(Figures({"received": 8})) == Change(0, None)


def test_shares_are_of_all_closed_and_of_all_who_said() -> None:
    figures = Figures(
        {
            "closed_solved": 3,
            "closed_explained": 1,
            "closed_refused": 2,
            "late_final": 3,
            "satisfied": 1,
            "unsatisfied": 3,
        }
    )
    assert shares(figures) == {"solved_share": 0.5, "satisfied_share": 0.25, "late_share": 0.5}


def test_a_share_of_nothing_is_unknown() -> None:
    assert set(shares(Figures({"received": 3})).values()) == {None}
