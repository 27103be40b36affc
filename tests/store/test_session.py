"""The transaction: immediate on SQLite, never nested, nothing left after an error."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, text

from node.store.links import NonceRow
from node.store.session import Database, open_engine


@pytest.fixture
def counter(database: Database) -> Database:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    return database


def test_what_raises_leaves_nothing(counter: Database) -> None:
    with pytest.raises(KeyError), counter.transaction() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        raise KeyError
    with counter.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 0


def test_reading_writes_nothing(counter: Database) -> None:
    with counter.reading() as session:
        session.execute(text("UPDATE counter SET n = 7"))
    with counter.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 0


def test_a_transaction_inside_a_transaction_is_refused(counter: Database) -> None:
    with (
        counter.transaction(),
        pytest.raises(RuntimeError, match="inside a transaction"),
        counter.transaction(),
    ):
        pass
    with counter.transaction() as session:  # and the door is not left locked
        session.execute(text("UPDATE counter SET n = 1"))


def test_read_then_write_in_many_threads_loses_none(counter: Database) -> None:
    def add() -> None:
        for _ in range(20):
            with counter.transaction() as session:
                lock = "" if counter.is_sqlite else " FOR UPDATE"
                n = session.execute(text(f"SELECT n FROM counter{lock}")).scalar_one()
                session.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with counter.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 120


def test_the_last_second_of_the_calendar_is_read_back_wherever_the_server_stands(
    postgres_url: str,
) -> None:
    """Anybody's `made_at` may be that; in Moscow it falls into a year no datetime has."""
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    with closing(Database(open_engine(postgres_url))) as abroad, abroad.transaction() as session:
        name = session.scalar(text("SELECT current_database()"))
        session.execute(text(f"ALTER DATABASE \"{name}\" SET timezone = 'Europe/Moscow'"))
    with closing(Database(open_engine(postgres_url))) as database:
        with database.transaction() as session:
            session.add(NonceRow(kid="k", nonce="n", until=last))
        with database.reading() as session:
            assert session.scalar(select(NonceRow.until)) == last


def test_a_glance_leaves_the_connection_as_it_was(counter: Database) -> None:
    """It begins no transaction, and whoever has the connection next is in one of their own."""
    begun: list[str] = []
    event.listen(
        counter.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: begun.append(statement),
    )
    with counter.glance() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 0
        if not counter.is_sqlite:  # two statements in one transaction would say the same
            moments = {session.execute(text("SELECT now()")).scalar() for _ in range(2)}
            assert len(moments) == 2
    assert not any(statement.startswith("BEGIN") for statement in begun)
    with pytest.raises(ZeroDivisionError), counter.transaction() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        raise ZeroDivisionError
    with counter.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 0


def test_a_connection_that_broke_while_idle_is_replaced_unseen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.store.session.IDLE_SECONDS", 0.0)
    with closing(Database(open_engine(postgres_url))) as database:
        with database.reading() as session:
            first = session.scalar(text("SELECT pg_backend_pid()"))
        with closing(Database(open_engine(postgres_url))) as other, other.transaction() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
        with database.reading() as session:
            assert session.scalar(text("SELECT pg_backend_pid()")) != first
