"""Registration alerts the duty of danger, once, and of a file's old dangers not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from node.actions.import_appeals import import_appeals
from node.actions.raise_alerts import raise_alerts
from node.domain.appeal import AcceptedAppeal
from node.store import alerts, issues
from node.store.outbox import OutboxMessage
from node.store.session import Database
from tests.support.alerts import BOTH, GAS
from tests.support.appeals import NOW, UNIT, an_appeal, submitted, the_rulebook


def test_registration_makes_the_issue_urgent_and_alerts_the_duty_in_its_transaction(
    database: Database,
) -> None:
    with database.transaction() as session:
        taken = submitted(session, text=BOTH)
        quiet = submitted(session, text="Яма во дворе")
        issue = issues.by_number(session, taken.issue_number)
        other = issues.by_number(session, quiet.issue_number)
        assert issue is not None
        assert other is not None
        assert (issue.danger, issue.urgency, taken.danger) == (True, "urgent", True)
        assert (other.danger, other.urgency, quiet.danger) == (False, "ordinary", False)
        rules = [alert.rule for alert in alerts.of_issue(session, issue.id)]
        assert rules == ["gas_leak", "open_hatch"]
        assert alerts.of_issue(session, other.id) == []
        first = select(OutboxMessage).order_by(OutboxMessage.priority, OutboxMessage.id)
        assert [m.issue_id for m in session.scalars(first.limit(1))] == [issue.id]


def test_the_same_text_raised_again_adds_nothing_and_still_is_danger(database: Database) -> None:
    with database.transaction() as session:
        issue = issues.by_number(session, submitted(session, text=GAS).issue_number)
        assert issue is not None
        for text, fires in ((GAS, True), ("газон", False)):
            found = raise_alerts(session, the_rulebook(), issue_id=issue.id, text=text, now=NOW)
            assert found is fires
        assert len(alerts.of_issue(session, issue.id)) == 1


@pytest.mark.parametrize(
    ("received_at", "alerted"),
    [(None, False), (NOW - timedelta(days=2), True), (NOW - timedelta(days=4), False)],
)
def test_a_file_alerts_only_of_what_came_lately(
    database: Database, received_at: datetime | None, alerted: bool
) -> None:
    appeal = an_appeal(text=GAS, external_id="1", channel="csv", received_at=received_at)
    with database.transaction() as session:
        import_appeals(
            session,
            the_rulebook(),
            unit=UNIT,
            accepted=[AcceptedAppeal(appeal, received_at or NOW)],
            actor="test",
            now=NOW,
        )
        assert alerts.count_unacknowledged(session) == alerted
