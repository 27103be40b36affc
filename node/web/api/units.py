"""`GET /api/v1/units/{code}`: a unit of the directory in force, its curator, its node."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from node.dashboards.unit_card import NodeOf, NodeState, UnitCard, unit_card
from node.domain.directory import Unit
from node.domain.rights import Right
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1", tags=["units"])


class Place(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str


class NodeHere(BaseModel):
    """`state`: suspended, ended, silent, never, invited, up, certified, here, none, unknown.

    What this node does not know is null: it has links only to its own parent and children.
    """

    model_config = ConfigDict(from_attributes=True)

    state: NodeState
    certified_from: datetime | None
    certified_to: datetime | None
    heard_at: datetime | None
    waiting: int | None
    waiting_since: datetime | None
    software: str | None
    suspended: str | None


class Below(Place):
    curator: str | None
    node: NodeHere


class Addressed(BaseModel):
    """`percent` is a decimal as of the unit's own today."""

    id: str
    title: str
    deadline: date
    percent: Decimal
    overdue: bool
    withdrawn: bool
    at_risk: bool
    reconstructed: bool


class UnitAnswer(BaseModel):
    """`curator` is a post. `directives` is null for whoever may not read them."""

    code: str
    name: str
    tier: str
    trail: list[Place]
    curator: str | None
    population: int | None
    timezone: str
    local_time: datetime
    opened_on: date | None
    closed_on: date | None
    reports_from: date | None
    reports_until: date | None
    node: NodeHere
    children: list[Below]
    directives: list[Addressed] | None


@router.get("/units/{code}")
def unit(node: NodeDep, actor: ActorDep, code: str) -> UnitAnswer:
    now = node.clock()
    with node.reading() as session:
        card = unit_card(
            session,
            node.rulebook,
            me=node.code,
            unit=code,
            with_directives=actor.may(Right.DIRECTIVES_READ, unit=code),
            now=now,
        )
    return _answer(card)


def _answer(card: UnitCard) -> UnitAnswer:
    unit, reports = card.unit, card.reports
    return UnitAnswer(
        code=unit.code,
        name=unit.name,
        tier=unit.tier,
        trail=[_place(above) for above in card.trail],
        curator=unit.curator,
        population=card.population,
        timezone=unit.timezone,
        local_time=card.local_time,
        opened_on=unit.opened_on,
        closed_on=unit.closed_on,
        reports_from=reports.node_from if reports else None,
        reports_until=reports.node_until if reports else None,
        node=_node(card.node),
        children=[
            Below(
                code=child.unit.code,
                name=child.unit.name,
                curator=child.unit.curator,
                node=_node(child.node),
            )
            for child in card.children
        ],
        directives=_addressed(card),
    )


def _addressed(card: UnitCard) -> list[Addressed] | None:
    if card.directives is None:
        return None
    return [
        Addressed(
            id=one.directive.id,
            title=one.directive.title,
            deadline=one.directive.deadline,
            percent=one.standing.percent,
            overdue=one.standing.overdue,
            withdrawn=one.directive.withdrawn,
            at_risk=one.standing.in_risk_zone,
            reconstructed=one.standing.reconstructed,
        )
        for one in card.directives
    ]


def _place(unit: Unit) -> Place:
    return Place.model_validate(unit)


def _node(found: NodeOf) -> NodeHere:
    return NodeHere.model_validate(found)
