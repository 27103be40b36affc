"""`/api/v1/issues/NUMBER/draft`: what the one who asks has begun to write to residents."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from node.actions.move_issue import NoSuchIssue
from node.actions.save_draft import drop_draft, read_draft, save_draft
from node.domain.appeal import is_number
from node.domain.issue import Outcome
from node.store.replies import Reply
from node.web.api.strict import Strict
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/issues", tags=["issues"])


class DraftBody(Strict):
    """`kind`: interim, final or question. `until`: the day an interim answer is to promise."""

    kind: str
    text: str
    until: str | None = None
    outcome: str | None = None


class DraftView(BaseModel):
    """A draft; nobody else sees it."""

    kind: str
    text: str
    until: date | None
    outcome: Outcome | None
    saved_at: datetime


@router.get("/{number}/draft")
def read(node: NodeDep, actor: ActorDep, number: str, kind: str | None = None) -> DraftView:
    """Your own draft of a kind; without one, what you wrote last. 404 where you have begun none."""
    with node.reading() as session:
        draft = read_draft(
            session, node.rulebook, unit=node.code, number=_known(number), kind=kind, actor=actor
        )
    return _view(draft)


@router.put("/{number}/draft")
def save(node: NodeDep, actor: ActorDep, number: str, body: DraftBody) -> DraftView:
    """Keep what is written so far in place of what was kept of this kind; nobody is told of it."""
    with node.transaction() as session:
        draft = save_draft(
            session,
            node.rulebook,
            unit=node.code,
            number=_known(number),
            kind=body.kind,
            text=body.text,
            until=body.until,
            outcome=body.outcome,
            actor=actor,
            now=node.clock(),
        )
    return _view(draft)


@router.delete("/{number}/draft", status_code=204)
def drop(node: NodeDep, actor: ActorDep, number: str, kind: str | None = None) -> Response:
    """Forget your draft of a kind; without one, all of them."""
    with node.transaction() as session:
        drop_draft(
            session, node.rulebook, unit=node.code, number=_known(number), kind=kind, actor=actor
        )
    return Response(status_code=204)


def _known(number: str) -> str:
    if not is_number(number):
        raise NoSuchIssue
    return number


def _view(draft: Reply) -> DraftView:
    return DraftView(
        kind=draft.kind,
        text=draft.text,
        until=draft.until,
        outcome=Outcome(draft.outcome) if draft.outcome else None,
        saved_at=draft.at,
    )
