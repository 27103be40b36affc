"""`/questions/new`: put a question, plan a training. Whom to ask is chosen by tiers and units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions.ask_help import NewHelp, ask_help, new_id
from node.bootstrap import Node
from node.domain.directory import Directory
from node.domain.errors import Invalid
from node.domain.help import MAX_TEXT, HelpKind, given_day
from node.domain.local_day import day_of
from node.domain.new_directive import BELOW, TIER, UNITS
from node.domain.new_help import ASKED, open_below
from node.domain.outgoing_text import MAX_TITLE
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import directives
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import help_words
from node.web.pages.frame import link_above
from node.web.pages.question_terms import PATH
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)

TIER_PREFIX = f"{TIER}:"


class QuestionForm(BaseModel):
    """As a browser sends it: every field a text, an empty one the same as none. `addressed`: units,
    below, or tier with the tier's code after a colon."""

    id: str = ""
    kind: str = HelpKind.QUESTION
    title: str = ""
    text: str = ""
    addressed: str = UNITS
    to: list[str] = []
    directive: str = ""
    due_on: str = ""
    planned_on: str = ""

    def new_help(self) -> NewHelp:
        """Invalid names a day that is none."""
        is_tier = self.addressed.startswith(TIER_PREFIX)
        return NewHelp(
            kind=self.kind,
            title=self.title,
            text=self.text,
            addressed=TIER if is_tier else self.addressed,
            to=tuple(self.to) if self.addressed == UNITS else (),
            tier=self.addressed.removeprefix(TIER_PREFIX) if is_tier else None,
            directive=self.directive or None,
            due_on=given_day("due_on", self.due_on),
            planned_on=given_day("planned_on", self.planned_on),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one tier under one parent: (code, name, whether chosen)."""

    name: str
    units: tuple[tuple[str, str, bool], ...]
    opened: bool


@dataclass(frozen=True, slots=True)
class TierChoice:
    """A tier below: `value` asks all of it, `groups` some."""

    value: str
    names: str
    count: int
    groups: tuple[Group, ...]
    opened: bool


@router.get("/new")
def blank(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    kind: Annotated[str, Query(max_length=64)] = HelpKind.QUESTION,
    directive: Annotated[str, Query(max_length=64)] = "",
    unit: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """`directive` and `unit`: what the board of a directive has chosen already."""
    chosen = kind if kind in ASKED else HelpKind.QUESTION
    form = QuestionForm(id=new_id(), kind=chosen, directive=directive, to=unit or [])
    return _page(request, node, actor, form)


@router.post("/new")
def send(
    request: Request, node: NodeDep, actor: PageActorDep, form: Annotated[QuestionForm, Form()]
) -> Response:
    """On to the card; or the form again with its faults and what was typed."""
    try:
        new = form.new_help()
        with node.transaction() as session:
            id = ask_help(
                session,
                node.rulebook,
                me=node.code,
                new=new,
                id=form.id or None,
                actor=actor,
                now=node.clock(),
            )
    except Invalid as refusal:
        return _page(request, node, actor, form, refusal)
    return RedirectResponse(f"{PATH}/{id}", status_code=303)


def _page(
    request: Request, node: Node, actor: Actor, form: QuestionForm, refusal: Invalid | None = None
) -> Response:
    actor.require(Right.HELP_ASK, unit=node.code)
    today = day_of(node.clock(), node.zone)
    with node.reading() as session:
        known = directives.listed(session)
    is_training = form.kind == HelpKind.TRAINING
    return render(
        request,
        "question_new.html",
        status_code=422 if refusal else 200,
        actor=actor,
        link=link_above(node),
        form=form,
        is_training=is_training,
        tiers=_tiers(node.rulebook, node.code, today, form),
        below=BELOW,
        units=UNITS,
        directives=[
            (one.directive.id, one.directive.title)
            for one in known
            if one.scenario is None and not one.directive.withdrawn
            if actor.may(Right.HELP_ASK, unit=node.code, body=one.directive.coordinator)
        ],
        errors=_by_field(refusal),
        labels={name: help_words.label(name, is_training=is_training) for name in FIELDS},
        limits={"title": MAX_TITLE, "text": MAX_TEXT},
        today=today.isoformat(),
    )


FIELDS = ("id", "kind", "directive", "title", "text", "addressed", "due_on", "planned_on")


def _by_field(refusal: Invalid | None) -> dict[str, str]:
    """The faults under the fields of this form, where whom to ask is one field."""
    found: dict[str, list[str]] = {}
    for fault in refusal.faults if refusal else ():
        field = "addressed" if fault.field in ("units", "tier") else fault.field
        found.setdefault(field, []).append(fault.message)
    return {name: "; ".join(found[name]) for name in FIELDS if name in found}


def _tiers(rulebook: Rulebook, me: str, today: date, form: QuestionForm) -> tuple[TierChoice, ...]:
    """From the top down, as the rulebook has its tiers; only those that have units below."""
    directory = rulebook.directory
    below = open_below(directory, me, today)
    chosen = set(form.to)
    found: list[TierChoice] = []
    for code, policy in rulebook.tiers.items():
        units = [unit for unit in below if directory[unit].tier == code]
        if not units:
            continue
        groups = _groups(directory, units, chosen)
        found.append(
            TierChoice(
                value=f"{TIER_PREFIX}{code}",
                names=policy.names,
                count=len(units),
                groups=groups,
                opened=not chosen.isdisjoint(units) or (not chosen and not found),
            )
        )
    return tuple(found)


def _groups(directory: Directory, units: list[str], chosen: set[str]) -> tuple[Group, ...]:
    by_parent: dict[str, list[str]] = {}
    for unit in units:
        by_parent.setdefault(directory.parent(unit) or "", []).append(unit)
    return tuple(
        Group(
            name=directory.name(parent),
            units=tuple((unit, directory.name(unit), unit in chosen) for unit in members),
            opened=not chosen.isdisjoint(members) or len(by_parent) == 1,
        )
        for parent, members in by_parent.items()
    )
