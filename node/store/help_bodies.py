"""Help and help reports: bodies on the wire ↔ values of the domain.

Both ways go through `federation.schemas`, so that nothing is kept or sealed that a neighbour would
refuse as malformed, and the bytes are a function of the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.schemas import help as help_schema
from federation.schemas import help_report as report_schema
from federation.statement import Body
from node.domain.directive import DatedState
from node.domain.help import Answer, Help, HelpKind, HelpReport


def help_of(id: str, issuer: str, body: Mapping[str, Any]) -> Help:
    """BadStatement("malformed") for a body that no node of this version makes."""
    facts = help_schema.Help.from_body(id, body).facts
    return Help(
        id=id,
        issuer=issuer,
        kind=HelpKind(facts["kind"]),
        to=tuple(facts["to"]),
        directive=facts["directive"],
        title=facts["title"],
        text=facts["text"],
        asked_on=facts["asked_on"],
        due_on=facts["due_on"],
        planned_on=facts["planned_on"],
        states=tuple(
            DatedState(state["state"], state["at"], state["reason"]) for state in facts["states"]
        ),
    )


def body_of(help: Help) -> Body:
    """BadStatement("malformed") for a value no neighbour would take."""
    stated = help_schema.Help(
        {
            "kind": help.kind.value,
            "to": help.to,
            "directive": help.directive,
            "title": help.title,
            "text": help.text,
            "asked_on": help.asked_on,
            "due_on": help.due_on,
            "planned_on": help.planned_on,
            "states": tuple(
                {"state": str(state.state), "at": state.at, "reason": state.reason}
                for state in help.states
            ),
        }
    )
    return help_schema.Help.from_body(help.id, stated.to_body()).to_body()


def report_key(help: str, unit: str) -> str:
    """The key of a report's statement."""
    return f"{help}.{unit}"


def report_of(origin: str, body: Mapping[str, Any]) -> HelpReport:
    """BadStatement("malformed")."""
    key = report_key(str(body.get("help")), str(body.get("unit")))
    facts = report_schema.HelpReport.from_body(key, body).facts
    return HelpReport(
        help=facts["help"],
        unit=facts["unit"],
        origin=origin,
        on_behalf=facts["on_behalf"],
        seen_at=facts["seen_at"],
        answers=tuple(Answer(one["at"], one["post"], one["text"]) for one in facts["answers"]),
        held_on=facts["held_on"],
        attended=facts["attended"],
    )


def report_body(report: HelpReport, issuer: str) -> Body:
    """`issuer` is the one of the help, to whom the report climbs. BadStatement("malformed")."""
    stated = report_schema.HelpReport(
        {
            "help": report.help,
            "issuer": issuer,
            "unit": report.unit,
            "on_behalf": report.on_behalf,
            "seen_at": report.seen_at,
            "answers": tuple(
                {"at": one.at, "post": one.post, "text": one.text} for one in report.answers
            ),
            "held_on": report.held_on,
            "attended": report.attended,
        }
    )
    key = report_key(report.help, report.unit)
    return report_schema.HelpReport.from_body(key, stated.to_body()).to_body()
