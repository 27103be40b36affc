"""`/api/v1/journal`: who did what when on this node."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from node.domain.appeal import faults_of_line
from node.domain.errors import Invalid
from node.domain.rights import Right
from node.store import journal
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/journal", tags=["journal"])

MAX_LIMIT = 200
MAX_SUBJECT = 120
MAX_ID = 2**31 - 1  # what the column holds


class EntryView(BaseModel):
    """One entry. `details` are codes and numbers; `sha256` seals it to the entry before it."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, str | int | None]
    sha256: str


class JournalView(BaseModel):
    """One page, the newest first. `next` is the `after` of the following page, null on the last."""

    entries: list[EntryView]
    next: int | None


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    subject: str | None = None,
    after: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> JournalView:
    """Entries on a subject (an appeal's or issue's number, a login, a unit), or on any."""
    actor.require_whole(Right.JOURNAL_READ, node.code)
    if faults := tuple(faults_of_line("subject", subject, MAX_SUBJECT)):
        raise Invalid(*faults)
    with node.reading() as session:
        found = journal.page(session, subject=subject, before=after, limit=limit + 1)
    page = found[:limit]
    return JournalView(
        entries=[
            EntryView(
                id=entry.id,
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                details=entry.details,
                sha256=entry.sha256,
            )
            for entry in page
        ],
        next=page[-1].id if len(found) > limit else None,
    )
