"""An appeal taken in: numbers, its issue, its day, once and only once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from node.domain.appeal import Contact, NoIntake
from node.domain.errors import Invalid
from node.store import journal
from node.store.appeals import Appeal, Resident
from node.store.days import DirtyDay
from node.store.issues import Issue, IssueDeadline, IssueState
from node.store.session import Database
from tests.support.appeals import NOW, TOWN, UNIT, submitted, the_rulebook


def test_an_appeal_opens_an_issue_with_executor_and_deadlines(database: Database) -> None:
    with database.transaction() as session:
        result = submitted(session, topic="roads.pits")
    assert (result.number, result.issue_number) == ("RU-MUR-26-000001", "RU-MUR-P26-000001")
    assert result.created
    assert len(result.status_key) == 32
    with database.reading() as session:
        issue = session.scalars(select(Issue)).one()
        assert (issue.state, issue.topic, issue.territory) == ("registered", "roads.pits", TOWN)
        assert issue.executor == the_rulebook().agencies.for_topic("roads.pits").code
        assert (issue.version, issue.appeals, issue.opened_at) == (1, 1, None)
        kinds = session.scalars(select(IssueDeadline.kind).order_by(IssueDeadline.id)).all()
        assert kinds == ["first_answer", "final"]
        assert session.scalars(select(IssueState)).one().move == "register"
        assert session.scalars(select(DirtyDay.day)).all() == [date(2026, 11, 18)]
        assert journal.broken_at(session) is None
        entry = session.scalars(select(journal.JournalEntry)).one()
        assert (entry.action, entry.subject) == ("submit_appeal", result.number)


def test_an_appeal_without_a_topic_is_unsorted(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
        issue = session.scalars(select(Issue)).one()
        assert issue.topic == "unsorted"
        assert issue.executor


def test_the_same_external_id_of_the_same_channel_keeps_its_numbers(database: Database) -> None:
    with database.transaction() as session:
        first = submitted(session, channel="vk", external_id="wall-1")
    with database.transaction() as session:
        again = submitted(session, channel="vk", external_id="wall-1", text="Иначе сказано")
        other = submitted(session, channel="ok", external_id="wall-1")
    assert again.created is False
    assert (again.number, again.issue_number, again.status_key) == (
        first.number,
        first.issue_number,
        first.status_key,
    )
    assert other.created
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 2
        # The text that came first stands: an appeal is never edited.
        texts = session.scalars(select(Appeal.text).order_by(Appeal.id)).all()
        assert texts[0] == "Яма во дворе дома 5"


def test_many_senders_of_one_appeal_at_once_get_one_number(database: Database) -> None:
    results: list[tuple[str, bool]] = []
    failures: list[BaseException] = []
    barrier = threading.Barrier(6)

    def send(sender: int) -> None:
        barrier.wait()
        try:
            for turn in range(5):
                with database.transaction() as session:
                    same = submitted(session, external_id=f"same-{turn}")
                with database.transaction() as session:
                    submitted(session, external_id=f"own-{sender}-{turn}")
                results.append((same.number, same.created))
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=send, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({number for number, _ in results}) == 5
    assert sum(created for _, created in results) == 5
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Issue)) == 5 + 30
        assert journal.broken_at(session) is None


def test_an_older_appeal_is_counted_on_its_own_day(database: Database) -> None:
    sent = datetime(2026, 11, 10, 21, 30, tzinfo=UTC)  # 00:30 of the 11th in Murmansk
    with database.transaction() as session:
        submitted(session, received_at=sent)
        issue = session.scalars(select(Issue)).one()
        assert issue.arrived_at == sent
        assert session.scalars(select(Appeal.registered_at)).one() == NOW
        marked = session.scalars(select(DirtyDay)).one()
        assert (marked.day, marked.reason) == (date(2026, 11, 11), "late")


def test_a_sender_whose_clock_runs_ahead_a_little_is_taken_at_our_time(database: Database) -> None:
    with database.transaction() as session:
        submitted(session, received_at=NOW + timedelta(minutes=4))
        assert session.scalars(select(Appeal.received_at)).one() == NOW


def test_numbers_begin_anew_each_local_year(database: Database) -> None:
    new_year = datetime(2026, 12, 31, 21, 0, tzinfo=UTC)  # midnight in Murmansk
    with database.transaction() as session:
        before = submitted(session, now=new_year - timedelta(seconds=1))
        after = submitted(session, now=new_year)
    assert before.number == "RU-MUR-26-000001"
    assert after.number == "RU-MUR-27-000001"


def test_personal_data_go_to_their_own_table(database: Database) -> None:
    contact = Contact(email=" someone@example.org ", reply_by="email", consent_version="1")
    with database.transaction() as session:
        submitted(session, contact=contact)
        submitted(session)
        resident = session.scalars(select(Resident)).one()
        assert (resident.email, resident.consented_at) == ("someone@example.org", NOW)


def test_a_refused_appeal_leaves_nothing(database: Database) -> None:
    with pytest.raises(Invalid), database.transaction() as session:
        submitted(session, territory="nowhere")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 0
        assert session.scalar(select(func.count()).select_from(DirtyDay)) == 0


def test_a_tier_without_intake_takes_none(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NoIntake):
        submitted(session, unit="SZFO", territory=UNIT)
