"""How `/api/v1/directives` shows readiness, reports and the risk zone.

Per cents are decimal strings ("41", "52.5"), days ISO dates, instants UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel

from node.dashboards.directive_board import Group, groups_of
from node.domain.directive import Report, RiskMark, Step
from node.domain.directory import Directory
from node.domain.forecast import Forecast
from node.domain.standing import Standing, UnitStanding
from node.store.directive_bodies import percent_text
from node.web.api.directive_views import StagesView, stages_view, whole_percent


class ReasonView(BaseModel):
    """`rule`: planned_late, behind, forecast, silent, overdue or marked; `why` in words."""

    rule: str
    why: str


class StepView(BaseModel):
    id: str
    title: str
    owner: str
    added_on: date
    due_on: date
    done_on: date | None


class NotCountedView(BaseModel):
    """A milestone that counts for less than was read, and why."""

    milestone: str
    why: str


class ForecastView(BaseModel):
    """The day it is expected to be done at the pace of the last weeks, and its band; null: never
    at that pace."""

    expected: date | None
    earliest: date | None
    latest: date | None


class UnitReadinessView(BaseModel):
    """One addressee as of the day. `missed_check_ins` counts `missed_days`; `reconstructed`: a
    reading behind the per cent was filled in afterwards; `without_step`: in the risk zone with no
    step open; `on_behalf`: only a coordinator has reported; `not_counted`: read, yet without
    effect, such as an appointment below the rank."""

    unit: str
    name: str
    percent: str
    stage: str
    planned_on: date | None
    planned_precision: str | None
    risk: list[ReasonView]
    steps: list[StepView]
    without_step: bool
    missed_check_ins: int
    missed_days: list[date]
    reconstructed: bool
    overdue: bool
    on_behalf: bool
    reported: bool
    last_reading_on: date | None
    forecast: ForecastView | None
    not_counted: list[NotCountedView]


class ParentReadinessView(BaseModel):
    """A unit between this node and addressees; `percent` by the directive's rule, or null."""

    unit: str
    name: str
    percent: str | None
    addressees: int
    at_risk: int
    stages: StagesView


class ReadinessView(BaseModel):
    """Readiness as of a day, the worst addressee first. At the issuer all addressees; at another
    node those at or below it, whose reports it holds. `parents`: the same by the units right below
    this node, where addressees lie further down."""

    as_of: date
    deadline: date
    days_left: int
    percent: str | None
    stages: StagesView
    units: list[UnitReadinessView]
    parents: list[ParentReadinessView]


class ReadingView(BaseModel):
    milestone: str
    as_of: date
    percent: str
    value: str | None
    reason: str | None
    reconstructed: bool


class PlannedView(BaseModel):
    as_of: date
    day: date
    precision: str


class CheckInView(BaseModel):
    day: date
    at: datetime
    post: str


class ReportView(BaseModel):
    """All that is known of an addressee as one history. `origins`: the nodes that wrote it, the
    nearest first. `version`: of what this node itself writes, 0 when it has not."""

    directive: str
    unit: str
    origins: list[str]
    on_behalf: bool
    version: int
    acknowledged_at: datetime | None
    readings: list[ReadingView]
    planned_on: list[PlannedView]
    steps: list[StepView]
    check_ins: list[CheckInView]


class MarkView(BaseModel):
    """`change`: added or removed."""

    change: str
    on: date
    at: datetime
    post: str
    reason: str
    evidence: str | None


class RiskView(BaseModel):
    """An addressee's place in the risk zone as of today, and every mark on it, oldest first."""

    directive: str
    unit: str
    risk: list[ReasonView]
    marks: list[MarkView]


def readiness_view(standing: Standing, directory: Directory, home: str) -> ReadinessView:
    return ReadinessView(
        as_of=standing.as_of,
        deadline=standing.directive.deadline,
        days_left=standing.days_left,
        percent=whole_percent(standing),
        stages=stages_view(standing.stages),
        units=[_unit(one, directory) for one in standing.units],
        parents=[_parent(group) for group in groups_of(standing, directory, home)],
    )


def _parent(group: Group) -> ParentReadinessView:
    return ParentReadinessView(
        unit=group.unit,
        name=group.name,
        percent=None if group.percent is None else percent_text(group.percent),
        addressees=group.addressees,
        at_risk=group.at_risk,
        stages=stages_view(group.stages),
    )


def report_view(report: Report, *, origins: Sequence[str], version: int) -> ReportView:
    return ReportView(
        directive=report.directive,
        unit=report.unit,
        origins=list(origins),
        on_behalf=report.on_behalf,
        version=version,
        acknowledged_at=report.acknowledged_at,
        readings=[
            ReadingView(
                milestone=one.milestone,
                as_of=one.as_of,
                percent=percent_text(one.percent),
                value=one.value,
                reason=one.reason,
                reconstructed=one.reconstructed,
            )
            for one in report.readings
        ],
        planned_on=[
            PlannedView(as_of=one.as_of, day=one.day, precision=one.precision)
            for one in report.planned_on
        ],
        steps=[_step(one) for one in report.steps],
        check_ins=[CheckInView(day=one.day, at=one.at, post=one.post) for one in report.check_ins],
    )


def risk_view(directive: str, standing: UnitStanding, marks: Sequence[RiskMark]) -> RiskView:
    return RiskView(
        directive=directive,
        unit=standing.unit,
        risk=[ReasonView(rule=one.rule, why=one.why) for one in standing.risk],
        marks=[
            MarkView(
                change="added" if one.added else "removed",
                on=one.on,
                at=one.at,
                post=one.post,
                reason=one.reason,
                evidence=one.evidence,
            )
            for one in marks
        ],
    )


def _unit(one: UnitStanding, directory: Directory) -> UnitReadinessView:
    planned = one.planned_on
    return UnitReadinessView(
        unit=one.unit,
        name=directory.name(one.unit),
        percent=percent_text(one.percent),
        stage=one.stage,
        planned_on=None if planned is None else planned.day,
        planned_precision=None if planned is None else planned.precision,
        risk=[ReasonView(rule=reason.rule, why=reason.why) for reason in one.risk],
        steps=[_step(step) for step in one.steps],
        without_step=one.without_step,
        missed_check_ins=len(one.missed_check_ins),
        missed_days=list(one.missed_check_ins),
        reconstructed=one.reconstructed,
        overdue=one.overdue,
        on_behalf=one.on_behalf,
        reported=one.reported,
        last_reading_on=one.last_reading_on,
        forecast=None if one.forecast is None else _forecast(one.forecast),
        not_counted=[
            NotCountedView(milestone=state.milestone.code, why=state.why_not)
            for state in one.milestones
            if state.why_not is not None
        ],
    )


def _step(step: Step) -> StepView:
    return StepView(
        id=step.id,
        title=step.title,
        owner=step.owner,
        added_on=step.added_on,
        due_on=step.due_on,
        done_on=step.done_on,
    )


def _forecast(forecast: Forecast) -> ForecastView:
    return ForecastView(
        expected=forecast.expected, earliest=forecast.earliest, latest=forecast.latest
    )
