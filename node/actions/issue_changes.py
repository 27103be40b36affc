"""What each move makes of an issue: the columns of its new face, its deadlines, its reply.

Only `move_issue` calls this; whether the move may be made has been decided there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.actions.merge_issues import merged, unmerged
from node.actions.set_deadlines import facts_of, set_anew
from node.domain.access import Access
from node.domain.danger import find_danger
from node.domain.deadline import Deadline
from node.domain.deadline_facts import (
    DeadlineFacts,
    PauseFact,
    faults_of_promise,
    pause_limit,
)
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.issue import Clocks, Move, Outcome, State
from node.domain.move_fields import as_day
from node.domain.rulebook import Rulebook
from node.store import appeals, outbox, replies
from node.store.issues import Issue
from node.store.replies import Reply


class StillOnItsWay(Conflict):
    """Ответ ещё в пути к жителю: проблема закроется сама, когда он дойдёт или не сможет дойти."""


@dataclass(frozen=True, slots=True)
class Case:
    """A move about to be made. `to`: where it leads. `waiting`: the reply that awaits approval."""

    session: Session
    rulebook: Rulebook
    unit: str
    issue: Issue
    move: Move
    to: State
    given: Mapping[str, str]
    waiting: Reply | None
    access: Access
    now: datetime

    @property
    def answers(self) -> str | None:
        """The kind of reply that leaves with this move, if one does."""
        if self.to is State.APPROVAL:
            return None
        if self.move.name == "approve":
            return self.waiting.kind if self.waiting else "final"
        return {"answer": "final", "interim": "interim", "pause": "question"}.get(self.move.name)


@dataclass(slots=True)
class Change:
    """Columns of the new face, deadlines set anew, and what else has to be counted again.

    `recounts_arrivals`: the appeals count otherwise than before (`repeated`). `left_by`: the
    executor who made the issue go, where it has another or none afterwards.
    """

    face: dict[str, Any]
    deadlines: tuple[Deadline, ...] = ()
    recounts_arrivals: bool = False
    left_by: str | None = None


@dataclass(slots=True)
class _Draft:
    face: dict[str, Any] = field(default_factory=dict)
    facts: DeadlineFacts | None = None
    recounts_arrivals: bool = False
    left_by: str | None = None


def of(case: Case) -> Change:
    """What a move makes of its issue. Invalid: a field does not fit what the store holds."""
    draft = _Draft({"state": case.to.value})
    _apply(case, draft)
    face = draft.face
    deadlines: tuple[Deadline, ...] = ()
    if draft.facts is not None:
        deadlines, columns = set_anew(case.rulebook, case.unit, case.issue, draft.facts, face)
        face |= columns
    return Change(face, deadlines, draft.recounts_arrivals, draft.left_by)


def _apply(case: Case, draft: _Draft) -> None:
    issue, given, now, face = case.issue, case.given, case.now, draft.face
    match case.move.name:
        case "admit":
            _sorted(case, draft)
        case "reject":
            face["closed_at"] = now
        case "route" | "reroute":
            _handed(case, draft)
        case "return":
            draft.left_by = issue.executor
            face |= {"returns": issue.returns + 1, "executor": None}
        case "answer" | "interim" | "approve":
            _answered(case, draft)
        case "pause":
            _paused(case, draft)
        case "resume":
            face["paused_until"] = None
            draft.facts = facts_of(case.session, issue, case.now)
        case "close":
            _require_settled(case)
            face |= {"outcome": given["outcome"], "closed_at": now}
        case "forward":
            face |= {"outcome": Outcome.EXPLAINED.value, "closed_at": now}
            _require_past(case, "sent_on")
        case "reopen":
            face |= {
                "outcome": None,
                "closed_at": None,
                "reopens": issue.reopens + 1,
                "interims": 0,
                "promised_on": None,
            }
            facts = facts_of(case.session, issue, now)
            draft.facts = replace(facts, reopened_at=now, promised_on=None)
        case "reclassify" | "prioritise":
            _sorted(case, draft)
        case "merge":
            face |= merged(
                case.session, case.rulebook, case.unit, issue, given["into"], case.access, now
            )
            draft.recounts_arrivals = issue.opened_at is None
        case "unmerge":
            face |= unmerged(case.session, case.rulebook, case.unit, issue, now)
            draft.recounts_arrivals = issue.opened_at is None
            draft.facts = facts_of(case.session, issue, now)


def _sorted(case: Case, draft: _Draft) -> None:
    """Another topic or urgency has another norm, counted from the same arrival; what is answered
    stays so."""
    issue, given = case.issue, case.given
    for name in ("topic", "territory", "urgency", "complained_of"):
        if name in given:
            draft.face[name] = given[name]
    if "topic" in given:
        _by_danger(case, draft)
    draft.facts = facts_of(case.session, issue, case.now)


def _by_danger(case: Case, draft: _Draft) -> None:
    """A dangerous topic makes an issue dangerous and urgent, as words do. Leaving it for another
    takes that back, unless somebody's words were of danger too."""
    issue, classifier, rules = case.issue, case.rulebook.classifier, case.rulebook.danger
    dangerous = classifier.is_danger(case.given["topic"])
    if dangerous and not issue.danger:
        draft.face["danger"] = True
        draft.face.setdefault("urgency", "urgent")
    elif not dangerous and issue.danger and classifier.is_danger(issue.topic):
        family = appeals.of_family(case.session, issue.id)
        if not any(find_danger(appeal.text, rules) for appeal, _ in family):
            draft.face["danger"] = False
            draft.face.setdefault("urgency", "ordinary")


def _handed(case: Case, draft: _Draft) -> None:
    issue, given = case.issue, case.given
    executor = given.get("executor") or issue.executor
    if executor is None:
        raise Invalid(Fault("executor", "исполнитель не предложен: назовите его"))
    draft.face["executor"] = executor
    if "complained_of" in given:
        draft.face["complained_of"] = given["complained_of"]
    if case.move.name == "route" and issue.routed_at is None:
        draft.face["routed_at"] = case.now
    if issue.state == State.PAUSED:
        draft.face["paused_until"] = None
        draft.facts = facts_of(case.session, issue, case.now)


def _answered(case: Case, draft: _Draft) -> None:
    issue, now, kind = case.issue, case.now, case.answers
    until = _until(case)
    if until is not None:
        _require_within_limits(case, until)
    if kind is None:
        return
    if issue.first_answer_at is None:
        draft.face["first_answer_at"] = now
    facts = facts_of(case.session, issue, now)
    if kind == "interim" and until is not None:
        draft.face |= {"promised_on": as_day(until), "interims": issue.interims + 1}
        facts = replace(facts, promised_on=as_day(until), promised_at=now)
    if case.move.clocks is not Clocks.RUN:
        draft.facts = facts


def _until(case: Case) -> str | None:
    if case.move.name == "interim":
        return case.given["until"]
    if case.waiting is not None and case.waiting.until is not None:
        return case.waiting.until.isoformat()
    return None


def _paused(case: Case, draft: _Draft) -> None:
    facts = facts_of(case.session, case.issue, case.now)
    until = pause_limit(facts, rulebook=case.rulebook, unit=case.unit, now=case.now)
    draft.face["paused_until"] = until
    draft.facts = replace(facts, pauses=(*facts.pauses, PauseFact(case.now, until)))


def _require_within_limits(case: Case, until: str) -> None:
    facts = facts_of(case.session, case.issue, case.now)
    faults = faults_of_promise(
        as_day(until), facts, rulebook=case.rulebook, unit=case.unit, now=case.now
    )
    if faults:
        raise Invalid(*faults)


def _require_past(case: Case, name: str) -> None:
    day = as_day(case.given[name])
    today = case.now.astimezone(case.rulebook.directory.zone(case.unit)).date()
    if day is None or day > today:
        raise Invalid(Fault(name, "ещё не наступила: укажите день, когда отправлено"))


def _require_settled(case: Case) -> None:
    """StillOnItsWay while somebody may yet receive the answer."""
    reply = replies.last_final(case.session, case.issue.id)
    if reply is not None and not outbox.settled(case.session, reply.id):
        raise StillOnItsWay


def write_reply(case: Case, actor: str) -> Reply | None:
    """The reply that leaves with a move, written down; one that waits for approval is not told."""
    session, given, issue, now = case.session, case.given, case.issue, case.now
    if case.move.name == "approve" and case.waiting is not None:
        waiting = case.waiting
        if given.get("text", waiting.text) != waiting.text:
            session.add(_copy(waiting, "withdrawn"))  # as its author wrote it
        waiting.text = given.get("text", waiting.text)
        waiting.outcome = given.get("outcome", waiting.outcome)
        waiting.state, waiting.approved_by, waiting.sent_at = "sent", actor, now
        _drop_drafts(session, issue.id, actor, waiting.kind)
        session.flush()
        return waiting
    if case.move.name == "send_back" and case.waiting is not None:
        # Its author finds it in the form again, and the approver later what was mended in it.
        case.waiting.state = "withdrawn"
        _drop_drafts(session, issue.id, actor, case.waiting.kind)
        if replies.draft_of(session, issue.id, case.waiting.actor, case.waiting.kind) is None:
            replies.begin_draft(session, _copy(case.waiting, "draft"))
        session.flush()
        return None
    if case.waiting is not None and case.move.name == "reroute":
        replies.withdraw_proposed(session, issue.id)
    if case.move.name not in ("answer", "interim", "pause"):
        return None
    sent = case.to is not State.APPROVAL
    reply = Reply(
        issue_id=issue.id,
        kind={"answer": "final", "interim": "interim", "pause": "question"}[case.move.name],
        state="sent" if sent else "proposed",
        text=given["text"],
        outcome=given.get("outcome"),
        until=as_day(given["until"]) if "until" in given else None,
        actor=actor,
        at=now,
        sent_at=now if sent else None,
    )
    _drop_drafts(session, issue.id, actor, reply.kind)
    session.add(reply)
    session.flush()
    return reply if sent else None


def _drop_drafts(session: Session, issue_id: int, actor: str, sent: str) -> None:
    """A final answer leaves nothing to be said before it; another one leaves the drafts of other
    kinds."""
    replies.drop_drafts(session, issue_id, actor, kind=None if sent == "final" else sent)


def _copy(reply: Reply, state: str) -> Reply:
    return Reply(
        issue_id=reply.issue_id,
        kind=reply.kind,
        state=state,
        text=reply.text,
        outcome=reply.outcome,
        until=reply.until,
        actor=reply.actor,
        at=reply.at,
    )
