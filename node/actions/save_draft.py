"""Keep what somebody has begun to write to residents, so that a crash of the browser loses nothing.

A draft is its author's alone: it is told to nobody, changes nothing of the issue and is not in the
journal, which would otherwise get a line for every few words typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import NoSuchIssue
from node.domain.access import Access
from node.domain.appeal import faults_of_line
from node.domain.errors import Fault, Invalid, NotFound, Unavailable
from node.domain.issue import MOVES, Outcome
from node.domain.move_fields import MAX_ANSWER, as_day
from node.domain.rights import Actor, NoRight
from node.domain.rulebook import Rulebook
from node.store import issues, replies
from node.store.issues import Issue
from node.store.replies import Reply

ATTEMPTS = 3
SENT_BY = {
    "final": ("answer", "approve"),
    "interim": ("interim", "approve"),
    "question": ("pause",),
}
"""Kind of a reply → the moves that send it: whoever may make one of them may draft it."""


class NoDraft(NotFound):
    """Вашего черновика у этой проблемы нет: вы его не начинали или ответ уже отправлен."""


def save_draft(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    kind: str,
    text: str,
    until: str | None = None,
    outcome: str | None = None,
    actor: Actor,
    now: datetime,
) -> Reply:
    """The actor's one draft of a kind on an issue, written anew; those of other kinds stay.

    NoSuchIssue; NoRight for whoever may not send such a reply. Invalid names the wrong fields.
    """
    access, issue = _drafted(session, rulebook, unit, number, actor)
    faults = tuple(_faults(kind, text, until, outcome))
    if faults:
        raise Invalid(*faults)
    if not any(access.may_move(MOVES[move], issue) for move in SENT_BY[kind]):
        raise NoRight
    for _ in range(ATTEMPTS):
        draft = replies.draft_of(session, issue.id, actor.name, kind)
        if draft is None:
            draft = Reply(
                issue_id=issue.id, kind=kind, state="draft", text=text, actor=actor.name, at=now
            )
            if not replies.begin_draft(session, draft):
                continue  # in another window, between our look and our writing
        draft.text, draft.at = text, now
        draft.until = as_day(until) if until else None
        draft.outcome = outcome or None
        session.flush()
        return draft
    raise Unavailable


def read_draft(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    kind: str | None = None,
    actor: Actor,
) -> Reply:
    """What the actor has begun to write of a kind; None: last of all. NoSuchIssue; NoDraft."""
    _, issue = _drafted(session, rulebook, unit, number, actor)
    _require_kind(kind)
    drafts = replies.drafts_of(session, issue.id, actor.name)
    for draft in drafts:
        if kind in (None, draft.kind):
            return draft
    raise NoDraft


def drop_draft(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    number: str,
    kind: str | None = None,
    actor: Actor,
) -> None:
    """Forget the draft of a kind; None: all. NoSuchIssue; NoDraft."""
    _, issue = _drafted(session, rulebook, unit, number, actor)
    _require_kind(kind)
    if not replies.drop_drafts(session, issue.id, actor.name, kind=kind):
        raise NoDraft


def _require_kind(kind: str | None) -> None:
    if kind is not None and kind not in SENT_BY:
        raise Invalid(_fault_of_kind())


def _fault_of_kind() -> Fault:
    return Fault("kind", f"должен быть одним из: {', '.join(SENT_BY)}")


def _drafted(
    session: Session, rulebook: Rulebook, unit: str, number: str, actor: Actor
) -> tuple[Access, Issue]:
    access = Access(actor, rulebook, unit)
    issue = issues.by_number(session, number)
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    return access, issue


def _faults(kind: str, text: str, until: str | None, outcome: str | None) -> Iterator[Fault]:
    if kind not in SENT_BY:
        yield _fault_of_kind()
    if not text.strip():
        yield Fault("text", "пустой черновик не хранится: напишите текст или удалите черновик")
    yield from faults_of_line("text", text, MAX_ANSWER)
    if until and as_day(until) is None:
        yield Fault("until", "должна быть датой вида ГГГГ-ММ-ДД")
    if outcome and outcome not in set(Outcome):
        yield Fault("outcome", f"должен быть одним из: {', '.join(Outcome)}")
