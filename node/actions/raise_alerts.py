"""Alert the duty at once when the text of an appeal is of danger to life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.send_alerts import send_alerts
from node.domain.danger import find_danger
from node.domain.rulebook import Rulebook
from node.store import alerts


def raise_alerts(
    session: Session, rulebook: Rulebook, *, issue_id: int, text: str, now: datetime
) -> bool:
    """Whether any rule of danger fires on a text that came to an issue.

    An alert stands for each such rule the issue had none of, and is sent in this transaction; a
    rule known of the issue, acknowledged or not, is not alerted of again. The urgency of the issue
    is the caller's part, and so is the journal: this belongs to the registration it writes down.
    """
    found = find_danger(text, rulebook.danger)
    if found:
        raised = alerts.raise_for(session, issue_id, (danger.code for danger in found), now=now)
        send_alerts(session, alerts=raised, now=now)
    return bool(found)
