"""What each type of an instruction, a report on one, a directory and a delivery refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from federation.errors import BadStatement
from federation.schemas import SCHEMAS
from federation.schemas.stated import Dated
from tests.support.bodies import good

Change = Callable[[dict[str, Any]], Any]


def refused(type: str, change: Change, *, key: str | None = None) -> str:
    """The detail of the refusal of a good body that was changed."""
    good_key, body = good(type)
    change(body)
    with pytest.raises(BadStatement) as caught:
        SCHEMAS[type].validate(key or good_key, body)
    assert caught.value.code == "malformed"
    return caught.value.detail


def put(name: str, value: object) -> Change:
    """Set a field by its path: `milestones.0.weight`."""

    def change(body: Any) -> None:
        *above, last = name.split(".")
        for part in above:
            body = body[int(part)] if isinstance(body, list) else body[part]
        body[int(last) if isinstance(body, list) else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (put("deadline", "2020-02-28"), "deadline: before issued_on"),
        (put("milestones.0.weight", 41), "milestones: the weights do not make 100"),
        (put("milestones.0.weight", 0), "milestones.0.weight: not a whole number"),
        (put("milestones.1.code", "head"), "milestones: a code stands twice"),
        (put("milestones.1.code", "whole"), "milestones.whole: means the directive as a whole"),
        (put("milestones.0.condition.at_least", "clerk"), "at_least: not a rank of the scale"),
        (put("milestones.0.condition.scale.1.code", "head"), "scale: a code stands twice"),
        (put("milestones.0.kind", "progress"), "only a milestone that is done or not has one"),
        (put("milestones", []), "milestones: fewer than 1"),
        (put("addressed", "tier"), "tier: named exactly when a tier is addressed"),
        (put("tier", "town"), "tier: named exactly when a tier is addressed"),
        (put("to", []), "to: fewer than 1"),
        (put("to", ["47701000", "47701000"]), "to: a code stands twice"),
        (put("stages.close", "100.01"), "stages.close: not a per cent"),
        (put("stages", {"complete": "60", "close": "61"}), "stages.close: over complete"),
        (put("roll_up", "median"), "roll_up: not one of own, mean, population, share_complete"),
        (put("states", []), "states: fewer than 1"),
        (put("coordinator.name", ""), "coordinator.name: not a text"),
    ],
)
def test_a_directive_is_refused(change: Change, detail: str) -> None:
    assert detail in refused("directive", change)


@pytest.mark.parametrize("percent", ["101", "-1", "52,5", "52.555", 52, "1e1", ""])
def test_a_per_cent_is_a_string_of_at_most_two_decimals(percent: object) -> None:
    assert "not a per cent" in refused("directive_report", put("readings.0.percent", percent))


@pytest.mark.parametrize(
    ("type", "key", "detail"),
    [
        ("directive_report", "d7f3a1c09b2e4c58.47712000", "key: not directive and unit"),
        ("directive_risk", "d7f3a1c09b2e4c58", "key: not directive and unit"),
        ("help_report", "h41c8e6a2b7d90f35", "key: not help and unit"),
        ("directory", "units", "key: there is one, called directory"),
        ("delivery", "another", "key: not the statement's key"),
    ],
)
def test_a_key_that_does_not_fit_its_body_is_refused(type: str, key: str, detail: str) -> None:
    assert refused(type, lambda _: None, key=key) == detail


@pytest.mark.parametrize("name", ["readings", "planned_on", "steps", "check_ins"])
def test_a_report_says_nothing_twice(name: str) -> None:
    assert refused("directive_report", lambda body: body[name].append(body[name][0])) == (
        f"{name}: the same stands twice"
    )


def test_nobody_leaves_the_risk_zone_without_evidence() -> None:
    detail = refused("directive_risk", put("marks.1.evidence", None))
    assert detail == "marks.1.evidence: leaving needs evidence"


def test_nobody_attended_what_was_not_held() -> None:
    assert refused("help_report", put("attended", 12)) == "attended: of what was not held"


def test_a_directory_names_each_unit_once() -> None:
    assert refused("directory", put("units.1.code", "RU")) == "units: a code stands twice"


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (put("results.1.unit", "47701000"), "results: a unit stands twice"),
        (put("results.1.code", None), "results.1.code: stands with quarantined, and only with it"),
        (put("results.0.code", "bad_day"), "results.0.code: stands with quarantined"),
        (put("results.0.result", "lost"), "results.0.result: not one of"),
        (put("type", "summary"), "type: does not go down to addressees"),
    ],
)
def test_a_delivery_is_refused(change: Change, detail: str) -> None:
    assert detail in refused("delivery", change)


def test_a_report_tells_the_days_on_which_something_happened() -> None:
    report = SCHEMAS["directive_report"].validate(*good("directive_report"))
    assert isinstance(report, Dated)
    assert dict(report.days()) == {
        "readings.0.as_of": date(2020, 10, 31),
        "readings.1.as_of": date(2020, 10, 31),
        "planned_on.0.as_of": date(2020, 10, 31),
        "steps.0.added_on": date(2020, 11, 1),
        "steps.0.done_on": date(2020, 11, 16),
        "check_ins.0.day": date(2020, 11, 2),
    }
    answer = SCHEMAS["help_report"].validate(*good("help_report"))
    assert isinstance(answer, Dated)
    assert list(answer.days()) == []
