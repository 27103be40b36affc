"""The forecast: end to end, with its band; what is too little for one, and what is never."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from node.domain.directive import Directive, Report, RiskKind, RiskRule
from node.domain.forecast import forecast
from node.domain.risk import reasons
from tests.support.directives import DEADLINE, a_directive, a_report, reading, weekly, whole

FORECAST = RiskRule(RiskKind.FORECAST, weeks=6)


def under(*rules: RiskRule) -> Directive:
    return a_directive(risk_rules=rules)


def rules_of(directive: Directive, history: Report, day: date) -> list[str]:
    return [reason.rule for reason in reasons(directive, history, (), day)]


def test_a_forecast_goes_end_to_end_with_the_slowest_and_the_fastest_week_as_its_band() -> None:
    history = a_report(readings=weekly(date(2020, 9, 29), ("20", "22", "32", "38")))
    found = forecast(a_directive(), history, date(2020, 10, 20))
    assert found is not None
    assert (found.since, found.last, found.percent) == (
        date(2020, 9, 29),
        date(2020, 10, 20),
        Decimal(38),
    )
    assert found.per_week == 6
    assert found.expected == date(2021, 1, 1)  # 62 / (18 / 21) = 72.3 days
    assert found.earliest == date(2020, 12, 3)  # 62 / (10 / 7) = 43.4 days
    assert found.latest == date(2021, 5, 25)  # 62 / (2 / 7) = 217 days
    assert found.at(DEADLINE) == (Decimal(50), Decimal(74), Decimal(98))
    (reason,) = reasons(under(FORECAST), history, (), date(2020, 10, 20))
    assert reason.why == (
        "по темпу последних 6 недель (+6 п. п. в неделю, замеры 29.09.2020 – 20.10.2020) "
        "100 % ожидается: 01.01.2021 (от 03.12.2020 до 25.05.2021); срок 01.12.2020"
    )


@pytest.mark.parametrize(
    ("percents", "expected"),
    [
        pytest.param(("20",), None, id="one reading"),
        pytest.param(("20", "20", "20"), True, id="standing still is never"),
        pytest.param(("40", "30"), True, id="going down is never"),
        pytest.param(("10", "50", "90"), False, id="in time"),
        pytest.param(("94", "100"), None, id="complete"),
    ],
)
def test_a_forecast_needs_a_pace(percents: tuple[str, ...], expected: bool | None) -> None:
    history, day = a_report(readings=weekly(date(2020, 10, 1), percents)), date(2020, 10, 20)
    found = forecast(a_directive(), history, day)
    assert (found is None) == (expected is None)
    assert rules_of(under(FORECAST), history, day) == (["forecast"] if expected else [])


def test_two_readings_of_one_week_make_no_pace() -> None:
    readings = [whole(date(2020, 10, 1), "20"), whole(date(2020, 10, 7), "21")]
    assert forecast(a_directive(), a_report(readings=readings), date(2020, 10, 8)) is None


def test_never_is_said_in_words() -> None:
    history = a_report(readings=weekly(date(2020, 10, 6), ("41", "41", "41")))
    (reason,) = reasons(under(FORECAST), history, (), date(2020, 10, 20))
    assert reason.why == (
        "по темпу последних 6 недель (0 п. п. в неделю, замеры 06.10.2020 – 20.10.2020) "
        "100 % ожидается: никогда (при любом темпе этих недель); срок 01.12.2020"
    )


def test_a_pace_of_centuries_is_never() -> None:
    history = a_report(
        readings=[reading("premises", date(2020, 9, 10), "0"), whole(date(2020, 10, 20), "0.01")]
    )
    found = forecast(a_directive(), history, date(2020, 10, 20))
    assert found is not None
    assert (found.expected, found.earliest, found.latest) == (None, None, None)


def test_what_was_expected_before_today_is_expected_today() -> None:
    history = a_report(readings=weekly(date(2020, 10, 1), ("10", "90")))
    found = forecast(a_directive(), history, date(2020, 10, 30))
    assert found is not None
    assert found.expected == date(2020, 10, 30)


def test_readings_older_than_the_weeks_looked_back_on_make_no_forecast() -> None:
    history = a_report(readings=weekly(date(2020, 10, 1), ("10", "11")))
    last_seen = date(2020, 10, 1) + timedelta(weeks=6)
    assert rules_of(under(FORECAST), history, last_seen) == ["forecast"]
    assert rules_of(under(FORECAST), history, last_seen + timedelta(days=1)) == []
