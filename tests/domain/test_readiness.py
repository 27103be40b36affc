"""Readiness: which reading is in force, what it counts for, one history of several reports."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.directive import (
    Condition,
    Milestone,
    MilestoneKind,
    Rank,
    Reading,
    Report,
    Rollup,
)
from node.domain.history import NOTHING
from node.domain.readiness import (
    Stage,
    curve,
    is_reconstructed,
    mean_curve,
    milestone_states,
    one_history,
    percent,
    planned,
    roll_up,
    stage_of,
)
from tests.support.directives import (
    END_OF_OCTOBER,
    a_check_in,
    a_directive,
    a_report,
    a_step,
    noon,
    reading,
    shipped,
    weekly,
    whole,
)
from tests.support.directives import planned as planned_for

OCT = [date(2020, 10, day) for day in range(1, 32)]
OFFICER = Milestone(
    "officer",
    "Назначен руководитель цифровой трансформации",
    100,
    MilestoneKind.DONE,
    Condition(
        (
            Rank("deputy_head", "заместитель руководителя"),
            Rank("minister", "министр"),
            Rank("deputy_department_head", "заместитель начальника отдела"),
        ),
        "deputy_head",
    ),
)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param((), "0", id="nothing read is not started"),
        pytest.param((whole(OCT[1], "41"),), "41", id="the whole fills every milestone"),
        pytest.param((reading("staff", OCT[1], "50"),), "30", id="the rest counts nothing"),
        pytest.param(
            (whole(OCT[1], "40"), reading("staff", OCT[2], "100")), "76", id="a later own one"
        ),
        pytest.param(
            (reading("staff", OCT[2], "100"), whole(OCT[2], "40")), "76", id="own on the same day"
        ),
        pytest.param(
            (reading("staff", OCT[1], "100"), whole(OCT[2], "40")), "40", id="a later whole"
        ),
        pytest.param(
            (reading("staff", OCT[3], "100"), reading("staff", OCT[1], "50"), whole(OCT[2], "40")),
            "76",
            id="whatever the order they were written in",
        ),
        pytest.param((whole(OCT[4], "70"), whole(OCT[9], "90")), "70", id="the future is unread"),
        pytest.param((reading("gone", OCT[1], "90"),), "0", id="a milestone no longer there"),
        pytest.param(
            (reading("staff", OCT[1], "33.33"), reading("premises", OCT[1], "0.01")),
            "20.002",
            id="exact to the last digit",
        ),
        pytest.param((whole(date(2018, 12, 29), "100"),), "100", id="older than the directive"),
    ],
)
def test_the_latest_reading_of_each_milestone_counts(
    readings: tuple[Reading, ...], expected: str
) -> None:
    history = a_report(readings=readings)
    assert str(percent(a_directive(), history, OCT[5])) == expected


def test_fact_31_a_centre_older_than_the_directive_is_loaded_without_breaking_the_per_cent() -> (
    None
):
    history = a_report("RU-MOS", readings=[whole(date(2018, 12, 29), "100")])
    assert percent(a_directive(), history, date(2018, 12, 28)) == 0
    assert percent(a_directive(), history, date(2020, 3, 1)) == 100


@pytest.mark.parametrize(
    ("stated", "value", "counts", "why_not"),
    [
        ("100", "deputy_head", 100, None),
        (
            "100",
            "minister",
            0,
            "министр: ниже ступени «заместитель руководителя», не засчитывается",
        ),
        (
            "100",
            "deputy_department_head",
            0,
            "заместитель начальника отдела: ниже ступени «заместитель руководителя», "
            "не засчитывается",
        ),
        ("100", "jester", 0, "«jester»: такой ступени нет в шкале поручения, не засчитывается"),
        ("100", None, 0, "ступень не указана, не засчитывается"),
        ("60", "deputy_head", 0, "60 %: веха или выполнена, или нет, не засчитывается"),
        ("0", None, 0, None),
    ],
)
def test_fact_09_an_appointment_below_the_rank_does_not_count_and_says_why(
    stated: str, value: str | None, counts: int, why_not: str | None
) -> None:
    directive = a_directive(milestones=(OFFICER,))
    history = a_report(readings=[reading("officer", OCT[1], stated, value=value)])
    (state,) = milestone_states(directive, history, OCT[2])
    assert (state.percent, state.why_not) == (Decimal(counts), why_not)
    assert percent(directive, history, OCT[2]) == counts


def test_a_stated_whole_counts_as_stated_whatever_the_milestones_ask_for() -> None:
    directive = a_directive(milestones=(OFFICER,))
    assert percent(directive, a_report(readings=[whole(OCT[1], "41")]), OCT[2]) == 41


@pytest.mark.parametrize(
    ("value", "stage"),
    [
        ("100", Stage.COMPLETE),
        ("99.99", Stage.CLOSE),
        ("60", Stage.CLOSE),
        ("59.99", Stage.IN_PROGRESS),
        ("0.01", Stage.IN_PROGRESS),
        ("0", Stage.NOT_STARTED),
    ],
)
def test_fact_02_a_stage_begins_at_its_threshold(value: str, stage: Stage) -> None:
    assert stage_of(Decimal(value), shipped().stages) is stage


def test_a_per_cent_is_reconstructed_only_while_such_a_reading_is_in_force() -> None:
    history = a_report(
        readings=[whole(OCT[1], "40", reconstructed=True), whole(OCT[9], "41")],
    )
    shown = [is_reconstructed(a_directive(), history, day) for day in (OCT[0], OCT[1], OCT[9])]
    assert shown == [False, True, False]


def test_the_planned_date_stated_last_is_in_force() -> None:
    history = a_report(
        planned_on=[planned_for(OCT[9], OCT[20]), planned_for(OCT[1], OCT[30])],
    )
    assert planned(history, OCT[0]) is None
    assert [planned(history, day).day for day in (OCT[1], OCT[8], OCT[9])] == [  # type: ignore[union-attr]
        OCT[30],
        OCT[30],
        OCT[20],
    ]


def test_a_curve_has_a_point_where_the_per_cent_changes() -> None:
    history = a_report(readings=weekly(OCT[0], ("10", "10", "30", "20")))
    assert curve(a_directive(), history, OCT[20]) == (
        (OCT[0], Decimal(10)),
        (OCT[14], Decimal(30)),
    )


# One history of several reports.

COORDINATED = a_report(
    on_behalf=True,
    readings=[whole(OCT[0], "10"), whole(OCT[9], "20"), whole(OCT[19], "90")],
    planned_on=[planned_for(OCT[0], OCT[30]), planned_for(OCT[19], OCT[29])],
    steps=[a_step("a", added_on=OCT[0]), a_step("b", added_on=OCT[19])],
    check_ins=[a_check_in(OCT[1]), a_check_in(OCT[9])],
)


def test_before_its_own_node_the_coordinator_speaks_for_a_unit_and_afterwards_the_unit() -> None:
    own = a_report(
        readings=[whole(OCT[9], "25"), reading("staff", OCT[14], "50")],
        check_ins=[a_check_in(OCT[14])],
    )
    history = one_history([COORDINATED, own])
    assert [(r.as_of, str(r.percent)) for r in history.readings] == [
        (OCT[0], "10"),
        (OCT[9], "25"),
        (OCT[14], "50"),
    ]
    assert [planned.as_of for planned in history.planned_on] == [OCT[0]]
    assert [step.id for step in history.steps] == ["a"]
    assert [check_in.day for check_in in history.check_ins] == [OCT[1], OCT[14]]
    assert not history.on_behalf
    assert history.origin == "RU-TVE"


def test_until_a_unit_reads_anything_itself_all_the_coordinator_wrote_stays() -> None:
    own = a_report(check_ins=[a_check_in(OCT[9]), a_check_in(OCT[14])])
    history = one_history([COORDINATED, own])
    assert history.readings == COORDINATED.readings
    assert [check_in.day for check_in in history.check_ins] == [OCT[1], OCT[9], OCT[14]]


def test_where_two_coordinators_say_the_same_thing_the_nearer_one_is_heard() -> None:
    near = a_report(on_behalf=True, origin="RU-NEAR", readings=[whole(OCT[9], "33")])
    history = one_history([near, COORDINATED])
    assert [str(r.percent) for r in history.readings] == ["10", "33", "90"]
    assert history.on_behalf


def test_only_its_own_word_acknowledges_once_a_unit_has_a_node() -> None:
    by_coordinator = Report("d", "RU-TVE", "RU", True, acknowledged_at=noon(OCT[1]))
    own = Report("d", "RU-TVE", "RU-TVE", False)
    assert one_history([by_coordinator]).acknowledged_at == noon(OCT[1])
    assert one_history([by_coordinator, own]).acknowledged_at is None


def test_nobody_reported_is_an_empty_history() -> None:
    assert one_history([]) == NOTHING
    assert percent(a_directive(), NOTHING, OCT[1]) == 0


# All together.


@pytest.mark.parametrize(
    ("rollup", "expected"),
    [
        (Rollup.MEAN, "46.66"),
        (Rollup.POPULATION, "47.72"),
        (Rollup.SHARE_COMPLETE, "0"),
        (Rollup.OWN, "41"),
    ],
)
def test_a_parents_per_cent_follows_the_rule_of_the_directive(
    rollup: Rollup, expected: str
) -> None:
    percents = {"RU-SMO": Decimal(52), "RU-STA": Decimal(47), "RU-TVE": Decimal(41)}
    # TVE weighs the mean of both, 550: (46 800 + 9 400 + 22 550) / 1650 = 47.727…, cut
    people = {"RU-SMO": 900, "RU-STA": 200, "RU-TVE": None}
    found = roll_up(a_directive(rollup=rollup), percents, people, own="RU-TVE")
    assert str(found) == expected


def test_a_parent_is_complete_only_when_every_addressee_is() -> None:
    percents = {f"U{n}": Decimal(100) for n in range(82)} | {"U82": Decimal("99.99")}
    assert roll_up(a_directive(), percents, {}) == Decimal("99.99")
    share = a_directive(rollup=Rollup.SHARE_COMPLETE)
    assert roll_up(share, percents, {}) == Decimal("98.79")


def test_fact_09_the_share_appointed_is_the_share_complete() -> None:
    percents = {"A": Decimal(100), "B": Decimal(0), "C": Decimal(100), "D": Decimal(0)}
    assert roll_up(a_directive(rollup=Rollup.SHARE_COMPLETE), percents, {}) == 50


@pytest.mark.parametrize(
    ("rollup", "own"), [(Rollup.MEAN, None), (Rollup.OWN, None), (Rollup.OWN, "RU")]
)
def test_a_per_cent_of_nothing_is_not_known(rollup: Rollup, own: str | None) -> None:
    assert roll_up(a_directive(rollup=rollup), {}, {}, own=own) is None


def test_unknown_populations_make_the_plain_mean() -> None:
    percents = {"A": Decimal(10), "B": Decimal(20)}
    directive = a_directive(rollup=Rollup.POPULATION)
    assert roll_up(directive, percents, {"A": None, "B": 0}) == 15


def test_the_curve_of_all_has_every_day() -> None:
    histories = {
        "A": a_report("A", readings=[whole(OCT[1], "10")]),
        "B": a_report("B", readings=[whole(OCT[2], "30")]),
    }
    found = mean_curve(a_directive(), histories, OCT[0], OCT[3])
    assert [(day, str(value)) for day, value in found] == [
        (OCT[0], "0"),
        (OCT[1], "5"),
        (OCT[2], "20"),
        (OCT[3], "20"),
    ]


# Properties.

PERCENTS = st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)
DAYS = st.integers(0, 60).map(lambda days: END_OF_OCTOBER + timedelta(days=days))
READINGS = st.lists(
    st.tuples(st.sampled_from(("whole", "staff", "premises")), DAYS, PERCENTS),
    max_size=12,
    unique_by=lambda read: read[:2],
).map(lambda found: tuple(reading(code, day, str(value)) for code, day, value in found))


def _told(history: Report, as_of: date) -> Decimal:
    """The definition, word for word, beside which the quick way must stand."""
    total = Fraction(0)
    for milestone in a_directive().milestones:
        known = [
            r
            for r in history.readings
            if r.as_of <= as_of and r.milestone in (milestone.code, "whole")
        ]
        latest = max(known, key=lambda r: (r.as_of, r.milestone != "whole"), default=None)
        total += milestone.weight * Fraction(latest.percent if latest else 0) / 100
    return Decimal(total.numerator) / total.denominator


@given(READINGS, DAYS)
def test_the_per_cent_is_what_its_definition_says(readings: tuple[Reading, ...], day: date) -> None:
    history = a_report(readings=readings)
    found = percent(a_directive(), history, day)
    assert found == _told(history, day)
    assert 0 <= found <= 100
    steps = [value for at, value in curve(a_directive(), history, day) if at <= day]
    assert found == (steps[-1] if steps else 0)


@given(READINGS, DAYS, st.sampled_from(("staff", "premises")), PERCENTS)
def test_a_higher_reading_never_lowers_the_per_cent(
    readings: tuple[Reading, ...], day: date, code: str, more: Decimal
) -> None:
    before = a_report(readings=readings)
    state = next(
        s for s in milestone_states(a_directive(), before, day) if s.milestone.code == code
    )
    higher = reading(code, day, str(max(more, state.percent)))
    others = tuple(r for r in readings if (r.milestone, r.as_of) != (code, day))
    after = a_report(readings=(*others, higher))
    assert percent(a_directive(), after, day) >= percent(a_directive(), before, day)


@given(READINGS, READINGS)
def test_the_order_in_which_reports_are_given_does_not_matter(
    own: tuple[Reading, ...], coordinated: tuple[Reading, ...]
) -> None:
    first, second = a_report(readings=own), a_report(on_behalf=True, readings=coordinated)
    assert one_history([first, second]) == one_history([second, first])


@given(st.dictionaries(st.text(max_size=3), PERCENTS, min_size=1), st.sampled_from(Rollup))
def test_a_parent_is_never_beyond_its_addressees(
    percents: dict[str, Decimal], rollup: Rollup
) -> None:
    people = {unit: number * 7 or None for number, unit in enumerate(percents)}
    found = roll_up(a_directive(rollup=rollup), percents, people, own=min(percents))
    assert found is not None
    assert found <= max(percents.values()) or rollup is Rollup.SHARE_COMPLETE
    assert 0 <= found <= 100
