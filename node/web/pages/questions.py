"""`/questions`: what was asked of the units below and of this one, and what is still awaited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from node.bootstrap import Node
from node.domain.errors import Fault, Invalid
from node.domain.help import HelpKind
from node.domain.help_progress import is_done
from node.domain.local_day import day_of
from node.domain.new_help import open_below
from node.domain.rights import Actor, Right
from node.store import help_dossiers, help_requests
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import help_words
from node.web.pages.frame import link_above
from node.web.pages.question_terms import PATH, row
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the two lists; `awaiting`: how many of it wait for this unit."""

    kind: str
    name: str
    address: str
    current: bool
    awaiting: int


@router.get(PATH)
def questions(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    kind: str = HelpKind.QUESTION,
    after: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    actor.require(Right.HELP_READ)
    if kind not in help_words.TABS:
        raise Invalid(Fault("kind", f"такого списка нет; есть: {', '.join(help_words.TABS)}"))
    now = node.clock()
    with node.reading() as session:
        if after and help_requests.load(session, after) is None:
            raise Invalid(Fault("after", "такого места в списке нет: начните с первой страницы"))
        found = help_requests.listed(session, kind=kind, after=after or None, limit=PAGE + 1)
        asked = help_requests.awaiting(session, node.code)
        waiting = [one for one in asked if not is_done(one.help, one.history(node.code))]
        shown, awaited = (
            help_dossiers.gather(
                node.rulebook,
                files,
                me=node.code,
                now=now,
                shows=lambda unit: actor.may(Right.HELP_READ, unit=unit),
            )
            for files in (found[:PAGE], [one for one in waiting if one.help.kind == kind])
        )
    return render(
        request,
        "questions.html",
        actor=actor,
        link=link_above(node),
        tabs=_tabs(kind, [one.help.kind for one in waiting]),
        kind=kind,
        is_training=kind == HelpKind.TRAINING,
        awaited=[row(one, node, now) for one in awaited],
        rows=[row(one, node, now) for one in shown],
        may_ask=may_ask(actor, node, now),
        after=after,
        beginning=_address(kind),
        following=_address(kind, found[PAGE - 1].help.id) if len(found) > PAGE else None,
    )


def may_ask(actor: Actor, node: Node, now: datetime) -> bool:
    """Whether the forms of asking are offered: there must be somebody below to ask."""
    below = open_below(node.rulebook.directory, node.code, day_of(now, node.zone))
    return bool(below) and actor.may(Right.HELP_ASK, unit=node.code)


def _tabs(kind: str, awaiting: list[HelpKind]) -> list[Tab]:
    return [
        Tab(code, name, _address(code), code == kind, awaiting.count(HelpKind(code)))
        for code, name in help_words.TABS.items()
    ]


def _address(kind: str, after: str = "") -> str:
    given = {"kind": kind if kind != HelpKind.QUESTION else "", "after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{query}" if query else PATH
