"""`/api/v1/routing`: the rules that say who gets an issue; save, publish, try, compare them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from node.actions.manage_routing import (
    NoSuchVersion,
    discard_routing_draft,
    publish_routing,
    return_to_routing,
    save_routing_draft,
)
from node.actions.try_routing import compare_routing, try_routing, try_routing_of_issue
from node.bootstrap import Node
from node.domain.errors import Fault, Invalid
from node.domain.rights import Right
from node.domain.routing import SHIPPED, RuleSet
from node.domain.routing_check import problems
from node.domain.routing_values import sha256_of, to_json
from node.store import routings
from node.store.routings import PUBLISHED, Hits, RoutingSet
from node.web.api.routing_bodies import CompareBody, PublishBody, SetBody, TryBody
from node.web.api.routing_views import (
    ComparisonView,
    RoutingView,
    RuleSetView,
    TrialView,
    comparison_view,
    set_view,
    trial_view,
    version_view,
)
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/routing", tags=["routing"])

HIT_DAYS = 30
MOST_VERSIONS = 50
COMPARE_SECONDS = 20.0
MAX_NUMBER = 2**31 - 1  # what the columns hold

VersionNumber = Annotated[int, Path(ge=0, le=MAX_NUMBER)]


@router.get("")
def read(node: NodeDep, actor: ActorDep) -> RoutingView:
    """The set in force with the hits of 30 days, the draft if there is one, the history."""
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    with node.reading() as session:
        in_force = routings.published(session)
        draft = routings.draft(session)
        history = routings.history(session, limit=MOST_VERSIONS)
        hits = routings.hits(session, since=node.clock() - timedelta(days=HIT_DAYS))
    return RoutingView(
        in_force=_view(node, in_force, hits),
        draft=_view(node, draft, hits) if draft else None,
        versions=[version_view(one) for one in history],
    )


@router.put("")
def save(node: NodeDep, actor: ActorDep, body: SetBody) -> RuleSetView:
    """Save a draft. `revision` is the one of the draft the rules were made from, null to begin one;
    409 names the present one."""
    rules, now = body.rule_set(), node.clock()
    with node.transaction() as session:
        draft = save_routing_draft(
            session,
            node.rulebook,
            unit=node.code,
            rules=rules,
            note=body.note,
            revision=body.revision,
            actor=actor,
            now=now,
        )
    return _view(node, draft)


@router.delete("/draft/{revision}", status_code=204)
def discard(node: NodeDep, actor: ActorDep, revision: VersionNumber) -> None:
    """Throw the draft away if it is still at this revision."""
    now = node.clock()
    with node.transaction() as session:
        discard_routing_draft(session, unit=node.code, revision=revision, actor=actor, now=now)


@router.get("/versions/{version}")
def read_version(node: NodeDep, actor: ActorDep, version: VersionNumber) -> RuleSetView:
    """One set of the history; version 0 are the rules shipped with the program."""
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    with node.reading() as session:
        found = routings.by_version(session, version) if version != SHIPPED else None
    if found is None and version != SHIPPED:
        raise NoSuchVersion
    return _view(node, found)


@router.post("/publish")
def publish(node: NodeDep, actor: ActorDep, body: PublishBody) -> RuleSetView:
    """Put the draft at `revision` in force; or an older `version` again, 0 being the shipped rules.
    422 where a rule could never fire or names what is known no longer."""
    if (body.revision is None) == (body.version is None):
        raise Invalid(Fault("revision", "назовите revision черновика или version из истории"))
    now = node.clock()
    made: RoutingSet | None
    with node.transaction() as session:
        if body.revision is not None:
            made = publish_routing(
                session,
                node.rulebook,
                unit=node.code,
                revision=body.revision,
                note=body.note,
                actor=actor,
                now=now,
            )
        else:
            assert body.version is not None
            made = return_to_routing(
                session,
                node.rulebook,
                unit=node.code,
                version=body.version,
                actor=actor,
                now=now,
            )
    return _view(node, made)


@router.post("/try")
def try_out(node: NodeDep, actor: ActorDep, body: TryBody) -> TrialView:
    """Which rule fires, and why: for an issue by its number, or for a made-up case. Nothing of it
    is kept."""
    rulebook = node.rulebook
    with node.reading() as session:
        if body.issue is not None:
            trial = try_routing_of_issue(
                session,
                rulebook,
                unit=node.code,
                number=body.number(),
                by_draft=body.by_draft,
                actor=actor,
            )
        else:
            trial = try_routing(
                session,
                rulebook,
                unit=node.code,
                case=body.case(node.code),
                by_draft=body.by_draft,
                actor=actor,
            )
    return trial_view(trial, rulebook)


@router.post("/compare")
def compare(node: NodeDep, actor: ActorDep, body: CompareBody) -> ComparisonView:
    """What publishing the draft would change of the issues that came in the last `days` and that
    the one who asks sees. Stops after 20 seconds; `next` is then the `before` to go on from."""
    ends = time.monotonic() + COMPARE_SECONDS
    since = node.clock() - timedelta(days=body.days)
    with node.reading() as session:
        found = compare_routing(
            session,
            node.rulebook,
            unit=node.code,
            since=since,
            before=body.before,
            out_of_time=lambda: time.monotonic() >= ends,
            actor=actor,
        )
    return comparison_view(found, since)


def _view(node: Node, found: RoutingSet | None, hits: Hits | None = None) -> RuleSetView:
    """A stored set, or the shipped rules."""
    rulebook = node.rulebook
    rules: RuleSet = rulebook.routing if found is None else found.rules
    sha256 = sha256_of(to_json(rules)) if found is None else found.sha256
    state = PUBLISHED if found is None else found.state
    return set_view(
        rules,
        found,
        state=state,
        sha256=sha256,
        problems=problems(rules, rulebook, node.code),
        hits=hits,
        rulebook=rulebook,
    )
