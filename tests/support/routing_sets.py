"""Sets of routing rules saved and published at the node of Murmansk region."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from node.actions.manage_routing import publish_routing, return_to_routing, save_routing_draft
from node.domain.people import NewGrant
from node.domain.rights import Actor, unlimited
from node.domain.routing import Rule, RuleSet
from node.store import routings
from node.store.routings import RoutingSet
from tests.support.appeals import NOW, UNIT, the_rulebook
from tests.support.routing import a_rule

ADMIN = unlimited("test", UNIT)
WATER = a_rule("water", "water_utility", topics=("utilities.cold_water",))
ROADS = a_rule("roads", "road_service", topics=("roads",))
PITS = a_rule("pits", "amenities_service", topics=("roads.pits",))


def an_actor(*grants: NewGrant) -> Actor:
    rulebook = the_rulebook()
    permits = rulebook.roles.permits(grants)
    return Actor("somebody", "должность", permits, within=rulebook.directory.is_within)


def saved(session: Session, *rules: Rule, revision: int | None = None, **over: Any) -> RoutingSet:
    values: dict[str, Any] = {"note": None, "unit": UNIT, "actor": ADMIN, "now": NOW} | over
    return save_routing_draft(
        session, the_rulebook(), rules=RuleSet(rules), revision=revision, **values
    )


def published(session: Session, *rules: Rule, note: str | None = None) -> RoutingSet:
    draft = saved(session, *rules)
    return publish_routing(
        session,
        the_rulebook(),
        unit=UNIT,
        revision=draft.revision,
        note=note,
        actor=ADMIN,
        now=NOW,
    )


def returned(session: Session, version: int) -> RoutingSet | None:
    return return_to_routing(
        session, the_rulebook(), unit=UNIT, version=version, actor=ADMIN, now=NOW
    )


def in_force(session: Session) -> RuleSet:
    return routings.in_force(session, the_rulebook().routing)
