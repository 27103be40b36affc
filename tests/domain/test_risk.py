"""The risk zone: every rule with its reason, what a coordinator decides, and the facts of 2020."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.course import Course
from node.domain.directive import Directive, Reading, Report, RiskKind, RiskMark, RiskRule
from node.domain.risk import RiskZone, reasons
from tests.support.directives import (
    DEADLINE,
    END_OF_OCTOBER,
    ISSUED,
    a_directive,
    a_report,
    added,
    planned,
    reading,
    removed,
    weekly,
    whole,
    withdrawn,
)

BEHIND = RiskRule(RiskKind.BEHIND, percent=Decimal(70), days=20)
EARLY = RiskRule(RiskKind.BEHIND, percent=Decimal(55), days=35)
FORECAST = RiskRule(RiskKind.FORECAST, weeks=6)
SILENT = RiskRule(RiskKind.SILENT, days=21)
PLANNED_LATE = RiskRule(RiskKind.PLANNED_LATE)
AT_ONCE = date(2020, 11, 30)


def under(*rules: RiskRule) -> Directive:
    return a_directive(risk_rules=rules)


def rules_of(
    directive: Directive, history: Report, day: date, marks: Sequence[RiskMark] = ()
) -> list[str]:
    return [reason.rule for reason in reasons(directive, history, marks, day)]


# The facts of 2020, under the shipped rules. One reading each, of the whole, at the end of October.

SMOLENSK = a_report("RU-SMO", readings=[whole(END_OF_OCTOBER, "52")])
STAVROPOL = a_report(
    "RU-STA",
    readings=[whole(END_OF_OCTOBER, "47")],
    planned_on=[planned(END_OF_OCTOBER, date(2021, 12, 31), "year")],
)
TVER = a_report("RU-TVE", readings=[whole(END_OF_OCTOBER, "41")])


@pytest.mark.parametrize(
    ("history", "day", "why"),
    [
        (
            SMOLENSK,
            date(2020, 10, 31),
            ["готовность 52 % при 31 дне до срока (порог 55 % за 35 дней)"],
        ),
        (
            STAVROPOL,
            date(2020, 10, 31),
            [
                "запланировано на 2021 год: позже срока 01.12.2020 на 395 дней, "
                "считая до 31.12.2021",
                "готовность 47 % при 31 дне до срока (порог 55 % за 35 дней)",
            ],
        ),
        (
            TVER,
            date(2020, 10, 31),
            ["готовность 41 % при 31 дне до срока (порог 55 % за 35 дней)"],
        ),
        (
            TVER,
            date(2020, 11, 17),
            [
                "готовность 41 % при 14 днях до срока (порог 55 % за 35 дней)",
                "готовность 41 % при 14 днях до срока (порог 70 % за 20 дней)",
            ],
        ),
    ],
)
def test_fact_04_the_risk_zone_says_why_in_numbers(
    history: Report, day: date, why: list[str]
) -> None:
    assert [reason.why for reason in reasons(a_directive(), history, (), day)] == why


def test_fact_04_a_region_at_56_per_cent_is_not_in_the_zone_at_the_end_of_october() -> None:
    history = a_report(readings=[whole(END_OF_OCTOBER, "56")])
    assert reasons(a_directive(), history, (), date(2020, 10, 31)) == ()


def test_fact_04_smolensk_leaves_the_zone_by_readings_and_the_history_stays() -> None:
    history = replace(SMOLENSK, readings=(*SMOLENSK.readings, whole(date(2020, 11, 10), "75")))
    assert rules_of(a_directive(), history, date(2020, 11, 17)) == []
    assert rules_of(a_directive(), history, date(2020, 10, 31)) == ["behind"]


def test_fact_05_a_planned_date_after_the_deadline_is_a_risk_though_the_per_cent_rises() -> None:
    history = replace(STAVROPOL, readings=weekly(date(2020, 10, 6), ("30", "55", "75", "95")))
    assert rules_of(a_directive(), history, date(2020, 11, 1)) == ["planned_late"]


def test_fact_05_a_planned_date_moved_before_the_deadline_is_no_risk_any_more() -> None:
    history = replace(
        STAVROPOL,
        planned_on=(*STAVROPOL.planned_on, planned(date(2020, 11, 20), date(2020, 12, 1))),
    )
    directive = under(PLANNED_LATE)
    found = [bool(reasons(directive, history, (), date(2020, 11, day))) for day in (19, 20)]
    assert found == [True, False]


# Rule by rule.


@pytest.mark.parametrize(
    ("rules", "history", "day", "expected"),
    [
        pytest.param((BEHIND,), TVER, date(2020, 11, 11), [], id="20 days left: not less than 20"),
        pytest.param((BEHIND,), TVER, date(2020, 11, 12), ["behind"], id="19 days left"),
        pytest.param((BEHIND,), TVER, DEADLINE, ["behind"], id="on the deadline itself"),
        pytest.param((BEHIND,), TVER, date(2020, 12, 2), ["overdue"], id="after it, overdue"),
        pytest.param((EARLY, BEHIND), TVER, AT_ONCE, ["behind", "behind"], id="several stand"),
        pytest.param(
            (BEHIND,), a_report(readings=[whole(AT_ONCE, "70")]), AT_ONCE, [], id="at the threshold"
        ),
        pytest.param((SILENT,), TVER, date(2020, 11, 17), [], id="21 days ago is within 21"),
        pytest.param((SILENT,), TVER, date(2020, 11, 18), ["silent"], id="22 days ago"),
        pytest.param((SILENT,), a_report(), date(2020, 3, 22), [], id="21 days from the issue"),
        pytest.param((SILENT,), a_report(), date(2020, 3, 23), ["silent"], id="from the issue"),
        pytest.param(
            (SILENT,),
            a_report(readings=[whole(date(2018, 12, 29), "90")]),
            date(2020, 3, 22),
            [],
            id="an old reading is counted from the issue",
        ),
        pytest.param((), a_report(), date(2020, 12, 2), ["overdue"], id="overdue needs no rule"),
        pytest.param((), a_report(), DEADLINE, [], id="the deadline is not past on its day"),
        pytest.param(
            (RiskRule(RiskKind.BEHIND, days=20),), TVER, AT_ONCE, [], id="a rule without its number"
        ),
    ],
)
def test_a_rule_holds_from_its_day_on(
    rules: tuple[RiskRule, ...], history: Report, day: date, expected: list[str]
) -> None:
    assert rules_of(under(*rules), history, day) == expected


@pytest.mark.parametrize(
    ("directive", "history", "day"),
    [
        pytest.param(under(PLANNED_LATE), STAVROPOL, ISSUED - timedelta(days=1), id="not issued"),
        pytest.param(
            under(PLANNED_LATE),
            replace(STAVROPOL, readings=(whole(ISSUED, "100"),)),
            date(2020, 12, 2),
            id="complete",
        ),
        pytest.param(
            withdrawn(under(PLANNED_LATE), date(2020, 11, 1)),
            STAVROPOL,
            date(2020, 12, 2),
            id="withdrawn",
        ),
    ],
)
def test_nothing_is_at_risk_that_is_not_asked_for(
    directive: Directive, history: Report, day: date
) -> None:
    assert reasons(directive, history, [added(ISSUED)], day) == ()


def test_a_withdrawn_directive_was_at_risk_on_the_days_before() -> None:
    directive = withdrawn(under(PLANNED_LATE), date(2020, 11, 1))
    assert rules_of(directive, STAVROPOL, date(2020, 10, 31)) == ["planned_late"]


def test_the_sentences_of_silence_and_of_the_deadline_have_their_numbers() -> None:
    (silent,) = reasons(under(SILENT), TVER, (), date(2020, 11, 18))
    assert silent.why == ("нет замера дольше 21 дня: последний замер 27.10.2020, 22 дня назад")
    (never,) = reasons(under(SILENT), a_report(), (), date(2020, 4, 1))
    assert never.why == ("нет замера дольше 21 дня: ни одного замера с 01.03.2020, 31 день назад")
    (overdue,) = reasons(under(), TVER, (), date(2020, 12, 2))
    assert overdue.why == "срок 01.12.2020 прошёл 1 день назад, готовность 41 %"


@pytest.mark.parametrize(
    ("day", "precision", "words"),
    [
        (date(2021, 1, 15), "day", "15.01.2021: позже срока 01.12.2020 на 45 дней"),
        (
            date(2021, 1, 31),
            "month",
            "январь 2021 года: позже срока 01.12.2020 на 61 день, считая до 31.01.2021",
        ),
        (
            date(2021, 3, 31),
            "quarter",
            "I квартал 2021 года: позже срока 01.12.2020 на 120 дней, считая до 31.03.2021",
        ),
    ],
)
def test_a_coarse_planned_date_is_said_as_it_is_known(
    day: date, precision: str, words: str
) -> None:
    history = a_report(planned_on=[planned(ISSUED, day, precision)])
    (reason,) = reasons(under(PLANNED_LATE), history, (), ISSUED)
    assert reason.why == f"запланировано на {words}"


# What a coordinator decides.

STILL = a_report(readings=[whole(date(2020, 10, 1), "52")])
REMOVED = removed(date(2020, 11, 5))


def test_a_coordinator_adds_a_unit_that_no_rule_names() -> None:
    marks = [added(date(2020, 10, 10), "глава не отвечает")]
    assert rules_of(under(), STILL, date(2020, 10, 9), marks) == []
    (reason,) = reasons(under(), STILL, marks, date(2020, 10, 10))
    assert reason.rule == "marked"
    assert reason.why == ("внесено в зону риска с 10.10.2020 (координатор): глава не отвечает")


def test_a_mark_and_a_rule_stand_side_by_side() -> None:
    marks = [added(date(2020, 10, 10))]
    assert rules_of(under(EARLY), STILL, date(2020, 11, 6), marks) == ["marked", "behind"]


def test_a_removal_excuses_the_rules_that_held_on_its_day_and_no_other() -> None:
    directive = under(PLANNED_LATE, EARLY, BEHIND)
    shown = [
        rules_of(directive, STILL, date(2020, 11, day), [REMOVED]) for day in (4, 5, 11, 12, 30)
    ]
    assert shown == [["behind"], [], [], ["behind"], ["behind"]]
    why = [reason.why for reason in reasons(directive, STILL, [REMOVED], date(2020, 11, 12))]
    assert why == ["готовность 52 % при 19 днях до срока (порог 70 % за 20 дней)"]


def test_a_rule_that_stopped_and_holds_again_is_excused_no_longer() -> None:
    readings = [whole(date(2020, 11, 10), "56"), whole(date(2020, 11, 15), "50")]
    history = replace(STILL, readings=(*STILL.readings, *readings))
    shown = [rules_of(under(EARLY), history, date(2020, 11, d), [REMOVED]) for d in (9, 10, 15)]
    assert shown == [[], [], ["behind"]]


def test_the_deadline_brings_a_removed_unit_back() -> None:
    assert rules_of(under(EARLY), STILL, date(2020, 12, 2), [REMOVED]) == ["overdue"]


def test_the_latest_mark_is_in_force_and_the_history_is_kept() -> None:
    marks = [added(date(2020, 11, 1)), REMOVED, added(date(2020, 11, 20))]
    shown = [
        rules_of(under(), STILL, date(2020, 11, day), list(reversed(marks))) for day in (3, 6, 21)
    ]
    assert shown == [["marked"], [], ["marked"]]


# The quick way against the plain one.

DAYS = st.integers(0, 300).map(lambda days: ISSUED + timedelta(days=days))
HISTORIES = st.builds(
    lambda readings, days: a_report(
        readings=[reading(code, day, str(value)) for (code, day), value in readings.items()],
        planned_on=[planned(at, day) for at, day in days.items()],
    ),
    st.dictionaries(
        st.tuples(st.sampled_from(("whole", "staff", "premises")), DAYS),
        st.integers(0, 100),
        max_size=10,
    ),
    st.dictionaries(DAYS, DAYS, max_size=3),
)
MARKS = st.lists(st.one_of(DAYS.map(added), DAYS.map(removed)), max_size=3)
STANDING_ALONE = (PLANNED_LATE, EARLY, BEHIND, FORECAST, SILENT)


@given(HISTORIES)
def test_the_zone_of_a_span_is_the_zone_of_each_of_its_days(history: Report) -> None:
    """Without marks a day is judged by itself: so is every day of a span worked out at once."""
    directive, last = under(*STANDING_ALONE), ISSUED + timedelta(days=300)
    course = Course(directive, history)
    zone = RiskZone(course, (), last)
    in_zone = set(zone.days())
    for n in range(301):
        day = ISSUED + timedelta(days=n)
        # A mark that changes nothing makes this very day the first of a span of its own.
        alone = RiskZone(course, [added(day)], day)
        expected = [r for r in alone.reasons(day) if r.rule != "marked"]
        assert list(zone.reasons(day)) == expected
        assert (day in in_zone) == bool(expected) == zone.is_in(day)


@given(HISTORIES, MARKS, DAYS, DAYS)
def test_a_past_day_looks_the_same_whenever_it_is_asked_for(
    history: Report, marks: list[RiskMark], day: date, later: date
) -> None:
    day, later = min(day, later), max(day, later)
    directive = under(*STANDING_ALONE)
    zone = RiskZone(Course(directive, history), marks, later)
    assert zone.reasons(day) == reasons(directive, history, marks, day)


@given(HISTORIES, DAYS)
def test_a_unit_complete_is_never_at_risk(history: Report, day: date) -> None:
    done: Reading = whole(day, "100")
    complete = replace(history, readings=(*(r for r in history.readings if r.as_of < day), done))
    assert reasons(under(*STANDING_ALONE), complete, [added(day)], day) == ()
