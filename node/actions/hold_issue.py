"""Forbid that anything of an issue is erased, and allow it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.appeal import faults_of_line
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.redaction import redact
from node.domain.rights import Actor, Right
from node.store import appeals, issues, journal, legal_holds
from node.store.issues import Issue
from node.store.legal_holds import LegalHold

MAX_REASON = 2_000


class NothingHeldUnder(NotFound):
    """Обращения или проблемы с таким номером на этом узле нет: проверьте номер."""


class HeldAlready(Conflict):
    """Удаление по этой проблеме уже запрещено."""


class NotHeld(Conflict):
    """Удаление по этой проблеме не запрещено: снимать нечего."""


def hold_issue(
    session: Session, *, unit: str, number: str, reason: str, actor: Actor, now: datetime
) -> str:
    """Hold back an issue, or the one of an appeal; its number. NoRight, NothingHeldUnder,
    HeldAlready, Invalid. The reason is kept without personal data."""
    actor.require_whole(Right.RESIDENTS_MANAGE, unit)
    told = checked_reason(reason)
    issue = _issue(session, number)
    if legal_holds.in_force(session, issue.head_id or issue.id) is not None:
        raise HeldAlready
    session.add(LegalHold(issue_id=issue.id, reason=told, actor=actor.name, at=now))
    journal.write(session, action="hold_placed", subject=issue.number, actor=actor.name, now=now)
    return issue.number


def release_issue(session: Session, *, unit: str, number: str, actor: Actor, now: datetime) -> str:
    """End the hold on an issue, or on the one of an appeal; its number. NoRight,
    NothingHeldUnder, NotHeld."""
    actor.require_whole(Right.RESIDENTS_MANAGE, unit)
    issue = _issue(session, number)
    hold = legal_holds.in_force(session, issue.head_id or issue.id)
    if hold is None:
        raise NotHeld
    hold.released_at, hold.released_by = now, actor.name
    journal.write(session, action="hold_released", subject=issue.number, actor=actor.name, now=now)
    return issue.number


def checked_reason(text: str) -> str:
    """Trimmed and without personal data. Invalid: it is empty, too long or no text."""
    told = text.strip()
    faults = tuple(faults_of_line("reason", told, MAX_REASON))
    if not told:
        faults = (Fault("reason", "назовите причину: она останется на записи"),)
    if faults:
        raise Invalid(*faults)
    return redact(told).text


def _issue(session: Session, number: str) -> Issue:
    issue = issues.by_number(session, number)
    if issue is None and (found := appeals.by_number(session, number)) is not None:
        issue = found[1]
    if issue is None:
        raise NothingHeldUnder
    return issue
