"""Dangerous appeals and the alerts they raise, for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.store import alerts, issues
from tests.support.appeals import NOW, submitted

GAS = "Сильный запах газа в подъезде"
HATCH = "Во дворе открытый люк"
BOTH = f"{GAS}. {HATCH}"


def alarmed(
    session: Session, *, now: datetime = NOW, text: str = GAS, **overrides: Any
) -> tuple[str, list[int]]:
    """An appeal of danger, its issue's number and the ids of its alerts."""
    taken = submitted(session, now=now, text=text, **overrides)
    issue = issues.by_number(session, taken.issue_number)
    assert issue is not None
    return issue.number, [alert.id for alert in alerts.of_issue(session, issue.id)]
