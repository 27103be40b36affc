"""The outbox on both databases: what is put once, who claims what, what is at its end at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from node.domain.reply_delivery import (
    Choice,
    Failure,
    MessageState,
    Outcome,
    Result,
    Shares,
    Step,
    Tally,
    Way,
)
from node.store import claims, delivery_attempts, outbox
from node.store.appeals import Appeal
from node.store.claims import LEASE
from node.store.delivery_attempts import Counted
from node.store.outbox import OutboxMessage
from node.store.session import Database
from tests.support.appeals import NOW
from tests.support.messages import a_notice, a_resident, an_answer, messages, put, standing

WAITING = ("email", "waiting", None)
ON_THE_PAGE = ("status_page", "delivered", None)
NO_WAY = ("none", "failed", "no_way_to_answer")
SENT = Step(Way.EMAIL, MessageState.DELIVERED)


def test_what_needs_no_sending_is_at_its_end_in_the_same_transaction(database: Database) -> None:
    with database.transaction() as session:
        people = [
            a_resident(session),
            a_resident(session, email=None, reply_by="status_page", link_shown=True),
            a_resident(session, email=None, reply_by="phone", phone="+7 900 000-00-00"),
            a_resident(session, email=None, reply_by=None),
        ]
        reply = an_answer(session, *people)
        assert standing(session) == [WAITING, ON_THE_PAGE, NO_WAY, NO_WAY]
        assert outbox.tally(session, reply) == Tally(waiting=1, delivered=1, failed=2)
        assert not outbox.settled(session, reply)
        assert [one.delivered_at for one in messages(session)] == [None, NOW, None, None]
        at_once = an_answer(session, *people[1:])
        assert outbox.settled(session, at_once)


def test_an_answer_and_a_notice_are_put_once(database: Database) -> None:
    with database.transaction() as session:
        person, other = a_resident(session), a_resident(session)
        reply = an_answer(session, person)
        put(session, reply, person, other)  # again, and for one merged meanwhile
        for version in (2, 2, 3):
            a_notice(session, person, version=version)
        for repeat in (0, 0, 1):
            outbox.put_alert(session, alert_id=5, issue_id=person.issue_id, now=NOW, repeat=repeat)
        assert [one.key for one in messages(session)] == [
            f"answer-{reply}-{person.id}",
            f"answer-{reply}-{other.id}",
            f"notice-execution-{person.issue_id}-2-{person.id}",
            f"notice-execution-{person.issue_id}-3-{person.id}",
            "alert-5-0",
            "alert-5-1",
        ]


def test_a_stage_told_by_its_answer_gets_no_notice(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        for stage in ("interim", "answered"):
            with pytest.raises(ValueError, match="put_answer"):
                a_notice(session, person, stage)
        with pytest.raises(KeyError, match="nonsense"):
            a_notice(session, person, "nonsense")


def test_alerts_are_claimed_first_then_answers_then_notices(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        a_notice(session, person)
        an_answer(session, person)
        an_answer(session, person, kind="interim")
        outbox.put_alert(session, alert_id=1, issue_id=person.issue_id, now=NOW)
        first = claims.claim(session, now=NOW, notices=True, limit=3)
        assert [one.kind for one in first] == ["alert", "final", "interim"]
        assert not claims.is_any_due(session, now=NOW, notices=False)
        assert claims.claim(session, now=NOW, notices=False, limit=3) == []
        assert [one.kind for one in claims.claim(session, now=NOW, notices=True, limit=3)] == [
            "notice"
        ]


def test_what_is_claimed_is_nobody_elses_until_its_lease_runs_out(database: Database) -> None:
    with database.transaction() as session:
        an_answer(session, a_resident(session))
        [claimed] = claims.claim(session, now=NOW, notices=True, limit=9)
        assert (claimed.attempts, claimed.until) == (1, NOW + LEASE)
    with database.transaction() as session:
        before = NOW + LEASE - timedelta(seconds=1)
        assert claims.claim(session, now=before, notices=True, limit=9) == []
        [again] = claims.claim(session, now=NOW + LEASE, notices=True, limit=9)
        assert again.attempts == 2
        # The first comes back from a long sleep: it is not its message any more.
        assert not claims.settle(session, claimed, SENT, now=NOW + LEASE)
        assert standing(session) == [WAITING]
        assert claims.settle(session, again, SENT, now=NOW + LEASE)
        assert standing(session) == [("email", "delivered", None)]
        assert not claims.settle(session, again, SENT, now=NOW + LEASE)


def test_a_clock_set_back_holds_nothing_up(database: Database) -> None:
    with database.transaction() as session:
        an_answer(session, a_resident(session))
        claims.claim(session, now=NOW, notices=True, limit=9)
        assert claims.claim(session, now=NOW - timedelta(days=1), notices=True, limit=9)


def test_what_was_given_back_is_claimed_again_at_once(database: Database) -> None:
    with database.transaction() as session:
        an_answer(session, a_resident(session))
        claims.release(session, claims.claim(session, now=NOW, notices=True, limit=9))
    with database.transaction() as session:
        [again] = claims.claim(session, now=NOW, notices=True, limit=9)
        assert again.attempts == 1


def test_a_message_tried_again_later_waits_until_then(database: Database) -> None:
    later = NOW + timedelta(minutes=7)
    with database.transaction() as session:
        an_answer(session, a_resident(session))
        [claimed] = claims.claim(session, now=NOW, notices=True, limit=9)
        claims.settle(session, claimed, Step(Way.EMAIL, MessageState.WAITING, None, later), now=NOW)
        assert not claims.is_any_due(session, now=later - timedelta(seconds=1), notices=True)
        assert claims.is_any_due(session, now=later, notices=True)


def test_two_processes_never_claim_the_same(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        for version in range(40):
            a_notice(session, person, version=version)
    claimed: list[int] = []
    together = threading.Barrier(2)

    def take() -> None:
        together.wait()
        while True:
            with database.transaction() as session:
                found = claims.claim(session, now=NOW, notices=True, limit=3)
                ids = [one.id for one in found]
            if not ids:
                return
            claimed.extend(ids)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 40


def test_a_corrected_contact_opens_a_way_again(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session, email=None, reply_by=None)
        an_answer(session, person)
        [message] = messages(session)
        outbox.begin_anew(message, Choice(Way.EMAIL, MessageState.WAITING), now=NOW)
        session.flush()
        assert standing(session) == [WAITING]


def test_the_three_shares_count_recipients_of_answers(database: Database) -> None:
    with database.transaction() as session:
        by_mail, refused, still = (a_resident(session) for _ in range(3))
        page = a_resident(session, email=None, reply_by="status_page", link_shown=True)
        nobody = a_resident(session, email=None, reply_by=None)
        an_answer(session, by_mail, refused, still, page, nobody)
        a_notice(session, page)
        first, second, *_ = claims.claim(session, now=NOW, notices=True, limit=9)
        claims.settle(session, first, SENT, now=NOW)
        failed = Step(Way.EMAIL, MessageState.FAILED, Failure.REFUSED)
        claims.settle(session, second, failed, now=NOW)
        hour = timedelta(hours=1)
        found = outbox.shares(session, NOW, NOW + hour)
        assert found == Shares(1, 1, {"refused": 1, "no_way_to_answer": 1}, 1)
        assert [found.of(n) for n in (found.adapter, found.status_page, found.not_delivered)] == [
            0.25,
            0.25,
            0.5,
        ]
        assert outbox.shares(session, NOW - hour, NOW) == Shares()


def test_the_messages_of_an_issue_come_with_their_attempts_by_two_queries(
    database: Database,
) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        an_answer(session, person)
        for version in range(3):
            a_notice(session, person, version=version)
        another = a_resident(session, email=None, reply_by=None)
        an_answer(session, another)
    queries: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *words: queries.append(words[2]))
    with database.reading() as session:
        queries.clear()
        page = delivery_attempts.of_issue(session, person.issue_id, limit=3)
        assert sum("SELECT" in query for query in queries) == 2
        rest = delivery_attempts.of_issue(
            session, person.issue_id, after=page[-1].message.id, limit=3
        )
        assert [one.message.kind for one in (*page, *rest)] == ["final", *["notice"] * 3]
        assert {one.number for one in page} == {person.number}
        assert delivery_attempts.counted(session, person.issue_id) == [
            Counted("final", "email", "waiting", 1),
            Counted("notice", "email", "waiting", 3),
        ]
        [told] = delivery_attempts.most_telling(session, another.issue_id, limit=9)
        assert told.message.failure == "no_way_to_answer"


def test_an_attempt_is_neither_changed_nor_deleted(database: Database) -> None:
    with database.transaction() as session:
        an_answer(session, a_resident(session))
        [message] = messages(session)
        outcome = Outcome(Result.ACCEPTED, "250")
        delivery_attempts.write(session, message.id, Way.EMAIL, outcome, now=NOW)
    for change in ("UPDATE delivery_attempt SET code = '550'", "DELETE FROM delivery_attempt"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            database.transaction() as session,
        ):
            session.execute(text(change))


def test_a_lifecycle_of_one_resident_puts_a_message_by_two_statements(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        statements: list[str] = []
        event.listen(
            database.engine, "before_cursor_execute", lambda *words: statements.append(words[2])
        )
        a_notice(session, person)
        assert len(statements) == 2


def test_the_outbox_has_no_column_for_personal_data(database: Database) -> None:
    with database.transaction() as session:
        person = a_resident(session)
        an_answer(session, person, text="Иванова, яму засыпали")
        row = session.execute(select(OutboxMessage.__table__)).one()
        assert not any("ivanova" in str(value).lower() for value in row)
        assert not any("иванова" in str(value).lower() for value in row)
        assert _status_key(session, person) not in str(row)


def _status_key(session: Session, appeal: Appeal) -> str:
    return session.scalars(select(Appeal.status_key).where(Appeal.id == appeal.id)).one()
