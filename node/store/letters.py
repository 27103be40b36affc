"""What a letter is made of: the one place where an address and a status link are read to be used.

Read for one message at the moment it is sent: an address erased or corrected since the message was
put is honoured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from node.store.appeals import Appeal, Resident
from node.store.claims import Claimed
from node.store.issues import Issue, IssueState
from node.store.outbox import OutboxMessage
from node.store.replies import Reply


@dataclass(frozen=True, slots=True)
class Facts:
    """Codes and texts as they stand in the rows. `number` and what follows it are None of an alert.

    `reason` and `given`: what the move was made with that the message tells of. `text`: the answer,
    or the question to the resident.
    """

    issue: str
    topic: str
    territory: str
    executor: str | None
    outcome: str | None
    final_due_at: datetime | None
    arrived_at: datetime
    number: str | None
    received_at: datetime | None
    link_shown: bool
    text: str | None
    until: date | None
    reason: str | None
    given: Mapping[str, str]
    status_key: str | None = field(repr=False)
    email: str | None = field(repr=False)


def facts(session: Session, message: Claimed) -> Facts:
    """Everything one letter may tell, by one query."""
    # The row of the move that put the message: written in the same transaction, at its moment.
    of_the_move = (
        select(func.max(IssueState.id))
        .where(and_(IssueState.issue_id == message.issue_id, IssueState.at <= message.created_at))
        .scalar_subquery()
    )
    query = (
        select(Issue, IssueState, Appeal, Reply, Resident.email)
        .select_from(OutboxMessage)
        .join(Issue, Issue.id == OutboxMessage.issue_id)
        .outerjoin(Appeal, Appeal.id == OutboxMessage.appeal_id)
        .outerjoin(Resident, Resident.appeal_id == Appeal.id)
        .outerjoin(Reply, Reply.id == OutboxMessage.reply_id)
        .outerjoin(IssueState, IssueState.id == of_the_move)
        .where(OutboxMessage.id == message.id)
    )
    row = session.execute(query).one()
    issue, email = row[0], row[4]
    move: IssueState | None = row[1]
    appeal: Appeal | None = row[2]  # an alert has none
    reply: Reply | None = row[3]
    then = move or issue  # what the message tells of may have changed since
    return Facts(
        issue=issue.number,
        topic=then.topic,
        territory=then.territory,
        executor=then.executor,
        outcome=then.outcome,
        reason=None if move is None else move.reason,
        given={} if move is None else {name: str(value) for name, value in move.details.items()},
        final_due_at=issue.final_due_at,
        arrived_at=issue.arrived_at,
        number=None if appeal is None else appeal.number,
        received_at=None if appeal is None else appeal.received_at,
        link_shown=appeal is not None and appeal.link_shown_at is not None,
        text=None if reply is None else reply.text,
        until=None if reply is None else reply.until,
        status_key=None if appeal is None else appeal.status_key,
        email=email or None,
    )
