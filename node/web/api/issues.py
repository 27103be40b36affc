"""`/api/v1/issues`: list issues, read one with its history, move it on."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from node.actions.move_issue import NoSuchIssue, move_issue
from node.actions.set_deadlines import facts_of
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.deadline_facts import latest_promise
from node.domain.errors import Fault, Invalid
from node.domain.issue import State
from node.domain.issue_choice import ALL, OPEN, Choice, wanted
from node.store import dossiers, issues, work_lists
from node.store.case_files import case_file
from node.store.issues import Issue
from node.store.session import Session
from node.web.api.issue_views import (
    HistoryView,
    IssueCardView,
    IssueView,
    card_view,
    history_view,
    issue_view,
)
from node.web.bulk_moves import MOST, move_each
from node.web.deps import ActorDep, NodeDep
from node.web.pages.issue_filters import mine_of, tabs_of

router = APIRouter(prefix="/api/v1/issues", tags=["issues"])

MAX_LIMIT = 200
MAX_VERSION = 2**31 - 1  # what the column holds


class IssuesView(BaseModel):
    """One page. `next` is the `after` of the following page, null on the last."""

    issues: list[IssueView]
    next: str | None


class MoveBody(BaseModel):
    """A move, the version of the issue it was decided on, and beside them what the move needs."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, str | None]

    move: str
    version: int = Field(ge=1, le=MAX_VERSION)

    def fields(self) -> dict[str, str]:
        return {name: text for name, text in self.__pydantic_extra__.items() if text is not None}


class CountView(BaseModel):
    """A tab. `query`: its filters."""

    name: str
    query: str
    issues: int


class CountsView(BaseModel):
    tabs: list[CountView]


class ItemBody(BaseModel):
    """An issue, and the version the move was decided on."""

    model_config = ConfigDict(strict=True, extra="forbid")

    number: str = Field(max_length=80)
    version: int = Field(ge=1, le=MAX_VERSION)


class BulkBody(BaseModel):
    """One move for many: at most 200 issues."""

    model_config = ConfigDict(strict=True, extra="forbid")

    move: str
    items: list[ItemBody] = Field(max_length=MOST)
    fields: dict[str, str] = Field(default_factory=dict)


class MovedView(BaseModel):
    """What became of one; `why` of one that was refused."""

    number: str
    done: bool
    state: str | None
    version: int | None
    why: str | None


class BulkView(BaseModel):
    done: int
    results: list[MovedView]


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    state: State | None = None,
    topic: str | None = None,
    territory: str | None = None,
    executor: str | None = None,
    channel: str | None = None,
    urgency: Literal["urgent", "danger", "ordinary"] | None = None,
    formal: bool | None = None,
    due: Literal["overdue", "soon", "today", "week"] | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> IssuesView:
    """Issues in the order they were registered, those after the number `after`.

    Filters narrow one another. `topic`: a topic or a sector; `executor`: an executor, an agency
    with all under it, or `mine`; `due`: of those in work. `q`: words of the texts in any form, or
    a number; what it finds comes the last registered first.
    """
    access = Access(actor, node.rulebook, node.code)
    asked = wanted(
        Choice.of(
            {
                "state": state or (OPEN if due else ALL),
                "topic": topic or "",
                "territory": territory or "",
                "executor": executor or "",
                "channel": channel or "",
                "urgency": urgency or "",
                "formal": "" if formal is None else str(formal).lower(),
                "due": due or "",
                "q": q or "",
            }
        ),
        rulebook=node.rulebook,
        unit=node.code,
        now=node.clock(),
        shown=access.shown,
        mine=mine_of(actor, node.rulebook),
    )
    with node.reading() as session:
        start = 0
        if after is not None:
            last = issues.by_number(session, after) if is_number(after) else None
            if last is None or not access.sees(last):
                raise Invalid(Fault("after", "проблемы с таким номером нет: возьмите `next`"))
            start = last.id
        found = work_lists.page(session, asked, after=start, limit=limit + 1)
        page = dossiers.gather(session, found[:limit])
    return IssuesView(
        issues=[issue_view(dossier, access) for dossier in page],
        next=page[-1].issue.number if len(found) > limit else None,
    )


@router.get("/counts")
def counts(node: NodeDep, actor: ActorDep) -> CountsView:
    """How many issues each tab of the work list would show."""
    access, mine = Access(actor, node.rulebook, node.code), mine_of(actor, node.rulebook)
    now, listed = node.clock(), tabs_of(actor, mine)
    asked = [
        wanted(
            choice,
            rulebook=node.rulebook,
            unit=node.code,
            now=now,
            shown=access.shown,
            mine=mine,
        )
        for _, choice in listed
    ]
    with node.reading() as session:
        found = work_lists.counts(session, asked, late_at=now)
    return CountsView(
        tabs=[
            CountView(name=name, query=choice.query(), issues=count)
            for (name, choice), count in zip(listed, found.issues, strict=True)
        ]
    )


@router.post("/bulk")
def bulk(node: NodeDep, actor: ActorDep, body: BulkBody) -> BulkView:
    """One move on many issues, each in a transaction of its own: 200 also where some are refused,
    each with its reason."""
    items = [(item.number, item.version) for item in body.items]
    results = move_each(node, actor, items, move=body.move, fields=body.fields)
    return BulkView(
        done=sum(one.done for one in results),
        results=[
            MovedView(
                number=one.number,
                done=one.done,
                state=one.state,
                version=one.version,
                why=one.why,
            )
            for one in results
        ],
    )


@router.get("/{number}")
def read(node: NodeDep, actor: ActorDep, number: str) -> IssueCardView:
    """One issue and the moves open to the one who asks. 404 also for one they may not see."""
    access, now = Access(actor, node.rulebook, node.code), node.clock()
    with node.reading() as session:
        issue = seen_issue(session, number, access)
        case = case_file(session, issue, shown=access.shown)
        facts = facts_of(session, issue, now)
    promise_by = latest_promise(facts, rulebook=node.rulebook, unit=node.code, now=now)
    return card_view(case, access, promise_by=promise_by)


@router.get("/{number}/history")
def history(node: NodeDep, actor: ActorDep, number: str) -> HistoryView:
    """Every move of an issue with what it was made with."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = seen_issue(session, number, access)
        return history_view(issue.number, issues.states_of(session, issue.id))


@router.post("/{number}/moves")
def move(node: NodeDep, actor: ActorDep, number: str, body: MoveBody) -> IssueView:
    """Make a move; the issue as it is after it. 409 names the allowed moves and the version."""
    if not is_number(number):
        raise NoSuchIssue
    now = node.clock()
    with node.transaction() as session:
        issue = move_issue(
            session,
            node.rulebook,
            unit=node.code,
            number=number,
            move=body.move,
            version=body.version,
            fields=body.fields(),
            actor=actor,
            now=now,
        )
        [dossier] = dossiers.gather(session, [issue])
    return issue_view(dossier, Access(actor, node.rulebook, node.code))


def seen_issue(session: Session, number: str, access: Access) -> Issue:
    """The issue called so. NoSuchIssue, also of one that may not be seen."""
    issue = issues.by_number(session, number) if is_number(number) else None
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    return issue
