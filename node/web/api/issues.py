"""`/api/v1/issues`: list issues, read one, move it on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from node.actions.move_issue import NoSuchIssue, move_issue
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.appeal import faults_of_territory, faults_of_topic, is_number
from node.domain.errors import Fault, Invalid
from node.domain.issue import State
from node.store import dossiers, issues, work_lists
from node.store.dossiers import Dossier
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/issues", tags=["issues"])

MAX_LIMIT = 200
MAX_VERSION = 2**31 - 1  # what the column holds


class DeadlineView(BaseModel):
    """A deadline as it was set. `kind`: first_answer or final. Only one of a kind is in force."""

    kind: str
    due_at: datetime
    norm: str
    set_at: datetime
    in_force: bool


class MoveView(BaseModel):
    """A move open to the one who asks, and the fields it cannot do without."""

    move: str
    requires: list[str]


class IssueView(BaseModel):
    """An issue. `version` goes with the next move; `appeals` are numbers, oldest first."""

    number: str
    state: str
    topic: str
    territory: str
    executor: str | None
    deadlines: list[DeadlineView]
    version: int
    appeals: list[str]
    moves: list[MoveView]


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
        issues=[_view(dossier, access) for dossier in page],
        next=page[-1].issue.number if len(found) > limit else None,
    )


@router.get("/{number}")
def read(node: NodeDep, actor: ActorDep, number: str) -> IssueView:
    """One issue and the moves open to the one who asks. 404 also for one they may not see."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = issues.by_number(session, number) if is_number(number) else None
        if issue is None or not access.sees(issue):
            raise NoSuchIssue
        [dossier] = dossiers.gather(session, [issue])
    return _view(dossier, access)


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
    return _view(dossier, Access(actor, node.rulebook, node.code))


def _check_filters(node: Node, topic: str | None, territory: str | None) -> None:
    faults: list[Fault] = []
    if topic is not None:
        faults += faults_of_topic(topic, node.rulebook.classifier)
    if territory is not None:
        faults += faults_of_territory(territory, node.rulebook.directory, node.code)
    if faults:
        raise Invalid(*faults)


def _view(dossier: Dossier, access: Access) -> IssueView:
    issue = dossier.issue
    return IssueView(
        number=issue.number,
        state=issue.state,
        topic=issue.topic,
        territory=issue.territory,
        executor=issue.executor,
        deadlines=[
            DeadlineView(
                kind=deadline.kind,
                due_at=deadline.due_at,
                norm=deadline.norm,
                set_at=deadline.set_at,
                in_force=dossier.is_in_force(deadline),
            )
            for deadline in dossier.deadlines
        ],
        version=issue.version,
        appeals=list(dossier.appeals),
        moves=[
            MoveView(move=move.name, requires=list(move.requires)) for move in access.moves(issue)
        ],
    )
