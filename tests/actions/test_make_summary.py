"""The summary of a day, from the rows of a node."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from federation.schemas.summary import Status, Summary
from federation.statement import Body
from node.actions.make_summary import make_summary
from node.actions.observe_stocks import observe_stocks
from node.domain.local_day import bounds
from node.store.session import Database
from tests.support.appeals import NOW, TOWN, UNIT, admitted, moved, submitted, the_rulebook

ZONE = the_rulebook().directory.zone(UNIT)
TODAY = date(2026, 11, 18)
STARTS, ENDS = bounds(TODAY, ZONE)
HOUR = timedelta(hours=1)


def made(
    session: Session,
    day: date = TODAY,
    *,
    status: Status = "open",
    reason: str | None = None,
    now: datetime = NOW,
    served_as: str | None = None,
) -> Body:
    return make_summary(
        session,
        the_rulebook(),
        unit=UNIT,
        day=day,
        status=status,
        reason=reason,
        serves=lambda territory, on: served_as or territory,
        now=now,
    )


def rows(body: Body) -> dict[tuple[str, str], dict[str, int]]:
    return {(row["territory"], row["topic"]): row["counters"] for row in body["rows"]}


def test_a_quiet_day_is_a_zero_report(database: Database) -> None:
    with database.transaction() as session:
        assert made(session) == {
            "status": "open",
            "reason": None,
            "tz": "Europe/Moscow",
            "from": "2026-11-17T21:00:00Z",
            "to": "2026-11-18T21:00:00Z",
            "zero_report": True,
            "rows": [],
        }


def test_what_happened_to_an_issue_is_counted_where_it_is_now(database: Database) -> None:
    with database.transaction() as session:
        issue = submitted(session, topic=None, now=NOW - 3 * HOUR).issue_number
        moved(session, issue, "route", 1, now=NOW - 2 * HOUR)
        moved(session, issue, "answer", 2, now=NOW - HOUR, text="Засыплем завтра")
        moved(session, issue, "reclassify", 3, topic="roads.pits")
        moved(session, issue, "close", 4, outcome="solved")
        body = made(session)
    assert rows(body) == {
        (TOWN, "roads.pits"): {
            "received": 1,
            "opened": 1,
            "routed": 1,
            "answered_first": 1,
            "closed_solved": 1,
        }
    }
    summary = Summary.from_body(TODAY.isoformat(), body)  # the wire's own rules hold
    assert {name: found.total for name, found in summary.rows[0].histograms.items()} == {
        "route_hours": 1,
        "first_answer_hours": 1,
        "solve_hours": 1,
    }
    # Up to 49 minutes a bucket is a minute; three hours are known to two per cent.
    solved = summary.rows[0].histograms["solve_hours"].median_hours(min_n=1)
    assert solved == pytest.approx(3, rel=0.02)


def test_each_flow_counts_on_its_own_local_day(database: Database) -> None:
    with database.transaction() as session:
        for moment in (STARTS - timedelta(seconds=1), STARTS, ENDS - timedelta(seconds=1), ENDS):
            submitted(session, topic="roads.pits", received_at=moment, now=ENDS + HOUR)
        for day, received in ((TODAY - timedelta(days=1), 1), (TODAY, 2)):
            observe_stocks(session, day=day, zone=ZONE, now=ENDS + HOUR)
            body = made(session, day, status="final", now=ENDS + HOUR)
            assert rows(body)[TOWN, "roads.pits"]["received"] == received


def test_stocks_of_an_open_day_are_of_this_moment(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic=None, received_at=NOW - timedelta(days=100))
        admitted(session, topic="roads.pits", received_at=NOW - timedelta(days=31))
        submitted(session, topic=None, received_at=NOW - timedelta(days=1))
        body = made(session)
    assert rows(body) == {
        (TOWN, "unsorted"): {"opened": 1, "open": 1, "unsorted": 2, "overdue": 1, "dragging": 1},
        (TOWN, "roads.pits"): {"opened": 1, "open": 1, "overdue": 1},
    }


def test_stocks_of_a_closed_day_are_those_observed_whatever_came_later(database: Database) -> None:
    later = ENDS + HOUR
    with database.transaction() as session:
        admitted(session, topic="roads.pits")
        observe_stocks(session, day=TODAY, zone=ZONE, now=later)
        issue = submitted(session, topic="roads.pits", received_at=NOW, now=later).issue_number
        moved(session, issue, "admit", 1, now=NOW)
        body = made(session, status="restated", reason="late", now=later)
    assert body["reason"] == "late"
    assert rows(body) == {(TOWN, "roads.pits"): {"received": 2, "opened": 2, "open": 1}}


def test_an_ended_day_is_not_stated_without_its_stocks(database: Database) -> None:
    with database.transaction() as session, pytest.raises(ValueError, match="not been observed"):
        made(session, status="final", now=ENDS)


def test_a_town_with_its_own_node_counts_under_its_region(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic="roads.pits")
        admitted(session, topic="roads.pits", territory=UNIT)
        body = made(session, served_as=UNIT)
    assert rows(body) == {(UNIT, "roads.pits"): {"received": 2, "opened": 2, "open": 2}}


def test_four_sensitive_appeals_stand_on_the_sector_and_five_on_the_topic(
    database: Database,
) -> None:
    with database.transaction() as session:
        for _ in range(4):
            submitted(session, topic="health.queues")
        assert list(rows(made(session))) == [(TOWN, "health")]
        submitted(session, topic="health.queues")
        assert list(rows(made(session))) == [(TOWN, "health.queues")]


def test_the_same_facts_give_the_same_bytes_in_whatever_order_they_came(
    database: Database,
) -> None:
    facts = [
        (territory, topic, NOW - timedelta(minutes=n))
        for territory in (UNIT, TOWN)
        for topic in ("roads.pits", "health.queues", None)
        for n in range(3)
    ]
    bodies = set()
    for seed in range(3):
        random.Random(seed).shuffle(facts)
        with database.reading() as session:  # what is written in it is rolled back
            for territory, topic, moment in facts:
                submitted(session, territory=territory, topic=topic, received_at=moment)
            bodies.add(json.dumps(made(session)))
    assert len(bodies) == 1


def test_a_summary_is_made_by_the_same_few_queries_however_much_happened(
    database: Database,
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with database.transaction() as session:
        for number in (1, 20):
            for _ in range(number):
                issue = submitted(session, topic="roads.pits").issue_number
                moved(session, issue, "route", 1)
            session.flush()
            asked.clear()
            made(session)
            assert len(asked) == 4
