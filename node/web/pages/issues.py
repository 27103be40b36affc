"""`/issues`: the work list of the staff, the nearest deadline first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from node.bootstrap import Node
from node.domain.access import Access
from node.domain.classifier import UNSORTED
from node.domain.errors import NotFound
from node.domain.issue import ENDED, WAITING
from node.domain.rulebook import Rulebook
from node.store import issues, work_lists
from node.store.issues import Issue
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import PATH, Choice, places, topic_groups
from node.web.pages.issue_terms import Term, final_answer, first_answer, moment
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

PAGE = 50
MOST_COUNTED = 10_000


class NoIssuesHere(NotFound):
    """Этот узел обращений не принимает, и проблем на нём нет: его страница – «ТОП проблем»."""


@dataclass(frozen=True, slots=True)
class Row:
    """An issue as a line of the list. `proposed`: nobody has confirmed the executor yet."""

    number: str
    topic: str
    sector: str
    danger: bool
    territory: str
    executor: str | None
    proposed: bool
    received: str
    first: Term | None
    final: Term | None
    state: str
    appeals: int


def choice(state: str = "", topic: str = "", territory: str = "", after: str = "") -> Choice:
    """From the query; a form sends every field, also those left empty."""
    return Choice(state, topic, territory, after)


ChoiceDep = Annotated[Choice, Depends(choice)]


@router.get(PATH)
def work_list(request: Request, node: NodeDep, actor: PageActorDep, chosen: ChoiceDep) -> Response:
    require_issues(node)
    rulebook, now = node.rulebook, node.clock()
    shown = Access(actor, rulebook, node.code).shown
    wanted = replace(chosen.wanted(rulebook, node.code, now), shown=shown)
    after = chosen.place()
    with node.reading() as session:
        found = work_lists.work_list(session, wanted, after=after, limit=PAGE + 1)
        counted = work_lists.tally(session, wanted, now=now, most=MOST_COUNTED)
        has_issues = bool(found) or issues.are_any(session)
    return render(
        request,
        "issues.html",
        actor=actor,
        link=link_above(node),
        rows=[row(issue, node, now) for issue in found[:PAGE]],
        counted=counted,
        has_issues=has_issues,
        chosen=chosen,
        following=chosen.following(found[PAGE - 1]) if len(found) > PAGE else None,
        closed=chosen.shown in ENDED,
        shown=issue_words.SHOWN,
        unsorted=(UNSORTED, rulebook.classifier.name(UNSORTED)),
        topic_groups=topic_groups(rulebook),
        places=places(rulebook, node.code),
    )


def require_issues(node: Node) -> None:
    """NoIssuesHere where the tier's policy has no intake."""
    if not node.policy.intake:
        raise NoIssuesHere


def row(issue: Issue, node: Node, now: datetime) -> Row:
    rulebook, zone = node.rulebook, node.rulebook.directory.zone(node.code)
    return Row(
        number=issue.number,
        topic=rulebook.classifier.name(issue.topic),
        sector=sector_name(rulebook, issue.topic),
        danger=rulebook.classifier.is_danger(issue.topic),
        territory=rulebook.directory.name(issue.territory),
        executor=rulebook.agencies.name(issue.executor) if issue.executor else None,
        proposed=issue.state in WAITING,
        received=moment(issue.arrived_at, now, zone),
        first=first_answer(issue, now, zone),
        final=final_answer(issue, now, zone),
        state=issue_words.state(issue.state, issue.outcome),
        appeals=issue.appeals,
    )


def sector_name(rulebook: Rulebook, topic: str) -> str:
    """Empty for what is not sorted yet: it has no sector to name."""
    sector = rulebook.classifier.sector_of(topic)
    return "" if sector == UNSORTED else rulebook.classifier.name(sector)
