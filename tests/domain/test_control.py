"""Daily control: on which days a check-in is asked for, and which of them were missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from node.domain.control import is_asked, missed_check_ins
from node.domain.directive import DatedState, Directive, Report, RiskKind, RiskMark, RiskRule
from tests.support.directives import (
    DEADLINE,
    a_check_in,
    a_directive,
    a_report,
    added,
    removed,
    whole,
    withdrawn,
)

BEHIND = a_directive(risk_rules=(RiskRule(RiskKind.BEHIND, percent=Decimal(70), days=20),))
IN_THE_ZONE = date(2020, 11, 12)  # 19 days left
TVER = a_report(readings=[whole(date(2020, 10, 27), "41")])


def nov(*days: int) -> tuple[date, ...]:
    return tuple(date(2020, 11, day) for day in days)


@pytest.mark.parametrize(
    ("directive", "history", "marks", "as_of", "missed"),
    [
        pytest.param(BEHIND, TVER, (), IN_THE_ZONE, (), id="the first day can still be done"),
        pytest.param(BEHIND, TVER, (), nov(15)[0], nov(12, 13, 14), id="every day since"),
        pytest.param(
            BEHIND,
            replace(TVER, check_ins=(a_check_in(nov(13)[0]),)),
            (),
            nov(15)[0],
            nov(12, 14),
            id="but those looked at",
        ),
        pytest.param(
            BEHIND,
            replace(TVER, readings=(*TVER.readings, whole(nov(14)[0], "75"))),
            (),
            nov(20)[0],
            nov(12, 13),
            id="not once it has left the zone",
        ),
        pytest.param(
            BEHIND, TVER, (removed(nov(13)[0]),), nov(20)[0], nov(12), id="nor once it was removed"
        ),
        pytest.param(
            BEHIND,
            a_report(readings=[whole(date(2020, 10, 27), "80")]),
            (added(nov(10)[0]),),
            nov(12)[0],
            nov(10, 11),
            id="also when a coordinator added it",
        ),
        pytest.param(
            withdrawn(BEHIND, nov(14)[0]), TVER, (), nov(20)[0], nov(12, 13), id="withdrawn"
        ),
    ],
)
def test_fact_07_a_check_in_is_asked_for_every_day_in_the_risk_zone(
    directive: Directive,
    history: Report,
    marks: tuple[RiskMark, ...],
    as_of: date,
    missed: tuple[date, ...],
) -> None:
    assert missed_check_ins(directive, history, marks, as_of=as_of) == missed


def test_fact_07_it_goes_on_after_the_deadline_until_the_unit_is_complete() -> None:
    done = DEADLINE + timedelta(days=9)
    history = replace(TVER, readings=(*TVER.readings, whole(done, "100")))
    found = missed_check_ins(BEHIND, history, (), as_of=done + timedelta(days=30))
    assert found == tuple(IN_THE_ZONE + timedelta(days=n) for n in range((done - IN_THE_ZONE).days))


@pytest.mark.parametrize(
    ("today", "check_ins", "asked"),
    [
        (nov(11)[0], (), False),
        (nov(12)[0], (), True),
        (nov(12)[0], nov(12), False),
        (nov(13)[0], nov(12), True),
        (date(2020, 12, 5), (), True),
    ],
)
def test_fact_07_todays_check_in_is_asked_for_until_it_is_there(
    today: date, check_ins: tuple[date, ...], asked: bool
) -> None:
    history = replace(TVER, check_ins=tuple(a_check_in(day) for day in check_ins))
    assert is_asked(BEHIND, history, (), today=today) is asked


def test_nothing_was_asked_before_the_directive_came_into_this_system() -> None:
    late = replace(BEHIND, states=(DatedState("in_force", datetime(2020, 11, 14, 9, tzinfo=UTC)),))
    assert missed_check_ins(late, TVER, (), as_of=nov(17)[0]) == nov(14, 15, 16)
