"""`/directives`: every directive known here, those in force first, with what hurts in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fastapi import APIRouter, Request, Response

from node.bootstrap import Node
from node.dashboards.directive_board import addressees, standing_of
from node.domain.directive import Directive
from node.domain.local_day import day_of
from node.domain.readiness import Stage, one_history
from node.domain.rights import Actor, Right
from node.store import directives
from node.store.directives import DirectiveFile
from node.store.session import Session
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import directive_words
from node.web.pages.directive_view import PATH, page
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A directive as a line of the list, as of `as_of`: today, of a history its deadline.

    `own`: this node is an addressee, whose report page is one click away; `is_new`: and has not
    acknowledged yet.
    """

    directive: Directive
    scenario: str | None
    href: str
    report: str | None
    as_of: date
    days_left: int
    percent: Decimal | None
    stages: Mapping[Stage, int]
    addressees: int
    at_risk: int
    missed: int
    without_step: int
    reconstructed: int
    is_new: bool

    @property
    def is_past(self) -> bool:
        return self.scenario is not None or self.directive.withdrawn

    @property
    def is_overdue(self) -> bool:
        return (
            not self.is_past
            and self.days_left < 0
            and self.stages.get(Stage.COMPLETE, 0) < self.addressees
        )


@router.get(PATH)
def listing(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    actor.require(Right.DIRECTIVES_READ)
    today = day_of(node.clock(), node.zone)
    with node.reading() as session:
        lines = [line(node, actor, file, today) for file in _files(session)]
    current = [one for one in lines if not one.is_past]
    return render(
        request,
        "directives.html",
        actor=actor,
        link=link_above(node),
        current=sorted(current, key=lambda one: (one.directive.deadline, one.directive.id)),
        past=[one for one in lines if one.is_past],
        issues=actor.may(Right.DIRECTIVES_ISSUE),
        has_below=bool(node.rulebook.directory.children(node.code)),
        has_parent=node.unit.parent is not None,
        words=directive_words,
    )


def _files(session: Session) -> list[DirectiveFile]:
    """The newest issued first; four queries, whatever their number."""
    ids = [one.directive.id for one in directives.listed(session)]
    files = directives.load_all(session, ids)
    return [files[id] for id in ids if id in files]


def line(node: Node, actor: Actor, file: DirectiveFile, today: date) -> Line:
    directive, unit = file.directive, node.code
    as_of = min(directive.deadline, today) if file.scenario else today
    standing = standing_of(node.rulebook, file, unit, as_of)
    own = unit in directive.to
    acknowledged = one_history(file.reports.get(unit, ())).acknowledged_at is not None
    return Line(
        directive=directive,
        scenario=file.scenario,
        href=page(directive.id),
        report=page(directive.id, "units", unit) if own and not file.scenario else None,
        as_of=as_of,
        days_left=standing.days_left,
        percent=standing.percent,
        stages=standing.stages,
        addressees=len(addressees(directive, node.rulebook.directory, unit)),
        at_risk=sum(bool(one.risk) for one in standing.units),
        missed=sum(len(one.missed_check_ins) for one in standing.units),
        without_step=sum(one.without_step for one in standing.units),
        reconstructed=sum(one.reconstructed for one in standing.units),
        is_new=own
        and not acknowledged
        and file.scenario is None
        and not directive.withdrawn
        and actor.may(Right.DIRECTIVES_REPORT, unit=unit),
    )
