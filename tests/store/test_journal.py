"""The journal: what its table refuses, and what the chain shows of whoever got past that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from node.domain.journal_chain import Break, Flaw, Head, Walk
from node.store import append_only, journal
from node.store.session import Database

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def written(database: Database, count: int = 5) -> None:
    for number in range(1, count + 1):
        with database.transaction() as session:
            journal.write(
                session,
                action="issue_route",
                subject=f"RU-MUR-P26-{number:06}",
                actor="дежурный",
                now=NOW + timedelta(minutes=number, microseconds=number),
                executor="road_agency",
                version=number,
                until=None,
            )


def tampered(database: Database, *statements: str) -> None:
    """As by somebody who owns the database: the triggers are out of the way first."""
    with database.transaction() as session:
        if database.is_sqlite:
            for name in append_only.statements("journal", "sqlite"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {name.split()[2]}"))
        else:
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))


def first_break(database: Database, *noted: Head) -> Break | None:
    walk = Walk(noted)
    with database.reading() as session:
        for entry in journal.entries(session):
            if (found := walk.step(entry)) is not None:
                return found
    return walk.end()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'nobody' WHERE id = 2",
        "UPDATE journal SET id = 9 WHERE id = 2",
        "DELETE FROM journal WHERE id = 5",
        "DELETE FROM journal",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(
    database: Database, statement: str
) -> None:
    written(database)
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))
    assert first_break(database) is None
    with database.reading() as session:
        assert journal.newest(session).entries == 5


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "TRUNCATE"])
def test_the_ways_around_a_row_are_refused_too(database: Database, verb: str) -> None:
    written(database)
    if database.is_sqlite != (verb == "INSERT OR REPLACE"):
        verb = "DELETE FROM"  # the other database has no such word
    statement = {
        "INSERT OR REPLACE": "INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE id = 3",
        "TRUNCATE": "TRUNCATE journal",
        "DELETE FROM": "DELETE FROM journal WHERE id IN (SELECT max(id) FROM journal)",
    }[verb]
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert journal.newest(session).entries == 5


def test_triggers_that_are_gone_are_named(database: Database) -> None:
    with database.reading() as session:
        assert append_only.missing(session, "journal") == []
    tampered(database)
    with database.reading() as session:
        assert "journal_no_" in append_only.missing(session, "journal")[0]


CASES: list[tuple[str, Break]] = [
    ("UPDATE journal SET actor = 'nobody' WHERE id = 3", Break(3, Flaw.HASH)),
    ("UPDATE journal SET action = 'issue_close' WHERE id = 1", Break(1, Flaw.HASH)),
    ("UPDATE journal SET subject = subject || '0' WHERE id = 5", Break(5, Flaw.HASH)),
    ("UPDATE journal SET details = '{\"version\": 1}' WHERE id = 2", Break(2, Flaw.HASH)),
    ("UPDATE journal SET details = '[]' WHERE id = 2", Break(2, Flaw.UNREADABLE)),
    ("UPDATE journal SET at = '2026-11-18 09:30:00' WHERE id = 4", Break(4, Flaw.HASH)),
    ("UPDATE journal SET sha256 = '' WHERE id = 4", Break(4, Flaw.HASH)),
    ("DELETE FROM journal WHERE id = 3", Break(3, Flaw.GAP, until=4)),
    ("DELETE FROM journal WHERE id < 3", Break(1, Flaw.GAP, until=3)),
    ("UPDATE journal SET id = 0 WHERE id = 1", Break(0, Flaw.HASH)),
]


@pytest.mark.parametrize(("statement", "expected"), CASES, ids=[case[0] for case in CASES])
def test_whatever_was_tampered_with_is_found(
    database: Database, statement: str, expected: Break
) -> None:
    written(database)
    tampered(database, statement)
    assert first_break(database) == expected
    with database.reading() as session:
        assert journal.broken_at(session) == expected.id


@pytest.mark.parametrize("column", ["details", "at"])
def test_what_can_no_longer_be_read_does_not_end_the_reading(
    database: Database, column: str
) -> None:
    written(database)
    if database.is_sqlite:
        tampered(database, f"UPDATE journal SET {column} = 'вчера' WHERE id = 4")
        assert first_break(database) == Break(4, Flaw.UNREADABLE)
    else:  # a column of PostgreSQL takes nothing that is not of its type
        with pytest.raises(Exception, match="invalid input syntax"):
            tampered(database, f"UPDATE journal SET {column} = 'вчера' WHERE id = 4")


def test_an_entry_put_in_between_is_found(database: Database) -> None:
    written(database)
    tampered(
        database,
        "UPDATE journal SET id = -id",
        "UPDATE journal SET id = 1 - id WHERE id < -3",
        "UPDATE journal SET id = -id WHERE id < 0",
        "INSERT INTO journal (id, at, actor, action, subject, details, sha256)"
        " SELECT 4, at, actor, action, subject, details, sha256 FROM journal WHERE id = 3",
    )
    assert first_break(database) == Break(4, Flaw.HASH)


def test_the_end_cut_off_is_found_by_a_head_noted_before(database: Database) -> None:
    written(database)
    with database.reading() as session:
        noted = journal.newest(session)
    tampered(database, "DELETE FROM journal WHERE id > 3")
    assert first_break(database) is None  # what is left is a whole chain: nothing to see in it
    assert first_break(database, noted) == Break(4, Flaw.CUT, until=6)


def test_a_chain_computed_anew_is_found_by_a_head_noted_before(database: Database) -> None:
    written(database)
    with database.reading() as session:
        noted = journal.newest(session)
    tampered(database, "DELETE FROM journal WHERE id > 3")
    written(database, 3)
    assert first_break(database) is None
    assert first_break(database, noted) == Break(5, Flaw.HEAD)


def test_a_page_follows_another_by_the_last_id(database: Database) -> None:
    written(database, 3)
    written(database, 3)
    with database.reading() as session:

        def ids(subject: str | None, before: int | None, limit: int) -> list[int]:
            found = journal.page(session, subject=subject, before=before, limit=limit)
            return [entry.id for entry in found]

        assert ids(None, None, 4) == [6, 5, 4, 3]
        assert ids(None, 3, 4) == [2, 1]
        assert ids("RU-MUR-P26-000002", None, 9) == [5, 2]
        assert ids("RU-MUR-P26-000002", 5, 9) == [2]


def test_a_long_journal_is_read_in_pieces(database: Database) -> None:
    written(database)
    with database.reading() as session:
        for at_once in (1, 2, 5, 6):
            assert [one.id for one in journal.entries(session, at_once)] == [1, 2, 3, 4, 5]
