"""Erasure: the statements that take what is held on residents out of its tables.

What is due is said by `domain/retention.py`, what is left to tell of it by `tombstones.py`; the
one place where both meet is `actions/erase_data.py`. On SQLite what is deleted is overwritten in
the file (`secure_delete`, see `session.py`); PostgreSQL keeps old row versions until its VACUUM.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from node.domain.retention import GONE, Data
from node.domain.search_words import words_of
from node.store import issue_texts
from node.store.appeals import Appeal, Resident
from node.store.issues import Issue, IssueState
from node.store.replies import Reply
from node.store.resident_messages import ResidentMessage


@dataclass(frozen=True, slots=True)
class Consent:
    """What a resident had agreed to, and when; None where the channel asked for none."""

    version: str | None
    at: datetime | None


def shred_contacts(session: Session, appeal_ids: Collection[int]) -> dict[int, Consent]:
    """Delete the residents of these appeals; by appeal, what each had consented to."""
    rows = session.execute(
        delete(Resident)
        .where(Resident.appeal_id.in_(appeal_ids))
        .returning(Resident.appeal_id, Resident.consent_version, Resident.consented_at)
        .execution_options(synchronize_session=False)
    )
    return {row.appeal_id: Consent(row.consent_version, row.consented_at) for row in rows}


def drop_drafts(session: Session, issue_ids: Collection[int]) -> None:
    """Delete the replies of these issues that were never sent."""
    session.execute(
        delete(Reply)
        .where(Reply.issue_id.in_(issue_ids), Reply.state != "sent")
        .execution_options(synchronize_session=False)
    )


def texts(session: Session, data: Data, ids: Collection[int]) -> dict[int, str]:
    """The texts of one kind under appeals (TEXT, MESSAGES) or issues (REPLIES, REASONS), by the
    id of the row each stands in."""
    return {row_id: text for row_id, text in session.execute(_texts(data, ids)) if text is not None}


def write_texts(session: Session, data: Data, changed: Mapping[int, str]) -> None:
    """Put these in place of texts read by `texts`; of an appeal also what was made of its text."""
    if not changed:
        return
    match data:
        case Data.TEXT:
            rows = [{"id": id, "text": text, "text_key": None} for id, text in changed.items()]
            session.execute(update(Appeal), rows)
        case Data.MESSAGES:
            rows = [{"id": id, "text": text} for id, text in changed.items()]
            session.execute(update(ResidentMessage), rows)
        case Data.REPLIES:
            rows = [{"id": id, "text": text} for id, text in changed.items()]
            session.execute(update(Reply), rows)
        case Data.REASONS:
            rows = [{"id": id, "reason": text} for id, text in changed.items()]
            session.execute(update(IssueState), rows)
        case _:
            raise ValueError(f"{data} is no text")


def find_by_what_is_left(
    session: Session, *, appeal_ids: Collection[int], issue_ids: Collection[int]
) -> None:
    """Let these issues, and those of these appeals, be found only by words still in their texts."""
    issues = session.execute(
        select(Issue.id, Issue.number, Issue.head_id).where(
            or_(
                Issue.id.in_(issue_ids),
                Issue.id.in_(select(Appeal.issue_id).where(Appeal.id.in_(appeal_ids))),
            )
        )
    ).all()
    written: dict[int, list[str]] = defaultdict(list)
    numbers = {issue.id: [issue.number] for issue in issues}
    gathered = select(Appeal.issue_id, Appeal.number, Appeal.text)
    for issue_id, number, text in session.execute(gathered.where(Appeal.issue_id.in_(numbers))):
        numbers[issue_id].append(number)
        written[issue_id].append(text)
    sent = select(Reply.issue_id, Reply.text).where(Reply.issue_id.in_(numbers))
    for issue_id, text in session.execute(sent):
        written[issue_id].append(text)
    issue_texts.erase(session, list(numbers))
    issue_texts.keep(
        session,
        {
            id: words_of([one for one in written[id] if not one.startswith(GONE)], own)
            for id, own in numbers.items()
        },
    )
    heads = {issue.head_id for issue in issues if issue.head_id is not None}
    issue_texts.gather_anew(session, {*numbers, *heads})


def _texts(data: Data, ids: Collection[int]) -> Select[int, str | None]:
    match data:
        case Data.TEXT:
            return select(Appeal.id, Appeal.text).where(Appeal.id.in_(ids))
        case Data.MESSAGES:
            return select(ResidentMessage.id, ResidentMessage.text).where(
                ResidentMessage.appeal_id.in_(ids)
            )
        case Data.REPLIES:
            return select(Reply.id, Reply.text).where(
                Reply.issue_id.in_(ids), Reply.state == "sent"
            )
        case Data.REASONS:
            return select(IssueState.id, IssueState.reason).where(IssueState.issue_id.in_(ids))
        case _:
            raise ValueError(f"{data} is no text")
