"""The figures of a day: their order, their days, what does not hold together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import BadStatement
from federation.histogram import Histogram
from federation.schemas.summary import COUNTERS, HISTOGRAM_COUNTER, HISTOGRAMS, Summary, local_day
from tests.support.bodies import a_row, a_summary, good


def test_the_counters_stand_in_the_order_of_the_protocol() -> None:
    assert " ".join(COUNTERS) == (
        "received rejected repeated opened routed returned answered_first closed_solved"
        " closed_explained closed_refused merged reopened escalated handed_over taken_in"
        " late_first late_final satisfied unsatisfied checked checked_false"
        " open unsorted overdue dragging awaiting_help"
    )
    assert tuple(HISTOGRAM_COUNTER) == HISTOGRAMS
    assert set(HISTOGRAM_COUNTER.values()) <= set(COUNTERS)


@given(st.randoms())
def test_the_same_facts_give_the_same_bytes(chance: Any) -> None:
    rows = [a_row(territory=unit, topic=topic) for unit in "ab" for topic in ("x", "x.y", "z")]
    expected = json.dumps(a_summary(rows=tuple(rows)).to_body())
    chance.shuffle(rows)
    names = list(COUNTERS)
    chance.shuffle(names)
    facts = a_row().counters
    counters = {name: facts.get(name, 0) for name in names}
    rows = [replace(row, counters=counters) for row in rows]
    assert json.dumps(a_summary(rows=tuple(rows)).to_body()) == expected


def test_zeros_and_empty_histograms_are_not_written() -> None:
    row = a_row(counters={"received": 0, "open": 1}, histograms={"route_hours": Histogram()})
    assert row.to_body()["counters"] == {"open": 1}
    assert row.to_body()["histograms"] == {}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: body.update(status="closed"), "malformed"),
        (lambda body: body.update(status="restated"), "malformed"),
        (lambda body: body.update(status="restated", reason="mood"), "malformed"),
        (lambda body: body.update(reason="late"), "malformed"),
        (lambda body: body.update(zero_report=True), "malformed"),
        (lambda body: body["rows"].append(body["rows"][0]), "malformed"),
        (lambda body: body["rows"][0]["counters"].update(open=-1), "malformed"),
        (lambda body: body["rows"][0]["counters"].update(open=10**7), "malformed"),
        (lambda body: body["rows"][0]["histograms"].update(route_hours=[[1]]), "malformed"),
        (lambda body: body.update(tz="Europe/Atlantis"), "bad_tz"),
        (lambda body: body.update(tz=None), "bad_tz"),
        (lambda body: body.update(tz="Asia/Kamchatka"), "bad_day"),
        (lambda body: body.update(to="2026-11-21T21:00:00Z"), "bad_day"),
        (lambda body: body["rows"][0]["counters"].update(routed=1), "histogram_exceeds_counter"),
        (lambda body: body["rows"][0].update(counters={}), "histogram_exceeds_counter"),
    ],
)
def test_a_summary_that_does_not_hold_together_is_refused_by_name(
    spoil: Callable[[dict[str, Any]], object], code: str
) -> None:
    key, body = good("summary")
    spoil(body)
    with pytest.raises(BadStatement) as caught:
        Summary.from_body(key, body)
    assert caught.value.code == code


def test_a_restated_summary_gives_its_reason() -> None:
    summary = a_summary(status="restated", reason="late")
    assert Summary.from_body("2026-11-20", summary.to_body()) == summary


def test_a_zero_report_is_a_summary() -> None:
    summary = a_summary(zero_report=True, rows=())
    assert Summary.from_body("2026-11-20", summary.to_body()) == summary


def test_a_counter_nobody_knows_here_is_passed_over() -> None:
    key, body = good("summary")
    body["rows"][0]["counters"]["applauded"] = "much"
    assert Summary.from_body(key, body) == a_summary()


@pytest.mark.parametrize(
    ("tz", "starts", "hours"),
    [
        ("Europe/Kaliningrad", "2026-10-24T22:00:00+00:00", 24),
        ("Asia/Kamchatka", "2026-10-24T12:00:00+00:00", 24),
        ("Europe/Berlin", "2026-10-24T22:00:00+00:00", 25),
    ],
)
def test_a_local_day_runs_from_midnight_to_midnight_of_its_zone(
    tz: str, starts: str, hours: int
) -> None:
    begin, end = local_day(date(2026, 10, 25), tz)
    assert begin.isoformat() == starts
    assert end - begin == timedelta(hours=hours)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_the_calendar_has_no_midnights(day: date) -> None:
    with pytest.raises(ValueError, match="calendar"):
        local_day(day, "Europe/Moscow")
