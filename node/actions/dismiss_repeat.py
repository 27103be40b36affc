"""Say that an issue offered as a repeat is another matter: it is offered for this one no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import NoSuchIssue
from node.domain.access import Access
from node.domain.errors import NotFound
from node.domain.issue import MOVES
from node.domain.rights import Actor
from node.domain.rulebook import Rulebook
from node.store import issues, journal, repeats
from node.store.issues import Issue


class NoSuchRepeat(NotFound):
    """Эта проблема не предложена как повтор: её уже разобрали или её номер другой."""


def dismiss_repeat(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    other: str,
    actor: Actor,
    now: datetime,
) -> Issue:
    """Strike `other` off what is offered for the issue `number`; that issue, unchanged.

    NoSuchIssue, also of one the actor does not see; NoRight for whoever may not merge it either.
    NoSuchRepeat where `other` is not offered, or not any more.
    """
    access = Access(actor, rulebook, unit)
    issue = issues.by_number(session, number)
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    access.require_move(MOVES["merge"], issue)
    repeat = issues.by_number(session, other)
    if repeat is None or not access.sees(repeat):
        raise NoSuchRepeat
    if not repeats.dismiss(session, issue.id, repeat.id, actor=actor.name, now=now):
        raise NoSuchRepeat
    journal.write(
        session,
        action="repeat_dismissed",
        subject=number,
        actor=actor.name,
        now=now,
        other=other,
    )
    return issue
