"""Take what a resident says by the status link: a mark, «не решено», an answer, «и у меня».

The link is the right: whoever holds it speaks for the appeal. What may be said now is decided in
`domain/resident_choices.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import move_issue
from node.domain.appeal import faults_of_line
from node.domain.classifier import UNSORTED
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.issue import ENDED, WAITING, State
from node.domain.local_day import day_of
from node.domain.outgoing_text import tidy
from node.domain.resident_choices import (
    MAX_MESSAGE,
    MAX_MESSAGES,
    Choice,
    Mark,
    open_choices,
)
from node.domain.rights import unlimited
from node.domain.rulebook import Rulebook
from node.store import days, holdings, journal, repeats, resident_messages
from node.store.issues import Issue, IssueFlow
from node.store.repeats import Offer
from node.store.resident_messages import Linked, ResidentMessage

ACTOR = "resident"
NOT_SOLVED = "Житель: не решено"
ANSWERED = "Житель ответил"


class NoSuchLink(NotFound):
    """По этой ссылке обращения нет. Проверьте, что ссылка скопирована целиком."""


class NotNow(Conflict):
    """Сейчас этого сделать нельзя: состояние проблемы изменилось. Обновите страницу."""


class EnoughSaid(Conflict):
    """По этому обращению уже много сообщений. Подайте новое и укажите в нём номер этого."""


def hear_resident(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    key: str,
    choice: Choice,
    mark: str = "",
    text: str = "",
    into: str = "",
    contest_days: int,
    now: datetime,
) -> None:
    """Do what the holder of the link `key` has chosen.

    NoSuchLink; NotNow when it may not be chosen any more; EnoughSaid; Invalid names the field.
    """
    found = resident_messages.linked(session, key)
    if found is None:
        raise NoSuchLink
    said = resident_messages.of_appeals(session, [found.appeal.id])
    likes = joinable(session, rulebook, found)
    if choice not in choices_of(found, said, likes, contest_days=contest_days, now=now):
        raise NotNow
    if len(said) >= MAX_MESSAGES:
        raise EnoughSaid
    words = _checked(text, required=choice in (Choice.CONTEST, Choice.ANSWER))
    match choice:
        case Choice.MARK:
            _mark(session, rulebook, unit, found, mark, words, now)
        case Choice.CONTEST:
            _say(session, found, "contest", words, now)
            _move(session, rulebook, unit, found.head, "reopen", now, reason=NOT_SOLVED)
        case Choice.ANSWER:
            _say(session, found, "answer", words, now)
            _move(session, rulebook, unit, found.head, "resume", now, reason=ANSWERED)
        case Choice.JOIN:
            if into not in {offer.issue.number for offer in likes}:
                raise Invalid(Fault("into", "такой проблемы среди предложенных нет"))
            _move(session, rulebook, unit, found.own, "merge", now, into=into)


def choices_of(
    found: Linked,
    said: Sequence[ResidentMessage],
    likes: Sequence[Offer],
    *,
    contest_days: int,
    now: datetime,
) -> frozenset[Choice]:
    """What the holder of a link may choose now; `said`: all that was said on the appeal before,
    `likes`: what it may be joined to."""
    head = found.head
    return open_choices(
        State(head.state),
        closed_at=head.closed_at,
        marked=any(one.kind == "mark" and one.closing == head.reopens for one in said),
        offered=bool(likes),
        now=now,
        contest_days=contest_days,
    )


def joinable(session: Session, rulebook: Rulebook, found: Linked) -> list[Offer]:
    """Issues a resident may join their own to: offered, in work, and of no closed topic, since
    even that somebody wrote of an illness in that village is nobody's business. Nothing once the
    own one is past moderation."""
    if found.own.state not in WAITING:
        return []
    classifier = rulebook.classifier
    return [
        offer
        for offer in repeats.offered(session, found.own.id)
        if State(offer.issue.state) not in ENDED
        and offer.issue.topic != UNSORTED
        and not classifier.is_sensitive(offer.issue.topic)
    ]


def _checked(text: str, *, required: bool) -> str | None:
    text = tidy(text)
    if required and not text:
        raise Invalid(Fault("text", "пусто: напишите, в чём дело"))
    if faults := tuple(faults_of_line("text", text, MAX_MESSAGE)):
        raise Invalid(*faults)
    return text or None


def _say(
    session: Session,
    found: Linked,
    kind: str,
    text: str | None,
    now: datetime,
    mark: str | None = None,
) -> None:
    session.add(
        ResidentMessage(
            appeal_id=found.appeal.id,
            kind=kind,
            mark=mark,
            closing=found.head.reopens,
            text=text,
            at=now,
        )
    )
    holdings.look_again(session, found.head.id)
    session.flush()


def _mark(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    found: Linked,
    mark: str,
    text: str | None,
    now: datetime,
) -> None:
    """A mark counts as a flow of its day. It moves nothing: only «не решено» reopens."""
    if mark not in set(Mark):
        raise Invalid(Fault("mark", f"должна быть одной из: {', '.join(Mark)}"))
    _say(session, found, "mark", text, now, mark)
    session.add(IssueFlow(issue_id=found.head.id, counter=mark, at=now))
    days.mark_dirty(session, [day_of(now, rulebook.directory.zone(unit))], reason="late", now=now)
    journal.write(
        session,
        action="mark_answer",
        subject=found.head.number,
        actor=ACTOR,
        now=now,
        mark=mark,
        appeal=found.appeal.number,
    )


def _move(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    move: str,
    now: datetime,
    **fields: str,
) -> None:
    move_issue(
        session,
        rulebook,
        unit=unit,
        number=issue.number,
        move=move,
        version=issue.version,
        fields=fields,
        actor=unlimited(ACTOR, unit),
        now=now,
    )
