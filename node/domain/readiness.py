"""Readiness (готовность): Σ weight × progress / 100 of an addressee, its stage, and of all at once.

Exact decimals; as of any day. What is at risk is `risk.py`, everything of a day in one value
`standing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from node.domain.course import Course
from node.domain.directive import Directive, PlannedDate, Report, Rollup, Stages
from node.domain.history import one_history
from node.domain.milestones import NONE, MilestoneState
from node.domain.wording import floored, plain

__all__ = [
    "Course",
    "MilestoneState",
    "Stage",
    "curve",
    "is_reconstructed",
    "mean_curve",
    "milestone_states",
    "one_history",
    "percent",
    "planned",
    "roll_up",
    "stage_of",
]

DAY = timedelta(days=1)


class Stage(StrEnum):
    """How far an addressee is, the furthest first."""

    COMPLETE = "complete"
    CLOSE = "close"
    IN_PROGRESS = "in_progress"
    NOT_STARTED = "not_started"


def stage_of(percent: Decimal, stages: Stages) -> Stage:
    """By the thresholds of the directive; a threshold belongs to the stage it opens."""
    if percent >= stages.complete:
        return Stage.COMPLETE
    if percent >= stages.close:
        return Stage.CLOSE
    return Stage.IN_PROGRESS if percent > NONE else Stage.NOT_STARTED


def milestone_states(
    directive: Directive, history: Report, as_of: date
) -> tuple[MilestoneState, ...]:
    """Every milestone as of a day, in the order of the directive."""
    return Course(directive, history).milestones(as_of)


def percent(directive: Directive, history: Report, as_of: date) -> Decimal:
    """Σ weight × progress / 100, exact, 0 to 100; without trailing zeros."""
    return plain(sum((state.points for state in milestone_states(directive, history, as_of)), NONE))


def is_reconstructed(directive: Directive, history: Report, as_of: date) -> bool:
    """Whether a reading behind the per cent of that day was filled in afterwards."""
    return any(_is_filled_in(state) for state in milestone_states(directive, history, as_of))


def _is_filled_in(state: MilestoneState) -> bool:
    return state.reading is not None and state.reading.reconstructed


def planned(history: Report, as_of: date) -> PlannedDate | None:
    """The planned date in force: the one stated last by that day."""
    known = [planned for planned in history.planned_on if planned.as_of <= as_of]
    return max(known, key=lambda planned: planned.as_of, default=None)


def curve(directive: Directive, history: Report, last: date) -> tuple[tuple[date, Decimal], ...]:
    """The readiness from the first reading on: the days it changed, up to `last`, and to what.

    Between two points it stood still; before the first it was 0.
    """
    course = Course(directive, history)
    points: list[tuple[date, Decimal]] = []
    for day, value in zip(course.reading_days, course.percents, strict=True):
        if day <= last and (not points or points[-1][1] != value):
            points.append((day, value))
    return tuple(points)


def roll_up(
    directive: Directive,
    percents: Mapping[str, Decimal],
    populations: Mapping[str, int | None],
    *,
    own: str | None = None,
) -> Decimal | None:
    """The per cent of a parent by the directive's rule, cut down to two decimals.

    `percents` and `populations` by addressee; `own` is the parent's own code, whose per cent the
    rule "own" takes. A unit of unknown population weighs as much as the mean of the known ones:
    leaving it out would lift or lower the whole for a gap in the directory. None when there is
    nothing to make it of: no addressees, or the rule is "own" and the parent is not one.
    """
    if directive.rollup is Rollup.OWN:
        return percents.get(own) if own is not None else None
    if not percents:
        return None
    match directive.rollup:
        case Rollup.SHARE_COMPLETE:
            complete = sum(value >= directive.stages.complete for value in percents.values())
            return floored(Fraction(100 * complete, len(percents)))
        case Rollup.POPULATION:
            return _weighted(percents, populations)
        case _:
            return _mean(percents)


def _mean(percents: Mapping[str, Decimal]) -> Decimal:
    return floored(Fraction(sum(percents.values(), NONE)) / len(percents))


def _weighted(percents: Mapping[str, Decimal], populations: Mapping[str, int | None]) -> Decimal:
    known = {unit: people for unit in percents if (people := populations.get(unit)) is not None}
    people = sum(known.values())
    if people == 0:
        return _mean(percents)
    of_known = sum((percents[unit] * weight for unit, weight in known.items()), NONE)
    of_unknown = sum((value for unit, value in percents.items() if unit not in known), NONE)
    # Each unknown unit weighs people / len(known); everything is multiplied by len(known).
    total = Fraction(of_known) * len(known) + Fraction(of_unknown) * people
    return floored(total / (people * len(percents)))


def mean_curve(
    directive: Directive,
    histories: Mapping[str, Report],
    first: date,
    last: date,
    *,
    populations: Mapping[str, int | None] | None = None,
    own: str | None = None,
) -> tuple[tuple[date, Decimal], ...]:
    """The per cent of the parent on each day of `first` … `last`, by the directive's rule.

    `histories` by addressee. Empty when the rule gives no per cent (see `roll_up`).
    """
    courses = {unit: Course(directive, history) for unit, history in histories.items()}
    turns = {day for course in courses.values() for day in course.reading_days}
    points: list[tuple[date, Decimal]] = []
    value: Decimal | None = None
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if number == 0 or day in turns:
            percents = {unit: course.percent(day) for unit, course in courses.items()}
            value = roll_up(directive, percents, populations or {}, own=own)
        if value is not None:
            points.append((day, value))
    return tuple(points)
