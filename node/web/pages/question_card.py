"""`/questions/ID`: one question or training, who has done what about it, and the answer form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from node.actions.answer_help import HelpEntries, answer_help
from node.actions.close_help import close_help
from node.actions.help_check import NoSuchHelp
from node.actions.see_help import see_help
from node.bootstrap import Node
from node.domain.delivery import DeliveryState
from node.domain.errors import Conflict, DomainError, Fault, Invalid
from node.domain.help import MAX_TEXT, Help, given_day
from node.domain.help_progress import UnitProgress
from node.domain.local_day import day_of
from node.domain.outgoing_text import MAX_TEXT as MAX_REASON
from node.domain.rights import Actor, Right
from node.store import help_dossiers, help_requests
from node.store.help_requests import HelpFile
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import help_words
from node.web.pages.frame import link_above
from node.web.pages.question_terms import PATH, day, due, moment, row
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)

MAX_VERSION = 2**31 - 1  # what the column holds


class AnswerForm(BaseModel):
    """As a browser sends it: every field a text, an empty one the same as none. `held_before`: the
    day the form was shown with, so that emptying it takes back that the training was held."""

    unit: str = ""
    answer: str = ""
    held_on: str = ""
    attended: str = ""
    held_before: str = ""

    def entries(self) -> HelpEntries:
        """Invalid names what is no day and no number."""
        attended = self.attended.strip()
        if attended and not (attended.isascii() and attended.isdigit() and len(attended) < 10):
            raise Invalid(Fault("attended", "целое число, например 24"))
        held_on = given_day("held_on", self.held_on)
        return HelpEntries(
            answer=self.answer if self.answer.strip() else None,
            held_on=held_on,
            attended=int(attended) if attended else None,
            not_held=bool(self.held_before) and held_on is None,
        )


class CloseForm(BaseModel):
    state: str = ""
    reason: str = ""
    version: int = Field(ge=1, le=MAX_VERSION)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused, as it was typed, and why."""

    refusal: DomainError
    answer: AnswerForm | None = None
    close: CloseForm | None = None

    @property
    def status(self) -> int:
        return 409 if isinstance(self.refusal, Conflict) else 422

    def faults(self) -> dict[str, str]:
        """By field; the first of each."""
        if not isinstance(self.refusal, Invalid):
            return {}
        return {fault.field: fault.message for fault in reversed(self.refusal.faults)}


@dataclass(frozen=True, slots=True)
class AnswerView:
    text: str
    at: str
    post: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One addressee as a line of the table. `answers`: the one in force first; `answerable`: from
    here, by this actor."""

    unit: str
    name: str
    above: str
    step: str
    tone: str
    way: str
    seen: str | None
    answers: tuple[AnswerView, ...]
    held: str | None
    attended: int | None
    on_behalf: bool
    answerable: bool


@router.get("/{id}")
def card(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    unit: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """`unit`: whose answer the form is to begin with."""
    actor.require(Right.HELP_READ)
    with node.reading() as session:
        file = help_requests.load(session, id)
    if file is None:
        raise NoSuchHelp
    # Looked at before writing: a page that is only read again asks nobody to wait.
    if node.code in file.help.to and file.history(node.code).seen_at is None:
        with node.transaction() as session:
            see_help(session, me=node.code, help=id, actor=actor, now=node.clock())
    return _page(request, node, actor, id, chosen=unit)


@router.get("/{id}/answer")
@router.get("/{id}/close")
def back(_actor: PageActorDep, id: str) -> Response:
    """Whoever was sent to sign in when sending a form comes here afterwards."""
    return RedirectResponse(f"{PATH}/{id}", status_code=303)


@router.post("/{id}/answer")
def answer(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    form: Annotated[AnswerForm, Form()],
) -> Response:
    try:
        entries = form.entries()
        with node.transaction() as session:
            answer_help(
                session,
                node.rulebook,
                me=node.code,
                help=id,
                unit=form.unit,
                entries=entries,
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, id, Attempt(refusal, answer=form), chosen=form.unit)
    return RedirectResponse(f"{PATH}/{id}", status_code=303)


@router.post("/{id}/close")
def close(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    id: str,
    form: Annotated[CloseForm, Form()],
) -> Response:
    try:
        with node.transaction() as session:
            close_help(
                session,
                me=node.code,
                id=id,
                version=form.version,
                state=form.state,
                reason=form.reason,
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, id, Attempt(refusal, close=form))
    return RedirectResponse(f"{PATH}/{id}", status_code=303)


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    id: str,
    attempt: Attempt | None = None,
    *,
    chosen: str = "",
) -> Response:
    actor.require(Right.HELP_READ)
    now = node.clock()
    with node.reading() as session:
        file = help_requests.load(session, id)
        if file is None:
            raise NoSuchHelp
        progress = help_dossiers.dossier(
            session,
            node.rulebook,
            file,
            me=node.code,
            now=now,
            shows=lambda unit: actor.may(Right.HELP_READ, unit=unit),
        )
        directive = help_dossiers.directive_title(session, file.help)
    help, today = file.help, day_of(now, node.zone)
    units = [_unit(one, file, node, actor, now) for one in progress.units]
    speaker = _speaker(units, chosen, node.code)
    return render(
        request,
        "question.html",
        status_code=attempt.status if attempt else 200,
        actor=actor,
        link=link_above(node),
        help=help,
        row=row(progress, node, now),
        due=due(progress, today),
        planned=day(help.planned_on, today) if help.planned_on else None,
        kind=help_words.KINDS[help.kind],
        tab=help_words.TABS.get(help.kind, help_words.TABS["question"]),
        directive=directive,
        ended=_ended(help, node, now),
        totals=progress.totals,
        units=units,
        speaker=speaker,
        form=(attempt.answer if attempt and attempt.answer else _form(file, speaker, node.code)),
        may_close=help.is_open
        and help.issuer == node.code
        and actor.may(Right.HELP_ASK, unit=node.code),
        closing=attempt.close if attempt else None,
        version=file.version,
        attempt=attempt,
        errors=attempt.faults() if attempt else {},
        labels={name: help_words.label(name, is_training=help.is_training) for name in LABELLED},
        limits={"answer": MAX_TEXT, "reason": MAX_REASON},
        today=today.isoformat(),
    )


LABELLED = ("answer", "unit", "held_on", "attended", "state", "reason")


def _unit(one: UnitProgress, file: HelpFile, node: Node, actor: Actor, now: datetime) -> UnitRow:
    directory, report = node.rulebook.directory, one.report
    is_training = file.help.is_training
    above = directory.parent(one.unit)
    no_node = one.delivered is not None and one.delivered.state is DeliveryState.NO_NODE
    own = one.unit == node.code or no_node
    today = day_of(now, node.zone)
    return UnitRow(
        unit=one.unit,
        name=directory.name(one.unit),
        above=directory.name(above) if above and above != node.code else "",
        step=help_words.step(one, is_training=is_training),
        tone=help_words.TONES[one.step],
        way=help_words.way(one, directory),
        seen=moment(report.seen_at, now, node.zone) if report.seen_at else None,
        answers=tuple(
            AnswerView(said.text, moment(said.at, now, node.zone), said.post)
            for said in reversed(report.answers)
        ),
        held=day(report.held_on, today) if report.held_on else None,
        attended=report.attended,
        on_behalf=report.on_behalf,
        answerable=own and file.help.is_open and actor.may(Right.HELP_ANSWER, unit=one.unit),
    )


def _speaker(units: Sequence[UnitRow], chosen: str, me: str) -> UnitRow | None:
    """Whose answer the form is for: the one chosen, else one's own. Never a unit nobody named: an
    answer must not land with the wrong one."""
    by_unit = {one.unit: one for one in units if one.answerable}
    return by_unit.get(chosen) or by_unit.get(me)


def _form(file: HelpFile, speaker: UnitRow | None, me: str) -> AnswerForm:
    """A blank form, but for what a training's report says now."""
    if speaker is None:
        return AnswerForm()
    said = next(
        (one for one in file.reports.get(speaker.unit, ()) if one.origin == me),
        None,
    )
    held = said.held_on.isoformat() if said and said.held_on else ""
    attended = str(said.attended) if said and said.attended is not None else ""
    return AnswerForm(unit=speaker.unit, held_on=held, attended=attended, held_before=held)


def _ended(help: Help, node: Node, now: datetime) -> tuple[str, str | None] | None:
    """When it was closed or withdrawn, and why."""
    if help.is_open:
        return None
    last = help.states[-1]
    return moment(last.at, now, node.zone), last.reason
