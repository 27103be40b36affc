"""`/routing/draft`: the draft of the rules: their order, the fallback, publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.manage_routing import (
    DraftChanged,
    NoDraft,
    discard_routing_draft,
    publish_routing,
    save_routing_draft,
)
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Fault, Invalid
from node.domain.rights import Actor, Right
from node.domain.routing import RuleSet
from node.domain.routing_edit import shifted, without
from node.store import routings
from node.store.routings import RoutingSet
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import routing_words
from node.web.pages.frame import link_above
from node.web.pages.rendering import render
from node.web.pages.routing_lines import (
    HIT_DAYS,
    PATH,
    executor_groups,
    recent_hits,
    set_lines,
)

HERE = f"{PATH}/draft"
router = APIRouter(prefix=HERE, include_in_schema=False)

MAX_NUMBER = 2**31 - 1  # what the column holds

Revision = Annotated[int, Form(ge=1, le=MAX_NUMBER)]


@router.get("")
def show(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _page(request, node, actor)


@router.post("/rules")
def rearrange(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    revision: Revision,
    code: Annotated[str, Form()] = "",
    act: Annotated[str, Form()] = "",
) -> Response:
    """Move a rule one place, or take it out."""
    changes: dict[str, Callable[[RuleSet], RuleSet]] = {
        "up": lambda rules: shifted(rules, code, -1),
        "down": lambda rules: shifted(rules, code, 1),
        "remove": lambda rules: without(rules, code),
    }
    if act not in changes:
        raise Invalid(Fault("act", f"может быть: {', '.join(changes)}"))
    return _save(request, node, actor, revision, changes[act])


@router.post("/fallback")
def fallback(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    revision: Revision,
    fallback: Annotated[str, Form()] = "",
) -> Response:
    code = fallback.strip() or None
    return _save(request, node, actor, revision, lambda rules: replace(rules, fallback=code))


@router.post("/publish")
def publish(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    revision: Revision,
    note: Annotated[str, Form()] = "",
) -> Response:
    now = node.clock()
    try:
        with node.transaction() as session:
            publish_routing(
                session,
                node.rulebook,
                unit=node.code,
                revision=revision,
                note=note.replace("\r\n", "\n"),
                actor=actor,
                now=now,
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, refusal, note=note)
    return RedirectResponse(PATH, status_code=303)


@router.post("/discard")
def discard(request: Request, node: NodeDep, actor: PageActorDep, revision: Revision) -> Response:
    now = node.clock()
    try:
        with node.transaction() as session:
            discard_routing_draft(session, unit=node.code, revision=revision, actor=actor, now=now)
    except Conflict as refusal:
        return _page(request, node, actor, refusal)
    return RedirectResponse(PATH, status_code=303)


@router.get("/{_form}")
def back(_actor: PageActorDep, _form: str) -> Response:
    """Whoever was sent to sign in when sending a form, or reloads after it, comes here."""
    return RedirectResponse(HERE, status_code=303)


def draft_of(node: Node, actor: Actor) -> RoutingSet:
    """NoRight, NoDraft."""
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    with node.reading() as session:
        found = routings.draft(session)
    if found is None:
        raise NoDraft
    return found


def current(node: Node, actor: Actor, revision: int) -> RoutingSet:
    """The draft, if it is as whoever sent a form saw it. NoRight, NoDraft, DraftChanged."""
    found = draft_of(node, actor)
    if found.revision != revision:
        raise DraftChanged(revision=found.revision)
    return found


def save(node: Node, actor: Actor, rules: RuleSet, draft: RoutingSet) -> None:
    """Put these rules into the draft as it was seen. Invalid, DraftChanged."""
    now = node.clock()
    with node.transaction() as session:
        save_routing_draft(
            session,
            node.rulebook,
            unit=node.code,
            rules=rules,
            note=draft.note,
            revision=draft.revision,
            actor=actor,
            now=now,
        )


def _save(
    request: Request,
    node: Node,
    actor: Actor,
    revision: int,
    change: Callable[[RuleSet], RuleSet],
) -> Response:
    try:
        draft = current(node, actor, revision)
        save(node, actor, change(draft.rules), draft)
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, refusal)
    return RedirectResponse(HERE, status_code=303)


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    refusal: DomainError | None = None,
    *,
    note: str | None = None,
) -> Response:
    draft = draft_of(node, actor)
    with node.reading() as session:
        hits = recent_hits(session, node)
    rules = draft.rules
    return render(
        request,
        "routing_draft.html",
        status_code=200 if refusal is None else 422 if isinstance(refusal, Invalid) else 409,
        actor=actor,
        link=link_above(node),
        set=set_lines(rules, node, hits),
        days=HIT_DAYS,
        revision=draft.revision,
        fallback=rules.fallback or "",
        executors=executor_groups(node.rulebook),
        note=draft.note or "" if note is None else note,
        refusal=refusal,
        faults=[
            (routing_words.field(fault.field), _anchor(fault.field), fault.message)
            for fault in (refusal.faults if isinstance(refusal, Invalid) else ())
        ],
    )


def _anchor(field: str) -> str:
    head, _, rest = field.partition(".")
    row = rest.partition(".")[0]
    return f"rule-{int(row) + 1}" if head == "rules" and row else field
