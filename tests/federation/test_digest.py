from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from federation.digest import Month, by_month, differing, digest, month_of
from federation.statement import StatementId, Version

CODES = st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True)
DAYS = st.dates().map(lambda day: day.isoformat())
IDS = st.builds(StatementId, CODES, st.sampled_from(["summary", "decision"]), CODES | DAYS)
VERSIONS = st.builds(
    Version, st.integers(0, 9), st.integers(1, 9), st.binary(max_size=3).map(bytes.hex)
)
JOINS = st.dictionaries(IDS, VERSIONS, max_size=12)


def a_summary(day: str, rev: int = 1) -> tuple[StatementId, Version]:
    return StatementId("RU-MUR", "summary", day), Version(1, rev, "ab")


def test_a_key_that_is_a_day_belongs_to_its_month_and_any_other_to_none() -> None:
    assert month_of(StatementId("RU-MUR", "summary", "2026-11-20")) == Month("RU-MUR", "2026-11")
    assert month_of(StatementId("RU-MUR", "summary", "2026-11-20x")) == Month("RU-MUR", "")
    assert month_of(StatementId("RU", "certificate", "SZFO")) == Month("RU", "")


def test_nothing_held_has_the_digest_of_nothing() -> None:
    assert digest([]) == hashlib.sha256(b"").hexdigest()
    assert by_month([]) == {}


def test_only_the_month_that_differs_is_named() -> None:
    ours = by_month([a_summary("2026-10-01"), a_summary("2026-11-01")])
    theirs = by_month([a_summary("2026-10-01"), a_summary("2026-11-01", rev=2)])
    assert differing(ours, theirs) == [Month("RU-MUR", "2026-11")]
    assert differing(ours, {}) == [Month("RU-MUR", "2026-10"), Month("RU-MUR", "2026-11")]


@given(JOINS, st.randoms())
def test_the_order_things_came_in_does_not_matter(held, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(held.items())
    chance.shuffle(shuffled)
    assert digest(shuffled) == digest(held.items())
    assert differing(by_month(shuffled), by_month(held.items())) == []


@given(JOINS, JOINS)
def test_joins_have_the_same_digest_exactly_when_they_are_the_same(ours, theirs) -> None:  # type: ignore[no-untyped-def]
    assert (digest(ours.items()) == digest(theirs.items())) == (ours == theirs)
    places = {month_of(id) for id in {*ours, *theirs} if ours.get(id) != theirs.get(id)}
    assert differing(by_month(ours.items()), by_month(theirs.items())) == sorted(places)
