"""Directives, reports and risk marks: bodies on the wire ↔ values of the domain, exactly.

Both ways go through `federation.schemas`, so that nothing is kept or sealed that a neighbour would
refuse as malformed, and the bytes are a function of the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from federation.schemas import directive as directive_schema
from federation.schemas import directive_report as report_schema
from federation.schemas import directive_risk as risk_schema
from federation.statement import Body, instant
from node.domain.directive import (
    CheckIn,
    Condition,
    DatedState,
    Directive,
    Milestone,
    MilestoneKind,
    PlannedDate,
    Rank,
    Reading,
    Report,
    RiskKind,
    RiskMark,
    RiskRule,
    Rollup,
    Stages,
    Step,
)

Facts = Mapping[str, Any]
"""A body as its schema reads it: days, instants and decimals are values."""


def report_key(directive: str, unit: str) -> str:
    """The key under which reports and risk marks on one addressee are stated."""
    return f"{directive}.{unit}"


def percent_text(percent: Decimal) -> str:
    """A per cent as it is written everywhere: "41", "52.5", never "5E+1", "41.00" or "-0"."""
    return format(abs(percent).normalize(), "f")


# --- The directive --------------------------------------------------------------------------------


def directive_of(id: str, issuer: str, body: object) -> Directive:
    """The value of a body. BadStatement("malformed") for one no neighbour would take."""
    facts = directive_schema.Directive.from_body(id, body).facts
    return Directive(
        id=id,
        issuer=issuer,
        title=facts["title"],
        basis=facts["basis"],
        issued_on=facts["issued_on"],
        deadline=facts["deadline"],
        addressed=facts["addressed"],
        tier=facts["tier"],
        to=facts["to"],
        coordinator=facts["coordinator"]["code"],
        coordinator_name=facts["coordinator"]["name"],
        responsible=facts["responsible"],
        co_executors=facts["co_executors"],
        milestones=tuple(_milestone_of(one) for one in facts["milestones"]),
        stages=Stages(facts["stages"]["complete"], facts["stages"]["close"]),
        rollup=Rollup(facts["roll_up"]),
        risk_rules=tuple(
            RiskRule(RiskKind(one["rule"]), one["percent"], one["days"], one["weeks"])
            for one in facts["risk_rules"]
        ),
        states=tuple(DatedState(**one) for one in facts["states"]),
        note=facts["note"],
    )


def body_of(directive: Directive) -> Body:
    """The body of a value. BadStatement("malformed") when it breaks the schema: a check above
    was forgotten, and nothing is kept."""
    return directive_schema.Directive.from_body(
        directive.id,
        {
            "title": directive.title,
            "basis": directive.basis,
            "issued_on": directive.issued_on.isoformat(),
            "deadline": directive.deadline.isoformat(),
            "addressed": directive.addressed,
            "tier": directive.tier,
            "to": list(directive.to),
            "coordinator": {"code": directive.coordinator, "name": directive.coordinator_name},
            "responsible": list(directive.responsible),
            "co_executors": list(directive.co_executors),
            "milestones": [_milestone_body(one) for one in directive.milestones],
            "stages": {
                "complete": percent_text(directive.stages.complete),
                "close": percent_text(directive.stages.close),
            },
            "roll_up": directive.rollup.value,
            "risk_rules": [_rule_body(one) for one in directive.risk_rules],
            "note": directive.note,
            "states": [
                {"state": one.state, "at": instant(one.at), "reason": one.reason}
                for one in directive.states
            ],
        },
    ).to_body()


def _milestone_of(facts: Facts) -> Milestone:
    condition = facts["condition"]
    return Milestone(
        code=facts["code"],
        title=facts["title"],
        weight=facts["weight"],
        kind=MilestoneKind(facts["kind"]),
        condition=None
        if condition is None
        else Condition(
            tuple(Rank(**rank) for rank in condition["scale"]), at_least=condition["at_least"]
        ),
    )


def _milestone_body(milestone: Milestone) -> Body:
    condition = milestone.condition
    return {
        "code": milestone.code,
        "title": milestone.title,
        "weight": milestone.weight,
        "kind": milestone.kind.value,
        "condition": None
        if condition is None
        else {
            "scale": [{"code": rank.code, "title": rank.title} for rank in condition.scale],
            "at_least": condition.at_least,
        },
    }


def _rule_body(rule: RiskRule) -> Body:
    return {
        "rule": rule.kind.value,
        "percent": None if rule.percent is None else percent_text(rule.percent),
        "days": rule.days,
        "weeks": rule.weeks,
    }


# --- The report -----------------------------------------------------------------------------------


def report_of(origin: str, body: object) -> Report:
    """The value of the report `origin` stated. BadStatement("malformed")."""
    facts = report_schema.BODY.body(body)
    return Report(
        directive=facts["directive"],
        unit=facts["unit"],
        origin=origin,
        on_behalf=facts["on_behalf"],
        acknowledged_at=facts["acknowledged_at"],
        readings=tuple(Reading(**one) for one in facts["readings"]),
        planned_on=tuple(PlannedDate(**one) for one in facts["planned_on"]),
        steps=tuple(Step(**one) for one in facts["steps"]),
        check_ins=tuple(CheckIn(**one) for one in facts["check_ins"]),
    )


def report_body(report: Report, issuer: str) -> Body:
    """The body of a report that climbs to `issuer`. BadStatement("malformed") as in `body_of`."""
    return report_schema.DirectiveReport.from_body(
        report_key(report.directive, report.unit),
        {
            "directive": report.directive,
            "issuer": issuer,
            "unit": report.unit,
            "on_behalf": report.on_behalf,
            "acknowledged_at": None
            if report.acknowledged_at is None
            else instant(report.acknowledged_at),
            "readings": [_reading_body(one) for one in report.readings],
            "planned_on": [
                {
                    "as_of": one.as_of.isoformat(),
                    "day": one.day.isoformat(),
                    "precision": one.precision,
                }
                for one in report.planned_on
            ],
            "steps": [_step_body(one) for one in report.steps],
            "check_ins": [
                {"day": one.day.isoformat(), "at": instant(one.at), "post": one.post}
                for one in report.check_ins
            ],
        },
    ).to_body()


def _reading_body(reading: Reading) -> Body:
    return {
        "milestone": reading.milestone,
        "as_of": reading.as_of.isoformat(),
        "percent": percent_text(reading.percent),
        "value": reading.value,
        "reason": reading.reason,
        "reconstructed": reading.reconstructed,
    }


def _step_body(step: Step) -> Body:
    return {
        "id": step.id,
        "title": step.title,
        "owner": step.owner,
        "added_on": step.added_on.isoformat(),
        "due_on": step.due_on.isoformat(),
        "done_on": None if step.done_on is None else step.done_on.isoformat(),
    }


# --- Risk marks -----------------------------------------------------------------------------------


def marks_of(body: object) -> tuple[RiskMark, ...]:
    """The marks of a body in the order they were made. BadStatement("malformed")."""
    return tuple(
        RiskMark(
            added=one["change"] == "added",
            on=one["on"],
            at=one["at"],
            post=one["post"],
            reason=one["reason"],
            evidence=one["evidence"],
        )
        for one in risk_schema.BODY.body(body)["marks"]
    )


def marks_body(directive: str, unit: str, marks: Iterable[RiskMark]) -> Body:
    """The body of all marks on one addressee. BadStatement("malformed") as in `body_of`."""
    return risk_schema.DirectiveRisk.from_body(
        report_key(directive, unit),
        {
            "directive": directive,
            "unit": unit,
            "marks": [
                {
                    "change": "added" if one.added else "removed",
                    "on": one.on.isoformat(),
                    "at": instant(one.at),
                    "post": one.post,
                    "reason": one.reason,
                    "evidence": one.evidence,
                }
                for one in marks
            ],
        },
    ).to_body()
