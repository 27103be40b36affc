"""The standing of a directive as of a day: worst first, stages, steps, what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from node.domain.directive import Directive, Report, Rollup
from node.domain.readiness import Stage
from node.domain.standing import Standing, stand
from tests.support.directives import (
    END_OF_OCTOBER,
    a_check_in,
    a_directive,
    a_report,
    a_step,
    planned,
    reading,
    weekly,
    whole,
    withdrawn,
)

NOVEMBER = date(2020, 11, 17)
REPORTS: Mapping[str, tuple[Report, ...]] = {
    "RU-SMO": (a_report("RU-SMO", on_behalf=True, readings=[whole(END_OF_OCTOBER, "52")]),),
    "RU-STA": (
        a_report(
            "RU-STA",
            readings=[whole(END_OF_OCTOBER, "47")],
            planned_on=[planned(END_OF_OCTOBER, date(2021, 12, 31), "year")],
        ),
    ),
    "RU-TVE": (a_report("RU-TVE", readings=[whole(END_OF_OCTOBER, "41", reconstructed=True)]),),
}


def as_of(
    day: date,
    reports: Mapping[str, tuple[Report, ...]] = REPORTS,
    directive: Directive | None = None,
    own: str | None = None,
) -> Standing:
    directive = directive or a_directive()
    return stand(directive, reports, {}, units=directive.to, as_of=day, populations={}, own=own)


def test_fact_01_thirteen_days_are_left_and_what_is_unfinished_afterwards_is_overdue() -> None:
    assert as_of(date(2020, 11, 18)).days_left == 13
    after = as_of(date(2020, 12, 2))
    assert after.days_left == -1
    assert [unit.overdue for unit in after.units] == [True, True, True]
    assert not any(unit.overdue for unit in as_of(date(2020, 12, 1)).units)


def test_fact_02_stages_are_counted_over_all_addressees() -> None:
    percents = ["100"] * 15 + ["60", "75.5", "99"] * 11 + ["59.99"] * 30 + [None] * 5
    units = tuple(f"U{n:02}" for n in range(83))
    reports = {
        unit: (a_report(unit, readings=[whole(END_OF_OCTOBER, percent)]),)
        for unit, percent in zip(units, percents, strict=True)
        if percent is not None
    }
    found = as_of(END_OF_OCTOBER, reports, a_directive(to=units))
    assert list(found.stages.items()) == [
        (Stage.COMPLETE, 15),
        (Stage.CLOSE, 33),
        (Stage.IN_PROGRESS, 30),
        (Stage.NOT_STARTED, 5),
    ]
    assert [unit.reported for unit in found.units].count(False) == 5


def test_fact_03_the_bottom_three_in_order_and_exact() -> None:
    found = as_of(date(2020, 10, 31))
    assert [(unit.unit, str(unit.percent)) for unit in found.units] == [
        ("RU-TVE", "41"),
        ("RU-STA", "47"),
        ("RU-SMO", "52"),
    ]
    assert found.percent == Decimal("46.66")


def test_fact_03_a_reconstructed_reading_marks_its_unit_and_no_other() -> None:
    found = as_of(NOVEMBER)
    assert {unit.unit for unit in found.units if unit.reconstructed} == {"RU-TVE"}
    assert found.reconstructed
    assert not as_of(date(2020, 10, 1)).reconstructed


def test_fact_04_who_is_in_the_risk_zone_depends_on_the_day() -> None:
    smolensk = a_report("RU-SMO", readings=weekly(END_OF_OCTOBER, ("52", "66", "80")))
    reports = {**REPORTS, "RU-SMO": (smolensk,)}
    shown = [
        {unit.unit for unit in as_of(day, reports).risk_zone}
        for day in (date(2020, 10, 31), NOVEMBER)
    ]
    assert shown == [{"RU-SMO", "RU-STA", "RU-TVE"}, {"RU-STA", "RU-TVE"}]


@pytest.mark.parametrize(
    ("steps", "without"),
    [
        pytest.param((), True, id="none"),
        pytest.param((a_step(added_on=NOVEMBER),), False, id="one open"),
        pytest.param((a_step(added_on=date(2020, 11, 18)),), True, id="one added later"),
        pytest.param(
            (a_step(added_on=END_OF_OCTOBER, done_on=NOVEMBER),), True, id="all of them done"
        ),
        pytest.param(
            (a_step(added_on=END_OF_OCTOBER, done_on=date(2020, 11, 18)),), False, id="done later"
        ),
    ],
)
def test_fact_06_a_risk_zone_unit_without_an_open_step_is_flagged(
    steps: tuple[object, ...], without: bool
) -> None:
    tver = a_report("RU-TVE", readings=[whole(END_OF_OCTOBER, "41")], steps=steps)  # type: ignore[arg-type]
    found = next(u for u in as_of(NOVEMBER, {"RU-TVE": (tver,)}).units if u.unit == "RU-TVE")
    assert found.without_step is without
    assert all(step.done_on is None or step.done_on <= NOVEMBER for step in found.steps)


def test_fact_06_outside_the_risk_zone_no_step_is_asked_for() -> None:
    ready = a_report("RU-TVE", readings=[whole(NOVEMBER, "90")])
    found = as_of(NOVEMBER, {"RU-TVE": (ready,)}, a_directive(to=("RU-TVE",)))
    assert not found.units[0].without_step


def test_fact_07_missed_check_ins_are_counted() -> None:
    tver = a_report(
        "RU-TVE",
        readings=[whole(END_OF_OCTOBER, "41")],
        check_ins=[a_check_in(date(2020, 10, day)) for day in (29, 30)],
    )
    directive = a_directive(to=("RU-TVE",), issued_on=date(2020, 10, 28))
    found = as_of(date(2020, 11, 1), {"RU-TVE": (tver,)}, directive)
    assert found.units[0].missed_check_ins == (date(2020, 10, 28), date(2020, 10, 31))
    assert found.missed_check_ins == 2


def test_gaps_are_what_loses_most_first() -> None:
    history = a_report(readings=[reading("staff", NOVEMBER, "80")])
    found = as_of(NOVEMBER, {"RU-TVE": (history,)}, a_directive(to=("RU-TVE",)))
    assert [(gap.milestone.code, gap.lost) for gap in found.units[0].gaps] == [
        ("premises", Decimal(40)),
        ("staff", Decimal(12)),
    ]


def test_a_unit_nobody_reported_on_has_not_started_and_says_so() -> None:
    unit = as_of(NOVEMBER, {}).units[0]
    assert (unit.percent, unit.stage, unit.reported) == (Decimal(0), Stage.NOT_STARTED, False)
    assert unit.last_reading_on is None


def test_a_report_on_behalf_shows_as_such() -> None:
    assert {unit.unit for unit in as_of(NOVEMBER).units if unit.on_behalf} == {"RU-SMO"}


def test_nothing_of_a_withdrawn_directive_is_at_risk_or_overdue() -> None:
    found = as_of(date(2020, 12, 2), directive=withdrawn(a_directive(), NOVEMBER))
    assert found.risk_zone == ()
    assert not any(unit.overdue for unit in found.units)


def test_a_parents_own_per_cent_is_taken_from_its_own_report() -> None:
    directive = a_directive(rollup=Rollup.OWN, to=("RU-NW", *REPORTS))
    own = {**REPORTS, "RU-NW": (a_report("RU-NW", readings=[whole(NOVEMBER, "64")]),)}
    below = stand(
        directive, own, {}, units=tuple(REPORTS), as_of=NOVEMBER, populations={}, own="RU-NW"
    )
    assert below.percent == 64
    assert as_of(NOVEMBER, directive=directive, own="RU-XX").percent is None


def test_a_node_sees_the_units_it_asks_for() -> None:
    found = stand(a_directive(), REPORTS, {}, units=("RU-TVE",), as_of=NOVEMBER, populations={})
    assert [unit.unit for unit in found.units] == ["RU-TVE"]
    assert found.percent == 41
