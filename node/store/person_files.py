"""Person files: all that is held on a resident under the numbers of that resident's appeals.

Never found by a name, a phone or an address: a number is what its holder knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from node.store import data_requests, photos, resident_messages, tombstones
from node.store.appeals import Appeal, Resident
from node.store.data_requests import DataRequest
from node.store.delivery_attempts import DeliveryAttempt
from node.store.issues import Issue, IssueState
from node.store.journal import JournalEntry
from node.store.outbox import OutboxMessage
from node.store.photos import Photo
from node.store.replies import Reply
from node.store.resident_messages import ResidentMessage
from node.store.tombstones import Tombstone


@dataclass(frozen=True, slots=True)
class Owned:
    """An appeal, its issue, and the issue that stands for it where that is merged."""

    appeal: Appeal
    issue: Issue
    head: Issue


@dataclass(frozen=True, slots=True)
class Dossier:
    """What stands in the rows of one appeal. `replies`: what was sent to its resident too."""

    owned: Owned
    resident: Resident | None
    moves: Sequence[IssueState]
    replies: Sequence[Reply]
    said: Sequence[ResidentMessage]
    deliveries: Sequence[tuple[OutboxMessage, Sequence[DeliveryAttempt]]]
    photos: Sequence[Photo]
    requests: Sequence[DataRequest]
    tombstones: Sequence[Tombstone]
    journal: Sequence[JournalEntry]


def owned(session: Session, numbers: Collection[str]) -> Sequence[Owned]:
    """The appeals of these numbers as far as there are any."""
    head = aliased(Issue)
    rows = session.execute(
        select(Appeal, Issue, head)
        .join(Issue, Issue.id == Appeal.issue_id)
        .outerjoin(head, head.id == Issue.head_id)
        .where(Appeal.number.in_(numbers))
        .order_by(Appeal.id)
    )
    return [Owned(appeal, issue, head or issue) for appeal, issue, head in rows]


def gather(session: Session, owned: Sequence[Owned]) -> list[Dossier]:
    """The rows of these appeals; a fixed number of queries."""
    appeal_ids = [one.appeal.id for one in owned]
    issue_ids = {id for one in owned for id in (one.issue.id, one.head.id)}
    numbers = {one.appeal.number for one in owned}
    subjects = numbers | {n for one in owned for n in (one.issue.number, one.head.number)}
    residents = {
        one.appeal_id: one
        for one in session.scalars(select(Resident).where(Resident.appeal_id.in_(appeal_ids)))
    }
    moves: dict[int, list[IssueState]] = defaultdict(list)
    query = select(IssueState).where(IssueState.issue_id.in_(issue_ids))
    for move in session.scalars(query.order_by(IssueState.at, IssueState.id)):
        moves[move.issue_id].append(move)
    replies: dict[int, list[Reply]] = defaultdict(list)
    sent = select(Reply).where(Reply.issue_id.in_(issue_ids), Reply.state == "sent")
    for reply in session.scalars(sent.order_by(Reply.id)):
        replies[reply.issue_id].append(reply)
    said: dict[int, list[ResidentMessage]] = defaultdict(list)
    for message in resident_messages.of_appeals(session, appeal_ids):
        said[message.appeal_id].append(message)
    deliveries = _deliveries(session, appeal_ids)
    pictures: dict[int | None, list[Photo]] = defaultdict(list)
    for photo in photos.of_appeals(session, appeal_ids):
        pictures[photo.appeal_id].append(photo)
    entries: dict[str, list[JournalEntry]] = defaultdict(list)
    of_numbers = select(JournalEntry).where(JournalEntry.subject.in_(subjects))
    for entry in session.scalars(of_numbers.order_by(JournalEntry.id)):
        entries[entry.subject].append(entry)
    stones = tombstones.of_subjects(session, subjects)
    requests = data_requests.of_subjects(session, numbers)
    return [
        Dossier(
            owned=one,
            resident=residents.get(one.appeal.id),
            moves=[move for id in _issues(one) for move in moves[id]],
            replies=[reply for id in _issues(one) for reply in replies[id]],
            said=said[one.appeal.id],
            deliveries=deliveries[one.appeal.id],
            photos=pictures[one.appeal.id],
            requests=requests[one.appeal.number],
            tombstones=[stone for subject in _subjects(one) for stone in stones[subject]],
            journal=[entry for subject in _subjects(one) for entry in entries[subject]],
        )
        for one in owned
    ]


def _deliveries(
    session: Session, appeal_ids: Collection[int]
) -> dict[int | None, list[tuple[OutboxMessage, Sequence[DeliveryAttempt]]]]:
    """By appeal: what was handed over, each with what has been tried."""
    query = select(OutboxMessage).where(OutboxMessage.appeal_id.in_(appeal_ids))
    messages = session.scalars(query.order_by(OutboxMessage.id)).all()
    tried: dict[int, list[DeliveryAttempt]] = defaultdict(list)
    attempts = select(DeliveryAttempt).where(
        DeliveryAttempt.message_id.in_([message.id for message in messages])
    )
    for attempt in session.scalars(attempts.order_by(DeliveryAttempt.id)):
        tried[attempt.message_id].append(attempt)
    found: dict[int | None, list[tuple[OutboxMessage, Sequence[DeliveryAttempt]]]]
    found = defaultdict(list)
    for message in messages:
        found[message.appeal_id].append((message, tried[message.id]))
    return found


def _issues(one: Owned) -> list[int]:
    return list(dict.fromkeys([one.issue.id, one.head.id]))


def _subjects(one: Owned) -> list[str]:
    return list(dict.fromkeys([one.appeal.number, one.issue.number, one.head.number]))
