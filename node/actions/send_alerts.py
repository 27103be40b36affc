"""Hand alerts to the outbox: at once when they are raised, and again until acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from node.store import alerts as store
from node.store import outbox
from node.store.alerts import Alert

AT_ONCE = 200  # alerts a run sends again; the next run goes on


def send_alerts(session: Session, *, alerts: Sequence[Alert], now: datetime) -> None:
    """One letter an issue, however many rules fired on it."""
    for _issue_id, of_issue in groupby(alerts, key=attrgetter("issue_id")):
        first = next(of_issue)
        outbox.put_alert(
            session,
            alert_id=first.id,
            issue_id=first.issue_id,
            now=now,
            repeat=first.times_sent,
        )
    store.mark_sent(session, [alert.id for alert in alerts], now=now)


def repeat_alerts(session: Session, *, every: timedelta, now: datetime) -> int:
    """Send again what nobody has acknowledged within `every` since it was last sent; how many.

    No journal: nobody acts, and the outbox keeps what was sent.
    """
    due = store.due_to_send(session, sent_before=now - every, limit=AT_ONCE)
    if due:
        by_issue = sorted(due, key=attrgetter("issue_id", "id"))
        send_alerts(session, alerts=by_issue, now=now)
    return len(due)
