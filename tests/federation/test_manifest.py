"""Manifests: what the next one lists, and what is seen to be withheld."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.manifest import MAX_AGE, Missing, missing, next_entries
from federation.schemas.manifest import Entry, Manifest
from federation.statement import Version

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 16)


def an_entry(key: str = "2026-11-20", *, type: str = "summary", rev: int = 1) -> Entry:
    return Entry(type, key, 100, rev, f"{rev:064x}")


FIRST, SECOND = an_entry("2026-11-19"), an_entry("2026-11-20")
YESTERDAY = an_entry("2026-11-20", type="manifest")


@pytest.mark.parametrize(
    ("listed", "newest", "yesterday", "expected"),
    [
        ([], [], None, []),
        ([], [SECOND, FIRST], None, [FIRST, SECOND]),
        ([FIRST], [FIRST, SECOND], YESTERDAY, [YESTERDAY, SECOND]),
        ([FIRST, SECOND], [FIRST, SECOND], YESTERDAY, [YESTERDAY]),
        ([SECOND], [an_entry(rev=2)], None, [an_entry(rev=2)]),
        ([], [an_entry("2026-11-18", type="manifest"), YESTERDAY], YESTERDAY, [YESTERDAY]),
    ],
)
def test_a_manifest_lists_what_no_earlier_one_does_and_the_one_before_it(
    listed: list[Entry], newest: list[Entry], yesterday: Entry | None, expected: list[Entry]
) -> None:
    assert next_entries(listed, newest, yesterday) == tuple(expected)


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), max_size=6), max_size=6))
def test_however_the_days_go_every_newest_version_is_listed(
    days: list[list[tuple[int, int]]],
) -> None:
    newest: dict[str, Entry] = {}
    listed: list[Entry] = []
    yesterday: Entry | None = None
    for number, stated in enumerate(days):
        for key, rev in stated:
            entry = an_entry(f"k{key}", rev=rev)
            newest[entry.key] = max(entry, newest.get(entry.key, entry))
        today = next_entries(listed, newest.values(), yesterday)
        assert len({(entry.type, entry.key) for entry in today}) == len(today)
        listed += today
        assert set(newest.values()) <= set(listed)
        assert yesterday is None or yesterday in today
        yesterday = an_entry(f"day{number}", type="manifest")


def seen(**changed: Any) -> Missing:
    """Three days of manifests of which everything is held, but for what is changed."""
    days = [MONDAY + timedelta(days=n) for n in range(3)]
    facts: dict[str, Any] = {
        "manifests": {day: Manifest((an_entry(day.isoformat()),)) for day in days},
        "held": {("summary", day.isoformat()): an_entry(day.isoformat()).version for day in days},
        "since": MONDAY,
        "newest_made_at": NOW - MAX_AGE,
        "now": NOW,
    }
    facts.update(changed)
    return missing(facts.pop("manifests"), facts.pop("held"), **facts)


def test_nothing_is_missed_when_all_is_held() -> None:
    assert not seen()


def test_an_entry_held_in_a_lower_version_or_not_at_all_is_missed() -> None:
    listed = {MONDAY: Manifest((FIRST, an_entry(rev=5)))}
    held = {("summary", "2026-11-20"): Version(100, 4, "f" * 64)}
    assert seen(manifests=listed, held=held).entries == (FIRST, an_entry(rev=5))


@pytest.mark.parametrize("version", [Version(100, 5, "f" * 64), Version(101, 1, "0" * 64)])
def test_a_higher_version_will_do(version: Version) -> None:
    listed = {MONDAY: Manifest((an_entry(rev=5),))}
    assert not seen(manifests=listed, held={("summary", "2026-11-20"): version})


def test_another_fact_under_the_same_key_will_not_do() -> None:
    listed = {MONDAY: Manifest((an_entry("x"),))}
    assert seen(manifests=listed, held={("decision", "x"): an_entry("x").version})


def test_a_day_without_a_manifest_is_missed() -> None:
    whole = {MONDAY + timedelta(days=n): Manifest(()) for n in (0, 2, 4)}
    assert seen(manifests=whole).days == (date(2026, 11, 17), date(2026, 11, 19))
    assert seen(manifests=whole, since=date(2026, 11, 15)).days[0] == date(2026, 11, 15)


def test_days_before_the_first_that_is_owed_are_not_asked_for() -> None:
    assert not seen(since=MONDAY + timedelta(days=2)).days


def test_a_newest_manifest_older_than_thirty_six_hours_is_stale() -> None:
    assert not seen(newest_made_at=NOW - timedelta(hours=36)).stale
    assert seen(newest_made_at=NOW - timedelta(hours=36, seconds=1)).stale


def test_an_origin_that_showed_no_manifest_is_stale() -> None:
    assert seen(manifests={}, newest_made_at=None) == Missing(stale=True)
