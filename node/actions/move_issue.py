"""Make one move on an issue: its new state, deadlines, what it counts and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.domain.access import Access
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.issue import (
    MOVES,
    STATE_NAMES,
    Flow,
    Move,
    Standing,
    State,
    after,
    checked_fields,
    deadlines,
    flows,
)
from node.domain.local_day import day_of
from node.domain.norms import Deadline
from node.domain.rights import Actor
from node.domain.rulebook import Rulebook
from node.store import appeals, days, issues, journal
from node.store.issues import Issue, IssueFlow, IssueState, Reply


class NoSuchIssue(NotFound):
    """Проблемы с таким номером на этом узле нет: проверьте номер."""


class NotAllowed(Conflict):
    """Состояние проблемы не допускает этого хода."""


class Stale(Conflict):
    """Проблему уже изменил кто-то другой: прочтите её снова и повторите ход с новой версией."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What a move makes of an issue: columns of its new face, and deadlines set anew."""

    face: dict[str, Any]
    deadlines: tuple[Deadline, ...] = ()


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
    standing = _standing(issue)
    if standing.state not in chosen.sources:
        raise NotAllowed(
            f"Проблема {STATE_NAMES[standing.state]}: ход «{move}» не допускается. "
            f"{_open_now(issue, access)}",
            **_present(issue, access),
        )
    given = checked_fields(chosen, fields, standing, rulebook=rulebook, unit=unit)
    counted = flows(chosen, given, standing, now)
    change = _change(session, rulebook, unit, issue, chosen, given, now)
    if not issues.change(session, issue.id, version=version, changed_at=now, **change.face):
        session.refresh(issue)
        raise _stale(issue, access)
    _mark_days(session, rulebook, unit, issue, change.face, counted, now)
    session.refresh(issue)
    _write_down(session, issue, chosen, given, change, counted, actor.name, now)
    journal.write(
        session,
        action=f"issue_{move}",
        subject=number,
        actor=actor.name,
        now=now,
        state=issue.state,
        version=issue.version,
        **{name: code for name, code in given.items() if name not in ("text", "reason")},
    )
    return issue


def _known(move: str) -> Move:
    if move not in MOVES:
        raise Invalid(Fault("move", f"такого хода нет; ходы: {', '.join(MOVES)}"))
    return MOVES[move]


def _standing(issue: Issue) -> Standing:
    return Standing(
        state=State(issue.state),
        topic=issue.topic,
        territory=issue.territory,
        executor=issue.executor,
        arrived_at=issue.arrived_at,
        first_answer_at=issue.first_answer_at,
        first_due_at=issue.first_due_at,
        final_due_at=issue.final_due_at,
    )


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


def _change(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    move: Move,
    given: Mapping[str, str],
    now: datetime,
) -> _Change:
    face: dict[str, Any] = {"state": after(State(issue.state), move).value}
    match move.name:
        case "route" | "reroute":
            face["executor"] = given.get("executor", issue.executor)
        case "answer":
            face["first_answer_at"] = issue.first_answer_at or now
        case "close":
            face |= {"outcome": given["outcome"], "closed_at": now}
        case "reopen":
            face |= {"outcome": None, "closed_at": None}
        case "reclassify":
            return _reclassified(session, rulebook, unit, issue, given, face)
    return _Change(face)


def _reclassified(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    given: Mapping[str, str],
    face: dict[str, Any],
) -> _Change:
    """Another topic has another norm, counted from the same arrival; what is answered stays so.

    Until somebody confirmed the executor it is only the topic's proposal, so it follows the topic.
    """
    topic = given["topic"]
    face |= {"topic": topic, "territory": given.get("territory", issue.territory)}
    if issue.state == State.REGISTERED:
        face["executor"] = rulebook.agencies.for_topic(topic).code
    channel, _ = appeals.arrivals(session, issue.id)[0]
    anew = deadlines(topic, channel, issue.arrived_at, rulebook=rulebook, unit=unit)
    changed: list[Deadline] = []
    if issue.first_answer_at is None and anew.first_answer.due_at != issue.first_due_at:
        changed.append(anew.first_answer)
        face["first_due_at"] = anew.first_answer.due_at
    if anew.final.due_at != issue.final_due_at:
        changed.append(anew.final)
        face |= {"final_due_at": anew.final.due_at, "drags_at": anew.drags_at}
    return _Change(face, tuple(changed))


def _mark_days(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    face: Mapping[str, Any],
    counted: tuple[Flow, ...],
    now: datetime,
) -> None:
    """Flows stand under the topic and territory an issue has now: a new one moves them all."""
    zone = rulebook.directory.zone(unit)
    if (face.get("topic", issue.topic), face.get("territory", issue.territory)) != (
        issue.topic,
        issue.territory,
    ):
        moments = [
            issue.opened_at,
            *(received_at for _, received_at in appeals.arrivals(session, issue.id)),
            *issues.flow_moments(session, issue.id),
        ]
        moved = {day_of(moment, zone) for moment in moments}
        days.mark_dirty(session, moved, reason="sorting", now=now)
    if counted:
        days.mark_dirty(session, [day_of(now, zone)], reason="late", now=now)


def _write_down(
    session: Session,
    issue: Issue,
    move: Move,
    given: Mapping[str, str],
    change: _Change,
    counted: tuple[Flow, ...],
    actor: str,
    now: datetime,
) -> None:
    """The append-only rows of a move."""
    session.add(
        IssueState(
            issue_id=issue.id,
            move=move.name,
            state=issue.state,
            outcome=issue.outcome,
            topic=issue.topic,
            territory=issue.territory,
            executor=issue.executor,
            reason=given.get("reason"),
            actor=actor,
            at=now,
        )
    )
    session.add_all(
        IssueFlow(issue_id=issue.id, counter=flow.counter, minutes=flow.minutes, at=now)
        for flow in counted
    )
    issues.add_deadlines(session, issue.id, change.deadlines, now=now)
    if move.name == "answer":
        session.add(Reply(issue_id=issue.id, text=given["text"], actor=actor, at=now))
