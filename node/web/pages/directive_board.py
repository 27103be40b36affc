"""`/directives/ID`: the board of one directive as of a day; and the map's outlines.

Every choice is in the address, so that a view can be sent to a colleague and works without a
script. The day slider asks for the same address and is given only the part it swaps.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.directive_check import NoSuchDirective
from node.dashboards.directive_board import Board, Row, make_board, marks_of
from node.domain.directive import RiskMark
from node.domain.local_day import day_of
from node.domain.rights import Actor, Right
from node.store import directives
from node.store.directives import DirectiveFile
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import directive_words
from node.web.pages.directive_curve import CurveView, draw, span_of
from node.web.pages.directive_deliveries import deliveries
from node.web.pages.directive_map import map_of, panels, the_map
from node.web.pages.directive_view import (
    PATH,
    SliderDay,
    View,
    ViewDep,
    page,
    slider,
)
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

A_YEAR = "public, max-age=31536000, immutable"


@router.get(f"{PATH}/map.svg")
def outlines(node: NodeDep) -> Response:
    """Every outline under the code of its unit. Public: borders are no secret, and an image a
    page refers to is asked for without its reader's rights."""
    return Response(
        map_svg(node.settings.reference.folder),
        media_type="image/svg+xml",
        headers={"Cache-Control": A_YEAR},
    )


@router.get(f"{PATH}/{{id}}")
def board(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    chosen: ViewDep,
    day: SliderDay = None,
) -> Response:
    actor.require(Right.DIRECTIVES_READ)
    today = day_of(node.clock(), node.zone)
    with node.reading() as session:
        file = directives.load(session, id)
        if file is None:
            raise NoSuchDirective
        versions = directives.versions(session, id)
        delivered = deliveries(session, file, node.rulebook.directory, node.code)
    history = file.scenario is not None
    here = page(id)
    as_of, since = chosen.days(file.directive, today, history=history)
    if day is not None:
        as_of = slider(file.directive, file.directive.issued_on, today).day(day)
        chosen = View(**dict(chosen.kept(as_of=as_of.isoformat())))
        as_of, since = chosen.days(file.directive, today, history=history)
    address = chosen.address(here)
    # htmx asks for the part it swaps; a browser that reloads or goes back asks for the page.
    fragment = request.headers.get("hx-target") == "board"
    if day is not None and not fragment:
        return RedirectResponse(address, status_code=303)
    shown = make_board(
        node.rulebook,
        file,
        home=node.code,
        as_of=as_of,
        since=since,
        narrowing=chosen.narrowing(),
        chosen=chosen.unit,
    )
    return render(
        request,
        "_directive_board.html" if fragment else "directive.html",
        headers={"Vary": "HX-Target"} | ({"HX-Replace-Url": address} if fragment else {}),
        actor=actor,
        link=link_above(node),
        fragment=fragment,
        file=file,
        directive=file.directive,
        board=shown,
        view=chosen,
        here=here,
        today=today,
        slider=slider(file.directive, as_of, today),
        panels=panels(map_of(node), node.rulebook.directory, shown.shown),
        outlines=f"{PATH}/map.svg?v={map_version(node.settings.reference.folder)}",
        attribution=map_of(node).attribution,
        curve=_curve(shown),
        decisions=decisions(shown, file),
        deliveries=delivered,
        versions=list(enumerate(versions, 1))[::-1],
        manages=may_manage(actor, file, node.code),
        asks=actor.may(Right.HELP_ASK),
        words=directive_words,
        zone=node.zone,
    )


def may_manage(actor: Actor, file: DirectiveFile, home: str) -> bool:
    """Whether the actor revises, withdraws and marks here: at the issuer, for its own coordinating
    body, and never what is history."""
    return (
        file.scenario is None
        and file.directive.issuer == home
        and actor.may(Right.DIRECTIVES_ISSUE, unit=home, body=file.directive.coordinator)
    )


def decisions(board: Board, file: DirectiveFile) -> list[tuple[Row, RiskMark]]:
    """What coordinators decided of the risk zone by the day shown, the newest first."""
    found = [
        (row, mark)
        for row in board.rows
        for mark in marks_of(file, row.unit)
        if mark.on <= board.as_of
    ]
    return sorted(found, key=lambda one: one[1].at, reverse=True)


def _curve(board: Board) -> CurveView:
    directive = board.directive
    return draw(
        span_of(directive.issued_on, directive.deadline, board.as_of),
        as_of=board.as_of,
        deadline=directive.deadline,
        close=directive.stages.close,
        line=board.line,
        second=board.chosen.line if board.chosen else None,
        forecast=board.chosen.forecast if board.chosen else None,
    )


@cache
def map_svg(config: Path | None) -> bytes:
    """The outlines as one SVG file, its paths without a colour: the page gives it."""
    found = the_map(config)
    paths = "".join(
        f'<path id="{code}" vector-effect="non-scaling-stroke" stroke-linejoin="round" '
        f'd="{shape.path}"/>'
        for code, shape in found.shapes.items()
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg">'
        f"<desc>{found.attribution}</desc><defs>{paths}</defs></svg>"
    ).encode()


@cache
def map_version(config: Path | None) -> str:
    """Changes with the outlines: an address that is kept for a year must never change inside."""
    return hashlib.sha256(map_svg(config)).hexdigest()[:12]
