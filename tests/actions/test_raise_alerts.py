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
from node.store.session import Database, Session
from tests.support.alerts import BOTH, GAS
from tests.support.appeals import NOW, UNIT, an_appeal, moved, submitted, the_rulebook


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


LEAK, SUPPLY, HATCH = "gas.leak", "gas.supply", "amenities.open_hatch"
CALM = "Приезжайте на Лесную, 5"


def rules_of(session: Session, number: str) -> list[str]:
    issue = issues.by_number(session, number)
    assert issue is not None
    return [alert.rule for alert in alerts.of_issue(session, issue.id)]


def face(session: Session, number: str) -> tuple[bool, str]:
    issue = issues.by_number(session, number)
    assert issue is not None
    return issue.danger, issue.urgency


def test_a_dangerous_topic_chosen_by_the_resident_alerts_without_a_word_of_danger(
    database: Database,
) -> None:
    with database.transaction() as session:
        taken = submitted(session, text=CALM, topic=LEAK)
        calm = submitted(session, text=CALM, topic=SUPPLY)
        issue, other = (issues.by_number(session, one.issue_number) for one in (taken, calm))
        assert issue is not None
        assert other is not None
        assert taken.danger
        assert not calm.danger
        assert rules_of(session, taken.issue_number) == ["topic"]
        assert rules_of(session, calm.issue_number) == []
        assert face(session, taken.issue_number) == (True, "urgent")
        assert issue.final_due_at < other.final_due_at
        assert alerts.count_unacknowledged(session) == 1


@pytest.mark.parametrize("move", ["admit", "reclassify"])
def test_a_dangerous_topic_chosen_by_the_moderator_alerts_once(
    database: Database, move: str
) -> None:
    with database.transaction() as session:
        number = submitted(session, text=CALM, topic=SUPPLY).issue_number
        before = issues.by_number(session, number)
        assert before is not None
        due = before.final_due_at
        issue = moved(session, number, move, 1, topic=LEAK)
        assert (issue.danger, issue.urgency) == (True, "urgent")
        assert due is not None
        assert issue.final_due_at is not None
        assert issue.final_due_at < due
        assert rules_of(session, number) == ["topic"]
        last = issues.states_of(session, issue.id)[-1]
        assert last.details["urgency"] == "urgent"
        [alert] = alerts.of_issue(session, issue.id)
        assert alerts.acknowledge(session, alert.id, by="test", now=NOW)
        moved(session, number, "reclassify", 2, topic=HATCH)
        assert rules_of(session, number) == ["topic"]
        assert alerts.count_unacknowledged(session) == 0


def test_a_topic_adds_no_alert_to_that_of_words(database: Database) -> None:
    with database.transaction() as session:
        both = submitted(session, text=GAS, topic=LEAK).issue_number
        sorted_later = submitted(session, text=GAS).issue_number
        moved(session, sorted_later, "admit", 1, topic=LEAK)
        for number in (both, sorted_later):
            assert rules_of(session, number) == ["gas_leak"]


def test_a_topic_chosen_by_mistake_is_taken_back_and_words_are_not(database: Database) -> None:
    with database.transaction() as session:
        calm = submitted(session, text=CALM, topic=LEAK).issue_number
        said = submitted(session, text=GAS, topic=LEAK).issue_number
        for number in (calm, said):
            moved(session, number, "reclassify", 1, topic=SUPPLY)
        assert face(session, calm) == (False, "ordinary")
        assert face(session, said) == (True, "urgent")
        moved(session, calm, "reclassify", 2, topic=LEAK)
        assert face(session, calm) == (True, "urgent")
        assert rules_of(session, calm) == ["topic"]


def test_an_urgency_named_by_the_moderator_stands(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session, text=CALM).issue_number
        moved(session, number, "admit", 1, topic=LEAK, urgency="ordinary")
        assert face(session, number) == (True, "ordinary")
        assert rules_of(session, number) == ["topic"]
