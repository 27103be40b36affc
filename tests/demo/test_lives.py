"""Issues of the live nodes: drawn from the seed, and moved only as the table of moves allows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from node.clock import FrozenClock
from node.demo.lives import LIVE_SHARE, Residents
from node.demo.past import Past
from node.demo.volumes import weekly_appeals
from node.domain.issue import MOVES, START, after
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook
from node.store.issues import Issue, IssueFlow, IssueState
from node.store.session import Database, open_engine
from node.store.tables import Base

FIRST = date(2026, 9, 21)
REGION = ("RU-MUR", "47701000", "47705000")
LIVE = frozenset({"RU", "SZFO", "RU-KGD", *REGION})
NOW = datetime(2026, 10, 20, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def residents(rulebook: Rulebook, unit: str, seed: int = 1) -> Residents:
    return Residents(rulebook, unit, own_nodes=LIVE, seed=seed, first=FIRST)


def test_the_same_seed_gives_the_same_lives(rulebook: Rulebook) -> None:
    one = list(residents(rulebook, "47701000").lives(FIRST, sorted_before=NOW))
    again = list(residents(rulebook, "47701000").lives(FIRST, sorted_before=NOW))
    assert one == again
    assert one != list(residents(rulebook, "47701000", seed=2).lives(FIRST, sorted_before=NOW))


def test_a_live_region_and_its_towns_write_one_week_together(
    rulebook: Rulebook,
) -> None:
    whole = weekly_appeals("RU-MUR", rulebook.directory.population("RU-MUR") or 0)
    together = sum(residents(rulebook, unit).weekly for unit in REGION)
    assert 1_500 <= together <= 4_000
    assert together == pytest.approx(LIVE_SHARE * whole, rel=0.01)


def test_nobody_writes_to_the_region_about_a_town_with_a_node(rulebook: Rulebook) -> None:
    lives = list(residents(rulebook, "RU-MUR").lives(FIRST, sorted_before=NOW))
    places = {life.appeal.territory for life in lives}
    assert "RU-MUR" in places
    assert not places & {"47701000", "47705000"}
    assert {life.appeal.territory for life in residents(rulebook, "47705000").lives(
        FIRST, sorted_before=NOW
    )} == {"47705000"}  # fmt: skip


def test_every_life_is_one_the_table_of_moves_allows(rulebook: Rulebook) -> None:
    for life in residents(rulebook, "47701000").lives(FIRST, sorted_before=NOW):
        state, at = START, life.received_at
        for step in life.steps:
            move = MOVES[step.move]
            assert state in move.sources
            assert set(move.requires) <= set(step.fields)
            assert step.at > at
            state, at = after(state, move), step.at


def test_only_fresh_appeals_stand_without_a_topic(rulebook: Rulebook) -> None:
    old = list(residents(rulebook, "RU-MUR").lives(FIRST, sorted_before=NOW))
    assert all(life.appeal.topic for life in old)
    fresh = residents(rulebook, "RU-MUR").lives(FIRST, sorted_before=NOW - timedelta(days=60))
    assert all(not life.steps for life in fresh if life.appeal.topic is None)


def test_the_past_written_in_bulk_is_what_the_actions_would_have_written(
    rulebook: Rulebook, tmp_path: Path
) -> None:
    unit = "47705000"
    database = Database(open_engine(f"sqlite:///{tmp_path / 'node.sqlite'}", synchronous="OFF"))
    Base.metadata.create_all(database.engine)
    clock = FrozenClock(NOW)
    past, people = Past(rulebook, unit), residents(rulebook, unit)
    written = 0
    with database.transaction() as session:
        for number in range(20):
            day = FIRST + timedelta(days=number)
            lives = list(people.lives(day, sorted_before=NOW))
            written += past.write(session, day, lives, until=NOW, now=clock())
    with database.reading() as session:
        issues = list(session.scalars(select(Issue)))
        moves = dict(
            session.execute(
                select(IssueState.issue_id, func.count()).group_by(IssueState.issue_id)
            ).all()
        )
        flows = dict(
            session.execute(
                select(IssueFlow.counter, func.count()).group_by(IssueFlow.counter)
            ).all()
        )
        states = dict(
            session.execute(select(Issue.state, func.count()).group_by(Issue.state)).all()
        )
    assert len(issues) == written > 100
    # The version of an issue counts its moves, registration included.
    assert all(issue.version == moves[issue.id] for issue in issues)
    assert all((issue.closed_at is None) == (issue.state != "closed") for issue in issues)
    assert states["closed"] > states["answered"] > 0
    assert flows["routed"] >= flows["answered_first"] > flows["closed_solved"] > 0
    database.close()
