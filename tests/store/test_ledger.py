"""What every ledger must do: the same tests against the one in memory and the SQL one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from federation.errors import Refusal
from federation.ledger import (
    Backlog,
    Fork,
    Incarnation,
    KeptReceipt,
    Link,
    Outbound,
    Place,
    Rejected,
    Standing,
    State,
)
from federation.statement import Envelope, Statement, StatementId
from node.store import statement_lookup as lookup
from node.store.ledger import (
    SqlLedger,
    forget_superseded,
    history,
    newest_bytes,
    newest_summaries_changed,
)
from node.store.session import Database
from tests.support.ledgers import KEY, KINDS, NOW, Open, a_statement, held, opened_of


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a transaction on one and the same ledger each time it is called."""
    yield from opened_of(request)


def test_the_newest_version_takes_the_flag_from_the_one_before(opened: Open) -> None:
    first, second = a_statement(rev=1), a_statement(rev=2)
    with opened() as ledger:
        ledger.put([held(first)])
    with opened() as ledger:
        ledger.put([held(second)])
    with opened() as ledger:
        assert ledger.newest_versions([first.id]) == {first.id: second.version}
        assert ledger.newest([first.id])[first.id] == held(second)
        assert ledger.at([Place(first.id, 100, 1)]) == [held(first, newest=False)]


def test_many_ids_are_looked_up_at_once(opened: Open) -> None:
    many = [a_statement(f"k{number}") for number in range(50)]
    with opened() as ledger:
        ledger.put([held(one) for one in many])
        unknown = StatementId("RU-MUR", "summary", "unknown")
        found = ledger.newest_versions([one.id for one in many] + [unknown])
        assert found == {one.id: one.version for one in many}
        assert ledger.newest([]) == {}


def test_a_version_kept_again_is_replaced_as_if_it_came_now(opened: Open) -> None:
    waits, other = a_statement(), a_statement("2026-11-19")
    with opened() as ledger:
        ledger.put([held(waits, state=State.PENDING, newest=False)])
        ledger.put([held(other, state=State.PENDING, newest=False)])
        assert [one.id for one in ledger.waiting(State.PENDING)] == [waits.id, other.id]
        assert ledger.newest_versions([waits.id]) == {}
        ledger.put([held(waits)])
        assert [one.id for one in ledger.waiting(State.PENDING)] == [other.id]
        assert ledger.newest_versions([waits.id]) == {waits.id: waits.version}


def test_a_transaction_that_raises_leaves_nothing(opened: Open) -> None:
    with pytest.raises(RuntimeError), opened() as ledger:
        ledger.put([held(a_statement())])
        ledger.remember_nonce("kid", "n", NOW)
        raise RuntimeError
    with opened() as ledger:
        assert not ledger.newest_versions([a_statement().id])
        assert not ledger.nonce_seen("kid", "n")


def test_the_highest_epoch_is_that_of_stored_versions_alone(opened: Open) -> None:
    with opened() as ledger:
        assert ledger.highest_epoch("RU-MUR") == 0
        ahead = a_statement("b", epoch=10**9)
        ledger.put([held(a_statement("a", epoch=7))])
        ledger.put([held(ahead, state=State.QUARANTINED, code="epoch_ahead", newest=False)])
        assert ledger.highest_epoch("RU-MUR") == 7
        assert ledger.waiting(State.QUARANTINED)[0].code == "epoch_ahead"


def test_evidence_of_a_fork_is_kept_once(opened: Open) -> None:
    fork = Fork(a_statement().id, 100, 1, "b" * 64, "a" * 64, NOW, "RU-MUR")
    with opened() as ledger:
        ledger.note_forks([fork])
        ledger.note_forks([replace(fork, noticed_at=NOW + timedelta(hours=1))])
        assert ledger.forks() == [fork]


def queued(statement: Statement, due_at: datetime = NOW, priority: int = 9) -> Outbound:
    size = len(statement.envelope.data)
    return Outbound(statement.id, statement.version, size, priority, due_at)


def test_the_queue_is_ordered_by_priority_then_by_due_time(opened: Open) -> None:
    late, soon, urgent, asleep = (a_statement(key) for key in ("late", "soon", "urgent", "asleep"))
    entries = [
        queued(late, NOW),
        queued(soon, NOW - timedelta(hours=1)),
        queued(urgent, NOW, priority=1),
        queued(asleep, NOW + timedelta(minutes=1), priority=0),
    ]
    with opened() as ledger:
        ledger.put([held(one) for one in (late, soon, urgent, asleep)])
        ledger.enqueue(entries)
        due = ledger.due(NOW, 10)
        assert [entry.id.key for entry in due] == ["urgent", "soon", "late"]
        assert ledger.due(NOW, 1) == due[:1]
        assert ledger.backlog(NOW) == Backlog(3, NOW - timedelta(hours=1))
        assert ledger.envelopes(due) == {
            e.version.sha256: s.envelope for e, s in zip(due, (urgent, soon, late), strict=True)
        }


def test_what_a_wrong_clock_queued_for_next_year_is_due_when_it_is_set_right(opened: Open) -> None:
    tomorrow, next_year = a_statement("tomorrow"), a_statement("next-year")
    with opened() as ledger:
        ledger.put([held(tomorrow), held(next_year)])
        ledger.enqueue([queued(tomorrow, NOW + timedelta(days=1))])
        ledger.enqueue([queued(next_year, NOW + timedelta(days=365))])
        assert [entry.id.key for entry in ledger.due(NOW, 10)] == ["next-year"]
        assert ledger.backlog(NOW).statements == 1


def test_a_newer_version_in_the_queue_keeps_the_earlier_due_time(opened: Open) -> None:
    first, second = a_statement(rev=1), a_statement(rev=2)
    with opened() as ledger:
        ledger.put([held(first)])
        ledger.enqueue([queued(first, NOW)])
        ledger.put([held(second)])
        ledger.enqueue([queued(second, NOW + timedelta(minutes=15))])
        assert ledger.due(NOW, 10) == [queued(second, NOW)]
        ledger.dequeue([first.version.sha256])
        assert len(ledger.due(NOW, 10)) == 1
        ledger.dequeue([second.version.sha256])
        assert ledger.due(NOW, 10) == []


def test_what_stands_is_listed_without_its_bytes(opened: Open) -> None:
    old, new, cert = a_statement(rev=1), a_statement(rev=2), a_statement(type="certificate")
    waits = a_statement("2026-11-01")
    with opened() as ledger:
        ledger.put([held(old), held(cert)])
        ledger.put([held(new), held(waits, state=State.PENDING, newest=False)])
        assert set(ledger.standing()) == {
            Standing(one.id, one.version, len(one.envelope.data)) for one in (new, cert)
        }


def test_a_rejection_is_kept_once(opened: Open) -> None:
    rejected = Rejected(a_statement().id, "a" * 64, "bad_day", "SZFO", NOW)
    with opened() as ledger:
        ledger.note_rejected([rejected, rejected])
        assert ledger.rejected() == [rejected]


def test_receipts_are_kept_for_both_sides(opened: Open) -> None:
    receipt = KeptReceipt("SZFO", "r1", Envelope(b"{}", KEY.kid, b"s" * 64), NOW)
    with opened() as ledger:
        ledger.keep_given(receipt, delivered=False)
        ledger.keep_given(replace(receipt, request_id="r2"), delivered=True)
        assert ledger.undelivered("SZFO") == [receipt]
        assert ledger.undelivered("RU") == []
        ledger.mark_delivered("SZFO", ["r1"])
        assert ledger.undelivered("SZFO") == []
        ledger.keep_got(receipt)
        ledger.keep_got(receipt)
        assert list(ledger.got("SZFO")) == [receipt]
    with pytest.raises(Refusal, match="replayed"), opened() as ledger:
        ledger.keep_given(receipt, delivered=True)


def test_a_nonce_is_good_once_until_it_is_forgotten(opened: Open) -> None:
    with opened() as ledger:
        ledger.remember_nonce("kid", "n1", NOW)
        ledger.remember_nonce("kid2", "n1", NOW + timedelta(minutes=1))
        assert ledger.nonce_seen("kid", "n1")
    with pytest.raises(Refusal, match="replayed"), opened() as ledger:
        ledger.remember_nonce("kid", "n1", NOW)
    with opened() as ledger:
        assert ledger.forget_nonces(NOW + timedelta(seconds=1)) == 1
        assert not ledger.nonce_seen("kid", "n1")
        assert ledger.nonce_seen("kid2", "n1")


def test_a_link_is_blank_until_something_is_known(opened: Open) -> None:
    known = Link(
        "SZFO",
        5,
        NOW,
        "clone",
        NOW,
        NOW,
        3,
        NOW + timedelta(minutes=1),
        Backlog(2, NOW),
        "cur 0.1.0",
    )
    with opened() as ledger:
        assert ledger.link("SZFO") == Link("SZFO")
        ledger.save_link(known)
        ledger.save_link(Link("RU"))
    with opened() as ledger:
        assert ledger.link("SZFO") == known
        assert ledger.links() == [Link("RU"), known]


def test_a_key_stays_with_the_node_that_named_it_first(opened: Open) -> None:
    with opened() as ledger:
        ledger.learn_keys("RU-MUR", ["k1", "k2"])
        ledger.learn_keys("RU-KGD", ["k2", "k3"])
        assert [ledger.node_of_key(kid) for kid in ("k1", "k2", "k3", "k4")] == [
            "RU-MUR",
            "RU-MUR",
            "RU-KGD",
            None,
        ]


def test_the_incarnation_is_one(opened: Open) -> None:
    with opened() as ledger:
        assert ledger.incarnation() is None
        ledger.save_incarnation(Incarnation(None, 3, NOW))
        ledger.save_incarnation(Incarnation(9, 3, NOW))
        assert ledger.incarnation() == Incarnation(9, 3, NOW)


# --- the node's own readers ---------------------------------------------------------------------


def test_a_reader_of_changed_summaries_sees_each_standing_version_once(database: Database) -> None:
    one, two = a_statement("2026-11-19"), a_statement("2026-11-20")
    waits = a_statement("2026-11-18")
    with database.transaction() as session:
        SqlLedger(session).put([held(waits, state=State.PENDING, newest=False)])
        SqlLedger(session).put([held(one), held(two), held(a_statement(type="manifest"))])
    with database.reading() as session:
        changed = newest_summaries_changed(session, after_id=0, limit=10)
    assert [found.held.id for found in changed] == [one.id, two.id]
    again = a_statement("2026-11-19", rev=2)
    with database.transaction() as session:
        SqlLedger(session).put([held(again)])
        SqlLedger(session).put([held(waits)])
    with database.reading() as session:
        after = newest_summaries_changed(session, after_id=changed[-1].row, limit=10)
        assert [found.held.version for found in after] == [again.version, waits.version]
        assert newest_summaries_changed(session, after_id=0, limit=1)[0].held.id == two.id


def test_newest_bytes_are_exactly_what_travelled(database: Database) -> None:
    statement = a_statement(body={"text": "сводка"})
    with database.transaction() as session:
        SqlLedger(session).put([held(statement)])
    with database.reading() as session:
        assert newest_bytes(session, *statement.id) == statement.envelope
        assert newest_bytes(session, "RU-MUR", "summary", "2026-11-01") is None


def test_open_versions_are_forgotten_a_week_after_the_final(database: Database) -> None:
    first, second = a_statement(rev=1), a_statement(rev=2)
    final = a_statement(rev=3, body={"status": "final"})
    other_day = a_statement("2026-11-21", rev=1), a_statement("2026-11-21", rev=2)
    with database.transaction() as session:
        ledger = SqlLedger(session)
        for statement in (first, second, *other_day):
            ledger.put([held(statement, open_day=True)])
        ledger.put([held(final)])
        ledger.note_forks([Fork(first.id, 100, 2, second.version.sha256, "0" * 64, NOW, None)])
    with database.transaction() as session:
        assert forget_superseded(session, now=NOW + timedelta(days=7)) == 0
        assert forget_superseded(session, now=NOW + timedelta(days=7, seconds=1)) == 1
    with database.reading() as session:
        kept = history(session, *first.id)
        assert [one.version for one in kept] == [first.version, second.version, final.version]
        assert [one.envelope is None for one in kept] == [True, False, False]
        assert all(one.envelope for one in history(session, *other_day[0].id))


def test_sqlite_finds_newest_versions_by_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("plans are looked at on SQLite")
    for query in (lookup.newest_versions("sqlite"), lookup.at("sqlite")):
        with database.reading() as session:
            compiled = str(query.compile(database.engine))
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("[]",))
            assert any("SEARCH statement USING" in row[3] for row in plan)
