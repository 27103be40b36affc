"""`/issues`: the work list of the staff, the nearest deadline first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions.save_filter import remove_filter, save_filter
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.classifier import UNSORTED
from node.domain.errors import Invalid, NotFound
from node.domain.issue import WAITING
from node.domain.issue_choice import ALL, Choice, Scope, Wanted, wanted
from node.domain.rights import Actor
from node.domain.rulebook import Rulebook
from node.store import issues, saved_filters, work_lists
from node.store.issues import Issue
from node.web.bulk_moves import BulkForm, Moved, bulk_moves, move_each, read_items
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words
from node.web.locale.issue_words import OVERDUE
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import (
    PATH,
    STATES,
    Listing,
    executors_of,
    mine_of,
    places,
    tabs_of,
    topic_groups,
)
from node.web.pages.issue_terms import Term, final_answer, first_answer, moment
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

PAGE = 50


class NoIssuesHere(NotFound):
    """Этот узел обращений не принимает, и проблем на нём нет: его страница – «ТОП проблем»."""


class FilterForm(BaseModel):
    """A choice to be kept: `query` as the address has it."""

    name: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A filter everybody has, with what it would show."""

    name: str
    address: str
    here: bool
    count: int


@dataclass(frozen=True, slots=True)
class KeptView:
    """A filter of the reader's own."""

    id: int
    name: str
    address: str
    here: bool


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
    version: int
    urgent: bool
    formal: bool


def listing(request: Request) -> Listing:
    """From the query; a form sends every field, also those left empty."""
    return Listing.of(request.query_params)


ListingDep = Annotated[Listing, Depends(listing)]


@router.get(PATH)
def work_list(request: Request, node: NodeDep, actor: PageActorDep, chosen: ListingDep) -> Response:
    return issues_page(request, node, actor, chosen)


@router.get(f"{PATH}/bulk")
def back(_actor: PageActorDep) -> Response:
    """Whoever was sent to sign in when sending moves comes here afterwards."""
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/bulk")
def bulk(
    request: Request, node: NodeDep, actor: PageActorDep, form: Annotated[BulkForm, Form()]
) -> Response:
    """One move for many issues; the list again, with what became of each."""
    chosen = Listing.of(dict(parse_qsl(form.listed)))
    results: tuple[Moved, ...] = ()
    refusal: Invalid | None = None
    try:
        items = read_items(form.items)
        results = move_each(node, actor, items, move=form.move, fields=form.fields())
    except Invalid as error:
        refusal = error
    return issues_page(request, node, actor, chosen, results=results, refusal=refusal)


@router.post(f"{PATH}/filters")
def keep_filter(
    node: NodeDep, actor: PageActorDep, form: Annotated[FilterForm, Form()]
) -> Response:
    """Keep a choice under a name of the reader's own."""
    chosen = Listing.of(dict(parse_qsl(form.query)))
    with node.transaction() as session:
        save_filter(session, name=form.name, choice=chosen.choice, actor=actor, now=node.clock())
    return RedirectResponse(chosen.beginning(), status_code=303)


@router.post(f"{PATH}/filters/{{filter_id}}/remove")
def forget_filter(node: NodeDep, actor: PageActorDep, filter_id: int) -> Response:
    with node.transaction() as session:
        remove_filter(session, filter_id=filter_id, actor=actor)
    return RedirectResponse(PATH, status_code=303)


def issues_page(
    request: Request,
    node: Node,
    actor: Actor,
    chosen: Listing,
    *,
    results: tuple[Moved, ...] = (),
    refusal: Invalid | None = None,
) -> Response:
    """The list of a choice; `results`: of the moves just made on its issues."""
    require_issues(node)
    rulebook, now = node.rulebook, node.clock()
    shown, mine = Access(actor, rulebook, node.code).shown, mine_of(actor, rulebook)

    def asked(choice: Choice) -> Wanted:
        return wanted(choice, rulebook=rulebook, unit=node.code, now=now, shown=shown, mine=mine)

    here = asked(chosen.choice)
    after = chosen.place(here)
    listed = tabs_of(actor, mine)
    with node.reading() as session:
        found = work_lists.work_list(session, here, after=after, limit=PAGE + 1)
        # What has ended is not counted: it is all there ever was, and tells of no work.
        countable = [here] if here.scope is Scope.OPEN and not here.words else []
        counted = work_lists.counts(
            session, [*(asked(choice) for _, choice in listed), *countable], late_at=now
        )
        kept = saved_filters.of_person(session, actor.person) if actor.person else []
        has_issues = bool(found) or issues.are_any(session)
    return render(
        request,
        "issues.html",
        status_code=200 if refusal is None else 422,
        actor=actor,
        link=link_above(node),
        rows=[row(issue, node, now) for issue in found[:PAGE]],
        counted=counted.issues[-1] if countable else None,
        overdue=counted.overdue if chosen.choice.due != OVERDUE else 0,
        tabs=[
            Tab(name, Listing(choice).address(), choice == chosen.choice, count)
            for (name, choice), count in zip(listed, counted.issues, strict=False)
        ],
        kept=[
            KeptView(one.id, one.name, f"{PATH}?{one.query}", one.query == chosen.choice.query())
            for one in kept
        ],
        keeps=actor.person is not None,
        has_issues=has_issues,
        chosen=chosen,
        everywhere=Listing(replace(chosen.choice, state=ALL)).address(),
        query=chosen.choice.query(),
        following=chosen.following(found[PAGE - 1], here) if len(found) > PAGE else None,
        shown=STATES,
        unsorted=(UNSORTED, rulebook.classifier.name(UNSORTED)),
        topic_groups=topic_groups(rulebook),
        places=places(rulebook, node.code),
        executors=executors_of(rulebook.agencies),
        mine=bool(mine),
        urgencies=issue_words.URGENCIES,
        dues=issue_words.DUES,
        bulk_moves=bulk_moves(actor),
        results=results,
        refusal=refusal,
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
        danger=issue.danger or rulebook.classifier.is_danger(issue.topic),
        territory=rulebook.directory.name(issue.territory),
        executor=rulebook.agencies.name(issue.executor) if issue.executor else None,
        proposed=issue.state in WAITING,
        received=moment(issue.arrived_at, now, zone),
        first=first_answer(issue, now, zone),
        final=final_answer(issue, now, zone),
        state=issue_words.state(issue.state, issue.outcome),
        appeals=issue.appeals,
        version=issue.version,
        urgent=issue.urgency == "urgent",
        formal=issue.formal,
    )


def sector_name(rulebook: Rulebook, topic: str) -> str:
    """Empty for what is not sorted yet: it has no sector to name."""
    sector = rulebook.classifier.sector_of(topic)
    return "" if sector == UNSORTED else rulebook.classifier.name(sector)
