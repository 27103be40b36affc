"""Alerts in the database: once for each rule and issue, seen by whom the issue is, due again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from node.actions.send_alerts import repeat_alerts
from node.domain.access import EVERYTHING, Access, Sight
from node.domain.people import NewGrant
from node.domain.rights import Actor
from node.store import alerts, issues
from node.store.outbox import OutboxMessage
from node.store.session import Database, Session
from tests.support.alerts import BOTH, alarmed
from tests.support.appeals import NOW, TOWN, UNIT, moved, the_rulebook

MINUTE = timedelta(minutes=1)


def shown(*grants: NewGrant) -> tuple[Sight, ...]:
    rulebook = the_rulebook()
    actor = Actor("x", "x", rulebook.roles.permits(grants), within=rulebook.directory.is_within)
    return Access(actor, rulebook, UNIT).shown


def sent(session: Session) -> None:
    """Every letter in the outbox has been taken by the mail server."""
    session.execute(update(OutboxMessage).values(state="delivered"))


def test_however_many_rules_fire_one_letter_is_written_and_it_is_the_first(
    database: Database,
) -> None:
    with database.transaction() as session:
        _, ids = alarmed(session, text=BOTH)
        letters = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "alert")).all()
        assert [letter.alert_id for letter in letters] == ids[:1]
        others = session.scalars(
            select(OutboxMessage.priority).where(OutboxMessage.kind != "alert")
        )
        assert all(letters[0].priority < other for other in others)


def test_an_issue_has_one_alert_for_each_rule_however_often_it_is_raised(
    database: Database,
) -> None:
    with database.transaction() as session:
        number, ids = alarmed(session, text=BOTH)
        issue = issues.by_number(session, number)
        assert issue is not None
        assert [alert.rule for alert in alerts.of_issue(session, issue.id)] == [
            "gas_leak",
            "open_hatch",
        ]
        assert alerts.raise_for(session, issue.id, ["gas_leak", "fire", "fire"], now=NOW)
        assert len(alerts.of_issue(session, issue.id)) == len(ids) + 1
        assert alerts.acknowledge(session, ids[0], by="somebody", now=NOW)
        assert alerts.raise_for(session, issue.id, ["gas_leak"], now=NOW) == []


def test_one_of_two_who_acknowledge_at_once_is_the_one_who_did(database: Database) -> None:
    with database.transaction() as session:
        _, [alert_id] = alarmed(session)
        assert alerts.acknowledge(session, alert_id, by="first", now=NOW)
        assert not alerts.acknowledge(session, alert_id, by="second", now=NOW + MINUTE)
        alarm = alerts.by_id(session, alert_id)
        assert alarm is not None
        assert (alarm.alert.acknowledged_by, alarm.alert.acknowledged_at) == ("first", NOW)
        assert alerts.by_id(session, alert_id + 100) is None


def test_alerts_come_oldest_first_page_by_page(database: Database) -> None:
    with database.transaction() as session:
        ids = [alarmed(session, now=NOW + i * MINUTE)[1][0] for i in range(4)]
        alerts.acknowledge(session, ids[1], by="x", now=NOW)
        left = [ids[0], ids[2], ids[3]]
        assert [a.alert.id for a in alerts.unacknowledged(session, limit=9)] == left
        assert [a.alert.id for a in alerts.unacknowledged(session, after=ids[0], limit=1)] == [
            ids[2]
        ]
        assert alerts.count_unacknowledged(session) == 3
        assert [a.alert.id for a in alerts.acknowledged(session, limit=9)] == [ids[1]]


@pytest.mark.parametrize(
    ("topic", "grant", "seen"),
    [
        ("roads.pits", NewGrant("moderator", UNIT), True),
        ("roads.pits", NewGrant("moderator", "RU-KGD"), False),
        ("roads.pits", NewGrant("executor", UNIT, agencies=("health_ministry",)), False),
        ("health.queues", NewGrant("moderator", UNIT), False),
        ("health.queues", NewGrant("moderator", UNIT, sectors=("health",)), True),
        ("health.queues", NewGrant("moderator", UNIT, sectors=("roads",)), False),
        (None, NewGrant("moderator", TOWN), True),
        (None, NewGrant("coordinator", UNIT), False),
    ],
)
def test_an_alert_is_seen_by_whom_its_issue_is(
    database: Database, topic: str | None, grant: NewGrant, seen: bool
) -> None:
    with database.transaction() as session:
        alarmed(session, topic=topic)
        found = alerts.unacknowledged(session, shown(grant), limit=9)
        assert bool(found) is seen
        assert alerts.count_unacknowledged(session, shown(grant)) == len(found)
        assert bool(alerts.acknowledged(session, shown(grant), limit=9)) is False


def test_the_alert_of_an_issue_that_has_ended_is_seen(database: Database) -> None:
    with database.transaction() as session:
        number, _ = alarmed(session, topic="roads.pits")
        moved(session, number, "take", 1)
        moved(session, number, "reject", 2, ground="advertising")
        assert alerts.unacknowledged(session, (EVERYTHING,), limit=9) == []
        assert alerts.due_to_send(session, sent_before=NOW + 99 * MINUTE, limit=9) == []


def test_an_alert_is_sent_again_until_acknowledged(database: Database) -> None:
    every = 10 * MINUTE
    with database.transaction() as session:
        _, [first] = alarmed(session)
        _, [second] = alarmed(session, now=NOW + 5 * MINUTE)
        for alert_id in (first, second):
            alarm = alerts.by_id(session, alert_id)
            assert alarm is not None
            assert alarm.alert.times_sent == 1  # at once, when raised
        assert repeat_alerts(session, every=every, now=NOW + 10 * MINUTE) == 0  # mail is down
        sent(session)
        assert repeat_alerts(session, every=every, now=NOW + 9 * MINUTE) == 0
        assert repeat_alerts(session, every=every, now=NOW + 10 * MINUTE) == 1
        assert repeat_alerts(session, every=every, now=NOW + 11 * MINUTE) == 0
        sent(session)
        alerts.acknowledge(session, first, by="x", now=NOW + 12 * MINUTE)
        assert repeat_alerts(session, every=every, now=NOW + 60 * MINUTE) == 1
        alarm = alerts.by_id(session, second)
        assert alarm is not None
        assert (alarm.alert.times_sent, alarm.alert.last_sent_at) == (2, NOW + 60 * MINUTE)
