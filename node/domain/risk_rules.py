"""The rules of the risk zone: when each one holds, on what days that can change, and why, in words.

A rule here judges one addressee as of one day by its Course alone and takes for granted that it is
unfinished and asked for (`risk.py` sees to that). A new rule is one class and one case in `_rule`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from node.domain.course import Course
from node.domain.directive import Directive, RiskKind, RiskRule
from node.domain.forecast import Forecast, forecast_of, misses_deadline
from node.domain.wording import (
    at_days,
    days,
    expected_on,
    longer_than_days,
    number,
    of_weeks,
    on,
    per_cent,
    planned_for,
)

DAY = timedelta(days=1)
OVERDUE = "overdue"


class Rule(Protocol):
    """`turns` are the days, beside those of readings, from which `holds` may answer otherwise."""

    @property
    def code(self) -> str: ...
    def holds(self, course: Course, day: date) -> bool: ...
    def turns(self, course: Course) -> Iterator[date]: ...
    def why(self, course: Course, day: date) -> str: ...


@dataclass(frozen=True, slots=True)
class Overdue:
    """The deadline is past. Built in: no directive can do without it."""

    code: str = OVERDUE

    def holds(self, course: Course, day: date) -> bool:
        return day > course.directive.deadline

    def turns(self, course: Course) -> Iterator[date]:
        yield course.directive.deadline + DAY

    def why(self, course: Course, day: date) -> str:
        late = -course.directive.days_left(day)
        return (
            f"срок {on(course.directive.deadline)} прошёл {days(late)} назад, "
            f"готовность {per_cent(course.percent(day))}"
        )


@dataclass(frozen=True, slots=True)
class PlannedLate:
    """The planned date in force lies after the deadline; a coarse one is taken at its last day."""

    code: str = RiskKind.PLANNED_LATE

    def holds(self, course: Course, day: date) -> bool:
        planned = course.planned(day)
        return planned is not None and planned.day > course.directive.deadline

    def turns(self, course: Course) -> Iterator[date]:
        yield from course.planned_days

    def why(self, course: Course, day: date) -> str:
        planned = course.planned(day)
        assert planned is not None
        late = (planned.day - course.directive.deadline).days
        counted = "" if planned.precision == "day" else f", считая до {on(planned.day)}"
        return (
            f"запланировано на {planned_for(planned.day, planned.precision)}: позже срока "
            f"{on(course.directive.deadline)} на {days(late)}{counted}"
        )


@dataclass(frozen=True, slots=True)
class Behind:
    """Under `percent` with less than `days` left, until the deadline: after it OVERDUE says it."""

    percent: Decimal
    days: int
    code: str = RiskKind.BEHIND

    def holds(self, course: Course, day: date) -> bool:
        left = course.directive.days_left(day)
        return 0 <= left < self.days and course.percent(day) < self.percent

    def turns(self, course: Course) -> Iterator[date]:
        yield course.directive.deadline - (self.days - 1) * DAY
        yield course.directive.deadline + DAY

    def why(self, course: Course, day: date) -> str:
        return (
            f"готовность {per_cent(course.percent(day))} при "
            f"{at_days(course.directive.days_left(day))} до срока "
            f"(порог {per_cent(self.percent)} за {days(self.days)})"
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """At the pace of the last `weeks` the deadline is missed. Until the deadline, as Behind."""

    weeks: int
    code: str = RiskKind.FORECAST

    def holds(self, course: Course, day: date) -> bool:
        return day <= course.directive.deadline and misses_deadline(course, day, self.weeks)

    def turns(self, course: Course) -> Iterator[date]:
        yield course.directive.deadline + DAY
        # The day after a reading has left the weeks looked back on.
        passed = timedelta(weeks=self.weeks) + DAY
        yield from (day + passed for day in course.reading_days)

    def why(self, course: Course, day: date) -> str:
        found = forecast_of(course, day, self.weeks)
        assert found is not None
        sign = "+" if found.pace > 0 else ""
        complete = per_cent(course.directive.stages.complete)
        return (
            f"по темпу последних {of_weeks(self.weeks)} ({sign}{number(found.per_week)} п. п. в "
            f"неделю, замеры {on(found.since)} – {on(found.last)}) {complete} ожидается: "
            f"{expected_on(found.expected)}{_band(found)}; срок {on(course.directive.deadline)}"
        )


def _band(found: Forecast) -> str:
    """The band in brackets; nothing where every pace of those weeks leads to the same day."""
    if found.earliest is None:
        return " (при любом темпе этих недель)"
    if found.latest is None:
        return f" (не раньше {on(found.earliest)})"
    if found.earliest == found.latest:
        return ""
    return f" (от {on(found.earliest)} до {on(found.latest)})"


@dataclass(frozen=True, slots=True)
class Silent:
    """No reading for longer than `days`, counted from the last one or from the issue.

    Longer, not as long: who reads every `days` days to the day is never silent.
    """

    days: int
    code: str = RiskKind.SILENT

    def holds(self, course: Course, day: date) -> bool:
        return (day - self._since(course, day)).days > self.days

    def turns(self, course: Course) -> Iterator[date]:
        passed = (self.days + 1) * DAY
        issued = course.directive.issued_on
        yield issued + passed
        yield from (max(day, issued) + passed for day in course.reading_days)

    def why(self, course: Course, day: date) -> str:
        last = course.last_reading_on(day)
        silent = days((day - self._since(course, day)).days)
        since = (
            f"последний замер {on(last)}"
            if last is not None
            else f"ни одного замера с {on(course.directive.issued_on)}"
        )
        return f"нет замера дольше {longer_than_days(self.days)}: {since}, {silent} назад"

    def _since(self, course: Course, day: date) -> date:
        last = course.last_reading_on(day)
        issued = course.directive.issued_on
        return issued if last is None else max(last, issued)


def _rule(stated: RiskRule) -> Rule | None:
    match stated:
        case RiskRule(kind=RiskKind.PLANNED_LATE):
            return PlannedLate()
        case RiskRule(kind=RiskKind.BEHIND, percent=Decimal() as percent, days=int() as days):
            return Behind(percent, days)
        case RiskRule(kind=RiskKind.FORECAST, weeks=int() as weeks):
            return Pace(weeks)
        case RiskRule(kind=RiskKind.SILENT, days=int() as days):
            return Silent(days)
    return None


def rules_of(directive: Directive) -> tuple[Rule, ...]:
    """The rules of a directive, the built-in one first; one that lacks a number never holds."""
    stated = (_rule(rule) for rule in directive.risk_rules)
    return (Overdue(), *(rule for rule in stated if rule is not None))
