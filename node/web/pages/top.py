"""`/top`: «ТОП проблем» of this node's unit and of every unit below; `/top.csv`: the same rows.

Every choice is in the address, so that a view can be sent to a colleague and works without a
script. htmx asks for the same address and is given only the part it swaps.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from node.bootstrap import Node
from node.dashboards.top import Board, make_board
from node.domain.ranking import MOST_ROWS
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store.rankings import ask, rank
from node.store.trends import received_by_day
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import top_words
from node.web.pages.frame import link_above
from node.web.pages.rendering import render
from node.web.pages.top_controls import PATH, Choice, controls
from node.web.pages.top_table import as_csv

router = APIRouter(include_in_schema=False)

TREND = timedelta(days=27)
TREND_HEIGHT = 24


def choice(
    scope: str | None = None,
    period: str | None = None,
    by: str | None = None,
    order: str | None = None,
    depth: int | None = None,
    limit: int | None = None,
    starts: Annotated[str | None, Query(alias="from")] = None,
    ends: Annotated[str | None, Query(alias="to")] = None,
) -> Choice:
    """From the query. A form of two dates cannot write `FROM..TO`, so it sends `from` and `to`."""
    if starts and ends:
        period = f"{starts}..{ends}"
    return Choice(scope or None, period or None, by or None, order or None, depth, limit)


ChoiceDep = Annotated[Choice, Depends(choice)]


@router.get(PATH)
def top(request: Request, node: NodeDep, actor: PageActorDep, chosen: ChoiceDep) -> Response:
    board = _board(node, actor, chosen)
    # htmx asks for the part it swaps; a browser that reloads or goes back asks for the page.
    fragment = request.headers.get("hx-target") == "top"
    return render(
        request,
        "_top.html" if fragment else "top.html",
        headers={"Vary": "HX-Target"},
        actor=actor,
        link=link_above(node),
        fragment=fragment,
        board=board,
        zone=node.rulebook.directory.zone(board.place.code),
        words=top_words,
        trend=_trend(board.days),
        controls=controls(node.rulebook, chosen, board),
        beyond_dates=chosen.beyond_dates(),
        drill=lambda unit: chosen.address(scope=unit, depth=None, limit=None),
        sort=lambda order: chosen.address(order=order),
        here=chosen.address(),
        everything=chosen.address(limit=MOST_ROWS),
        csv=chosen.address(f"{PATH}.csv", limit=None),
    )


@router.get(f"{PATH}.csv")
def table(node: NodeDep, actor: PageActorDep, chosen: ChoiceDep) -> Response:
    board = _board(node, actor, replace(chosen, limit=MOST_ROWS))
    period = board.period
    name = f"top-{board.place.code}-{period.first}-{period.last}-{board.by}.csv"
    return Response(
        as_csv(board),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _board(node: Node, actor: Actor, chosen: Choice) -> Board:
    """The board of one moment: every row of the view, and the scope as a whole now and before."""
    rulebook, now = node.rulebook, node.clock()
    scope = chosen.scope or _home(node, actor)
    shown = (rulebook.tier_of(scope) if scope in rulebook.directory else node.policy).board
    period = chosen.period or shown.period
    depth = min(shown.depth, _levels_below(rulebook, scope))
    if chosen.depth is not None:
        depth = chosen.depth
    question = ask(
        rulebook,
        unit=node.code,
        scope=scope,
        period=period,
        by=chosen.by or shown.by,
        order=chosen.order or shown.order,
        depth=depth,
        limit=shown.limit if chosen.limit is None else chosen.limit,
        now=now,
    )
    actor.require(Right.RANKINGS_READ, unit=scope)
    asked = question.period
    # Only by territory is everything counted, sorted or not.
    whole = replace(question, by="territory", depth=1, limit=MOST_ROWS)
    with node.reading() as session:
        ranking, present, past = (
            rank(session, rulebook, unit=node.code, question=one, now=now)
            for one in (
                replace(question, limit=MOST_ROWS),
                whole,
                replace(whole, period=asked.previous),
            )
        )
        days = received_by_day(session, scope, min(asked.first, asked.last - TREND), asked.last)
    return make_board(
        rulebook,
        node.code,
        ranking=ranking,
        present=present,
        past=past,
        days=days,
        period_code=period,
        depth=depth,
        limit=question.limit,
    )


def _home(node: Node, actor: Actor) -> str:
    """The unit whose board is shown first: the node's own, or the one the reader's role is for."""
    if actor.may(Right.RANKINGS_READ, unit=node.code):
        return node.code
    return next(iter(actor.units(Right.RANKINGS_READ)), node.code)


def _levels_below(rulebook: Rulebook, scope: str) -> int:
    """How many levels of units a scope has below it, at least 1: a leaf is a row of itself."""
    directory, levels = rulebook.directory, 1
    while scope in directory and directory.at_depth(scope, levels + 1):
        levels += 1
    return levels


def _trend(days: tuple[tuple[date, int], ...]) -> dict[str, str] | None:
    """The line of appeals by day in a box of 100 × 24, from zero; days of silence are bridged."""
    if len(days) < 2:
        return None
    first, length = days[0][0], (days[-1][0] - days[0][0]).days
    largest = max(max(received for _, received in days), 1)
    points = [
        (
            round(100 * (day - first).days / length, 1),
            round(TREND_HEIGHT - 1 - (TREND_HEIGHT - 2) * received / largest, 1),
        )
        for day, received in days
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return {"line": line, "area": f"0,{TREND_HEIGHT} {line} 100,{TREND_HEIGHT}"}
