"""`/api/v1/helps`: ask, see how far it has come, answer, close. Kinds: question and training."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from node.actions.answer_help import HelpEntries, answer_help
from node.actions.ask_help import NewHelp, ask_help
from node.actions.close_help import close_help
from node.actions.help_check import NoSuchHelp
from node.bootstrap import Node
from node.domain.errors import Fault, Invalid
from node.domain.help import HelpKind, given_day
from node.domain.help_progress import HelpProgress, Totals, UnitProgress
from node.domain.new_directive import near, quoted
from node.domain.rights import Actor, Right
from node.store import directives, help_dossiers, help_requests
from node.store.help_requests import HelpFile
from node.web.api.strict import Strict
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/helps", tags=["helps"])

MAX_LIMIT = 200
MAX_VERSION = 2**31 - 1  # what the column holds
MAX_CODE = 64

Day = Annotated[str | None, Field(max_length=32, description="YYYY-MM-DD")]


class TotalsView(BaseModel):
    """Of the addressees this node knows of. `answered`: of a training those who held it; `held`
    and `attended` are null where nothing is held, `received` in a list: ask for the one help."""

    asked: int
    received: int | None
    seen: int
    answered: int
    overdue: int
    held: int | None
    attended: int | None


class HelpView(BaseModel):
    """A help as a list has it. `state`: open, closed or withdrawn."""

    id: str
    issuer: str
    kind: str
    title: str
    directive: str | None
    asked_on: date
    due_on: date | None
    planned_on: date | None
    state: str
    totals: TotalsView


class HelpsView(BaseModel):
    """One page. `next` is the `after` of the following page, null on the last."""

    helps: list[HelpView]
    next: str | None


class AnswerView(BaseModel):
    at: datetime
    post: str
    text: str


class UnitView(BaseModel):
    """One addressee. `delivery`: stored, waiting, pending, quarantined (with its `code`), no_node.
    `step`: overdue, refused, silent, seen or done. The last of `answers` is the one in force."""

    unit: str
    delivery: str | None
    code: str | None
    step: str
    late: bool
    on_behalf: bool
    seen_at: datetime | None
    answers: list[AnswerView]
    held_on: date | None
    attended: int | None


class StateView(BaseModel):
    state: str
    at: datetime
    reason: str | None


class HelpCardView(HelpView):
    """A help with its text, its states and its addressees, the worst first. `version` goes with
    closing it."""

    text: str | None
    states: list[StateView]
    version: int
    units: list[UnitView]


class NewHelpBody(Strict):
    """`addressed`: units (then `to` names them), tier (then `tier`), below (everything below)."""

    kind: str = Field(max_length=MAX_CODE)
    title: str
    text: str | None = None
    addressed: str = "units"
    units: list[str] = []
    tier: str | None = None
    directive: Annotated[str | None, Field(max_length=MAX_CODE)] = None
    due_on: Day = None
    planned_on: Day = None

    def new_help(self) -> NewHelp:
        """Invalid names a day that is none."""
        return NewHelp(
            kind=self.kind,
            title=self.title,
            text=self.text,
            addressed=self.addressed,
            to=tuple(self.units),
            tier=self.tier,
            directive=self.directive,
            due_on=given_day("due_on", self.due_on),
            planned_on=given_day("planned_on", self.planned_on),
        )


class ReportBody(Strict):
    """What is added; whatever is left out stays. `not_held` takes back that a training was held."""

    answer: str | None = None
    held_on: Day = None
    attended: int | None = None
    not_held: bool = False

    def entries(self) -> HelpEntries:
        """Invalid names a day that is none."""
        day = given_day("held_on", self.held_on)
        return HelpEntries(self.answer, day, self.attended, self.not_held)


class CloseBody(Strict):
    """`state`: closed or withdrawn; a withdrawal needs a reason."""

    state: str
    version: int = Field(ge=1, le=MAX_VERSION)
    reason: str | None = None


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    kind: HelpKind | None = None,
    directive: Annotated[str | None, Query(max_length=MAX_CODE)] = None,
    unit: Annotated[str | None, Query(max_length=MAX_CODE)] = None,
    after: Annotated[str | None, Query(max_length=MAX_CODE)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> HelpsView:
    """What this node asked, was asked or passes on, the newest first; those after the id `after`.
    `unit`: only what that unit was asked."""
    actor.require(Right.HELP_READ)
    directory = node.rulebook.directory
    if unit is not None and unit not in directory:
        told = f"территории {quoted(unit)} нет в справочнике{near(directory, unit)}"
        raise Invalid(Fault("unit", told))
    with node.reading() as session:
        if directive is not None and directives.load(session, directive) is None:
            raise Invalid(Fault("directive", "такого поручения на этом узле нет: проверьте номер"))
        if after is not None and help_requests.load(session, after) is None:
            raise Invalid(Fault("after", "такого вопроса здесь нет: возьмите `next`"))
        found = help_requests.listed(
            session, kind=kind, directive=directive, unit=unit, after=after, limit=limit + 1
        )
        page = help_dossiers.gather(
            node.rulebook,
            found[:limit],
            me=node.code,
            now=node.clock(),
            shows=lambda code: actor.may(Right.HELP_READ, unit=code),
        )
    return HelpsView(
        helps=[HelpView(**_face(one)) for one in page],
        next=page[-1].help.id if len(found) > limit else None,
    )


@router.get("/{id}")
def read(node: NodeDep, actor: ActorDep, id: str) -> HelpCardView:
    """One help with everything its addressees said. To read it here does not mark it as seen: a
    program is nobody's eyes."""
    actor.require(Right.HELP_READ)
    return _card(node, actor, id)


@router.post("", status_code=201)
def ask(node: NodeDep, actor: ActorDep, body: NewHelpBody) -> HelpCardView:
    """Put a question or plan a training; it goes down with the next exchanges."""
    new = body.new_help()
    with node.transaction() as session:
        id = ask_help(session, node.rulebook, me=node.code, new=new, actor=actor, now=node.clock())
    return _card(node, actor, id)


@router.put("/{id}/reports/{unit}")
def answer(node: NodeDep, actor: ActorDep, id: str, unit: str, body: ReportBody) -> HelpCardView:
    """Answer for this node's own unit, or for one below that has no node. The same again changes
    nothing."""
    entries = body.entries()
    with node.transaction() as session:
        answer_help(
            session,
            node.rulebook,
            me=node.code,
            help=id,
            unit=unit,
            entries=entries,
            actor=actor,
            now=node.clock(),
        )
    return _card(node, actor, id)


@router.post("/{id}/close")
def close(node: NodeDep, actor: ActorDep, id: str, body: CloseBody) -> HelpCardView:
    """Close or withdraw what this node asked. 409 names the present version."""
    with node.transaction() as session:
        close_help(
            session,
            me=node.code,
            id=id,
            version=body.version,
            state=body.state,
            reason=body.reason,
            actor=actor,
            now=node.clock(),
        )
    return _card(node, actor, id)


def _card(node: Node, actor: Actor, id: str) -> HelpCardView:
    with node.reading() as session:
        file = help_requests.load(session, id)
        if file is None:
            raise NoSuchHelp
        progress = help_dossiers.dossier(
            session,
            node.rulebook,
            file,
            me=node.code,
            now=node.clock(),
            shows=lambda code: actor.may(Right.HELP_READ, unit=code),
        )
    return _view(file, progress)


def _view(file: HelpFile, progress: HelpProgress) -> HelpCardView:
    help = file.help
    return HelpCardView(
        **_face(progress),
        text=help.text,
        states=[StateView(state=s.state, at=s.at, reason=s.reason) for s in help.states],
        version=file.version,
        units=[_unit(one) for one in progress.units],
    )


def _face(progress: HelpProgress) -> dict[str, object]:
    help = progress.help
    return {
        "id": help.id,
        "issuer": help.issuer,
        "kind": help.kind,
        "title": help.title,
        "directive": help.directive,
        "asked_on": help.asked_on,
        "due_on": help.due_on,
        "planned_on": help.planned_on,
        "state": help.state,
        "totals": _totals(progress.totals, is_training=help.is_training),
    }


def _totals(totals: Totals, *, is_training: bool) -> TotalsView:
    return TotalsView(
        asked=totals.asked,
        received=totals.received,
        seen=totals.seen,
        answered=totals.answered,
        overdue=totals.overdue,
        held=totals.answered if is_training else None,
        attended=totals.attended if is_training else None,
    )


def _unit(one: UnitProgress) -> UnitView:
    report = one.report
    return UnitView(
        unit=one.unit,
        delivery=one.delivered.state if one.delivered else None,
        code=one.delivered.code if one.delivered else None,
        step=one.step,
        late=one.late,
        on_behalf=report.on_behalf,
        seen_at=report.seen_at,
        answers=[AnswerView(at=a.at, post=a.post, text=a.text) for a in report.answers],
        held_on=report.held_on,
        attended=report.attended,
    )
