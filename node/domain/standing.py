"""Where a directive stands as of a day: every addressee, worst first, and all of them together.

One value for the board, the API and the meeting pack, so that no two of them count differently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from node.domain.control import missed_in
from node.domain.course import Course
from node.domain.directive import Directive, PlannedDate, Report, RiskMark, Rollup, Step
from node.domain.forecast import Forecast, forecast_of
from node.domain.history import one_history
from node.domain.milestones import MilestoneState
from node.domain.readiness import Stage, roll_up, stage_of
from node.domain.risk import RiskReason, RiskZone


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """One addressee as of a day.

    `risk` is empty outside the risk zone. `steps` are those known by then, one done later stands
    open; `without_step`: in the zone and no step open. `missed_check_ins` are the days before.
    `reconstructed`: a reading behind the per cent was filled in afterwards. `on_behalf`: only a
    coordinator reported. `reported`: anything was said by that day. `overdue`: past the deadline,
    unfinished and still asked for.
    """

    unit: str
    percent: Decimal
    stage: Stage
    planned_on: PlannedDate | None
    risk: tuple[RiskReason, ...]
    steps: tuple[Step, ...]
    without_step: bool
    missed_check_ins: tuple[date, ...]
    reconstructed: bool
    overdue: bool
    milestones: tuple[MilestoneState, ...]
    forecast: Forecast | None
    on_behalf: bool
    reported: bool
    last_reading_on: date | None

    @property
    def in_risk_zone(self) -> bool:
        return bool(self.risk)

    @property
    def gaps(self) -> tuple[MilestoneState, ...]:
        """The milestones that are not whole, what loses most first."""
        gaps = (state for state in self.milestones if state.lost > 0)
        return tuple(sorted(gaps, key=lambda state: -state.lost))


@dataclass(frozen=True, slots=True)
class Standing:
    """All addressees as of a day. `stages` has every stage, in their order, with its number of
    units; `percent` is None where the directive's rule gives none (`readiness.roll_up`)."""

    directive: Directive
    as_of: date
    days_left: int
    percent: Decimal | None
    stages: Mapping[Stage, int]
    units: tuple[UnitStanding, ...]

    @property
    def risk_zone(self) -> tuple[UnitStanding, ...]:
        """Those in the risk zone, worst first."""
        return tuple(unit for unit in self.units if unit.in_risk_zone)

    @property
    def missed_check_ins(self) -> int:
        return sum(len(unit.missed_check_ins) for unit in self.units)

    @property
    def reconstructed(self) -> bool:
        """Whether any per cent rests on a reading that was filled in afterwards."""
        return any(unit.reconstructed for unit in self.units)


def stand(
    directive: Directive,
    reports: Mapping[str, Sequence[Report]],
    marks: Mapping[str, Sequence[RiskMark]],
    *,
    units: Sequence[str],
    as_of: date,
    populations: Mapping[str, int | None],
    own: str | None = None,
) -> Standing:
    """The standing of `units` (all addressees, or those this node may see) as of any day.

    `reports` and `marks` by unit; a unit without any has not started. Days are the units' local
    ones. `own` is the code of the node that asks, for a directive whose per cent is the parent's
    own.
    """
    standings = [
        stand_unit(directive, unit, reports.get(unit, ()), marks.get(unit, ()), as_of=as_of)
        for unit in units
    ]
    percents = {standing.unit: standing.percent for standing in standings}
    of_own = percents
    if directive.rollup is Rollup.OWN and own is not None and own not in percents:
        # The node that asks need not be among the addressees it may see.
        course = Course(directive, one_history(reports.get(own, ())))
        of_own = {own: course.percent(as_of)} if own in directive.to else {}
    counted = Counter(standing.stage for standing in standings)
    return Standing(
        directive=directive,
        as_of=as_of,
        days_left=directive.days_left(as_of),
        percent=roll_up(directive, of_own, populations, own=own),
        stages={stage: counted[stage] for stage in Stage},
        units=tuple(sorted(standings, key=lambda standing: (standing.percent, standing.unit))),
    )


def stand_unit(
    directive: Directive,
    unit: str,
    reports: Sequence[Report],
    marks: Sequence[RiskMark],
    *,
    as_of: date,
) -> UnitStanding:
    """One addressee as of a day, by all that was reported on it and decided of it."""
    history = one_history(reports)
    course = Course(directive, history)
    zone = RiskZone(course, marks, as_of)
    milestones = course.milestones(as_of)
    percent = course.percent(as_of)
    risk = zone.reasons(as_of)
    steps = tuple(_as_known(step, as_of) for step in history.steps if step.added_on <= as_of)
    return UnitStanding(
        unit=unit,
        percent=percent,
        stage=stage_of(percent, directive.stages),
        planned_on=course.planned(as_of),
        risk=risk,
        steps=steps,
        without_step=bool(risk) and all(step.done_on is not None for step in steps),
        missed_check_ins=missed_in(zone, as_of=as_of),
        reconstructed=any(
            state.reading is not None and state.reading.reconstructed for state in milestones
        ),
        overdue=(
            as_of > directive.deadline
            and not course.is_complete(as_of)
            and not directive.withdrawn_by(as_of)
        ),
        milestones=milestones,
        forecast=forecast_of(course, as_of),
        on_behalf=history.on_behalf,
        reported=_said_anything(history, course, as_of),
        last_reading_on=course.last_reading_on(as_of),
    )


def _as_known(step: Step, as_of: date) -> Step:
    """A step done after the day asked about was open on it."""
    if step.done_on is not None and step.done_on > as_of:
        return replace(step, done_on=None)
    return step


def _said_anything(history: Report, course: Course, as_of: date) -> bool:
    return (
        course.last_reading_on(as_of) is not None
        or course.planned(as_of) is not None
        or any(step.added_on <= as_of for step in history.steps)
        or any(check_in.day <= as_of for check_in in history.check_ins)
    )
