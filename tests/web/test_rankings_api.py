"""`/api/v1/rankings` and `/api/v1/summaries`: the final shape, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from federation.schemas.summary import COUNTERS, Summary
from federation.statement import Envelope, parse, verify
from node.actions.roll_up import roll_up
from node.bootstrap import Node
from node.store import coverage
from tests.support.appeals import TOWN, UNIT, the_rulebook
from tests.support.summaries import a_key, a_row, stated
from tests.support.web import a_client, a_node

LAST = date(2026, 11, 17)  # the last whole day before the clock of `a_node`
RANKINGS, SUMMARIES = "/api/v1/rankings", "/api/v1/summaries"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        with node.transaction() as session:
            for unit in (UNIT, TOWN):
                coverage.upsert_leaf(session, unit, LAST - timedelta(days=1), None)
            stated(
                session,
                TOWN,
                LAST,
                a_row(
                    TOWN,
                    "roads.pits",
                    minutes={"solve_hours": [60] * 5},
                    received=6,
                    late_final=1,
                    open=3,
                ),
                a_row(TOWN, "unsorted", received=2),
            )
            roll_up(session, the_rulebook(), unit=UNIT)
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def test_the_answer_has_every_field_of_the_contract_in_its_order(client: TestClient) -> None:
    body = client.get(RANKINGS, params={"period": "day"}).json()
    assert body == {
        "scope": UNIT,
        "period": {"from": "2026-11-17", "to": "2026-11-17"},
        "by": "topic",
        "order": "received",
        "provisional": True,
        "coverage": {
            "expected": 2,
            "received": 1,
            "open": 0,
            "on_time": 1,
            "population_share": body["coverage"]["population_share"],
            "missing": [{"unit": UNIT, "days": ["2026-11-17"]}],
        },
        "unsorted": 2,
        "rows": [
            {
                "key": "roads.pits",
                "name": the_rulebook().classifier.name("roads.pits"),
                "rank": 1,
                "counters": dict.fromkeys(COUNTERS, 0)
                | {"received": 6, "closed_solved": 5, "late_final": 1, "open": 3},
                "change": {"previous": 0, "percent": None},
                "solved_share": 1.0,
                "satisfied_share": None,
                "late_share": 0.2,
                "route_median_hours": None,
                "first_answer_median_hours": None,
                "solve_median_hours": pytest.approx(1, rel=0.02),
                "by_child": {TOWN: 6},
                "decisions": [],
            }
        ],
    }
    assert list(body) == [
        "scope",
        "period",
        "by",
        "order",
        "provisional",
        "coverage",
        "unsorted",
        "rows",
    ]
    assert 0 < body["coverage"]["population_share"] < 1


def test_a_unit_below_is_answered_for_itself(client: TestClient) -> None:
    body = client.get(RANKINGS, params={"scope": TOWN, "by": "territory", "period": "day"}).json()
    assert not body["provisional"]
    assert [(row["key"], row["counters"]["received"]) for row in body["rows"]] == [(TOWN, 8)]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"scope": "RU-MURR"}, "scope"),
        ({"scope": "RU"}, "scope"),
        ({"scope": "\x00"}, "scope"),
        ({"period": "fortnight"}, "period"),
        ({"period": "2026-02-02..2026-01-01"}, "period"),
        ({"by": "colour"}, "by"),
        ({"order": "beauty"}, "order"),
        ({"depth": "0"}, "depth"),
        ({"depth": "9"}, "depth"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"perod": "day"}, "perod"),
        ({"period": ["day", "week"]}, "period"),
    ],
)
def test_a_bad_query_is_refused_naming_the_parameter(
    client: TestClient, params: dict[str, str], field: str
) -> None:
    answer = client.get(RANKINGS, params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_unknown_scope_is_told_what_is_near(client: TestClient) -> None:
    assert UNIT in client.get(RANKINGS, params={"scope": "RU-MURR"}).json()["detail"]


def test_a_summary_comes_exactly_as_it_was_signed(client: TestClient) -> None:
    body = client.get(SUMMARIES, params={"origin": TOWN, "day": "2026-11-17"}).json()
    assert set(body) == {"bytes", "kid", "sig"}
    envelope = Envelope.from_wire(body)
    verify(envelope, a_key().public)
    statement = parse(envelope)
    summary = Summary.from_body(statement.key, json.loads(body["bytes"])["body"])
    assert {row.topic for row in summary.rows} == {"roads.pits", "unsorted"}


def test_the_newest_version_of_a_summary_is_given(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        stated(session, TOWN, LAST, status="restated")
    body = client.get(SUMMARIES, params={"origin": TOWN, "day": "2026-11-17"}).json()
    assert json.loads(body["bytes"])["body"]["status"] == "restated"


@pytest.mark.parametrize("origin", [UNIT, "NOBODY", ""])
def test_a_summary_that_is_not_held_is_not_found(client: TestClient, origin: str) -> None:
    answer = client.get(SUMMARIES, params={"origin": origin, "day": "2026-11-17"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({"origin": TOWN, "day": "yesterday"}, ["day"]),
        ({"origin": TOWN}, ["day"]),
        ({}, ["origin", "day"]),
    ],
)
def test_a_summary_is_asked_for_by_origin_and_day(
    client: TestClient, params: dict[str, str], fields: list[str]
) -> None:
    answer = client.get(SUMMARIES, params=params)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields


@pytest.mark.parametrize("path", [RANKINGS, f"{SUMMARIES}?origin={TOWN}&day=2026-11-17"])
def test_nothing_is_told_without_a_token(node: Node, path: str) -> None:
    with a_client(node, signed_in=False) as stranger:
        assert stranger.get(path).status_code == 401
