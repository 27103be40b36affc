"""Marks of days: dirty, sealed, observed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from node.domain.local_day import Sealed
from node.store import days
from node.store.session import Database

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 1)


def test_a_mark_is_taken_once_and_set_again_by_the_next_change(database: Database) -> None:
    with database.transaction() as session:
        days.mark_dirty(session, [MONDAY, SUNDAY], reason="late", now=NOW)
        days.take_dirty(session, MONDAY)
        assert days.dirty_days(session) == {SUNDAY: "late"}
        days.take_dirty(session, MONDAY)
        days.mark_dirty(session, [MONDAY], reason="import", now=NOW)
        assert days.dirty_days(session) == {SUNDAY: "late", MONDAY: "import"}


def test_a_correction_is_not_hidden_behind_a_late_appeal(database: Database) -> None:
    with database.transaction() as session:
        days.mark_dirty(session, [MONDAY], reason="late", now=NOW)
        days.mark_dirty(session, [MONDAY], reason="erasure", now=NOW)
        days.mark_dirty(session, [MONDAY], reason="import", now=NOW)
        assert days.dirty_days(session) == {MONDAY: "erasure"}


def test_the_newest_sealed_version_of_a_day_is_known(database: Database) -> None:
    later = NOW + timedelta(hours=3)
    with database.transaction() as session:
        days.note_sealed(session, SUNDAY, status="final", now=NOW)
        days.note_sealed(session, MONDAY, status="open", now=NOW)
        days.note_sealed(session, MONDAY, status="final", now=later)
    with database.reading() as session:
        assert days.sealed_days(session, SUNDAY) == {
            SUNDAY: Sealed("final", NOW),
            MONDAY: Sealed("final", later),
        }
        assert list(days.sealed_days(session, MONDAY)) == [MONDAY]


def test_a_day_with_nothing_open_counts_as_observed(database: Database) -> None:
    with database.transaction() as session:
        days.observe(session, SUNDAY, [], now=NOW)
        assert days.unobserved(session, [MONDAY, SUNDAY]) == [MONDAY]
