"""Alert the duty at once when the text or the topic of an appeal is of danger to life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.send_alerts import send_alerts
from node.domain.classifier import UNSORTED
from node.domain.danger import TOPIC, find_danger
from node.domain.rulebook import Rulebook
from node.store import alerts


def raise_alerts(
    session: Session,
    rulebook: Rulebook,
    *,
    issue_id: int,
    text: str,
    topic: str = UNSORTED,
    now: datetime,
) -> bool:
    """Whether any rule of danger fires on a text that came to an issue, or its topic is dangerous.

    An alert stands for each such rule the issue had none of, and is sent in this transaction; a
    rule known of the issue, acknowledged or not, is not alerted of again. The urgency of the issue
    is the caller's part, and so is the journal: this belongs to the registration it writes down.
    """
    found = find_danger(text, rulebook.danger)
    if found:
        raised = alerts.raise_for(session, issue_id, (danger.code for danger in found), now=now)
        send_alerts(session, alerts=raised, now=now)
    elif rulebook.classifier.is_danger(topic):
        alert_of_topic(session, issue_id=issue_id, now=now)
        return True
    return bool(found)


def alert_of_topic(session: Session, *, issue_id: int, now: datetime) -> None:
    """Alert of a topic marked as dangerous; not of an issue the duty was alerted of before."""
    if not alerts.of_issue(session, issue_id):
        raised = alerts.raise_for(session, issue_id, (TOPIC,), now=now)
        send_alerts(session, alerts=raised, now=now)
