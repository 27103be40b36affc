"""`/status/KEY`: how an appeal goes, its answer, and what its resident may say. No text of the
appeal and nothing of the resident: the link may be seen by others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions.export_person import erasure_copy
from node.actions.hear_resident import (
    EnoughSaid,
    NoSuchLink,
    NotNow,
    choices_of,
    hear_resident,
    joinable,
)
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Fault, Invalid
from node.domain.issue import OUTCOME_NAMES, REJECTION_GROUNDS, STATE_NAMES, Outcome, State
from node.domain.local_day import day_of
from node.domain.redaction import redact
from node.domain.resident_choices import MAX_MESSAGE, Choice, Step, step_of
from node.store import issues, replies, resident_messages, tombstones
from node.store.issues import IssueState
from node.store.replies import Reply
from node.store.resident_messages import Linked
from node.web.deps import NodeDep
from node.web.locale import retention_words, status_words
from node.web.pages import photo_views
from node.web.pages.frame import visitor
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

KEY = re.compile(r"[A-Za-z0-9_-]{32}")


class SayForm(BaseModel):
    """What a resident sends; every field a text, those not asked for empty."""

    choice: str = ""
    mark: str = ""
    text: str = ""
    into: str = ""


@dataclass(frozen=True, slots=True)
class ReplyView:
    kind: str
    text: str
    on: str


@dataclass(frozen=True, slots=True)
class LikeView:
    """An issue the resident's own may be joined to."""

    number: str
    topic: str
    place: str
    since: str
    residents: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What is no longer kept of the appeal, since when, and by which rule."""

    what: str
    on: date
    rule: str


@router.get("/status/{key}")
def status(request: Request, node: NodeDep, key: str, new: str = "") -> Response:
    """With `new` the page a resident comes to from the form: keep this number and this link."""
    return _page(request, node, key, new=bool(new))


@router.post("/status/{key}")
def say(request: Request, node: NodeDep, key: str, form: Annotated[SayForm, Form()]) -> Response:
    """Back to the page; or the page with the refusal, and what was typed."""
    try:
        if form.choice not in set(Choice):
            raise Invalid(Fault("choice", f"должен быть одним из: {', '.join(Choice)}"))
        with node.transaction() as session:
            hear_resident(
                session,
                node.rulebook,
                unit=node.code,
                key=key if KEY.fullmatch(key) else "",
                choice=Choice(form.choice),
                mark=form.mark,
                text=form.text,
                into=form.into,
                contest_days=node.settings.resident.contest_days,
                now=node.clock(),
            )
    except (Invalid, NotNow, EnoughSaid, Conflict) as refusal:
        return _page(request, node, key, refusal=refusal, form=form)
    return RedirectResponse(f"/status/{key}?said={form.choice}#said", status_code=303)


def _page(
    request: Request,
    node: Node,
    key: str,
    *,
    new: bool = False,
    refusal: DomainError | None = None,
    form: SayForm | None = None,
) -> Response:
    rulebook, now = node.rulebook, node.clock()
    zone = rulebook.directory.zone(node.code)
    contest_days = node.settings.resident.contest_days
    with node.reading() as session:
        found = resident_messages.linked(session, key) if KEY.fullmatch(key) else None
        if found is None:
            raise NoSuchLink
        said = resident_messages.of_appeals(session, [found.appeal.id])
        likes = joinable(session, rulebook, found)
        choices = choices_of(found, said, likes, contest_days=contest_days, now=now)
        answers = replies.of_issue(session, found.head.id)
        states = issues.states_of(session, found.own.id)
        gallery = photo_views.of_link(session, node, key, now)
        stones = tombstones.of_subjects(session, [found.appeal.number])
    head = found.head
    due_at, state = head.final_due_at, State(head.state)
    return render(
        request,
        "appeal_sent.html" if new and refusal is None else "appeal_status.html",
        status_code=200 if refusal is None else (422 if isinstance(refusal, Invalid) else 409),
        key=key,
        number=found.appeal.number,
        danger=found.own.danger,
        received_on=day_of(found.appeal.received_at, zone),
        state=STATE_NAMES[state],
        outcome=OUTCOME_NAMES[Outcome(head.outcome)] if head.outcome else None,
        steps=_steps(state),
        joined=found.own.id != head.id,
        topic=rulebook.classifier.name(head.topic),
        executor=_responsible(node, found),
        rejected=_rejection(states) if state is State.REJECTED else None,
        forwarded=_forwarded(states),
        # The deadline is the end of a day, that is the midnight after it: the day is what to name.
        due_on=day_of(due_at - timedelta(microseconds=1), zone) if due_at else None,
        is_overdue=due_at is not None and head.closed_at is None and now > due_at,
        closed_on=day_of(head.closed_at, zone) if head.closed_at else None,
        contest_until=(
            day_of(head.closed_at + timedelta(days=contest_days), zone) if head.closed_at else None
        ),
        answers=[_reply(one, zone) for one in answers if one.state == "sent"],
        question=_question(answers) if state is State.PAUSED else None,
        marked=[one.mark for one in said if one.kind == "mark" and one.closing == head.reopens],
        marks=status_words.MARKS,
        choices=choices,
        likes=[
            LikeView(
                number=like.issue.number,
                topic=rulebook.classifier.name(like.issue.topic),
                place=rulebook.directory.name(like.issue.territory),
                since=status_words.day(like.issue.arrived_at, zone),
                residents=like.issue.appeals,
            )
            for like in likes
        ],
        said=status_words.SAID.get(request.query_params.get("said", "")),
        refusal=refusal,
        faults=refusal.faults if isinstance(refusal, Invalid) else (),
        typed=form or SayForm(),
        most=MAX_MESSAGE,
        status_url=f"{node.url}/status/{key}",
        photos=gallery,
        erased=[
            Erased(
                f"{retention_words.DATA[one.data]} – {retention_words.DONE[one.fate]}",
                day_of(one.at, zone),
                one.rule_name,
            )
            for one in (erasure_copy(stone, rulebook) for stone in stones[found.appeal.number])
        ],
        actor=visitor(request, node),
    )


def _steps(state: State) -> list[tuple[str, str]]:
    """(name, done | now | ahead) of each stage, for an issue that goes through them."""
    at = step_of(state)
    if at is None:
        return []
    order = list(Step)
    finished = state is State.CLOSED
    return [
        (
            status_words.STEPS[step],
            "done"
            if order.index(step) < order.index(at) or finished
            else "now"
            if step is at
            else "ahead",
        )
        for step in order
    ]


def _responsible(node: Node, found: Linked) -> str | None:
    """Who works on it: only once somebody has confirmed it."""
    head = found.head
    if head.routed_at is None or head.executor is None:
        return None
    return node.rulebook.agencies.name(head.executor)


def _rejection(states: Sequence[IssueState]) -> tuple[str, str | None, str | None]:
    """The ground in words, who is responsible, the reason given."""
    last = states[-1]
    ground = REJECTION_GROUNDS.get(str(last.details.get("ground")), "")
    responsible = last.details.get("responsible")
    return ground, str(responsible) if responsible else None, last.reason


def _forwarded(states: Sequence[IssueState]) -> tuple[str, str] | None:
    """Whom a formal appeal was forwarded to, and on which day."""
    for state in reversed(states):
        if state.move == "forward":
            return str(state.details.get("addressee")), str(state.details.get("sent_on"))
    return None


def _question(answers: Sequence[Reply]) -> str | None:
    asked = [one.text for one in answers if one.kind == "question"]
    return redact(asked[-1]).text if asked else None


def _reply(reply: Reply, zone: ZoneInfo) -> ReplyView:
    on = status_words.day(reply.sent_at or reply.at, zone)
    # Whoever has the link reads it: what was written for one resident may name another.
    return ReplyView(status_words.REPLIES[reply.kind], redact(reply.text).text, on)
