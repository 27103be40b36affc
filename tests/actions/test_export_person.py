"""The copy of all that is held on a resident, by the numbers of that resident's appeals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import event, select

from node.domain.appeal import Contact
from node.domain.reply_delivery import Outcome, Result, Way
from node.store import delivery_attempts, outbox, person_files
from node.store.outbox import OutboxMessage
from node.store.session import Database
from tests.support.appeals import NOW, moved
from tests.support.retention import DAY, REPLY, TEXT, WHO, an_appeal, closed, erase, export


def test_a_copy_holds_everything_that_is_held(database: Database) -> None:
    number, issue = closed(database)
    made = export(database, number)
    [appeal] = made.appeals
    assert (appeal.number, appeal.text, appeal.issue) == (number, TEXT, issue)
    assert appeal.contact is not None
    assert (appeal.contact.name, appeal.contact.phone) == (WHO.name, WHO.phone)
    assert (appeal.contact.consent_version, appeal.contact.consented_at) == (
        WHO.consent_version,
        NOW,
    )
    assert [(one.kind, one.text) for one in appeal.replies] == [("final", REPLY)]
    assert [one.move for one in appeal.moves] == ["register", "route", "answer", "close"]
    assert appeal.moves[1].reason == "Передано по просьбе [имя]"  # others may be named there
    assert {one.action for one in appeal.journal} >= {"submit_appeal", "issue_route", "issue_close"}
    assert appeal.journal[-1].subject == issue
    assert made.warnings == ()
    assert [one.kind for one in appeal.requests] == ["export"]


def test_a_copy_tells_what_was_sent_and_how_it_went(database: Database) -> None:
    number, _ = an_appeal(database, contact=replace(WHO, reply_by="email"))
    with database.transaction() as session:
        [one] = person_files.owned(session, [number])
        outbox.put_notice(
            session,
            stage="execution",
            issue_id=one.issue.id,
            appeal_ids=[one.appeal.id],
            version=99,
            now=NOW,
        )
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.key.contains("-99-")))
        refused = Outcome(Result.REFUSED, "550 5.1.1")
        delivery_attempts.write(session, message.one().id, Way.EMAIL, refused, now=NOW)
    sent = export(database, number).appeals[0].deliveries[-1]
    assert (sent.kind, sent.stage, sent.way) == ("notice", "execution", "email")
    [attempt] = sent.attempts
    assert (attempt.result, attempt.code) == ("refused", "550 5.1.1")


def test_a_copy_of_what_is_erased_says_by_which_rule_and_when(database: Database) -> None:
    number, _ = closed(database)
    erase(database, number)
    [appeal] = export(database, number).appeals
    assert appeal.contact is None
    assert appeal.text == "[Текст удалён 19.11.2026: по запросу жителя]"
    stone = next(one for one in appeal.erased if one.data == "contact")
    assert (stone.rule_name, stone.at) == ("по запросу жителя", NOW + DAY)
    assert (stone.consent_version, stone.consented_at) == (WHO.consent_version, NOW)


def test_numbers_that_seem_to_be_of_two_people_are_warned_of(database: Database) -> None:
    mine, _ = an_appeal(database)
    also_mine, _ = an_appeal(database, contact=Contact(phone="8 (911) 222-33-44"))
    foreign, _ = an_appeal(database, contact=Contact(name="Борис Годунов", phone="+79990000000"))
    assert export(database, mine, also_mine).warnings == ()
    [warning] = export(database, mine, also_mine, foreign).warnings
    assert foreign in warning
    assert "Годунов" not in warning


def test_a_merged_appeal_brings_the_answer_of_the_issue_that_stands_for_it(
    database: Database,
) -> None:
    mine, merged = an_appeal(database)
    _, head = an_appeal(database)
    with database.transaction() as session:
        moved(session, merged, "merge", 1, into=head)
    for version, (move, fields) in enumerate(
        [("route", {}), ("answer", {"text": REPLY, "outcome": "solved"})], 2
    ):
        with database.transaction() as session:
            moved(session, head, move, version, **fields)
    [appeal] = export(database, mine).appeals
    assert (appeal.issue, appeal.merged_into) == (merged, head)
    assert [one.text for one in appeal.replies] == [REPLY]


def test_a_copy_asks_for_no_more_when_there_are_more_numbers(database: Database) -> None:
    numbers = [closed(database)[0] for _ in range(4)]

    def asked(of: list[str]) -> int:
        count = 0

        def counting(*_: Any) -> None:
            nonlocal count
            count += 1

        with database.reading() as session:
            event.listen(database.engine, "before_cursor_execute", counting)
            gathered = person_files.gather(session, person_files.owned(session, of))
            event.remove(database.engine, "before_cursor_execute", counting)
        assert len(gathered) == len(of)
        return count

    assert asked(numbers) == asked(numbers[:1])
