"""`/issues/NUMBER`: one issue with all that is known of it but its residents, and its moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.move_issue import NoSuchIssue, move_issue
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.danger import find_danger
from node.domain.errors import Conflict, Invalid
from node.domain.rights import Actor
from node.store import appeals, issues, replies
from node.store.appeals import Appeal
from node.store.dossiers import Dossier
from node.store.issues import IssueDeadline, IssueState
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import PATH
from node.web.pages.issue_moves import Attempt, MoveForm, forms
from node.web.pages.issue_terms import last_day, moment
from node.web.pages.issues import require_issues, row
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AppealView:
    """What a resident wrote. Name and contacts are personal data and not part of it.

    `dangers`: (name of the rule, the words it fired on).
    """

    number: str
    text: str
    channel: str
    formal: bool
    received: str
    place: str | None
    dangers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline as it was set; `in_force` False: a later one took its place."""

    kind: str
    due: str
    norm: str
    set_at: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history. `now`: what a move made different, as (label, new value).

    `state` None: `what` says it already.
    """

    what: str
    state: str | None
    at: str
    actor: str
    now: tuple[tuple[str, str], ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReplyView:
    text: str
    at: str
    actor: str


@router.get("/{number}")
def card(request: Request, node: NodeDep, actor: PageActorDep, number: str) -> Response:
    return _page(request, node, actor, number)


@router.get("/{number}/moves")
def back(_actor: PageActorDep, number: str) -> Response:
    """Whoever was sent to sign in when sending a move comes here afterwards."""
    return RedirectResponse(f"{PATH}/{_known(number)}", status_code=303)


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
                number=_known(number),
                move=form.move,
                version=form.version,
                fields=form.fields(),
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, number, Attempt(form, refusal))
    # A new topic or executor may take an issue out of the sight of whoever gave it away.
    seen = Access(actor, node.rulebook, node.code).sees(issue)
    return RedirectResponse(f"{PATH}/{number}" if seen else PATH, status_code=303)


def _known(number: str) -> str:
    if not is_number(number):
        raise NoSuchIssue
    return number


def _page(
    request: Request, node: Node, actor: Actor, number: str, attempt: Attempt | None = None
) -> Response:
    require_issues(node)
    access, now = Access(actor, node.rulebook, node.code), node.clock()
    with node.reading() as session:
        issue = issues.by_number(session, _known(number))
        if issue is None or not access.sees(issue):
            raise NoSuchIssue
        gathered = appeals.of_issue(session, issue.id)
        deadlines = issues.deadlines_of(session, [issue.id])[issue.id]
        states = issues.states_of(session, issue.id)
        answers = replies.of_issue(session, issue.id)
    zone = node.rulebook.directory.zone(node.code)
    moves = access.moves(issue)
    dossier = Dossier(issue, deadlines, [appeal.number for appeal in gathered])
    return render(
        request,
        "issue.html",
        status_code=_status(attempt),
        actor=actor,
        link=link_above(node),
        issue=issue,
        row=row(issue, node, now),
        deadlines=[
            _deadline(one, node, dossier.is_in_force(one), now) for one in reversed(deadlines)
        ],
        appeals=[_appeal(one, node, now) for one in gathered],
        replies=[ReplyView(one.text, moment(one.at, now, zone), one.actor) for one in answers],
        history=_history(states, node, now),
        moves=forms(issue, moves, node.rulebook, node.code, attempt),
        attempt=attempt,
        faults=attempt.faults() if attempt else {},
        left_over=attempt.left_over(moves) if attempt else (),
        stale=attempt is not None and isinstance(attempt.refusal, Conflict),
        labels=issue_words.FIELDS,
    )


def _status(attempt: Attempt | None) -> int:
    if attempt is None:
        return 200
    return 409 if isinstance(attempt.refusal, Conflict) else 422


def _appeal(appeal: Appeal, node: Node, now: datetime) -> AppealView:
    place = None
    if appeal.lat is not None and appeal.lon is not None:
        place = f"{appeal.lat:.5f}, {appeal.lon:.5f}"
    return AppealView(
        number=appeal.number,
        text=appeal.text,
        channel=issue_words.CHANNELS.get(appeal.channel, appeal.channel),
        formal=appeal.kind == "formal",
        received=moment(appeal.received_at, now, node.rulebook.directory.zone(node.code)),
        place=place,
        dangers=tuple(
            (danger.name, appeal.text[danger.start : danger.end])
            for danger in find_danger(appeal.text, node.rulebook.danger)
        ),
    )


def _deadline(deadline: IssueDeadline, node: Node, in_force: bool, now: datetime) -> DeadlineView:
    zone = node.rulebook.directory.zone(node.code)
    names = {norm.code: norm.name for norm in node.rulebook.norms.norms}
    is_day = deadline.kind == "final"
    return DeadlineView(
        kind=issue_words.DEADLINES[deadline.kind],
        due=(last_day if is_day else moment)(deadline.due_at, now, zone),
        # A norm that is no longer in norms.toml keeps its code: the row says what it was set by.
        norm=names.get(deadline.norm, deadline.norm),
        set_at=moment(deadline.set_at, now, zone),
        in_force=in_force,
    )


def _history(states: Sequence[IssueState], node: Node, now: datetime) -> list[Happening]:
    """The newest first."""
    zone = node.rulebook.directory.zone(node.code)
    told = [
        Happening(
            what=what,
            state=None if what.lower() == name else name,
            at=moment(state.at, now, zone),
            actor=issue_words.ACTORS.get(state.actor, state.actor),
            now=_changes(before, state, node),
            reason=state.reason,
        )
        for before, state in pairwise((None, *states))
        if state is not None
        for what in (issue_words.HAPPENED.get(state.move, state.move),)
        for name in (issue_words.state(state.state, state.outcome),)
    ]
    return told[::-1]


def _changes(
    before: IssueState | None, state: IssueState, node: Node
) -> tuple[tuple[str, str], ...]:
    rulebook = node.rulebook
    values = (
        ("topic", rulebook.classifier.name(state.topic)),
        ("territory", rulebook.directory.name(state.territory)),
        ("executor", rulebook.agencies.name(state.executor) if state.executor else ""),
    )
    return tuple(
        (issue_words.FIELDS[name], value)
        for name, value in values
        if value and (before is None or getattr(before, name) != getattr(state, name))
    )
