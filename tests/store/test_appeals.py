"""Queries on appeals: what is known of a link, an issue, a sender's own names."""

from __future__ import annotations

from datetime import timedelta

from node.store import appeals, issues
from node.store.session import Database
from tests.support.appeals import NOW, moved, submitted


def test_a_status_link_shows_the_state_and_nothing_of_the_resident(database: Database) -> None:
    with database.transaction() as session:
        sent = submitted(session)
        moved(session, sent.issue_number, "route", 1)
    with database.reading() as session:
        status = appeals.public_status(session, sent.status_key)
        assert status is not None
        assert (status.number, status.received_at, status.state) == (sent.number, NOW, "routed")
        assert not {"text", "contact"} & set(status.__slots__)
        assert appeals.public_status(session, "0" * 32) is None


def test_external_ids_are_looked_up_within_their_channel(database: Database) -> None:
    with database.transaction() as session:
        one = submitted(session, channel="vk", external_id="1")
        submitted(session, channel="ok", external_id="2")
        found = appeals.registered(session, "vk", ["1", "2", "3"])
    assert {key: names.number for key, names in found.items()} == {"1": one.number}


def test_an_appeal_is_found_with_its_issue(database: Database) -> None:
    with database.transaction() as session:
        sent = submitted(session)
        found = appeals.by_number(session, sent.number)
        assert found is not None
        assert (found[0].text, found[1].number) == ("Яма во дворе дома 5", sent.issue_number)
        assert appeals.by_number(session, "RU-MUR-26-000002") is None


def test_the_appeals_of_issues_are_listed_by_arrival(database: Database) -> None:
    with database.transaction() as session:
        sent = [submitted(session, received_at=NOW - timedelta(days=n)) for n in range(3)]
        found = [issues.by_number(session, one.issue_number) for one in sent]
        ids = [issue.id for issue in found if issue]
        assert appeals.numbers_of(session, ids) == {
            issue_id: [one.number] for issue_id, one in zip(ids, sent, strict=True)
        }
        assert appeals.arrivals(session, ids[2]) == [("api", NOW - timedelta(days=2))]
        assert appeals.numbers_of(session, []) == {}
