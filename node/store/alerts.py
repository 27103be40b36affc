"""Alerts: an issue of danger to life by its words or topic, until somebody on duty acknowledges it.

One row for each rule that fired on an issue. No text of the resident is kept here: the rule says
what was found, and the page of the issue shows the place in the appeal. An alert of an issue that
has ended (closed, rejected, merged) is seen: whoever ended it has read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.access import EVERYTHING, Sight
from node.domain.reply_delivery import Kind, MessageState
from node.store.base import Base, Instant
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from node.store.sights import in_sight
from node.store.statements import partial
from node.store.unindexed import unindexed


class Alert(Base, kw_only=True):
    """`rule`: a code of `[danger]` in topics.toml, or `topic`. Sent: handed to the outbox."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("issue_id", "rule"),
        Index("ix_alert_open", "id", **partial("acknowledged_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    rule: Mapped[str] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    acknowledged_by: Mapped[str | None] = mapped_column(String(120), default=None)
    last_sent_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    times_sent: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert with its issue."""

    alert: Alert
    issue: Issue


def raise_for(
    session: Session, issue_id: int, rules: Iterable[str], *, now: datetime
) -> Sequence[Alert]:
    """Alerts of the rules this issue has none of yet, acknowledged ones counted; those added."""
    known = set(session.scalars(select(Alert.rule).where(Alert.issue_id == issue_id)))
    added = [
        Alert(issue_id=issue_id, rule=rule, raised_at=now)
        for rule in dict.fromkeys(rules)
        if rule not in known
    ]
    session.add_all(added)
    session.flush()
    return added


def unacknowledged(
    session: Session, shown: Collection[Sight] = (EVERYTHING,), *, after: int = 0, limit: int
) -> Sequence[Alarm]:
    """Of issues in sight that have not ended, the oldest first, those after the id `after`."""
    return _alarms(session, *_open(shown), Alert.id > after, limit=limit)


def count_unacknowledged(session: Session, shown: Collection[Sight] = (EVERYTHING,)) -> int:
    query = select(func.count()).select_from(Alert).join(Issue, Issue.id == Alert.issue_id)
    return session.execute(query.where(*_open(shown))).scalar_one()


def acknowledged(
    session: Session, shown: Collection[Sight] = (EVERYTHING,), *, after: int = 0, limit: int
) -> Sequence[Alarm]:
    """Of issues in sight, the oldest first, those after the id `after`."""
    conditions = (Alert.acknowledged_at.is_not(None), *in_sight(shown), Alert.id > after)
    return _alarms(session, *conditions, limit=limit)


def by_id(session: Session, alert_id: int) -> Alarm | None:
    [*found] = _alarms(session, Alert.id == alert_id, limit=1)
    return found[0] if found else None


def of_issue(session: Session, issue_id: int) -> Sequence[Alert]:
    query = select(Alert).where(Alert.issue_id == issue_id).order_by(Alert.id)
    return session.scalars(query).all()


def acknowledge(session: Session, alert_id: int, *, by: str, now: datetime) -> bool:
    """False when somebody else has done so before."""
    done = session.execute(
        update(Alert)
        .where(Alert.id == alert_id, Alert.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=by)
        .execution_options(synchronize_session="fetch")
    )
    return cast("CursorResult[Any]", done).rowcount == 1


def due_to_send(session: Session, *, sent_before: datetime, limit: int) -> Sequence[Alert]:
    """Unacknowledged ones of issues that have not ended, never sent or last sent at or before.

    None of an issue whose last letter still waits to be sent: while the mail is down they would
    pile up, and come all at once.
    """
    waiting = exists().where(
        OutboxMessage.issue_id == Alert.issue_id,
        OutboxMessage.kind == Kind.ALERT,
        OutboxMessage.state == MessageState.WAITING,
    )
    query = (
        select(Alert)
        .join(Issue, Issue.id == Alert.issue_id)
        .where(
            *_open((EVERYTHING,)),
            or_(Alert.last_sent_at.is_(None), Alert.last_sent_at <= sent_before),
            ~waiting,
        )
        .order_by(Alert.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def mark_sent(session: Session, alert_ids: Collection[int], *, now: datetime) -> None:
    session.execute(
        update(Alert)
        .where(Alert.id.in_(alert_ids))
        .values(last_sent_at=now, times_sent=Alert.times_sent + 1)
        .execution_options(synchronize_session="fetch")
    )


def _open(shown: Collection[Sight]) -> tuple[ColumnElement[bool], ...]:
    return (Alert.acknowledged_at.is_(None), unindexed(Issue.closed_at).is_(None), *in_sight(shown))


def _alarms(session: Session, *conditions: ColumnElement[bool], limit: int) -> Sequence[Alarm]:
    query = (
        select(Alert, Issue)
        .join(Issue, Issue.id == Alert.issue_id)
        .where(*conditions)
        .order_by(Alert.id)
        .limit(limit)
    )
    return [Alarm(alert, issue) for alert, issue in session.execute(query)]
