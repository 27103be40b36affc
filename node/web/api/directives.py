"""`/api/v1/directives`: issue and change them, see readiness as of a day, report, mark the risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from federation.statement import StatementId
from node.actions.directive_check import NoSuchDirective
from node.actions.issue_directive import issue_directive
from node.actions.mark_risk import mark_risk
from node.actions.report_directive import report_directive
from node.actions.revise_directive import revise_directive
from node.actions.withdraw_directive import withdraw_directive
from node.bootstrap import Node
from node.dashboards.directive_board import addressees, populations
from node.domain.directive import Directive
from node.domain.errors import Fault, Invalid, NotFound
from node.domain.history import one_history
from node.domain.local_day import day_of
from node.domain.new_directive import faults_of_day, is_code, named, near
from node.domain.rights import Actor, Right
from node.domain.standing import Standing, stand, stand_unit
from node.store import deliveries, directives
from node.store.directives import DirectiveFile
from node.store.session import Session
from node.web.api import directive_forms as forms
from node.web.api import directive_views as views
from node.web.api import readiness_views
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/directives", tags=["directives"])

MAX_LIMIT = 200
MAX_CODE = 64
FORESIGHT = timedelta(days=366)
"""How far after today and after the deadline readiness may be asked for: nothing changes then."""


class NotAddressed(NotFound):
    """Эта территория не адресат поручения, или её отчёты сюда не приходят."""


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    unit: Annotated[str | None, Query(max_length=MAX_CODE)] = None,
    after: Annotated[str | None, Query(max_length=MAX_CODE)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> views.DirectivesView:
    """Directives held here, the newest issued first; those after the id `after`. `unit`: only what
    that unit is told."""
    actor.require(Right.DIRECTIVES_READ)
    directory = node.rulebook.directory
    if unit is not None and unit not in directory:
        fault = f"территории {named(directory, unit)} нет в справочнике{near(directory, unit)}"
        raise Invalid(Fault("unit", fault))
    with node.reading() as session:
        ids = [one.directive.id for one in directives.listed(session, unit=unit)]
        if after is not None and after not in ids:
            raise Invalid(Fault("after", "поручения с таким номером нет: возьмите `next`"))
        start = 0 if after is None else ids.index(after) + 1
        page = ids[start : start + limit]
        files = directives.load_all(session, page)
    today = _today(node)
    return views.DirectivesView(
        directives=[
            views.listed_view(
                _standing(node, actor, files[id], today),
                version=files[id].version,
                scenario=files[id].scenario,
            )
            for id in page
        ],
        next=page[-1] if page and start + limit < len(ids) else None,
    )


@router.post("", status_code=201)
def issue(node: NodeDep, actor: ActorDep, body: forms.DirectiveBody) -> views.DirectiveCardView:
    """Issue a directive; it goes down with the next exchanges. 422 names every wrong field."""
    now = node.clock()
    with node.transaction() as session:
        id = issue_directive(
            session, node.rulebook, me=node.code, new=body.draft(), actor=actor, now=now
        )
    return _card(node, id)


@router.get("/{id}")
def read(node: NodeDep, actor: ActorDep, id: str) -> views.DirectiveCardView:
    """One directive whole, and how its newest version fares on the way down."""
    actor.require(Right.DIRECTIVES_READ)
    return _card(node, id)


@router.put("/{id}")
def revise(
    node: NodeDep, actor: ActorDep, id: str, body: forms.RevisionBody
) -> views.DirectiveCardView:
    """Put another version in its place. 409 says who changed it meanwhile, and when."""
    now = node.clock()
    with node.transaction() as session:
        revise_directive(
            session,
            node.rulebook,
            me=node.code,
            id=id,
            version=body.version,
            new=body.draft(),
            actor=actor,
            now=now,
        )
    return _card(node, id)


@router.post("/{id}/withdraw")
def withdraw(
    node: NodeDep, actor: ActorDep, id: str, body: forms.WithdrawalBody
) -> views.DirectiveCardView:
    """Withdraw it with a reason; it stays in history."""
    now = node.clock()
    with node.transaction() as session:
        withdraw_directive(
            session,
            node.rulebook,
            me=node.code,
            id=id,
            version=body.version,
            reason=body.reason,
            actor=actor,
            now=now,
        )
    return _card(node, id)


@router.get("/{id}/readiness")
def readiness(
    node: NodeDep, actor: ActorDep, id: str, as_of: forms.Day | None = None
) -> readiness_views.ReadinessView:
    """Readiness, risk zone, steps and control as of a day; today by this node's clock if none is
    named."""
    actor.require(Right.DIRECTIVES_READ)
    with node.reading() as session:
        file = _file(session, id)
    today = _today(node)
    day = today if as_of is None else as_of
    _check_asked_day(day, today, file.directive)
    return readiness_views.readiness_view(
        _standing(node, actor, file, day), node.rulebook.directory, node.code
    )


@router.get("/{id}/reports/{unit}")
def read_report(node: NodeDep, actor: ActorDep, id: str, unit: str) -> readiness_views.ReportView:
    """All that is known of one addressee, as one history."""
    actor.require(Right.DIRECTIVES_READ, unit=unit)
    return _report(node, id, unit)


@router.put("/{id}/reports/{unit}")
def report(
    node: NodeDep, actor: ActorDep, id: str, unit: str, body: forms.DirectiveReportBody
) -> readiness_views.ReportView:
    """Add to or correct the report on this node's unit, or on one below that has no node. What is
    left out stays; the same again changes nothing."""
    now = node.clock()
    post = actor.post
    with node.transaction() as session:
        report_directive(
            session,
            node.rulebook,
            me=node.code,
            directive=id,
            unit=unit,
            entries=body.entries(today=_today(node, unit), now=now, post=post),
            version=body.version,
            actor=actor,
            now=now,
        )
    return _report(node, id, unit)


@router.post("/{id}/risk")
def risk(node: NodeDep, actor: ActorDep, id: str, body: forms.MarkBody) -> readiness_views.RiskView:
    """Add an addressee to the risk zone or remove it, with a reason; removing needs evidence."""
    now = node.clock()
    with node.transaction() as session:
        mark_risk(
            session,
            node.rulebook,
            me=node.code,
            directive=id,
            unit=body.unit,
            added=body.change == "added",
            on=body.on,
            reason=body.reason,
            evidence=body.evidence,
            actor=actor,
            now=now,
        )
        file = _file(session, id)
    marks = file.marks.get(body.unit, ())
    standing = stand_unit(
        file.directive,
        body.unit,
        file.reports.get(body.unit, ()),
        marks,
        as_of=_today(node, body.unit),
    )
    return readiness_views.risk_view(id, standing, marks)


def _file(session: Session, id: str) -> DirectiveFile:
    file = directives.load(session, id) if is_code(id) else None
    if file is None:
        raise NoSuchDirective
    return file


def _card(node: Node, id: str) -> views.DirectiveCardView:
    with node.reading() as session:
        file = _file(session, id)
        found = {}
        if file.directive.issuer == node.code and file.scenario is None:
            statement = StatementId(node.code, "directive", id)
            found = deliveries.delivery_of(session, node.rulebook.directory, node.code, statement)
    return views.card_view(
        file.directive,
        version=file.version,
        scenario=file.scenario,
        delivery=[found[unit] for unit in file.directive.to if unit in found],
    )


def _report(node: Node, id: str, unit: str) -> readiness_views.ReportView:
    with node.reading() as session:
        file = _file(session, id)
    if unit not in addressees(file.directive, node.rulebook.directory, node.code):
        raise NotAddressed
    reports = file.reports.get(unit, ())
    return readiness_views.report_view(
        replace(one_history(reports), directive=id, unit=unit),
        origins=[one.origin for one in reports],
        version=file.report_versions.get(unit, 0),
    )


def _standing(node: Node, actor: Actor, file: DirectiveFile, as_of: date) -> Standing:
    """Of the addressees known here that the one who asks may see."""
    directory = node.rulebook.directory
    units = [
        unit
        for unit in addressees(file.directive, directory, node.code)
        if actor.may(Right.DIRECTIVES_READ, unit=unit)
    ]
    return stand(
        file.directive,
        file.reports,
        file.marks,
        units=units,
        as_of=as_of,
        populations=populations(directory, units),
        own=node.code,
    )


def _today(node: Node, unit: str | None = None) -> date:
    """By the clock of a unit, or of this node's where the directory does not know it."""
    directory = node.rulebook.directory
    return day_of(
        node.clock(), directory.zone(unit if unit is not None and unit in directory else node.code)
    )


def _check_asked_day(day: date, today: date, directive: Directive) -> None:
    faults = faults_of_day("as_of", day)
    last = max(today, directive.deadline) + FORESIGHT
    if not faults and day > last:
        faults = [Fault("as_of", f"позже {last:%d.%m.%Y}: так далеко ничего не меняется")]
    if faults:
        raise Invalid(*faults)
