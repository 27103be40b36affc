"""`/resolution`: «Решение проблем» by agency or sector; `/resolution.csv`: the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from node.bootstrap import Node
from node.dashboards.resolution_board import Board, Tally, make_board
from node.domain.reply_delivery import Shares
from node.domain.rights import Actor
from node.store.issues import Issue
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import message_words, resolution_words, russian
from node.web.pages.frame import link_above
from node.web.pages.issue_terms import last_day, moment
from node.web.pages.issues import require_issues
from node.web.pages.rendering import render
from node.web.pages.resolution_table import as_csv

router = APIRouter(include_in_schema=False)

PATH = "/resolution"
PERIOD = "week"
BY = "agency"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose."""

    period: str = PERIOD
    by: str = BY

    def address(self, path: str = PATH, **changes: str) -> str:
        return f"{path}?{urlencode({'period': self.period, 'by': self.by} | changes)}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: where it begins and how wide it is, in per cent."""

    code: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Soon:
    """An issue whose warning has begun."""

    number: str
    topic: str
    executor: str
    due: str
    left: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """An alert nobody has acknowledged."""

    number: str
    rule: str
    raised: str


def choice(
    period: str = "",
    by: str = "",
    starts: Annotated[str, Query(alias="from")] = "",
    ends: Annotated[str, Query(alias="to")] = "",
) -> Choice:
    """From the query. A form of two dates cannot write `FROM..TO`, so it sends `from` and `to`."""
    if starts or ends:
        period = f"{starts}..{ends}"
    return Choice(period or PERIOD, by or BY)


ChoiceDep = Annotated[Choice, Depends(choice)]


@router.get(PATH)
def board(request: Request, node: NodeDep, actor: PageActorDep, chosen: ChoiceDep) -> Response:
    now = node.clock()
    found = _board(node, actor, chosen, now)
    zone = node.rulebook.directory.zone(node.code)
    return render(
        request,
        "resolution.html",
        actor=actor,
        link=link_above(node),
        board=found,
        chosen=chosen,
        words=resolution_words,
        failures=message_words.FAILURES,
        zone=zone,
        outcomes=outcomes,
        reached=reached(found.answers),
        soon=[_soon(issue, node, now) for issue in found.soon],
        alarms=[
            Alarmed(
                one.issue.number,
                node.rulebook.danger_name(one.alert.rule, one.issue.topic),
                moment(one.alert.raised_at, now, zone),
            )
            for one in found.alarms
        ],
        csv=chosen.address(f"{PATH}.csv"),
    )


@router.get(f"{PATH}.csv")
def table(node: NodeDep, actor: PageActorDep, chosen: ChoiceDep) -> Response:
    found = _board(node, actor, chosen, node.clock())
    name = f"resolution-{node.code}-{found.period.first}-{found.period.last}-{found.by}.csv"
    return Response(
        as_csv(found, node.rulebook, node.code),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _board(node: Node, actor: Actor, chosen: Choice, now: datetime) -> Board:
    require_issues(node)
    with node.reading() as session:
        return make_board(
            session,
            node.rulebook,
            unit=node.code,
            period=chosen.period,
            by=chosen.by,
            actor=actor,
            now=now,
        )


def outcomes(tally: Tally) -> tuple[Piece, ...]:
    """How what was closed was closed, as parts of it."""
    return pieces({name: tally[f"closed_{name}"] for name in resolution_words.OUTCOMES})


def reached(answers: Shares) -> tuple[Piece, ...]:
    """The three shares of how answers reached residents."""
    return pieces(
        {
            "adapter": answers.adapter,
            "status_page": answers.status_page,
            "failed": answers.not_delivered,
        }
    )


def pieces(counts: dict[str, int]) -> tuple[Piece, ...]:
    """One after another, together 100 per cent; nothing for a count of nought."""
    whole, before, found = sum(counts.values()), 0, []
    for code, count in counts.items():
        if count:
            found.append(Piece(code, round(100 * before / whole, 2), round(100 * count / whole, 2)))
        before += count
    return tuple(found)


def _soon(issue: Issue, node: Node, now: datetime) -> Soon:
    rulebook, due_at = node.rulebook, issue.next_due_at
    assert due_at is not None  # else nothing would be due
    return Soon(
        number=issue.number,
        topic=rulebook.classifier.name(issue.topic),
        executor=rulebook.agencies.name(issue.executor) if issue.executor else "не назначен",
        due=_until(due_at, now, rulebook.directory.zone(node.code)),
        left=russian.term(due_at - now),
    )


def _until(due_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`18 ноября, 12:30`; a deadline at midnight is the end of the day before it."""
    at_midnight = due_at.astimezone(zone).time() == time()
    return (last_day if at_midnight else moment)(due_at, now, zone)
