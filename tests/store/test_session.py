"""The transaction: immediate on SQLite, never nested, nothing left after an error."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from node.store.session import Database


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
