"""What was sent to the residents of an issue: the part of its card, and its own page.

`deliveries_of` makes what `_deliveries.html` shows, for whatever page includes it as `deliveries`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.move_issue import NoSuchIssue
from node.actions.retry_delivery import retry_delivery
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.reply_delivery import Kind, MessageState, Result, Way
from node.domain.rights import Right
from node.store import delivery_attempts, issues
from node.store.delivery_attempts import Counted, Sent
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from node.store.session import Session
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import message_words
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import MAX_ID, PATH
from node.web.pages.issue_terms import moment
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)

SHOWN = 60
TONES = {
    MessageState.FAILED: "worse",
    MessageState.WAITING: "soft",
    MessageState.DELIVERED: "better",
    MessageState.NEEDLESS: "soft",
}
"""The class of a state's words, in the order states are told."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message. `why` and `remedy` of one that failed; `last` its last attempt, with how many
    there were."""

    id: int
    title: str
    number: str | None
    at: str
    way: str
    state: str
    tone: str
    why: str
    remedy: str
    last: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Deliveries:
    """`totals`: (words, number, tone) of the answers by how they fare. `rows`: what somebody has to
    look at first. `more`: so many messages are not shown."""

    number: str
    totals: tuple[tuple[str, int, str], ...]
    rows: tuple[MessageRow, ...]
    more: int


def deliveries_of(
    session: Session, issue: Issue, *, node: Node, access: Access, now: datetime
) -> Deliveries:
    """How everything said on an issue has reached its residents. Three queries."""
    counted = delivery_attempts.counted(session, issue.id)
    found = delivery_attempts.most_telling(session, issue.id, limit=SHOWN)
    may_retry = access.may(Right.ISSUES_APPROVE, issue)
    return Deliveries(
        number=issue.number,
        totals=_totals(counted),
        rows=tuple(_row(one, node, may_retry, now) for one in found),
        more=sum(one.messages for one in counted) - len(found),
    )


@router.get("/{number}/deliveries")
def page(request: Request, node: NodeDep, actor: PageActorDep, number: str) -> Response:
    """The part alone when htmx asks for it."""
    access, now = Access(actor, node.rulebook, node.code), node.clock()
    with node.reading() as session:
        issue = issues.by_number(session, _known(number))
        if issue is None or not access.sees(issue):
            raise NoSuchIssue
        shown = deliveries_of(session, issue, node=node, access=access, now=now)
    fragment = request.headers.get("hx-target") == "deliveries"
    return render(
        request,
        "_deliveries.html" if fragment else "issue_deliveries.html",
        headers={"Vary": "HX-Target"},
        actor=actor,
        link=link_above(node),
        deliveries=shown,
    )


@router.get("/{number}/deliveries/{id}/retry")
def back(_actor: PageActorDep, number: str) -> Response:
    """Whoever was sent to sign in when sending once more comes here afterwards."""
    return RedirectResponse(f"{PATH}/{_known(number)}/deliveries", status_code=303)


@router.post("/{number}/deliveries/{id}/retry")
def retry(
    node: NodeDep,
    actor: PageActorDep,
    number: str,
    id: Annotated[int, Path(ge=1, le=MAX_ID)],
) -> Response:
    with node.transaction() as session:
        retry_delivery(
            session,
            node.rulebook,
            unit=node.code,
            number=_known(number),
            message_id=id,
            actor=actor,
            now=node.clock(),
        )
    return RedirectResponse(f"{PATH}/{number}/deliveries", status_code=303)


def _known(number: str) -> str:
    if not is_number(number):
        raise NoSuchIssue
    return number


def _totals(counted: list[Counted]) -> tuple[tuple[str, int, str], ...]:
    """Of answers only: notices are many and say little."""
    totals: dict[tuple[str, str], int] = {}
    for one in sorted(counted, key=lambda one: list(TONES).index(MessageState(one.state))):
        if one.kind not in (Kind.FINAL, Kind.INTERIM):
            continue
        words = message_words.STATES[one.state]
        if one.state == MessageState.DELIVERED:
            words = f"{words} {message_words.WAYS[one.way]}"
        key = (words, TONES[MessageState(one.state)])
        totals[key] = totals.get(key, 0) + one.messages
    return tuple((words, number, tone) for (words, tone), number in totals.items())


def _row(sent: Sent, node: Node, may_retry: bool, now: datetime) -> MessageRow:
    message, zone = sent.message, node.zone
    failed = message.state == MessageState.FAILED
    failure = message.failure or ""
    done_at = message.delivered_at or message.created_at
    return MessageRow(
        id=message.id,
        title=_title(sent),
        number=sent.number,
        at=moment(done_at, now, zone),
        way=message_words.WAYS[message.way],
        state=message_words.STATES[message.state],
        tone=TONES[MessageState(message.state)],
        why=message_words.FAILURES.get(failure, failure),
        remedy=_remedy(message) if failed else "",
        last=_last(sent, node, now),
        # A warning is nothing of one issue, and the next one tells what is due then.
        may_retry=may_retry
        and message.issue_id is not None
        and message.state != MessageState.DELIVERED,
    )


def _title(sent: Sent) -> str:
    title = message_words.title(sent.message.kind, sent.message.stage)
    return f"{title}: {sent.post}" if sent.post else title


def _remedy(message: OutboxMessage) -> str:
    failure = message.failure or ""
    if message.kind == Kind.WARNING:
        return message_words.REMEDIES_OF_WARNINGS.get(failure, "")
    return message_words.REMEDIES.get(failure, "")


def _last(sent: Sent, node: Node, now: datetime) -> str:
    """What the mail server said last; nothing where it took the message at once."""
    mailed = [one for one in sent.attempts if one.way == Way.EMAIL]
    if not mailed or (len(mailed) == 1 and mailed[0].result == Result.ACCEPTED):
        return ""
    last = mailed[-1]
    code = message_words.CODES.get(last.code, last.code)
    return f"попыток: {len(mailed)}, последняя {moment(last.at, now, node.zone)}: {code}"
