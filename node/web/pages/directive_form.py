"""`/directives/new`, `/directives/ID/edit`: a directive is issued, changed or withdrawn; and
`/directives/ID/risk`: a coordinator's decision on the risk zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.directive_check import NoSuchDirective
from node.actions.issue_directive import issue_directive
from node.actions.mark_risk import mark_risk
from node.actions.revise_directive import revise_directive
from node.actions.withdraw_directive import withdraw_directive
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Invalid
from node.domain.local_day import day_of
from node.domain.rights import Actor, NoRight, Right
from node.store import directives
from node.store.directives import DirectiveFile
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import directive_words
from node.web.pages.directive_board import may_manage
from node.web.pages.directive_draft import DraftForm, blank, of_directive
from node.web.pages.directive_view import PATH, page
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)

MAX_VERSION = 2**31 - 1
MAX_FIELDS = 21_000  # every unit of the largest directory may be ticked


@dataclass(frozen=True, slots=True)
class Below:
    """A unit that may be addressed. `searched`: what the search looks into."""

    code: str
    name: str
    tier: str
    under: str
    searched: str


async def draft_form(request: Request) -> DraftForm:
    """A form with as many rows as it has, so read as it comes."""
    sent = await request.form(max_fields=MAX_FIELDS)
    typed = {name: value for name, value in sent.items() if isinstance(value, str)}
    units = (value for value in sent.getlist("units") if isinstance(value, str))
    return DraftForm(typed, frozenset(units))


DraftDep = Annotated[DraftForm, Depends(draft_form)]


@router.get("/new")
def new(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    actor.require(Right.DIRECTIVES_ISSUE, unit=node.code)
    today = day_of(node.clock(), node.zone)
    form = blank(node.rulebook.readiness, today=today, coordinator=_own_body(actor))
    return _page(request, node, actor, form)


@router.post("/new")
def issue(request: Request, node: NodeDep, actor: PageActorDep, form: DraftDep) -> Response:
    """On to the board of the new directive; or the form with its faults, or with more rows."""
    if form.asks_for_rows:
        return _page(request, node, actor, form)
    try:
        draft = form.draft()
        with node.transaction() as session:
            id = issue_directive(
                session,
                node.rulebook,
                me=node.code,
                new=draft,
                actor=actor,
                now=node.clock(),
            )
    except Invalid as refusal:
        return _page(request, node, actor, form, refusal=refusal)
    return RedirectResponse(page(id), status_code=303)


@router.get("/{id}/edit")
def edit(request: Request, node: NodeDep, actor: PageActorDep, id: str) -> Response:
    file = _own(node, actor, id)
    form = of_directive(file.directive, file.version)
    return _page(request, node, actor, form, file=file)


@router.post("/{id}/edit")
def revise(
    request: Request, node: NodeDep, actor: PageActorDep, id: str, form: DraftDep
) -> Response:
    file = _own(node, actor, id)
    if form.asks_for_rows:
        return _page(request, node, actor, form, file=file)
    try:
        draft = form.draft()
        with node.transaction() as session:
            revise_directive(
                session,
                node.rulebook,
                me=node.code,
                id=id,
                version=form.version,
                new=draft,
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, form, file=file, refusal=refusal)
    return RedirectResponse(page(id), status_code=303)


@router.get("/{id}/withdraw")
@router.get("/{id}/risk")
def back(_actor: PageActorDep, id: str) -> Response:
    """Whoever was sent to sign in when sending one of these comes here afterwards."""
    return RedirectResponse(page(id), status_code=303)


@router.post("/{id}/withdraw")
def withdraw(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    reason: Annotated[str, Form()] = "",
    version: Annotated[int, Form(ge=0, le=MAX_VERSION)] = 0,
) -> Response:
    file = _own(node, actor, id)
    try:
        with node.transaction() as session:
            withdraw_directive(
                session,
                node.rulebook,
                me=node.code,
                id=id,
                version=version,
                reason=reason.strip(),
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        form = of_directive(file.directive, file.version)
        return _page(request, node, actor, form, file=file, refusal=refusal, reason=reason)
    return RedirectResponse(page(id), status_code=303)


@router.post("/{id}/risk")
def decide(
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    unit: Annotated[str, Form()] = "",
    decision: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
) -> Response:
    """A mark on the risk zone. Its two fields are checked by the browser first; a refusal of what
    still came wrong is a page of its own, and going back brings what was typed."""
    with node.transaction() as session:
        mark_risk(
            session,
            node.rulebook,
            me=node.code,
            directive=id,
            unit=unit,
            added=decision != "remove",
            on=None,
            reason=reason.strip(),
            evidence=evidence.strip() or None,
            actor=actor,
            now=node.clock(),
        )
    return RedirectResponse(f"{page(id)}#risk-name", status_code=303)


def _own(node: Node, actor: Actor, id: str) -> DirectiveFile:
    """NoSuchDirective; NoRight for one that is not this actor's to change."""
    with node.reading() as session:
        file = directives.load(session, id)
    if file is None:
        raise NoSuchDirective
    if not may_manage(actor, file, node.code):
        raise NoRight
    return file


def _own_body(actor: Actor) -> str:
    """The body an actor is limited to, when there is just one: it is filled in beforehand."""
    bodies = {
        body
        for permit in actor.permits
        if Right.DIRECTIVES_ISSUE in permit.rights
        for body in permit.bodies
    }
    return bodies.pop() if len(bodies) == 1 else ""


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    form: DraftForm,
    *,
    file: DirectiveFile | None = None,
    refusal: DomainError | None = None,
    reason: str = "",
) -> Response:
    actor.require(Right.DIRECTIVES_ISSUE, unit=node.code)
    rulebook = node.rulebook
    faults = (
        {fault.field: fault.message for fault in refusal.faults}
        if isinstance(refusal, Invalid)
        else {}
    )
    below = _below(node)
    tiers = dict.fromkeys(rulebook.directory[unit.code].tier for unit in below)
    return render(
        request,
        "directive_form.html",
        status_code=200 if refusal is None else 422 if isinstance(refusal, Invalid) else 409,
        actor=actor,
        link=link_above(node),
        form=form,
        file=file,
        here=page(file.directive.id, "edit") if file else f"{PATH}/new",
        refusal=refusal,
        faults=faults,
        reason=reason,
        below=below,
        tiers=[(code, rulebook.tiers[code].names) for code in tiers],
        words=directive_words,
    )


def _below(node: Node) -> list[Below]:
    directory, tiers = node.rulebook.directory, node.rulebook.tiers
    found = []
    for code in directory.subtree(node.code)[1:]:
        unit = directory[code]
        under = directory.name(unit.parent) if unit.parent else ""
        found.append(
            Below(code, unit.name, tiers[unit.tier].name, under, f"{unit.name} {code}".lower())
        )
    return found
