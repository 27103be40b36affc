"""Stocks at a day's end: exact however late the job, and never made again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.actions.observe_stocks import observe_stocks
from node.domain.local_day import bounds
from node.store import facts
from node.store.days import Stock
from node.store.session import Database
from tests.support.appeals import NOW, TOWN, UNIT, admitted, moved, submitted, the_rulebook

ZONE = the_rulebook().directory.zone(UNIT)
TODAY = date(2026, 11, 18)
_, MIDNIGHT = bounds(TODAY, ZONE)
LATER = MIDNIGHT + timedelta(days=3)


def observed(session: Session, now: datetime = LATER) -> dict[str, tuple[int, int, int, int]]:
    """(open, unsorted, overdue, dragging) by topic, once observed."""
    observe_stocks(session, day=TODAY, zone=ZONE, now=now)
    rows = session.scalars(select(Stock).where(Stock.day == TODAY))
    return {row.topic: (row.open, row.unsorted, row.overdue, row.dragging) for row in rows}


def test_what_is_open_at_midnight_is_observed(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic="waste.dumps")
        admitted(session, topic=None)
        admitted(session, topic="roads.pits", received_at=NOW - timedelta(days=31))
        admitted(session, topic="roads.signs", received_at=NOW - timedelta(days=61))
        submitted(session, topic="roads.lighting")  # nobody has admitted it yet
        submitted(session, topic=None)
        assert observed(session, MIDNIGHT) == {
            "waste.dumps": (1, 0, 0, 0),
            "unsorted": (1, 2, 0, 0),
            "roads.pits": (1, 0, 1, 0),
            "roads.signs": (1, 0, 1, 1),
        }


def test_a_late_observation_sees_issues_as_they_were(database: Database) -> None:
    with database.transaction() as session:
        closed_later = submitted(session, topic="roads.pits").issue_number
        moved(session, closed_later, "route", 1)
        moved(session, closed_later, "answer", 2, text="Сделаем")
        sorted_later = submitted(session, topic=None).issue_number
        closed_before = submitted(session, topic="waste.dumps").issue_number
        moved(session, closed_before, "route", 1)
        moved(session, closed_before, "answer", 2, text="Вывезли")
        moved(session, closed_before, "close", 3, outcome="solved")
        expected = observed(session, MIDNIGHT)
        session.query(Stock).delete()
        assert expected == {"roads.pits": (1, 0, 0, 0), "unsorted": (0, 1, 0, 0)}

        moved(session, closed_later, "close", 3, now=MIDNIGHT, outcome="solved")
        moved(session, sorted_later, "reclassify", 1, now=LATER, topic="roads.signs")
        moved(session, closed_before, "reopen", 4, now=LATER, reason="Снова лежит")
        submitted(session, topic="roads.pits", now=LATER)
        as_it_was = facts.stocks_at(session, MIDNIGHT)
        found = {
            str(row["topic"]): (row["open"], row["unsorted"], row["overdue"], row["dragging"])
            for row in as_it_was
        }
        assert found == expected


def test_a_deadline_set_after_midnight_does_not_count_before(database: Database) -> None:
    """`health.ambulance` is fast-track: ten days instead of thirty."""
    with database.transaction() as session:
        arrived = NOW - timedelta(days=15)
        issue = admitted(session, topic="roads.pits", received_at=arrived, now=arrived)
        moved(session, issue.issue_number, "reclassify", 2, now=LATER, topic="health.ambulance")
        assert observed(session) == {"roads.pits": (1, 0, 0, 0)}


def test_an_imported_issue_has_the_deadline_it_would_have_had(database: Database) -> None:
    with database.transaction() as session:
        issue = submitted(
            session, topic="roads.pits", received_at=NOW - timedelta(days=40), now=LATER
        )
        moved(session, issue.issue_number, "admit", 1, now=NOW)
        moved(session, issue.issue_number, "route", 2, now=LATER)
        assert observed(session) == {"roads.pits": (1, 0, 1, 0)}


def test_a_day_is_observed_once(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic="roads.pits")
        assert observe_stocks(session, day=TODAY, zone=ZONE, now=MIDNIGHT)
        admitted(session, topic="roads.pits", received_at=NOW, now=LATER)
        assert not observe_stocks(session, day=TODAY, zone=ZONE, now=LATER)
        assert observed(session) == {"roads.pits": (1, 0, 0, 0)}


def test_a_day_that_goes_on_is_not_observed(database: Database) -> None:
    with database.transaction() as session, pytest.raises(ValueError, match="has not ended"):
        observe_stocks(session, day=TODAY, zone=ZONE, now=MIDNIGHT - timedelta(seconds=1))


def test_places_are_kept_apart(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic="roads.pits")
        admitted(session, topic="roads.pits", territory=UNIT)
        observe_stocks(session, day=TODAY, zone=ZONE, now=LATER)
        places = session.scalars(select(Stock.territory).order_by(Stock.territory)).all()
        assert places == [TOWN, UNIT]
