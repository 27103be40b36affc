"""What every ledger must do with what goes down: the same tests against both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.join import Result
from federation.ledger import NEWER_THERE, UNROUTED, Downward, Ledger, Standing, State
from federation.receipt import Outcome
from federation.statement import Statement
from node.store import downward
from node.store.session import Database
from tests.support.ledgers import KINDS, NOW, Open, a_statement, held, opened_of

TOWN, OTHER = "47701000", "47712000"


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a transaction on one and the same ledger each time it is called."""
    yield from opened_of(request)


def offered(statement: Statement, peer: str = TOWN, *, priority: int = 9) -> Downward:
    size = len(statement.envelope.data)
    return Downward(peer, statement.id, statement.version, size, priority, NOW)


def a_directive(key: str = "d1", rev: int = 1) -> Statement:
    return a_statement(key, type="directive", rev=rev)


def said(statement: Statement, result: Result, code: str | None = None) -> list[Outcome]:
    return [Outcome(statement.version.sha256, result, code)]


def due(ledger: Ledger, peer: str = TOWN, *, after: timedelta = timedelta()) -> list[str]:
    return [entry.id.key for entry in ledger.due_down(peer, NOW + after, 10)]


def test_each_child_is_offered_its_own_by_priority_then_by_due_time(opened: Open) -> None:
    late, soon, urgent = (a_directive(key) for key in ("late", "soon", "urgent"))
    with opened() as ledger:
        ledger.put([held(one) for one in (late, soon, urgent)])
        ledger.offer_down([offered(late), replace(offered(soon), due_at=NOW - timedelta(hours=1))])
        ledger.offer_down([offered(urgent, priority=1), offered(late, OTHER)])
    with opened() as ledger:
        assert due(ledger) == ["urgent", "soon", "late"]
        assert due(ledger, OTHER) == ["late"]
        entries = ledger.due_down(TOWN, NOW, 1)
        assert entries == [offered(urgent, priority=1)]
        assert ledger.envelopes(entries) == {urgent.version.sha256: urgent.envelope}
        assert due(ledger, after=timedelta(minutes=-30)) == ["soon"]


def test_a_newer_version_takes_the_place_and_an_older_one_changes_nothing(opened: Open) -> None:
    old, new = a_directive(rev=1), a_directive(rev=2)
    with opened() as ledger:
        ledger.offer_down([offered(old)])
        ledger.note_delivered(TOWN, said(old, Result.STORED), NOW)
        ledger.offer_down([offered(new)])
        assert ledger.deliveries([new.id]) == [offered(new)]
        ledger.note_delivered(TOWN, said(new, Result.STORED), NOW)
        ledger.offer_down([offered(old)])
        ledger.offer_down([offered(new)])
        (entry,) = ledger.deliveries([new.id])
        assert (entry.version, entry.due_at, entry.result) == (new.version, None, State.STORED)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Result.STORED, (State.STORED, None)),
        (Result.KNOWN, (State.STORED, None)),
        (Result.OLDER, (State.QUARANTINED, NEWER_THERE)),
    ],
)
def test_what_a_child_holds_is_done_with(
    opened: Open, result: Result, shown: tuple[State, str | None]
) -> None:
    statement = a_directive()
    with opened() as ledger:
        ledger.offer_down([offered(statement), offered(statement, OTHER)])
        ledger.note_delivered(TOWN, said(statement, result), NOW)
        assert due(ledger, after=timedelta(days=30)) == []
        assert due(ledger, OTHER) == ["d1"]
        one, other = ledger.deliveries([statement.id])
        assert (one.peer, (one.result, one.code), one.receipted_at) == (TOWN, shown, NOW)
        assert (other.peer, other.result, other.receipted_at) == (OTHER, None, None)


def test_what_is_pending_is_due_in_a_minute_and_what_is_refused_in_a_day(opened: Open) -> None:
    early, bad = a_directive("early"), a_directive("bad")
    with opened() as ledger:
        ledger.offer_down([offered(early), offered(bad)])
        outcomes = said(early, Result.PENDING) + said(bad, Result.QUARANTINED, "unsupported_type")
        ledger.note_delivered(TOWN, outcomes, NOW)
        assert due(ledger) == []
        assert due(ledger, after=timedelta(minutes=1)) == ["early"]
        assert due(ledger, after=timedelta(days=1)) == ["early", "bad"]
        found = {entry.id.key: (entry.result, entry.code) for entry in _all(ledger, early, bad)}
        assert found == {
            "early": (State.PENDING, None),
            "bad": (State.QUARANTINED, "unsupported_type"),
        }


def _all(ledger: Ledger, *statements: Statement) -> list[Downward]:
    return list(ledger.deliveries([one.id for one in statements]))


def test_a_receipt_for_what_was_not_offered_changes_nothing(opened: Open) -> None:
    old, new = a_directive(rev=1), a_directive(rev=2)
    with opened() as ledger:
        ledger.offer_down([offered(new)])
        ledger.note_delivered(TOWN, said(old, Result.STORED), NOW)
        ledger.note_delivered(OTHER, said(new, Result.STORED), NOW)
        ledger.note_delivered(TOWN, [], NOW)
        assert _all(ledger, new) == [offered(new)]


def test_everything_of_one_child_is_offered_again(opened: Open) -> None:
    one, two = a_directive("one"), a_directive("two")
    with opened() as ledger:
        ledger.offer_down([offered(one), offered(two), offered(one, OTHER)])
        for peer in (TOWN, OTHER):
            ledger.note_delivered(peer, said(one, Result.STORED), NOW)
        ledger.offer_again(TOWN, NOW + timedelta(hours=1))
        assert due(ledger, after=timedelta(hours=1)) == ["one", "two"]
        assert due(ledger, OTHER, after=timedelta(hours=1)) == []


def test_what_nobody_has_routed_stands_before_all_and_is_taken_once(opened: Open) -> None:
    sealed, waits = a_directive("sealed"), a_directive("waits")
    with opened() as ledger:
        ledger.offer_down([offered(waits, priority=0), offered(sealed, UNROUTED)])
        assert due(ledger) == ["sealed", "waits"]
        assert _all(ledger, sealed) == []
        assert ledger.take_unrouted() == [offered(sealed, UNROUTED)]
        assert ledger.take_unrouted() == []
        assert due(ledger) == ["waits"]


def test_what_a_wrong_clock_offered_for_next_year_is_due_when_it_is_set_right(
    opened: Open,
) -> None:
    with opened() as ledger:
        ledger.offer_down([replace(offered(a_directive()), due_at=NOW + timedelta(days=365))])
        assert due(ledger) == ["d1"]


def test_what_stands_is_listed_by_origin_and_type(opened: Open) -> None:
    mine, cert = a_directive(), a_statement("x", type="certificate")
    other, waits = a_statement("d2", type="directive", origin="RU"), a_directive("waits")
    with opened() as ledger:
        ledger.put([held(one) for one in (mine, cert, other)])
        ledger.put([held(waits, state=State.PENDING, newest=False)])
        assert list(ledger.standing_of(["RU-MUR"], ["directive", "summary"])) == [
            Standing(mine.id, mine.version, len(mine.envelope.data))
        ]
        assert len(ledger.standing_of(["RU-MUR", "RU"], ["directive", "certificate"])) == 3


def test_sqlite_finds_what_is_due_and_what_is_receipted_by_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("plans are looked at on SQLite")
    asked = {
        "ix_downward_due": downward.due(TOWN, NOW, 10),
        "ix_downward_sha256": downward.noting().values(code=None),
        "ix_downward_id": downward.deliveries("sqlite"),
    }
    for index, query in asked.items():
        with database.reading() as session:
            compiled = query.compile(database.engine, compile_kwargs={"render_postcompile": True})
            blank = tuple("[]" for _ in range(str(compiled).count("?")))
            explain = f"EXPLAIN QUERY PLAN {compiled}"
            plan = session.connection().exec_driver_sql(explain, blank).all()
            assert any(f"SEARCH downward USING INDEX {index}" in row[3] for row in plan), plan
