"""`/routing`: the rules in force, how often each fired, the draft and the history; an older set by
its version, and the way back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.manage_routing import (
    NoSuchVersion,
    begin_routing_draft,
    return_to_routing,
)
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Invalid
from node.domain.rights import Actor, Right
from node.domain.routing import SHIPPED
from node.store import routings
from node.store.routings import PUBLISHED, RoutingSet
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import routing_words, russian
from node.web.pages.frame import link_above
from node.web.pages.rendering import render
from node.web.pages.routing_lines import HIT_DAYS, PATH, recent_hits, set_lines

router = APIRouter(prefix=PATH, include_in_schema=False)

MOST_VERSIONS = 30
MAX_NUMBER = 2**31 - 1  # what the column holds

VersionNumber = Annotated[int, Path(ge=0, le=MAX_NUMBER)]


@dataclass(frozen=True, slots=True)
class Version:
    """A line of the history. `said`: what happened to it, and when."""

    number: int
    title: str
    note: str
    said: str
    in_force: bool


@router.get("")
def index(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _page(request, node, actor, None)


@router.get("/versions/{version}")
def version(
    request: Request, node: NodeDep, actor: PageActorDep, version: VersionNumber
) -> Response:
    return _page(request, node, actor, version)


@router.post("/draft/begin")
def begin(node: NodeDep, actor: PageActorDep) -> Response:
    """A draft with the rules in force, or the one there is."""
    now = node.clock()
    with node.transaction() as session:
        begin_routing_draft(session, node.rulebook, unit=node.code, actor=actor, now=now)
    return RedirectResponse(f"{PATH}/draft", status_code=303)


@router.post("/versions/{version}/return")
def return_to(
    request: Request, node: NodeDep, actor: PageActorDep, version: VersionNumber
) -> Response:
    now = node.clock()
    try:
        with node.transaction() as session:
            return_to_routing(
                session, node.rulebook, unit=node.code, version=version, actor=actor, now=now
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, version, refusal)
    return RedirectResponse(PATH, status_code=303)


@router.get("/versions/{version}/return")
def back_to_version(_actor: PageActorDep, version: VersionNumber) -> Response:
    """Whoever was sent to sign in when sending the form comes here afterwards."""
    return RedirectResponse(f"{PATH}/versions/{version}", status_code=303)


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    version: int | None,
    refusal: DomainError | None = None,
) -> Response:
    """The set in force, or one of the history."""
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    with node.reading() as session:
        in_force = routings.published(session)
        shown = in_force if version is None else routings.by_version(session, version)
        if shown is None and version not in (None, SHIPPED):
            raise NoSuchVersion
        draft = routings.draft(session)
        history = routings.history(session, limit=MOST_VERSIONS)
        hits = recent_hits(session, node)
    rules = shown.rules if shown else node.rulebook.routing
    present = in_force.version if in_force else SHIPPED
    return render(
        request,
        "routing.html",
        status_code=200 if refusal is None else 422 if isinstance(refusal, Invalid) else 409,
        actor=actor,
        link=link_above(node),
        set=set_lines(rules, node, hits),
        days=HIT_DAYS,
        revision=None,
        title=routing_words.version(rules.version),
        number=rules.version,
        note=shown.note if shown else None,
        since=_since(shown, node),
        is_in_force=rules.version == present,
        draft=draft,
        draft_of=_made(draft, node),
        history=[_version(one, node) for one in history],
        shipped_in_force=in_force is None,
        refusal=refusal,
        faults=[
            (routing_words.field(fault.field), "main", fault.message)
            for fault in (refusal.faults if isinstance(refusal, Invalid) else ())
        ],
    )


def _since(shown: RoutingSet | None, node: Node) -> str:
    if shown is None or shown.published_at is None:
        return ""
    return f"{shown.published_by}, {russian.moment(shown.published_at, node.zone)}"


def _made(draft: RoutingSet | None, node: Node) -> str:
    return "" if draft is None else f"{draft.made_by}, {russian.moment(draft.made_at, node.zone)}"


def _version(one: RoutingSet, node: Node) -> Version:
    said = [f"опубликовал {_since(one, node)}"]
    if one.again is not None:
        said.append(f"возврат к версии {one.again}")
    if one.retired_at is not None:
        said.append(f"снята {russian.moment(one.retired_at, node.zone)}")
    number = one.version or SHIPPED
    return Version(
        number,
        routing_words.version(number),
        one.note or "",
        "; ".join(said),
        one.state == PUBLISHED,
    )
