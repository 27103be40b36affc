"""`/api/v1/issues/NUMBER/deliveries`: what was sent to whom by which way, and once more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from node.actions.move_issue import NoSuchIssue
from node.actions.retry_delivery import retry_delivery
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.reply_delivery import MessageState
from node.store import delivery_attempts, issues
from node.store.delivery_attempts import Sent
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/issues", tags=["issues"])

MAX_LIMIT = 200
MAX_ID = 2**31 - 1  # what the column holds


class AttemptView(BaseModel):
    """`result`: accepted, refused or later. `code`: the mail server's («550 5.1.1») or a word."""

    way: str
    result: str
    code: str
    at: datetime


class DeliveryView(BaseModel):
    """One message to one resident, an alert, or a warning of deadlines; never an address.

    `kind`: alert, interim, final, warning or notice (`stage` says of what). `post`: of whom a
    warning is for; it tells of other issues too. `way`: email, status_page, none. `state`: waiting
    (until `next_try_at`), delivered, failed or needless (nothing was left to warn of).
    `failure` of a delivered one: why the e-mail could not be sent in whose place the status page
    took it.
    """

    id: int
    kind: str
    stage: str
    appeal: str | None
    post: str | None
    way: str
    state: str
    failure: str | None
    created_at: datetime
    delivered_at: datetime | None
    next_try_at: datetime | None
    attempts: list[AttemptView]


class DeliveriesView(BaseModel):
    """One page. `next` is the `after` of the following page, null on the last."""

    deliveries: list[DeliveryView]
    next: int | None


@router.get("/{number}/deliveries")
def index(
    node: NodeDep,
    actor: ActorDep,
    number: str,
    after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> DeliveriesView:
    """What has been sent and is to be sent on an issue, in the order it was put."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = issues.by_number(session, number) if is_number(number) else None
        if issue is None or not access.sees(issue):
            raise NoSuchIssue
        found = delivery_attempts.of_issue(session, issue.id, after=after, limit=limit + 1)
    page = found[:limit]
    return DeliveriesView(
        deliveries=[_view(one) for one in page],
        next=page[-1].message.id if len(found) > limit else None,
    )


@router.post("/{number}/deliveries/{id}/retry")
def retry(
    node: NodeDep, actor: ActorDep, number: str, id: Annotated[int, Path(ge=1, le=MAX_ID)]
) -> DeliveryView:
    """Send once more what failed or waits, by the way open now; needs the right to approve."""
    if not is_number(number):
        raise NoSuchIssue
    with node.transaction() as session:
        message = retry_delivery(
            session,
            node.rulebook,
            unit=node.code,
            number=number,
            message_id=id,
            actor=actor,
            now=node.clock(),
        )
        sent = delivery_attempts.of_message(session, message)
    return _view(sent)


def _view(sent: Sent) -> DeliveryView:
    message = sent.message
    waits = message.state == MessageState.WAITING
    return DeliveryView(
        id=message.id,
        kind=message.kind,
        stage=message.stage,
        appeal=sent.number,
        post=sent.post,
        way=message.way,
        state=message.state,
        failure=message.failure,
        created_at=message.created_at,
        delivered_at=message.delivered_at,
        next_try_at=message.next_try_at if waits else None,
        attempts=[
            AttemptView(way=one.way, result=one.result, code=one.code, at=one.at)
            for one in sent.attempts
        ],
    )
