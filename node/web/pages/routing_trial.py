"""`/routing/try`: which rule fires, and why; `/routing/compare`: what publishing would change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from node.actions.move_issue import NoSuchIssue
from node.actions.try_routing import Trial, compare_routing, try_routing, try_routing_of_issue
from node.bootstrap import Node
from node.domain.classifier import UNSORTED
from node.domain.errors import DomainError, Fault, Invalid
from node.domain.issue import NOBODY, URGENCIES
from node.domain.rights import Actor, Right
from node.domain.routing import Case
from node.domain.routing_comparison import MOST_LISTED, Comparison
from node.store import routings
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words, routing_words
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import topic_groups
from node.web.pages.rendering import render
from node.web.pages.routing_lines import PATH, executor_groups

router = APIRouter(prefix=PATH, include_in_schema=False)

COMPARE_SECONDS = 20.0
PERIODS = {"7": "за неделю", "30": "за 30 дней", "92": "за три месяца"}


class TrialForm(BaseModel):
    """As a browser sends it. `number`: of an issue; then the rest is taken from it."""

    number: str = ""
    by_draft: str = ""
    text: str = ""
    topic: str = UNSORTED
    territory: str = ""
    channel: str = "web_form"
    urgency: str = "ordinary"
    kind: str = "message"
    lat: str = ""
    lon: str = ""
    address: str = ""
    complained_of: str = ""

    def case(self, unit: str) -> Case:
        """Invalid names a coordinate that is no number."""
        faults: list[Fault] = []
        case = Case(
            topic=self.topic,
            territory=self.territory or unit,
            channel=self.channel.strip(),
            urgency=self.urgency,
            kind=self.kind,
            text=self.text.replace("\r\n", "\n"),
            address=self.address.strip() or None,
            lat=_degrees("lat", self.lat, faults),
            lon=_degrees("lon", self.lon, faults),
            complained_of=self.complained_of or None,
        )
        if faults:
            raise Invalid(*faults)
        return case


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of a trial, in words. `now`: who has the issue."""

    by: str
    says: str
    why: tuple[str, ...]
    trail: tuple[tuple[str, bool], ...]
    number: str | None
    now: str


@router.get("/try")
def ask(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _trial_page(request, node, actor, TrialForm(territory=node.code))


@router.post("/try")
def try_out(
    request: Request, node: NodeDep, actor: PageActorDep, form: Annotated[TrialForm, Form()]
) -> Response:
    rulebook, unit = node.rulebook, node.code
    number, by_draft = form.number.strip(), bool(form.by_draft)
    try:
        with node.reading() as session:
            if number:
                trial = try_routing_of_issue(
                    session, rulebook, unit=unit, number=number, by_draft=by_draft, actor=actor
                )
            else:
                trial = try_routing(
                    session,
                    rulebook,
                    unit=unit,
                    case=form.case(unit),
                    by_draft=by_draft,
                    actor=actor,
                )
    except NoSuchIssue as missing:
        refusal = Invalid(Fault("number", missing.message))
        return _trial_page(request, node, actor, form, refusal=refusal)
    except Invalid as refusal:
        return _trial_page(request, node, actor, form, refusal=refusal)
    return _trial_page(request, node, actor, form, trial=trial)


@router.get("/compare")
def ask_to_compare(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _comparison_page(request, node, actor)


@router.post("/compare")
def compare(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    days: Annotated[str, Form()] = "30",
    before: Annotated[str, Form()] = "",
) -> Response:
    if days not in PERIODS:
        refusal = Invalid(Fault("days", f"выберите одно из: {', '.join(PERIODS.values())}"))
        return _comparison_page(request, node, actor, refusal=refusal)
    ends = time.monotonic() + COMPARE_SECONDS
    try:
        with node.reading() as session:
            found = compare_routing(
                session,
                node.rulebook,
                unit=node.code,
                since=node.clock() - timedelta(days=int(days)),
                before=before or None,
                out_of_time=lambda: time.monotonic() >= ends,
                actor=actor,
            )
    except Invalid as refusal:
        return _comparison_page(request, node, actor, days=days, refusal=refusal)
    return _comparison_page(request, node, actor, days=days, found=found, went_on=bool(before))


def _trial_page(
    request: Request,
    node: Node,
    actor: Actor,
    form: TrialForm,
    *,
    trial: Trial | None = None,
    refusal: DomainError | None = None,
) -> Response:
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    rulebook, directory = node.rulebook, node.rulebook.directory
    with node.reading() as session:
        has_draft = routings.draft(session) is not None
    first, *below = directory.subtree(node.code)
    faults = refusal.faults if isinstance(refusal, Invalid) else ()
    return render(
        request,
        "routing_try.html",
        status_code=200 if refusal is None else 422,
        actor=actor,
        link=link_above(node),
        form=form,
        has_draft=has_draft,
        shown=_shown(trial, node) if trial else None,
        topic_groups=topic_groups(rulebook),
        unsorted=(UNSORTED, rulebook.classifier.name(UNSORTED)),
        places=[(one, directory.name(one)) for one in (first, *sorted(below, key=directory.name))],
        channels=list(issue_words.CHANNELS.items()),
        kinds=list(routing_words.KINDS.items()),
        urgencies=list(URGENCIES.items()),
        executors=executor_groups(rulebook),
        nobody=NOBODY,
        words=routing_words.FIELDS,
        refusal=refusal,
        faulty={fault.field: fault.message for fault in faults},
        faults=[(routing_words.field(one.field), one.field, one.message) for one in faults],
    )


def _shown(trial: Trial, node: Node) -> Shown:
    made, rulebook = trial.decision, node.rulebook
    return Shown(
        by=routing_words.version(made.version),
        says=routing_words.decision(made, trial.rules, rulebook),
        why=routing_words.why(made, trial.rules, trial.case, rulebook),
        trail=tuple(
            (routing_words.step(step, rulebook), step.failed is None) for step in made.trail
        ),
        number=trial.number,
        now=routing_words.executor(trial.executor, rulebook) if trial.number else "",
    )


def _comparison_page(
    request: Request,
    node: Node,
    actor: Actor,
    *,
    days: str = "30",
    found: Comparison | None = None,
    went_on: bool = False,
    refusal: DomainError | None = None,
) -> Response:
    actor.require_whole(Right.ROUTING_MANAGE, node.code)
    rulebook = node.rulebook
    with node.reading() as session:
        has_draft = routings.draft(session) is not None
    faults = refusal.faults if isinstance(refusal, Invalid) else ()
    return render(
        request,
        "routing_compare.html",
        status_code=200 if refusal is None else 422,
        actor=actor,
        link=link_above(node),
        days=days,
        periods=list(PERIODS.items()),
        has_draft=has_draft,
        found=found,
        went_on=went_on,
        most_listed=MOST_LISTED,
        pairs=_pairs(found, node) if found else [],
        issues=[
            (
                one.number,
                f"/issues/{quote(one.number, safe='')}",
                rulebook.classifier.name(one.topic),
                routing_words.executor(one.before.executor, rulebook),
                routing_words.executor(one.after.executor, rulebook),
                routing_words.executor(one.now, rulebook),
            )
            for one in (found.listed if found else ())
        ],
        refusal=refusal,
        faults=[(routing_words.field(one.field), one.field, one.message) for one in faults],
    )


def _pairs(found: Comparison, node: Node) -> list[tuple[str, str, int]]:
    return [
        (
            routing_words.executor(before, node.rulebook),
            routing_words.executor(after, node.rulebook),
            count,
        )
        for (before, after), count in found.pairs.most_common()
    ]


def _degrees(field: str, typed: str, faults: list[Fault]) -> float | None:
    plain = typed.strip().replace(",", ".").replace("−", "-")
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError:
        faults.append(Fault(field, "нужно число градусов"))
        return None
