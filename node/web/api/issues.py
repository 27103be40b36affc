"""`/api/v1/issues`: list issues, read one with its history, move it on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from node.actions.move_issue import NoSuchIssue, move_issue
from node.actions.set_deadlines import facts_of
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.appeal import faults_of_territory, faults_of_topic, is_number
from node.domain.deadline_facts import latest_promise
from node.domain.errors import Fault, Invalid
from node.domain.issue import State
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
from node.web.deps import ActorDep, NodeDep

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


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    state: State | None = None,
    topic: str | None = None,
    territory: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> IssuesView:
    """Issues in the order they were registered, those after the number `after`."""
    access = Access(actor, node.rulebook, node.code)
    _check_filters(node, topic, territory)
    with node.reading() as session:
        start = 0
        if after is not None:
            last = issues.by_number(session, after) if is_number(after) else None
            if last is None or not access.sees(last):
                raise Invalid(Fault("after", "проблемы с таким номером нет: возьмите `next`"))
            start = last.id
        found = work_lists.page(
            session,
            state=state,
            topic=topic,
            territory=territory,
            after=start,
            limit=limit + 1,
            shown=access.shown,
        )
        page = dossiers.gather(session, found[:limit])
    return IssuesView(
        issues=[issue_view(dossier, access) for dossier in page],
        next=page[-1].issue.number if len(found) > limit else None,
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


def _check_filters(node: Node, topic: str | None, territory: str | None) -> None:
    faults: list[Fault] = []
    if topic is not None:
        faults += faults_of_topic(topic, node.rulebook.classifier)
    if territory is not None:
        faults += faults_of_territory(territory, node.rulebook.directory, node.code)
    if faults:
        raise Invalid(*faults)
