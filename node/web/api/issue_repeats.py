"""`/api/v1/issues/NUMBER/repeats`: what an issue may repeat, and that it is another matter.

That it is the same is said by the move `merge`.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from node.actions.dismiss_repeat import NoSuchRepeat, dismiss_repeat
from node.actions.move_issue import NoSuchIssue
from node.domain.access import Access
from node.domain.appeal import is_number
from node.store import repeats
from node.web.api.issue_views import RepeatView, repeats_view
from node.web.api.issues import seen_issue
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/issues", tags=["issues"])


class RepeatsView(BaseModel):
    """What is still offered, the surest sign first."""

    repeats: list[RepeatView]


@router.get("/{number}/repeats")
def index(node: NodeDep, actor: ActorDep, number: str) -> RepeatsView:
    """Issues that this one may repeat, of those the one who asks may see."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = seen_issue(session, number, access)
        offers = repeats.offered(session, issue.id, shown=access.shown)
    return RepeatsView(repeats=repeats_view(offers))


@router.post("/{number}/repeats/{other}/dismiss")
def dismiss(node: NodeDep, actor: ActorDep, number: str, other: str) -> RepeatsView:
    """«Не то»: the two are not the same matter. What is still offered then."""
    if not is_number(number):
        raise NoSuchIssue
    if not is_number(other):
        raise NoSuchRepeat
    with node.transaction() as session:
        issue = dismiss_repeat(
            session,
            node.rulebook,
            unit=node.code,
            number=number,
            other=other,
            actor=actor,
            now=node.clock(),
        )
        shown = Access(actor, node.rulebook, node.code).shown
        offers = repeats.offered(session, issue.id, shown=shown)
    return RepeatsView(repeats=repeats_view(offers))
