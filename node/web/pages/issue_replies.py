"""Replies on the page of an issue: texts with their state, what was mended, the letter to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from node.bootstrap import Node
from node.delivery.letters import letter
from node.domain.notices import ANSWERS, Letter
from node.domain.reply_delivery import Tally
from node.domain.reply_templates import ReplyTemplate, left_open
from node.domain.text_changes import Piece, text_changes
from node.store.appeals import Appeal
from node.store.case_files import CaseFile
from node.store.issues import Issue
from node.store.letters import Facts
from node.store.replies import Reply
from node.web.locale import issue_words, russian
from node.web.pages.issue_terms import moment

QUESTION = "paused"
"""The stage whose letter brings a question to the resident."""


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply. `state` and `tone`: how far it has got, in words and as a class. `changes`: what is
    mended in it since it was sent back."""

    title: str
    state: str
    tone: str
    text: str
    at: str
    actor: str
    approved_by: str | None
    until: str | None
    outcome: str | None
    reached: str
    changes: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The letter as its resident will read it; `open`: what was left to be put in."""

    letter: Letter
    open: tuple[str, ...]


def replies_of(case: CaseFile, node: Node, now: datetime) -> tuple[ReplyView, ...]:
    """The newest first; those withdrawn too."""
    return tuple(_view(reply, case, node, now) for reply in reversed(case.replies))


def preview(
    issue: Issue,
    appeals: Sequence[Appeal],
    *,
    kind: str,
    text: str,
    until: date | None,
    outcome: str | None,
    node: Node,
) -> Preview:
    """Of a reply that is not sent yet. The status link is its resident's: it is not in it."""
    first = appeals[0]
    facts = Facts(
        issue=issue.number,
        topic=issue.topic,
        territory=issue.territory,
        executor=issue.executor,
        outcome=outcome,
        final_due_at=issue.final_due_at,
        arrived_at=issue.arrived_at,
        number=first.number,
        received_at=first.received_at,
        link_shown=True,
        text=text,
        until=until,
        reason=None,
        given={},
        status_key="…",
        email=None,
    )
    written = letter(
        ANSWERS.get(kind, QUESTION),
        facts,
        rulebook=node.rulebook,
        unit=node.code,
        url=node.url,
        operator_email=node.settings.operator.email,
    )
    return Preview(written, left_open(text))


def filled(
    template: ReplyTemplate, issue: Issue, appeals: Sequence[Appeal], until: date | None, node: Node
) -> str:
    """A template with what is known of an issue."""
    rulebook = node.rulebook
    return template.filled(
        {
            # Everybody gets the same text: one resident's number is nobody else's.
            "number": appeals[0].number if len(appeals) == 1 else "",
            "topic": rulebook.classifier.name(issue.topic),
            "place": rulebook.directory.name(issue.territory),
            "executor": rulebook.agencies.name(issue.executor) if issue.executor else "",
            "until": russian.day(until) if until else "",
        }
    )


def inserted(written: str, beginning: str, beginnings: Sequence[str]) -> str:
    """What a field holds after a template was chosen: nothing that somebody wrote is lost; another
    template untouched gives way to this one."""
    if not written.strip() or written.strip() in {one.strip() for one in beginnings}:
        return beginning
    return f"{written.rstrip()}\n\n{beginning}"


def _view(reply: Reply, case: CaseFile, node: Node, now: datetime) -> ReplyView:
    state, tone = issue_words.REPLY_STATES[reply.state]
    return ReplyView(
        title=issue_words.REPLIES[reply.kind],
        state=state,
        tone=tone,
        text=reply.text,
        at=moment(reply.sent_at or reply.at, now, node.zone),
        actor=reply.actor,
        approved_by=reply.approved_by,
        until=russian.day(reply.until) if reply.until else None,
        outcome=issue_words.outcome(reply.outcome),
        reached=_reached(case.tallies[reply.id]),
        changes=_changes(reply, case.replies),
    )


def _reached(tally: Tally) -> str:
    parts = [
        (tally.delivered, "доставлен"),
        (tally.waiting, "ждёт отправки"),
        (tally.failed, "не доставлен"),
    ]
    return ", ".join(f"{words}: {russian.number(n)}" for n, words in parts if n)


def _changes(reply: Reply, written: Sequence[Reply]) -> tuple[Piece, ...]:
    """What is mended in a reply that waits, beside the one that was sent back before it."""
    if reply.state != "proposed":
        return ()
    back = [one for one in written if one.state == "withdrawn" and one.id < reply.id]
    if not back or back[-1].text == reply.text or back[-1].actor != reply.actor:
        return ()
    return text_changes(back[-1].text, reply.text)
