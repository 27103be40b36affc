"""How `/api/v1/directives` shows what it has: values of the domain as JSON.

Per cents are decimal strings ("41", "52.5"), days ISO dates, instants UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel

from node.domain.delivery import Delivered
from node.domain.directive import Directive, Milestone, RiskRule
from node.domain.readiness import Stage
from node.domain.standing import Standing
from node.store.directive_bodies import percent_text


class StagesView(BaseModel):
    """How many addressees are at each stage."""

    complete: int
    close: int
    in_progress: int
    not_started: int


class DirectiveView(BaseModel):
    """A directive as a list has it, as of the day of asking. `percent` is of the whole by the
    directive's own rule, null where it gives none. `scenario`: history that was loaded."""

    id: str
    title: str
    issuer: str
    issued_on: date
    deadline: date
    days_left: int
    percent: str | None
    stages: StagesView
    withdrawn: bool
    scenario: str | None
    version: int


class DirectivesView(BaseModel):
    """One page. `next` is the `after` of the following page, null on the last."""

    directives: list[DirectiveView]
    next: str | None


class RankView(BaseModel):
    code: str
    title: str


class ConditionView(BaseModel):
    scale: list[RankView]
    at_least: str


class MilestoneView(BaseModel):
    code: str
    title: str
    weight: int
    kind: str
    condition: ConditionView | None


class ThresholdsView(BaseModel):
    complete: str
    close: str


class RiskRuleView(BaseModel):
    rule: str
    percent: str | None
    days: int | None
    weeks: int | None


class CoordinatorView(BaseModel):
    code: str
    name: str


class DirectiveStateView(BaseModel):
    """in_force or withdrawn, since `at`."""

    state: str
    at: datetime
    reason: str | None


class DeliveryView(BaseModel):
    """How the newest version fares on its way to an addressee: stored, pending, quarantined (with
    its `code`: not understood there), waiting or no_node; `stuck_at` says at whose node."""

    unit: str
    state: str
    code: str | None
    at: datetime | None
    stuck_at: str | None


class DirectiveCardView(BaseModel):
    """A directive whole. `to` are all addressees by code. `delivery` is known at the issuer, once
    the version is signed; elsewhere it is empty."""

    id: str
    issuer: str
    title: str
    basis: str
    issued_on: date
    deadline: date
    addressed: str
    tier: str | None
    to: list[str]
    coordinator: CoordinatorView
    responsible: list[str]
    co_executors: list[str]
    milestones: list[MilestoneView]
    stages: ThresholdsView
    roll_up: str
    risk_rules: list[RiskRuleView]
    note: str | None
    states: list[DirectiveStateView]
    withdrawn: bool
    scenario: str | None
    version: int
    delivery: list[DeliveryView]


def listed_view(standing: Standing, *, version: int, scenario: str | None) -> DirectiveView:
    directive = standing.directive
    return DirectiveView(
        id=directive.id,
        title=directive.title,
        issuer=directive.issuer,
        issued_on=directive.issued_on,
        deadline=directive.deadline,
        days_left=standing.days_left,
        percent=whole_percent(standing),
        stages=stages_view(standing.stages),
        withdrawn=directive.withdrawn,
        scenario=scenario,
        version=version,
    )


def card_view(
    directive: Directive, *, version: int, scenario: str | None, delivery: Sequence[Delivered]
) -> DirectiveCardView:
    return DirectiveCardView(
        id=directive.id,
        issuer=directive.issuer,
        title=directive.title,
        basis=directive.basis,
        issued_on=directive.issued_on,
        deadline=directive.deadline,
        addressed=directive.addressed,
        tier=directive.tier,
        to=list(directive.to),
        coordinator=CoordinatorView(code=directive.coordinator, name=directive.coordinator_name),
        responsible=list(directive.responsible),
        co_executors=list(directive.co_executors),
        milestones=[_milestone(one) for one in directive.milestones],
        stages=ThresholdsView(
            complete=percent_text(directive.stages.complete),
            close=percent_text(directive.stages.close),
        ),
        roll_up=directive.rollup,
        risk_rules=[_rule(one) for one in directive.risk_rules],
        note=directive.note,
        states=[
            DirectiveStateView(state=s.state, at=s.at, reason=s.reason) for s in directive.states
        ],
        withdrawn=directive.withdrawn,
        scenario=scenario,
        version=version,
        delivery=[
            DeliveryView(
                unit=one.unit, state=one.state, code=one.code, at=one.at, stuck_at=one.stuck_at
            )
            for one in delivery
        ],
    )


def whole_percent(standing: Standing) -> str | None:
    return None if standing.percent is None else percent_text(standing.percent)


def stages_view(counted: Mapping[Stage, int]) -> StagesView:
    return StagesView(**{stage.value: counted[stage] for stage in Stage})


def _milestone(milestone: Milestone) -> MilestoneView:
    condition = milestone.condition
    return MilestoneView(
        code=milestone.code,
        title=milestone.title,
        weight=milestone.weight,
        kind=milestone.kind,
        condition=None
        if condition is None
        else ConditionView(
            scale=[RankView(code=rank.code, title=rank.title) for rank in condition.scale],
            at_least=condition.at_least,
        ),
    )


def _rule(rule: RiskRule) -> RiskRuleView:
    percent = None if rule.percent is None else percent_text(rule.percent)
    return RiskRuleView(rule=rule.kind, percent=percent, days=rule.days, weeks=rule.weeks)
