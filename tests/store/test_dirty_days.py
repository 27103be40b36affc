"""Days marked to be summed up again: since when, and why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from node.store.days import DirtyDay, mark_dirty
from node.store.session import Database
from tests.support.appeals import NOW

DAY = date(2026, 11, 17)


def marked(database: Database) -> list[tuple[date, str, datetime]]:
    with database.reading() as session:
        rows = session.scalars(select(DirtyDay).order_by(DirtyDay.day))
        return [(row.day, row.reason, row.since) for row in rows]


def test_many_days_are_marked_at_once_and_none_is_no_day(database: Database) -> None:
    days = [DAY + timedelta(days=n) for n in (2, 0, 1, 1)]
    with database.transaction() as session:
        mark_dirty(session, days, reason="import", now=NOW)
        mark_dirty(session, [], reason="import", now=NOW)
    assert [day for day, _, _ in marked(database)] == sorted(set(days))


def test_a_day_stays_marked_since_the_earliest_change(database: Database) -> None:
    for moment in (NOW, NOW + timedelta(hours=1), NOW - timedelta(hours=1)):
        with database.transaction() as session:
            mark_dirty(session, [DAY], reason="late", now=moment)
    assert marked(database) == [(DAY, "late", NOW - timedelta(hours=1))]


@pytest.mark.parametrize(
    ("reasons", "kept"),
    [
        (["late", "import", "sorting"], "late"),
        (["late", "correction"], "correction"),
        (["correction", "late"], "correction"),
        (["erasure", "correction"], "erasure"),
    ],
)
def test_a_correction_outlasts_the_other_reasons(
    database: Database, reasons: list[str], kept: str
) -> None:
    for reason in reasons:
        with database.transaction() as session:
            mark_dirty(session, [DAY], reason=reason, now=NOW)
    assert [reason for _, reason, _ in marked(database)] == [kept]
