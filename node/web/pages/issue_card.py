"""`/issues/NUMBER`: one issue with all that is known of it but its residents, and its moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.move_issue import NoSuchIssue, move_issue
from node.actions.set_deadlines import facts_of
from node.bootstrap import Node
from node.domain import photo_access
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.danger import find_danger
from node.domain.deadline_facts import latest_promise
from node.domain.errors import Conflict, DomainError, Invalid
from node.domain.issue import ENDED, MOVES, URGENCIES, Move, State
from node.domain.local_day import day_of
from node.domain.rights import Actor
from node.store import case_files, issues, replies, resident_messages, tombstones
from node.store.appeals import Appeal
from node.store.case_files import CaseFile, case_file
from node.store.issues import Issue
from node.store.repeats import Offer
from node.store.session import Session
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words
from node.web.pages import photo_views
from node.web.pages.frame import link_above
from node.web.pages.issue_clocks import clocks, past
from node.web.pages.issue_deliveries import deliveries_of
from node.web.pages.issue_filters import PATH
from node.web.pages.issue_moves import Attempt, Known, MoveForm, forms
from node.web.pages.issue_place import degrees, place_of
from node.web.pages.issue_replies import Preview, preview, replies_of
from node.web.pages.issue_route import RouteView, route_view, rules_of
from node.web.pages.issue_terms import moment
from node.web.pages.issue_timeline import complained_of, timeline
from node.web.pages.issues import require_issues, row
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AppealView:
    """What a resident wrote. Name and contacts are personal data and not part of it.

    `dangers`: (name of the rule, the words it fired on). `of`: the number of the merged issue it
    opened; None of the issue's own.
    """

    number: str
    text: str
    channel: str
    formal: bool
    received: str
    place: str | None
    dangers: tuple[tuple[str, str], ...]
    of: str | None


@dataclass(frozen=True, slots=True)
class RepeatView:
    """An issue offered as the same. `joins`: it may be merged with; an ended one may not."""

    number: str
    why: str
    topic: str
    state: str
    at: str
    joins: bool


@dataclass(frozen=True, slots=True)
class MergedView:
    """An issue this one stands for. `parts`: its version, where the reader may take it apart."""

    number: str
    topic: str
    parts: int | None


@router.get("/{number}")
def card(request: Request, node: NodeDep, actor: PageActorDep, number: str) -> Response:
    return issue_page(request, node, actor, number)


@router.get("/{number}/moves")
def back(_actor: PageActorDep, number: str) -> Response:
    """Whoever was sent to sign in when sending a move comes here afterwards."""
    return RedirectResponse(f"{PATH}/{known(number)}", status_code=303)


@router.get("/{number}/next")
def following(node: NodeDep, actor: PageActorDep, number: str) -> Response:
    """On to the open issue whose deadline comes after this one's; back to the list at the end."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = seen(session, number, access)
        after = case_files.following(session, issue, shown=access.shown)
    return RedirectResponse(f"{PATH}/{after}" if after else PATH, status_code=303)


@router.post("/{number}/moves")
def move(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    number: str,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """On to the card as it is after the move; or the card with the refusal and what was typed."""
    try:
        with node.transaction() as session:
            issue = move_issue(
                session,
                node.rulebook,
                unit=node.code,
                number=known(number),
                move=form.move,
                version=form.version,
                fields=form.fields(),
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return issue_page(request, node, actor, number, Attempt(form, refusal))
    # A new topic or executor may take an issue out of the sight of whoever gave it away.
    sees = Access(actor, node.rulebook, node.code).sees(issue)
    return RedirectResponse(f"{PATH}/{number}" if sees else PATH, status_code=303)


def known(number: str) -> str:
    """NoSuchIssue for what cannot be a number."""
    if not is_number(number):
        raise NoSuchIssue
    return number


def seen(session: Session, number: str, access: Access) -> Issue:
    """The issue called so. NoSuchIssue, also of one that may not be seen."""
    issue = issues.by_number(session, known(number))
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    return issue


def readable(case: CaseFile, access: Access, node: Node) -> list[tuple[Appeal, Issue]]:
    """The appeals whoever sees the issue may read: merging opens no closed sector."""
    classifier = node.rulebook.classifier
    return [
        (appeal, own)
        for appeal, own in case.appeals
        if own.id == case.issue.id or photo_access.sees(access, own, case.issue, classifier)
    ]


def issue_page(
    request: Request,
    node: Node,
    actor: Actor,
    number: str,
    attempt: Attempt | None = None,
    shown: Preview | None = None,
) -> Response:
    """`shown`: the letter asked for without a script."""
    require_issues(node)
    access, now = Access(actor, node.rulebook, node.code), node.clock()
    with node.reading() as session:
        issue = seen(session, number, access)
        case = case_file(session, issue, shown=access.shown)
        drafts = {one.kind: one for one in replies.drafts_of(session, issue.id, actor.name)}
        said = resident_messages.of_issue(session, issue.id)
        appeals = readable(case, access, node)
        stones = tombstones.of_subjects(
            session, [issue.number, *(appeal.number for appeal, _ in appeals)]
        )
        facts = facts_of(session, issue, now)
        newest = case.routes[-1] if case.routes else None
        rules = rules_of(session, newest, node)
        deliveries = deliveries_of(session, issue, node=node, access=access, now=now)
        gallery = photo_views.of_issue(session, node, issue, access, now)
    rulebook, moves = node.rulebook, access.moves(issue)
    route = route_view(newest, rules, node, now) if newest else None
    begins = Known(
        today=day_of(now, node.zone),
        promise_by=latest_promise(facts, rulebook=rulebook, unit=node.code, now=now),
        why=route.short if route and newest and newest.executor == issue.executor else "",
        drafts=drafts,
        waiting=case.waiting,
    )
    numbers = {appeal.id: appeal.number for appeal, _ in appeals}
    return render(
        request,
        "issue.html",
        status_code=_status(attempt),
        live=True,
        actor=actor,
        link=link_above(node),
        issue=issue,
        row=row(issue, node, now),
        badges=_badges(issue, node),
        clocks=clocks(case.dossier, node, now),
        deadlines=past(case.dossier, node, now),
        route=route if _proposes(issue, route) else None,
        place=place_of(issue, node),
        appeals=[_appeal(one, own, case, node, now) for one, own in appeals],
        hidden=len(case.appeals) - len(appeals),
        merged_into=case.merged_into,
        merged=[_merged(one, access, node) for one in case.merged],
        repeats=_repeats(case.repeats, moves, node, now),
        may_merge=any(one.name == "merge" for one in moves),
        replies=replies_of(case, node, now),
        letter=shown or _letter(case, [appeal for appeal, _ in appeals], node),
        drafts=drafts,
        deliveries=deliveries,
        photos=gallery,
        history=timeline(
            case.states,
            [one for one in said if one.appeal_id in numbers],
            numbers,
            [stone for some in stones.values() for stone in some],
            node,
            now,
        ),
        moves=forms(issue, moves, rulebook, node.code, begins, attempt),
        attempt=attempt,
        stale=attempt is not None and isinstance(attempt.refusal, Conflict),
        conflict=_conflict(attempt),
        faults=attempt.faults() if attempt else {},
        left_over=attempt.left_over(moves) if attempt else (),
        labels=issue_words.FIELDS,
    )


def _status(attempt: Attempt | None) -> int:
    if attempt is None or attempt.refusal is None:
        return 200
    return 409 if isinstance(attempt.refusal, Conflict) else 422


def _conflict(attempt: Attempt | None) -> str:
    """A refusal that names no version is not of somebody else's change: it says what it is."""
    refusal: DomainError | None = attempt.refusal if attempt else None
    return (
        refusal.message if isinstance(refusal, Conflict) and "version" not in refusal.extra else ""
    )


def _badges(issue: Issue, node: Node) -> list[tuple[str, str]]:
    """(class, words) of what sets an issue apart."""
    found = []
    if issue.danger or node.rulebook.classifier.is_danger(issue.topic):
        found.append(("badge-bad", "опасно"))
    if issue.urgency != next(iter(URGENCIES)):
        found.append(("badge-warn", URGENCIES[issue.urgency]))
    if issue.formal:
        found.append(("badge-warn", "по 59-ФЗ"))
    if issue.complained_of:
        name = complained_of(issue.complained_of, node.rulebook)
        found.append(("", f"на кого жалуются: {name}"))
    if issue.returns:
        found.append(("", f"возвращалась исполнителем: {issue.returns}"))
    if issue.reopens:
        found.append(("badge-warn", f"возобновлялась: {issue.reopens}"))
    return found


def _proposes(issue: Issue, route: RouteView | None) -> bool:
    return route is not None and State(issue.state) not in ENDED


def _letter(case: CaseFile, appeals: Sequence[Appeal], node: Node) -> Preview | None:
    """The letter that an approval would send."""
    waiting = case.waiting
    if waiting is None or not appeals:
        return None
    return preview(
        case.issue,
        appeals,
        kind=waiting.kind,
        text=waiting.text,
        until=waiting.until,
        outcome=waiting.outcome,
        node=node,
    )


def _appeal(appeal: Appeal, own: Issue, case: CaseFile, node: Node, now: datetime) -> AppealView:
    has_place = appeal.lat is not None and appeal.lon is not None
    return AppealView(
        number=appeal.number,
        text=appeal.text,
        channel=issue_words.CHANNELS.get(appeal.channel, appeal.channel),
        formal=appeal.kind == "formal",
        received=moment(appeal.received_at, now, node.zone),
        place=degrees(appeal.lat or 0, appeal.lon or 0) if has_place else None,
        dangers=tuple(
            (danger.name, appeal.text[danger.start : danger.end])
            for danger in find_danger(appeal.text, node.rulebook.danger)
        ),
        of=None if own.id == case.issue.id else own.number,
    )


def _repeats(
    offers: Sequence[Offer], moves: Sequence[Move], node: Node, now: datetime
) -> list[RepeatView]:
    joins = any(one.name == "merge" for one in moves)
    return [
        RepeatView(
            number=offer.issue.number,
            why=issue_words.repeat(offer.sign, offer.metres),
            topic=node.rulebook.classifier.name(offer.issue.topic),
            state=issue_words.state(offer.issue.state, offer.issue.outcome),
            at=moment(offer.issue.arrived_at, now, node.zone),
            joins=joins and State(offer.issue.state) not in ENDED,
        )
        for offer in offers
    ]


def _merged(issue: Issue, access: Access, node: Node) -> MergedView:
    """Of one the reader does not see, no more than its number."""
    sees = access.sees(issue)
    parts = sees and access.may_move(MOVES["unmerge"], issue)
    return MergedView(
        number=issue.number,
        topic=node.rulebook.classifier.name(issue.topic) if sees else "",
        parts=issue.version if parts else None,
    )
