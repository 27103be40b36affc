"""`/directives/ID/units/UNIT`: one addressee of a directive, and the report on it in three clicks.

The same page shows and takes: whoever may report finds the form beside what is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.directive_check import NoSuchDirective
from node.actions.report_directive import report_directive
from node.bootstrap import Node
from node.dashboards.directive_board import (
    CheckDay,
    addressees,
    check_days,
    marks_of,
    open_steps,
)
from node.domain.control import is_asked
from node.domain.errors import Conflict, Invalid
from node.domain.history import one_history
from node.domain.local_day import day_of
from node.domain.readiness import curve
from node.domain.rights import Actor, Right
from node.domain.standing import UnitStanding, stand_unit
from node.store import directives, help_requests
from node.store.directives import DirectiveFile
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import directive_words
from node.web.pages.directive_curve import CurveView, draw, span_of
from node.web.pages.directive_report import (
    CHECK_IN,
    Attempt,
    ReportForm,
    fields,
)
from node.web.pages.directive_view import (
    PATH,
    NoSuchAddressee,
    View,
    ViewDep,
    page,
)
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)

WEEKS = 6


@dataclass(frozen=True, slots=True)
class Question:
    """A question put to this addressee. `answer` None: not answered yet."""

    id: str
    title: str
    asked_on: date
    answer: str | None


async def report_form(request: Request) -> ReportForm:
    """A form whose fields depend on the milestones of a directive, so read as it comes."""
    sent = await request.form()
    return ReportForm({name: value for name, value in sent.items() if isinstance(value, str)})


ReportFormDep = Annotated[ReportForm, Depends(report_form)]


@router.get("/{id}/units/{unit}")
def addressee(
    request: Request, node: NodeDep, actor: PageActorDep, id: str, unit: str, chosen: ViewDep
) -> Response:
    return _page(request, node, actor, id, unit, chosen)


@router.post("/{id}/units/{unit}")
def report(
    request: Request, node: NodeDep, actor: PageActorDep, id: str, unit: str, form: ReportFormDep
) -> Response:
    """On to the page as it is afterwards; or the form with the refusal and what was typed."""
    actor.require(Right.DIRECTIVES_REPORT, unit=unit)
    now = node.clock()
    entries = None
    try:
        with node.transaction() as session:
            file = _require(node, directives.load(session, id), unit)
            today = _today(node, unit)
            entries = form.entries(_standing(file, unit, today), today)
            report_directive(
                session,
                node.rulebook,
                me=node.code,
                directive=id,
                unit=unit,
                entries=entries,
                # A check-in lies beside whatever others have entered meanwhile.
                version=None if form.act == CHECK_IN else form.version,
                actor=actor,
                now=now,
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, id, unit, View(), Attempt(form, refusal, entries))
    return RedirectResponse(f"{page(id, 'units', unit)}?saved={form.act}", status_code=303)


def _require(node: Node, file: DirectiveFile | None, unit: str) -> DirectiveFile:
    """NoSuchDirective; NoSuchAddressee, also of a unit whose reports this node does not hold."""
    if file is None:
        raise NoSuchDirective
    if unit not in addressees(file.directive, node.rulebook.directory, node.code):
        raise NoSuchAddressee
    return file


def _today(node: Node, unit: str) -> date:
    """The unit's local day; of one that the directory has lost since, this node's."""
    directory = node.rulebook.directory
    return day_of(node.clock(), directory.zone(unit) if unit in directory else node.zone)


def _standing(file: DirectiveFile, unit: str, as_of: date) -> UnitStanding:
    return stand_unit(
        file.directive,
        unit,
        file.reports.get(unit, ()),
        file.marks.get(unit, ()),
        as_of=as_of,
    )


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    id: str,
    unit: str,
    chosen: View,
    attempt: Attempt | None = None,
) -> Response:
    actor.require(Right.DIRECTIVES_READ)
    directory = node.rulebook.directory
    with node.reading() as session:
        file = _require(node, directives.load(session, id), unit)
        asked = help_requests.of_directive(session, id) if actor.may(Right.HELP_READ) else []
    directive = file.directive
    today = _today(node, unit)
    as_of, since = chosen.days(directive, today, history=file.scenario is not None)
    standing = _standing(file, unit, as_of)
    history = one_history(file.reports.get(unit, ()))
    writes = attempt is not None or (as_of == today and may_report(node, actor, file, unit))
    return render(
        request,
        "directive_unit.html",
        status_code=_status(attempt),
        actor=actor,
        link=link_above(node),
        file=file,
        directive=directive,
        unit_code=unit,
        place=directory.get(unit),
        place_name=directory.name(unit),
        here=page(id, "units", unit),
        board=chosen.address(page(id), unit=unit),
        view=chosen,
        as_of=as_of,
        since=since,
        today=today,
        standing=standing,
        change=_change(standing, _standing(file, unit, since)),
        history=history,
        fields=fields(standing, attempt),
        open_steps=open_steps(standing, as_of),
        weeks=_weeks(file, standing, as_of),
        marks=marks_of(file, unit),
        curve=_curve(file, unit, standing, as_of),
        questions=[
            Question(
                one.help.id,
                one.help.title,
                one.help.asked_on,
                answers[-1].text if (answers := one.history(unit).answers) else None,
            )
            for one in asked
            if unit in one.help.to
        ],
        attempt=attempt,
        faults=attempt.faults() if attempt else {},
        typed=attempt.form if attempt else ReportForm({}),
        version=file.report_versions.get(unit, 0),
        writes=writes,
        asked=writes and is_asked(directive, history, file.marks.get(unit, ()), today=today),
        saved=request.query_params.get("saved", ""),
        asks=actor.may(Right.HELP_ASK) and file.scenario is None,
        words=directive_words,
        zone=node.zone,
    )


def _change(standing: UnitStanding, before: UnitStanding) -> Decimal | None:
    """None when nothing had been reported before: missing is not zero."""
    return standing.percent - before.percent if before.reported else None


def may_report(node: Node, actor: Actor, file: DirectiveFile, unit: str) -> bool:
    """Whether the form is shown: the action itself has the last word.

    Above the unit only the coordinating body's people write, and only while the unit's own node
    has not spoken.
    """
    if file.scenario is not None or file.directive.withdrawn:
        return False
    if unit == node.code:
        return actor.may(Right.DIRECTIVES_REPORT, unit=unit)
    has_spoken = any(one.origin == unit for one in file.reports.get(unit, ()))
    return not has_spoken and actor.may(
        Right.DIRECTIVES_REPORT, unit=unit, body=file.directive.coordinator
    )


def _status(attempt: Attempt | None) -> int:
    if attempt is None:
        return 200
    return 409 if attempt.is_late else 422


def _weeks(file: DirectiveFile, standing: UnitStanding, as_of: date) -> list[tuple[CheckDay, ...]]:
    """Daily control as a calendar: whole weeks from Monday on, the last one up to the day shown."""
    days = 7 * (WEEKS - 1) + as_of.weekday() + 1
    run = check_days(file.reports.get(standing.unit, ()), standing.missed_check_ins, as_of, days)
    return [run[start : start + 7] for start in range(0, len(run), 7)]


def _curve(file: DirectiveFile, unit: str, standing: UnitStanding, as_of: date) -> CurveView:
    directive = file.directive
    return draw(
        span_of(directive.issued_on, directive.deadline, as_of),
        as_of=as_of,
        deadline=directive.deadline,
        close=directive.stages.close,
        line=curve(directive, one_history(file.reports.get(unit, ())), as_of),
        forecast=standing.forecast,
    )
