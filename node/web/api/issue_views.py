"""What the API tells of an issue: in a list in short, of one issue everything but its texts.

Every field of the first release keeps its name and meaning; the others stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from node.domain.access import Access
from node.domain.issue import Clocks, Move, Notice, Outcome, State, after
from node.domain.reply_delivery import Tally
from node.domain.rights import Right
from node.store.case_files import CaseFile
from node.store.dossiers import Dossier
from node.store.issues import Issue, IssueDeadline, IssueState
from node.store.repeats import Offer
from node.store.replies import Reply
from node.store.routings import IssueRoute
from node.web.locale import deadline_words


class DeadlineView(BaseModel):
    """A deadline as it was set. `kind`: first_answer, final, interim (promised), forward, register
    (59-ФЗ). Only one of a kind is in force. `warn_at`: people are warned before the breach.
    `drags_at`: twice its norm."""

    kind: str
    due_at: datetime
    norm: str
    set_at: datetime
    in_force: bool
    starts_at: datetime
    warn_at: datetime | None
    drags_at: datetime | None


class WhyView(BaseModel):
    """Why a deadline falls just then: the arithmetic in values, and line by line in Russian."""

    values: dict[str, Any]
    lines: list[str]


class ExplainedDeadlineView(DeadlineView):
    """A deadline with its arithmetic."""

    why: WhyView


class MoveView(BaseModel):
    """A move open to the one who asks.

    `to`: the state it leads to, made by whoever asks; null: the state stays. `requires` are the
    fields it cannot do without, `optional` the others it takes. `clocks`: what it does to the
    deadlines. `tells`: the notice residents get, null: none.
    """

    move: str
    title: str
    to: State | None
    requires: list[str]
    optional: list[str]
    clocks: Clocks
    tells: Notice | None


class IssueView(BaseModel):
    """An issue. `version` goes with the next move; `appeals` are numbers, oldest first.

    `complained_of`: an agency or executor, `none` (moderation has looked, and it is nobody), null:
    not recorded. `opened_at`: when it was admitted. `paused_until`: the resident is waited for, at
    the latest so long. `warn_at`: of the deadline running now.
    """

    number: str
    state: str
    topic: str
    territory: str
    executor: str | None
    deadlines: Sequence[DeadlineView]
    version: int
    appeals: list[str]
    moves: list[MoveView]
    outcome: Outcome | None
    urgency: str
    formal: bool
    danger: bool
    complained_of: str | None
    channel: str
    arrived_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    paused_until: datetime | None
    promised_on: date | None
    warn_at: datetime | None


class StepView(BaseModel):
    """A way tried: `by` rule, topic or fallback. `failed`: the condition that did not fit."""

    by: str
    rule: str | None
    executor: str | None
    failed: str | None


class RouteView(BaseModel):
    """How an executor was proposed. `version` of the rules, 0 those shipped; `passed_over`: rules
    that were of other topics. `to_and_fro`: it had been returned too often for any rule."""

    basis: str
    rule: str | None
    executor: str | None
    version: int
    to_and_fro: bool
    passed_over: int
    trail: list[StepView]
    decided_at: datetime


class RepeatView(BaseModel):
    """An issue this one may repeat. `sign`: quoted, same_text or near (`metres` away)."""

    number: str
    sign: str
    metres: int | None
    state: str
    topic: str
    arrived_at: datetime


class DeliveriesView(BaseModel):
    """How many residents wait for an answer, have it, or could not be reached."""

    waiting: int
    delivered: int
    failed: int


class ReplyView(BaseModel):
    """A reply. `kind`: interim, final or question; `state`: proposed (waits for approval), sent,
    withdrawn (sent back, replaced, or as it was before the approver mended it)."""

    kind: str
    state: str
    text: str
    outcome: Outcome | None
    until: date | None
    author: str
    approved_by: str | None
    at: datetime
    sent_at: datetime | None
    deliveries: DeliveriesView


class IssueCardView(IssueView):
    """One issue with all that is known of it.

    `merged_into`: the number of the issue it was merged into; `merged`: those it stands for.
    `promise_by`: the latest day an interim answer sent now may promise, null: none may be given.
    `route`: the newest decision, null: none was recorded.
    """

    deadlines: Sequence[ExplainedDeadlineView]
    merged_into: str | None
    merged: list[str]
    promise_by: date | None
    route: RouteView | None
    repeats: list[RepeatView]
    replies: list[ReplyView]


class StateView(BaseModel):
    """A move as it was made, and the issue after it. `details`: what it was made with, by field."""

    move: str
    state: str
    outcome: str | None
    topic: str
    territory: str
    executor: str | None
    reason: str | None
    details: dict[str, str]
    actor: str
    at: datetime


class HistoryView(BaseModel):
    """Every move of an issue, the first one first."""

    number: str
    history: list[StateView]


def issue_view(dossier: Dossier, access: Access) -> IssueView:
    deadlines = [
        DeadlineView(**_deadline(one, dossier.is_in_force(one))) for one in dossier.deadlines
    ]
    return IssueView(deadlines=deadlines, **_face(dossier, access))


def card_view(case: CaseFile, access: Access, *, promise_by: date | None) -> IssueCardView:
    dossier = case.dossier
    return IssueCardView(
        **_face(dossier, access),
        deadlines=[
            ExplainedDeadlineView(
                **_deadline(one, dossier.is_in_force(one)),
                why=WhyView(values=one.why, lines=deadline_words.why_lines(one.why)),
            )
            for one in case.deadlines
        ],
        merged_into=case.merged_into.number if case.merged_into else None,
        merged=[issue.number for issue in case.merged],
        promise_by=promise_by,
        route=_route(case.routes[-1]) if case.routes else None,
        repeats=repeats_view(case.repeats),
        replies=[_reply(reply, case.tallies) for reply in case.replies],
    )


def repeats_view(offers: Sequence[Offer]) -> list[RepeatView]:
    return [
        RepeatView(
            number=offer.issue.number,
            sign=offer.sign,
            metres=offer.metres,
            state=offer.issue.state,
            topic=offer.issue.topic,
            arrived_at=offer.issue.arrived_at,
        )
        for offer in offers
    ]


def history_view(number: str, states: Sequence[IssueState]) -> HistoryView:
    history = [
        StateView(
            move=state.move,
            state=state.state,
            outcome=state.outcome,
            topic=state.topic,
            territory=state.territory,
            executor=state.executor,
            reason=state.reason,
            details={name: str(value) for name, value in state.details.items()},
            actor=state.actor,
            at=state.at,
        )
        for state in states
    ]
    return HistoryView(number=number, history=history)


def _face(dossier: Dossier, access: Access) -> dict[str, Any]:
    issue, interim = dossier.issue, dossier.proposed == "interim"
    return {
        "number": issue.number,
        "state": issue.state,
        "topic": issue.topic,
        "territory": issue.territory,
        "executor": issue.executor,
        "version": issue.version,
        "appeals": list(dossier.appeals),
        "moves": [_move(move, issue, access, interim) for move in access.moves(issue)],
        "outcome": issue.outcome,
        "urgency": issue.urgency,
        "formal": issue.formal,
        "danger": issue.danger,
        "complained_of": issue.complained_of,
        "channel": issue.channel,
        "arrived_at": issue.arrived_at,
        "opened_at": issue.opened_at,
        "closed_at": issue.closed_at,
        "paused_until": issue.paused_until,
        "promised_on": issue.promised_on,
        "warn_at": issue.warn_at,
    }


def _deadline(deadline: IssueDeadline, in_force: bool) -> dict[str, Any]:
    return {
        "kind": deadline.kind,
        "due_at": deadline.due_at,
        "norm": deadline.norm,
        "set_at": deadline.set_at,
        "in_force": in_force,
        "starts_at": deadline.starts_at,
        "warn_at": deadline.warn_at,
        "drags_at": deadline.drags_at,
    }


def _move(move: Move, issue: Issue, access: Access, interim: bool) -> MoveView:
    to = after(
        State(issue.state),
        move,
        may_approve=access.may(Right.ISSUES_APPROVE, issue),
        interim=interim,
        admitted=issue.opened_at is not None,
    )
    return MoveView(
        move=move.name,
        title=move.title,
        to=None if move.to is None else to,
        requires=list(move.requires),
        optional=list(move.optional),
        clocks=move.clocks,
        tells=move.tells,
    )


def _route(route: IssueRoute) -> RouteView:
    return RouteView(
        basis=route.basis,
        rule=route.rule,
        executor=route.executor,
        version=route.version,
        to_and_fro=route.to_and_fro,
        passed_over=route.passed_over,
        trail=[
            StepView(by=by, rule=rule, executor=executor, failed=failed)
            for by, rule, executor, failed in route.trail
        ],
        decided_at=route.decided_at,
    )


def _reply(reply: Reply, tallies: Mapping[int, Tally]) -> ReplyView:
    tally = tallies[reply.id]
    return ReplyView(
        kind=reply.kind,
        state=reply.state,
        text=reply.text,
        outcome=Outcome(reply.outcome) if reply.outcome else None,
        until=reply.until,
        author=reply.actor,
        approved_by=reply.approved_by,
        at=reply.at,
        sent_at=reply.sent_at,
        deliveries=DeliveriesView(
            waiting=tally.waiting, delivered=tally.delivered, failed=tally.failed
        ),
    )
