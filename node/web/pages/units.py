"""`/units/CODE`: the card of a unit; `/units`: of this node's own.

Whoever has signed in may look: the card says posts, figures of the directory and how nodes are,
nothing of a resident or of an issue. Directives are for those who may read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from node.bootstrap import Node
from node.dashboards.unit_card import Child, NodeOf, UnitCard, unit_card
from node.domain.rights import Actor, Right
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import russian, unit_words
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)
PATH = "/units"
SEARCHED_FROM = 12
"""Above so many units below a field to search them stands over the table."""


@dataclass(frozen=True, slots=True)
class Words:
    """A node in words, in the time of the node that shows it."""

    name: str
    tone: str
    meaning: str
    certified: str | None
    heard: str | None
    waiting: str | None
    software: str | None
    suspended: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One unit below."""

    code: str
    name: str
    curator: str | None
    population: int | None
    node: Words


@router.get(PATH)
def own(request: Request, node: NodeDep, actor: PageActorDep, q: str = "") -> Response:
    return _page(request, node, actor, node.code, q)


@router.get(PATH + "/{code}")
def unit(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    code: str,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    return _page(request, node, actor, code, q)


def _page(request: Request, node: Node, actor: Actor, code: str, q: str) -> Response:
    rulebook, now = node.rulebook, node.clock()
    with node.reading() as session:
        card = unit_card(
            session,
            rulebook,
            me=node.code,
            unit=code,
            with_directives=actor.may(Right.DIRECTIVES_READ, unit=code),
            now=now,
        )
    asked = q.strip()
    found = [child for child in card.children if _fits(child, asked)]
    return render(
        request,
        "unit.html",
        actor=actor,
        link=link_above(node),
        card=card,
        words=_words(card.node, code, node.zone, now),
        offset=unit_words.offset(card.local_time),
        zone=node.zone,
        zone_of_unit=rulebook.directory.zone(code),
        rows=[
            Row(
                child.unit.code,
                child.unit.name,
                child.unit.curator,
                rulebook.directory.population(child.unit.code),
                _words(child.node, child.unit.code, node.zone, now),
            )
            for child in found
        ],
        counted=[
            (unit_words.NODES[state].name, unit_words.NODES[state].tone, number)
            for state, number in card.counted.items()
        ],
        searched=len(card.children) > SEARCHED_FROM,
        asked=asked,
        tier_names=_names_below(card, node),
        inside=rulebook.directory.is_within(code, node.code),
    )


def _fits(child: Child, asked: str) -> bool:
    text = asked.casefold()
    return text in child.unit.name.casefold() or text in child.unit.code.casefold()


def _names_below(card: UnitCard, node: Node) -> str:
    """«Регионы»: what the units below are called together, by the tier most of them stand on."""
    tiers = [child.unit.tier for child in card.children]
    if not tiers:
        return ""
    return node.rulebook.tiers[max(sorted(set(tiers)), key=tiers.count)].names


def _words(found: NodeOf, code: str, zone: ZoneInfo, now: datetime) -> Words:
    word = unit_words.NODES[found.state]
    waiting = None
    if found.waiting:
        waiting = russian.counted(found.waiting, "сообщение", "сообщения", "сообщений")
        if found.waiting_since is not None:
            waiting += f", старейшее ждёт {russian.term(now - found.waiting_since)}"
    elif found.waiting == 0:
        waiting = "всё отправлено"
    certified = None
    if found.certified_from is not None and found.certified_to is not None:
        first, last = (
            moment.astimezone(zone).date() for moment in (found.certified_from, found.certified_to)
        )
        certified = russian.span(first, last)
    return Words(
        name=word.name,
        tone=word.tone,
        meaning=word.meaning.format(code=code),
        certified=certified,
        heard=None if found.heard_at is None else russian.moment(found.heard_at, zone),
        waiting=waiting,
        software=found.software,
        suspended=found.suspended,
    )
