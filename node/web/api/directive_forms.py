"""What programs send to `/api/v1/directives`, and the drafts and entries it becomes.

Only shapes are judged here; codes, limits and dates against one another are the domain's to judge.
How long a list may be is said by the size of a request.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from node.domain.directive import (
    CheckIn,
    Condition,
    Milestone,
    MilestoneKind,
    PlannedDate,
    Rank,
    Reading,
    RiskKind,
    RiskRule,
    Rollup,
    Stages,
    Step,
)
from node.domain.new_directive import NewDirective
from node.domain.report_entries import ReportEntries
from node.web.api.strict import Strict

MAX_VERSION = 2**31 - 1  # what the column holds

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


def given_day(value: object) -> date:
    """`2020-12-01` and nothing else: pydantic alone would also take seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "не день: нужен вид 2020-12-01")


def _given_percent(value: object) -> Decimal:
    """41, 52.5, "41" or "52.50"; a float is taken as it was written."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        text = str(value)
        if len(text) < 20 and _NUMBER.fullmatch(text):
            return Decimal(text)
    raise PydanticCustomError("percent", 'не процент: нужно число от 0 до 100, например "52.5"')


def _one_of(*words: str) -> tuple[BeforeValidator, WithJsonSchema]:
    known = ", ".join(words)

    def given(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise PydanticCustomError("word", "должно быть одним из: {known}", {"known": known})
        return value

    return BeforeValidator(given), WithJsonSchema({"type": "string", "enum": list(words)})


Day = Annotated[date, BeforeValidator(given_day)]
Percent = Annotated[
    Decimal,
    BeforeValidator(_given_percent),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}),
]
Version = Annotated[int, Field(ge=1, le=MAX_VERSION)]


# --- A directive ----------------------------------------------------------------------------------


class RankBody(Strict):
    code: str
    title: str


class ConditionBody(Strict):
    """`scale` from the highest rank to the lowest."""

    scale: list[RankBody]
    at_least: str

    def condition(self) -> Condition:
        return Condition(tuple(Rank(one.code, one.title) for one in self.scale), self.at_least)


class MilestoneBody(Strict):
    """`kind`: progress (0 to 100) or done (0 or 100), which may stand under a condition."""

    code: str
    title: str
    weight: int
    kind: Annotated[str, *_one_of(*MilestoneKind)] = MilestoneKind.PROGRESS.value
    condition: ConditionBody | None = None

    def milestone(self) -> Milestone:
        return Milestone(
            self.code,
            self.title,
            self.weight,
            MilestoneKind(self.kind),
            None if self.condition is None else self.condition.condition(),
        )


class StagesBody(Strict):
    """Per cents from which an addressee is complete, and close to completion."""

    complete: Percent = Decimal(100)
    close: Percent = Decimal(60)


class CoordinatorBody(Strict):
    """The coordinating body."""

    code: str
    name: str


class RiskRuleBody(Strict):
    rule: Annotated[str, *_one_of(*RiskKind)]
    percent: Percent | None = None
    days: int | None = None
    weeks: int | None = None

    def risk_rule(self) -> RiskRule:
        return RiskRule(RiskKind(self.rule), self.percent, self.days, self.weeks)


class DirectiveBody(Strict):
    """`addressed`: units (then `units` names them), tier (then `tier`) or below (everything below).
    Stages, roll-up and risk rules left out are the shipped ones, in a revision those in force."""

    title: str
    basis: str
    issued_on: Day
    deadline: Day
    addressed: str = "units"
    tier: str | None = None
    units: list[str] = []
    coordinator: CoordinatorBody
    responsible: list[str] = []
    co_executors: list[str] = []
    milestones: list[MilestoneBody]
    stages: StagesBody | None = None
    roll_up: Annotated[str, *_one_of(*Rollup)] | None = None
    risk_rules: list[RiskRuleBody] | None = None
    note: str | None = None

    def draft(self) -> NewDirective:
        return NewDirective(
            title=self.title,
            basis=self.basis,
            issued_on=self.issued_on,
            deadline=self.deadline,
            addressed=self.addressed,
            tier=self.tier,
            units=tuple(self.units),
            coordinator=self.coordinator.code,
            coordinator_name=self.coordinator.name,
            responsible=tuple(self.responsible),
            co_executors=tuple(self.co_executors),
            milestones=tuple(one.milestone() for one in self.milestones),
            stages=None if self.stages is None else Stages(self.stages.complete, self.stages.close),
            rollup=None if self.roll_up is None else Rollup(self.roll_up),
            risk_rules=None
            if self.risk_rules is None
            else tuple(one.risk_rule() for one in self.risk_rules),
            note=self.note,
        )


class RevisionBody(DirectiveBody):
    """The whole directive as it shall be, and the version it was decided on."""

    version: Version


class WithdrawalBody(Strict):
    version: Version
    reason: str


# --- A report -------------------------------------------------------------------------------------


class ReadingBody(Strict):
    """`milestone` a code, or "whole". `value`: a rank, where the milestone has a condition."""

    milestone: str
    as_of: Day | None = None
    percent: Percent
    value: str | None = None
    reason: str | None = None
    reconstructed: bool = False


class PlannedBody(Strict):
    """`precision`: day, month, quarter or year; then `day` is the last of it."""

    day: Day
    precision: str = "day"
    as_of: Day | None = None


class StepBody(Strict):
    """Without an `id` a new step; with one that step as it shall be."""

    id: str | None = None
    title: str
    owner: str
    added_on: Day | None = None
    due_on: Day
    done_on: Day | None = None


class CheckInBody(Strict):
    """When it was made and by which post is written down by the node."""

    day: Day


def _as_list(value: object) -> object:
    """A day alone, or one object, stands for a list of it; a plain day for an object with it; null
    for nothing."""
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    return [{"day": one} if isinstance(one, str) else one for one in listed]


Planned = Annotated[
    list[PlannedBody],
    BeforeValidator(
        _as_list, json_schema_input_type=str | PlannedBody | list[str | PlannedBody] | None
    ),
]
CheckIns = Annotated[
    list[CheckInBody],
    BeforeValidator(
        _as_list, json_schema_input_type=str | CheckInBody | list[str | CheckInBody] | None
    ),
]


class DirectiveReportBody(Strict):
    """What is added or corrected; whatever is left out stays as it is. Days left out are today by
    the unit's own clock. `version` is that of the report as it was read, 0 before the first."""

    readings: list[ReadingBody] = []
    planned_on: Planned = []
    steps: list[StepBody] = []
    check_ins: CheckIns = []
    acknowledged: bool = False
    version: Annotated[int, Field(ge=0, le=MAX_VERSION)] | None = None

    def entries(self, *, today: date, now: datetime, post: str) -> ReportEntries:
        """`today`: the unit's own local day."""
        return ReportEntries(
            readings=tuple(
                Reading(
                    one.milestone,
                    one.as_of or today,
                    one.percent,
                    one.value,
                    one.reason,
                    one.reconstructed,
                )
                for one in self.readings
            ),
            planned_on=tuple(
                PlannedDate(one.as_of or today, one.day, one.precision) for one in self.planned_on
            ),
            steps=tuple(
                Step(
                    one.id or "",
                    one.title,
                    one.owner,
                    one.added_on or today,
                    one.due_on,
                    one.done_on,
                )
                for one in self.steps
            ),
            check_ins=tuple(CheckIn(one.day, now, post) for one in self.check_ins),
            acknowledged=self.acknowledged,
        )


class MarkBody(Strict):
    """`change`: added to the risk zone or removed from it, from the day `on` (today by the unit's
    clock when left out). Leaving needs `evidence`."""

    unit: str
    change: Annotated[str, *_one_of("added", "removed")]
    on: Day | None = None
    reason: str
    evidence: str | None = None
