"""Scenarios: how facts, reconstruction and news are read, and what the shipped files hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from node.commands.scenario_files import read_scenario
from node.domain import scenario_tables as tables
from node.domain.directive import WHOLE, MilestoneKind, Reading, Report, Rollup, Stages
from node.domain.new_directive import faults_of_directive
from node.domain.readiness import Stage
from node.domain.scenario import (
    Fact,
    InvalidScenario,
    Known,
    Measure,
    Rebuilt,
    Said,
    Scenario,
    last_day_of,
    percent_of,
)
from node.domain.scenario_news import compare
from node.domain.standing import Standing, stand
from node.domain.table import InvalidTable
from tests.support.appeals import the_rulebook
from tests.support.directives import a_directive, a_report, whole

CENTRES, OFFICERS = "cur-2020-centres", "cur-2020-cdto"
SHIPPED = read_scenario("cur-2020")
OCTOBER = date(2020, 10, 27)
DAY = timedelta(days=1)


# --- Values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "day", "precision"),
    [
        ("2021", date(2021, 12, 31), "year"),
        ("2021-Q2", date(2021, 6, 30), "quarter"),
        ("2020-02", date(2020, 2, 29), "month"),
        ("2021-03-15", date(2021, 3, 15), "day"),
    ],
)
def test_a_coarse_date_is_its_last_day(said: str, day: date, precision: str) -> None:
    assert last_day_of(said) == (day, precision)


@pytest.mark.parametrize("said", ["", "скоро", "2021-13", "2021-Q5", "2021-Q", "2021-02-30"])
def test_what_is_no_date_is_refused(said: str) -> None:
    with pytest.raises(InvalidScenario, match="2021-06-30"):
        last_day_of(said)


def test_a_per_cent_is_exact_and_within_bounds() -> None:
    assert percent_of("52.5") == Decimal("52.5")
    for wrong in ("101", "-1", "NaN", "52.555", "пять", ""):
        with pytest.raises(InvalidScenario):
            percent_of(wrong)


def fact_row(**overrides: str) -> dict[str, str]:
    values = {
        "directive": CENTRES,
        "unit": "RU-TVE",
        "as_of": "2020-10-27",
        "what": "readiness",
        "value": "41",
        "source": "газета",
    }
    return values | overrides


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"source": ""}, "source"),
        ({"as_of": "27.10.2020"}, "27.10.2020"),
        ({"what": "risk_zone", "value": "1"}, "risk_zone"),
        ({"value": "141"}, "141"),
        ({"what": "opened"}, "no value"),
        ({"what": "planned_on", "value": "потом"}, "потом"),
    ],
)
def test_a_wrong_fact_says_what_is_wrong(overrides: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidScenario, match=named):
        tables.fact(fact_row(**overrides))


@pytest.mark.parametrize(
    ("measure", "value", "named"),
    [
        ("complete", "много", "много"),
        ("risk_zone", "", "names units"),
        ("all_complete", "1", "no value"),
        ("mood", "1", "mood"),
    ],
)
def test_wrong_news_say_what_is_wrong(measure: str, value: str, named: str) -> None:
    row = {
        "directive": CENTRES,
        "as_of": "2020-11-17",
        "measure": measure,
        "value": value,
        "source": "газета",
    }
    with pytest.raises(InvalidScenario, match=named):
        tables.said(row)


def a_rebuilt(unit: str, day: date, milestone: str = "staff", **overrides: Any) -> Rebuilt:
    reading = Reading(milestone, day, Decimal(50), reconstructed=True, **overrides)
    return Rebuilt(CENTRES, unit, reading)


@pytest.mark.parametrize(
    ("added", "named"),
    [
        (a_rebuilt("RU-TVE", OCTOBER), "a fact is known of that day"),
        (a_rebuilt("RU-KLU", OCTOBER), "known to be done"),
        (a_rebuilt("RU-TVE", OCTOBER + DAY, "roof"), "no such milestone"),
        (a_rebuilt("RU-TVE", OCTOBER + DAY, WHOLE), "no such milestone"),
        (a_rebuilt("RU-TVE", OCTOBER + DAY, value="minister"), "not a rank"),
        (SHIPPED.rebuilt[0], "stands twice"),
        (replace(SHIPPED.rebuilt[0], directive="other"), "none of its directives"),
    ],
)
def test_nothing_filled_in_stands_against_a_fact_or_twice(added: Rebuilt, named: str) -> None:
    with pytest.raises(InvalidScenario, match=named):
        replace(SHIPPED, rebuilt=(*SHIPPED.rebuilt, added))


def test_two_facts_on_one_thing_of_one_day_are_refused() -> None:
    other = Fact(CENTRES, "RU-TVE", OCTOBER, Known.OPENED, "", "другая газета")
    with pytest.raises(InvalidScenario, match="two facts on RU-TVE"):
        replace(SHIPPED, facts=(*SHIPPED.facts, other))


def test_a_directive_without_its_day_is_refused_by_its_key() -> None:
    with pytest.raises(InvalidTable, match="issued_on"):
        tables.heading({"title": "т", "about": "о", "directives": [{"title": "т", "basis": "п"}]})


def test_a_key_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InvalidTable, match="risk_zone"):
        tables.heading({"title": "т", "about": "о", "risk_zone": ["RU-TVE"]})


# --- News -----------------------------------------------------------------------------------------


def standing_on(day: date) -> Standing:
    reports = {
        "RU-TVE": (a_report("RU-TVE", readings=[whole(OCTOBER, "41")]),),
        "RU-STA": (a_report("RU-STA", readings=[whole(OCTOBER + DAY, "100")]),),
        "RU-SMO": (a_report("RU-SMO", readings=[whole(OCTOBER, "70")]),),
    }
    return stand(a_directive(), reports, {}, units=tuple(reports), as_of=day, populations={})


@pytest.mark.parametrize(
    ("measure", "number", "units", "found", "differing"),
    [
        (Measure.COMPLETE, 1, (), 1, ()),
        (Measure.COMPLETE, 5, (), 1, ()),
        (Measure.NEWLY_COMPLETE, 1, (), 1, ()),
        (Measure.CLOSE, 1, (), 1, ()),
        (Measure.IN_RISK_ZONE, 1, (), 1, ()),
        (Measure.RISK_ZONE, None, ("RU-TVE",), 1, ()),
        (Measure.RISK_ZONE, None, ("RU-SMO",), 1, ("RU-SMO", "RU-TVE")),
        (Measure.ALL_COMPLETE, None, (), 1, ("RU-TVE", "RU-SMO")),
    ],
)
def test_news_are_compared_with_what_follows_from_the_readings(
    measure: Measure,
    number: int | None,
    units: tuple[str, ...],
    found: int,
    differing: tuple[str, ...],
) -> None:
    day = OCTOBER + DAY
    said = Said("x", day, measure, number, frozenset(units), "газета")
    compared = compare(said, standing_on(day), standing_on(OCTOBER))
    assert (compared.found, compared.units) == (found, differing)
    assert compared.agrees == (not differing and number in (None, found))


# --- The shipped files ----------------------------------------------------------------------------


def test_the_shipped_directives_could_be_issued_as_they_stand() -> None:
    for draft in SHIPPED.directives:
        assert (
            faults_of_directive(
                draft.new, the_rulebook().directory, me="RU", today=draft.new.issued_on
            )
            == []
        )


def test_the_checklist_is_the_one_proposed_and_says_that_it_is_ours() -> None:
    centres = SHIPPED.directives[0].new
    weights = {milestone.code: milestone.weight for milestone in centres.milestones}
    assert weights == {
        "founding_act": 10,
        "statute": 5,
        "agreement": 10,
        "head": 10,
        "staff": 10,
        "premises": 10,
        "works": 10,
        "incident": 10,
        "feedback_platform": 10,
        "regulation": 8,
        "training": 2,
        "trial_run": 5,
    }
    assert "наше предложение" in (centres.note or "")
    # Only the shipped rules make the risk zone.
    assert centres.risk_rules is None


def test_the_second_directive_asks_for_a_rank() -> None:
    officers = SHIPPED.directives[1].new
    (appointment,) = officers.milestones
    assert appointment.kind is MilestoneKind.DONE
    assert appointment.condition is not None
    assert appointment.condition.at_least == "deputy_head"
    assert officers.rollup is Rollup.SHARE_COMPLETE
    assert officers.deadline == SHIPPED.directives[0].new.deadline == date(2020, 12, 1)


def test_every_reading_of_the_reconstruction_is_marked_and_of_2020() -> None:
    for entry in SHIPPED.rebuilt:
        assert entry.reading.reconstructed
        assert entry.reading.milestone != WHOLE
        assert date(2020, 3, 1) <= entry.reading.as_of <= date(2020, 12, 1)


def test_of_stavropol_and_tver_there_is_nothing_but_facts() -> None:
    touched = {entry.unit for entry in SHIPPED.rebuilt if entry.directive == CENTRES}
    assert not touched & {"RU-STA", "RU-TVE", "RU-MOS"}
    assert len(touched) == 80


def history_of(scenario: Scenario, unit: str) -> Report:
    return scenario.reports(CENTRES, "RU")[unit]


def test_the_parts_of_a_centre_come_in_their_natural_order() -> None:
    for unit in sorted({one.unit for one in SHIPPED.rebuilt if one.directive == CENTRES}):
        readings = [one for one in history_of(SHIPPED, unit).readings if one.reconstructed]
        begun = {}
        for one in readings:
            if one.percent > 0:
                begun.setdefault(one.milestone, one.as_of)
        assert begun["founding_act"] == min(begun.values()), unit
        if "trial_run" in begun:
            assert begun["trial_run"] == max(begun.values()), unit
        kinds = {one.code: one.kind for one in SHIPPED.directives[0].new.milestones}
        for milestone in begun:
            course = [one.percent for one in readings if one.milestone == milestone]
            assert course == sorted(course), (unit, milestone)
            if kinds[milestone] is MilestoneKind.DONE:
                assert set(course) <= {0, 100}, (unit, milestone)


def test_from_the_end_of_september_a_reading_comes_at_least_every_nine_days() -> None:
    for unit, report in SHIPPED.reports(CENTRES, "RU").items():
        days = sorted({one.as_of for one in report.readings if one.as_of >= date(2020, 9, 28)})
        if unit in ("RU-STA", "RU-TVE"):
            continue
        assert all(later - day <= 9 * DAY for day, later in pairwise(days)), unit


def test_the_default_stages_are_those_of_the_facts() -> None:
    assert the_rulebook().readiness.stages == Stages(complete=Decimal(100), close=Decimal(60))
    assert set(Stage) == {"complete", "close", "in_progress", "not_started"}
