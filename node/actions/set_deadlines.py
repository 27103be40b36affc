"""Set the deadlines of an issue anew from what has happened to it: the same facts, the same dates.

Nothing is added to or taken from a date that stands: every change of an issue counts all its
deadlines again from its appeals, pauses, promises and reopenings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.domain.deadline import Deadline
from node.domain.deadline_facts import DeadlineFacts, PauseFact, deadlines
from node.domain.issue import State
from node.domain.opening import deadline_columns
from node.domain.rulebook import Rulebook
from node.store import appeals, issues, replies
from node.store.issues import Issue


def facts_of(session: Session, issue: Issue, now: datetime) -> DeadlineFacts:
    """What the rows say of an issue: its appeals with those merged into it, its dated states.

    A pause still open is taken to end now: a move that goes on ends it, one that does not keeps
    its limit (`Issue.paused_until`) by not asking.
    """
    arrived = appeals.family_arrivals(session, issue.id)
    formal = [arrival for arrival in arrived if arrival.kind == "formal"]
    first = (formal or arrived)[0]
    return DeadlineFacts(
        channel=first.channel,
        topic=issue.topic,
        territory=issue.territory,
        urgency=issue.urgency,
        formal=bool(formal),
        arrived_at=min(arrival.received_at for arrival in arrived),
        registered_at=min(arrival.registered_at for arrival in formal or arrived),
        pauses=tuple(_pauses(session, issue, now)),
        promised_on=issue.promised_on,
        interims=issue.interims,
        reopened_at=_reopened_at(session, issue),
        danger=issue.danger,
        promised_at=(
            None if issue.promised_on is None else replies.last_interim_at(session, issue.id)
        ),
        formal_arrived_at=min((arrival.received_at for arrival in formal), default=None),
    )


def set_anew(
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    facts: DeadlineFacts,
    face: Mapping[str, Any],
) -> tuple[tuple[Deadline, ...], dict[str, Any]]:
    """The deadlines that change, and the columns of the issue's face for them.

    `face` holds what of the issue becomes new in the same move: its topic, place, urgency,
    danger.
    """
    facts = replace(
        facts,
        topic=face.get("topic", facts.topic),
        territory=face.get("territory", facts.territory),
        urgency=face.get("urgency", facts.urgency),
        danger=face.get("danger", facts.danger),
    )
    found = deadlines(facts, rulebook=rulebook, unit=unit)
    answered = face.get("first_answer_at", issue.first_answer_at)
    columns = deadline_columns(found, first_answer_at=answered)
    before = {
        "first_answer": issue.first_due_at,
        "final": issue.final_due_at,
        "forward": issue.forward_due_at,
    }
    if issue.first_answer_at is not None:
        # What has been answered stays answered within the deadline it had then.
        columns["first_due_at"] = issue.first_due_at
    changed = tuple(
        deadline
        for deadline in found
        if before.get(deadline.kind) != deadline.due_at
        and deadline.kind in before
        and not (deadline.kind == "first_answer" and issue.first_answer_at is not None)
    )
    return changed, columns


def _pauses(session: Session, issue: Issue, now: datetime) -> list[PauseFact]:
    """Every pause of an issue, from its dated states; an open one ends now."""
    found: list[PauseFact] = []
    since: datetime | None = None
    for state in issues.states_of(session, issue.id):
        if state.state == State.PAUSED and since is None:
            since = state.at
        elif state.state != State.PAUSED and since is not None:
            found.append(PauseFact(since, state.at))
            since = None
    if since is not None:
        found.append(PauseFact(since, now))
    return found


def _reopened_at(session: Session, issue: Issue) -> datetime | None:
    if not issue.reopens:
        return None
    moments = [state.at for state in issues.states_of(session, issue.id) if state.move == "reopen"]
    return moments[-1] if moments else None
