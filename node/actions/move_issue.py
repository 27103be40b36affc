"""Make one move on an issue: its new state, deadlines, what it counts and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.actions import issue_changes
from node.actions.issue_changes import Case, Change
from node.actions.propose_executor import propose_executor
from node.actions.raise_alerts import alert_of_topic
from node.actions.tell_residents import tell_residents
from node.domain.access import Access
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.issue import MOVES, STATE_NAMES, Move, State, after
from node.domain.issue_flows import Flow, Standing, flows
from node.domain.local_day import day_of
from node.domain.move_fields import checked_fields
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.domain.search_words import words_of
from node.store import appeals, days, issue_texts, issues, journal, replies
from node.store.issues import Issue

SPOKEN = frozenset({"text", "reason", "responsible", "addressee"})
"""Fields in somebody's own words: they stand beside the issue, never in the journal."""


class NoSuchIssue(NotFound):
    """Проблемы с таким номером на этом узле нет: проверьте номер."""


class NotAllowed(Conflict):
    """Состояние проблемы не допускает этого хода."""


class Stale(Conflict):
    """Проблему уже изменил кто-то другой: прочтите её снова и повторите ход с новой версией."""


def move_issue(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    move: str,
    version: int,
    fields: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> Issue:
    """Move the issue `number` on if it is still at `version`; its new face.

    NoSuchIssue, also of one the actor does not see; NoRight to make this move. Stale and NotAllowed
    name the present version and the moves open to the actor now. Invalid names every field missing,
    unknown or wrong, or the moves there are when `move` is none.
    """
    access = Access(actor, rulebook, unit)
    chosen = _known(move)
    issue = issues.by_number(session, number)
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    access.require_move(chosen, issue)
    if issue.version != version:
        raise _stale(issue, access)
    standing = standing_of(issue)
    if standing.state not in chosen.sources:
        raise NotAllowed(
            f"Проблема {STATE_NAMES[standing.state]}: ход «{move}» не допускается. "
            f"{_open_now(issue, access)}",
            **_present(issue, access),
        )
    given = checked_fields(chosen, fields, standing, rulebook=rulebook, unit=unit)
    waiting = replies.proposed(session, issue.id) if standing.state is State.APPROVAL else None
    to = after(
        standing.state,
        chosen,
        may_approve=access.may(Right.ISSUES_APPROVE, issue),
        interim=waiting is not None and waiting.kind == "interim",
        admitted=issue.opened_at is not None,
    )
    counted = flows(chosen, to, given, standing, now)
    case = Case(session, rulebook, unit, issue, chosen, to, given, waiting, access, now)
    change = issue_changes.of(case)
    before = (issue.topic, issue.territory)
    if counted and any(flow.counter == "opened" for flow in counted):
        change.face["opened_at"] = now
    if not issues.change(session, issue.id, version=version, changed_at=now, **change.face):
        session.refresh(issue)
        raise _stale(issue, access)
    _mark_days(session, rulebook, unit, before, issue, change, counted, now)
    if change.face.get("danger"):
        alert_of_topic(session, issue_id=issue.id, now=now)
    if "danger" in change.face:  # the topic has changed the urgency too
        given = {**given, "urgency": issue.urgency}
    if chosen.name != "return":
        propose_executor(session, rulebook, issue=issue, move=chosen, now=now)
    _write_down(session, issue, chosen, given, change, counted, actor.name, now)
    if chosen.name == "return":  # it is known by its own row who returned it
        named = given["responsible"]
        propose_executor(session, rulebook, issue=issue, move=chosen, named=named, now=now)
    reply = issue_changes.write_reply(case, actor.name)
    if reply is not None:
        issue_texts.add(session, issue, words_of([reply.text], []))
    tell_residents(session, issue=issue, move=chosen, reply=reply, now=now)
    journal.write(
        session,
        action=f"issue_{move}",
        subject=number,
        actor=actor.name,
        now=now,
        state=issue.state,
        version=issue.version,
        **_codes(given),
    )
    return issue


def standing_of(issue: Issue) -> Standing:
    """What of an issue its moves depend on."""
    return Standing(
        state=State(issue.state),
        topic=issue.topic,
        territory=issue.territory,
        executor=issue.executor,
        arrived_at=issue.arrived_at,
        first_answer_at=issue.first_answer_at,
        first_due_at=issue.first_due_at,
        final_due_at=issue.final_due_at,
        opened_at=issue.opened_at,
        routed_at=issue.routed_at,
        urgency=issue.urgency,
        formal=issue.formal,
        complained_of=issue.complained_of,
    )


def _known(move: str) -> Move:
    if move not in MOVES:
        raise Invalid(Fault("move", f"такого хода нет; ходы: {', '.join(MOVES)}"))
    return MOVES[move]


def _codes(given: Mapping[str, str]) -> dict[str, str]:
    return {name: code for name, code in given.items() if name not in SPOKEN}


def _open_now(issue: Issue, access: Access) -> str:
    names = [move.name for move in access.moves(issue)]
    return f"Сейчас можно: {', '.join(names)}." if names else "Сейчас ваших ходов здесь нет."


def _present(issue: Issue, access: Access) -> dict[str, Any]:
    """What a refusal tells of the issue as it is, so that the caller need not ask again."""
    names = [move.name for move in access.moves(issue)]
    return {"state": issue.state, "version": issue.version, "allowed": names}


def _stale(issue: Issue, access: Access) -> Stale:
    return Stale(
        f"Проблему уже изменил кто-то другой (её версия {issue.version}): прочтите её снова. "
        f"{_open_now(issue, access)}",
        **_present(issue, access),
    )


def _mark_days(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    before: tuple[str, str],
    issue: Issue,
    change: Change,
    counted: tuple[Flow, ...],
    now: datetime,
) -> None:
    """Flows stand under the topic and territory an issue has now: a new one moves them all."""
    zone = rulebook.directory.zone(unit)
    moved = (issue.topic, issue.territory) != before
    if moved or change.recounts_arrivals:
        moments = [received_at for _, received_at in appeals.arrivals(session, issue.id)]
        if moved:
            moments += issues.flow_moments(session, issue.id)
        days.mark_dirty(
            session, {day_of(moment, zone) for moment in moments}, reason="sorting", now=now
        )
    if counted:
        days.mark_dirty(session, [day_of(now, zone)], reason="late", now=now)


def _write_down(
    session: Session,
    issue: Issue,
    move: Move,
    given: Mapping[str, str],
    change: Change,
    counted: tuple[Flow, ...],
    actor: str,
    now: datetime,
) -> None:
    """The append-only rows of a move."""
    issues.add_move(
        session,
        issue,
        move=move.name,
        executor=change.left_by or issue.executor,
        reason=given.get("reason"),
        details=_details(given),
        counted=[(flow.counter, flow.minutes) for flow in counted],
        actor=actor,
        now=now,
    )
    issues.add_deadlines(session, issue.id, change.deadlines, now=now)


def _details(given: Mapping[str, str]) -> dict[str, str]:
    """All a move was made with but the texts to residents (replies) and the reason (its column)."""
    return {name: value for name, value in given.items() if name not in ("text", "reason")}
