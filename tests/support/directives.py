"""Builders of directives and of what is reported on them, as domain values.

The default directive is that of 2020: the regions of the facts, the deadline of 1 December, the
shipped stages and rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from node.domain.directive import (
    WHOLE,
    CheckIn,
    DatedState,
    Directive,
    Milestone,
    PlannedDate,
    Reading,
    Report,
    RiskMark,
    Rollup,
    Step,
)
from node.domain.readiness_defaults import ReadinessDefaults
from node.reference import load_rulebook

ISSUED, DEADLINE = date(2020, 3, 1), date(2020, 12, 1)
END_OF_OCTOBER = date(2020, 10, 27)
HALVES = (Milestone("staff", "Штат", 60), Milestone("premises", "Помещение", 40))
DIRECTIVE = "centres-2020"
_DEFAULTS: list[ReadinessDefaults] = []


def shipped() -> ReadinessDefaults:
    if not _DEFAULTS:
        _DEFAULTS.append(load_rulebook().readiness)
    return _DEFAULTS[0]


def a_directive(**overrides: Any) -> Directive:
    values: dict[str, Any] = {
        "id": DIRECTIVE,
        "issuer": "RU",
        "title": "Создать центры управления регионом",
        "basis": "Пр-354 п. 3",
        "issued_on": ISSUED,
        "deadline": DEADLINE,
        "addressed": "units",
        "tier": None,
        "to": ("RU-SMO", "RU-STA", "RU-TVE"),
        "coordinator": "dialog",
        "coordinator_name": "АНО «Диалог Регионы»",
        "responsible": (),
        "co_executors": (),
        "milestones": HALVES,
        "stages": shipped().stages,
        "rollup": Rollup.MEAN,
        "risk_rules": shipped().risk_rules,
        "states": (DatedState("in_force", noon(ISSUED)),),
    }
    return Directive(**(values | overrides))


def withdrawn(directive: Directive, on: date) -> Directive:
    return replace(directive, states=(*directive.states, DatedState("withdrawn", noon(on), "зря")))


def a_report(
    unit: str = "RU-TVE",
    *,
    on_behalf: bool = False,
    origin: str | None = None,
    readings: Iterable[Reading] = (),
    planned_on: Iterable[PlannedDate] = (),
    steps: Iterable[Step] = (),
    check_ins: Iterable[CheckIn] = (),
) -> Report:
    return Report(
        directive=DIRECTIVE,
        unit=unit,
        origin=origin or ("RU" if on_behalf else unit),
        on_behalf=on_behalf,
        readings=tuple(readings),
        planned_on=tuple(planned_on),
        steps=tuple(steps),
        check_ins=tuple(check_ins),
    )


def whole(as_of: date, percent: str, **more: Any) -> Reading:
    return reading(WHOLE, as_of, percent, **more)


def reading(milestone: str, as_of: date, percent: str, **more: Any) -> Reading:
    return Reading(milestone, as_of, Decimal(percent), **more)


def weekly(first: date, percents: Sequence[str]) -> tuple[Reading, ...]:
    """A reading of the whole every seven days from `first`."""
    return tuple(whole(first + timedelta(weeks=n), percent) for n, percent in enumerate(percents))


def a_step(id: str = "s1", *, added_on: date, done_on: date | None = None) -> Step:
    return Step(id, "Утвердить штат", "заместитель губернатора", added_on, DEADLINE, done_on)


def a_check_in(day: date) -> CheckIn:
    return CheckIn(day, noon(day), "заместитель губернатора")


def planned(as_of: date, day: date, precision: str = "day") -> PlannedDate:
    return PlannedDate(as_of, day, precision)


def added(on: date, reason: str = "не отвечают") -> RiskMark:
    return RiskMark(True, on, noon(on), "координатор", reason)


def removed(on: date) -> RiskMark:
    return RiskMark(False, on, noon(on), "координатор", "всё готово", "протокол № 5")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
