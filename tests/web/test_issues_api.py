"""`/api/v1/issues`: the list, one issue, and moves that conflict, lack something, or go through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from tests.support.appeals import ELSEWHERE, TOWN, UNIT, submitted, the_rulebook
from tests.support.web import a_client, a_node

PATH = "/api/v1/issues"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def an_issue(node: Node, **overrides: Any) -> str:
    with node.transaction() as session:
        return submitted(session, **overrides).issue_number


def move(client: TestClient, number: str, name: str, version: int, **fields: Any) -> Any:
    body = {"move": name, "version": version, **fields}
    return client.post(
        f"{PATH}/{number}/moves",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )


# What a client of the first release reads of an issue, of a deadline and of a move.
FIRST_RELEASE = {
    "number",
    "state",
    "topic",
    "territory",
    "executor",
    "deadlines",
    "version",
    "appeals",
    "moves",
}
FIRST_DEADLINE = {"kind", "due_at", "norm", "set_at", "in_force"}
FIRST_MOVE = {"move", "requires"}


def test_an_issue_is_shown_with_deadlines_and_moves(node: Node, client: TestClient) -> None:
    number = an_issue(node, topic="roads.pits")
    body = client.get(f"{PATH}/{number}").json()
    assert {name: body[name] for name in FIRST_RELEASE - {"deadlines", "moves"}} == {
        "number": number,
        "state": "registered",
        "topic": "roads.pits",
        "territory": TOWN,
        "executor": the_rulebook().agencies.for_topic("roads.pits").code,
        "version": 1,
        "appeals": ["RU-MUR-26-000001"],
    }
    moves = {row["move"]: row["requires"] for row in body["moves"]}
    assert (moves["route"], moves["reclassify"]) == ([], ["topic"])  # as in the first release
    assert list(moves) == [
        *("take", "admit", "reject", "route", "forward", "reclassify", "prioritise", "merge")
    ]
    first, final = body["deadlines"]
    assert first.keys() > FIRST_DEADLINE
    assert (first["kind"], first["due_at"]) == ("first_answer", "2026-11-19T09:30:00Z")
    assert final["kind"] == "final"


def test_an_issue_tells_all_that_is_known_of_it_but_texts_of_residents(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node, topic="roads.pits", text="Яма по колено на въезде во двор")
    body = client.get(f"{PATH}/{number}").json()
    assert {name: body[name] for name in body.keys() - FIRST_RELEASE - {"route", "warn_at"}} == {
        "outcome": None,
        "urgency": "ordinary",
        "formal": False,
        "danger": False,
        "complained_of": None,
        "channel": "api",
        "arrived_at": "2026-11-18T09:30:00Z",
        "opened_at": None,
        "closed_at": None,
        "paused_until": None,
        "promised_on": None,
        "promise_by": "2026-12-18",
        "merged_into": None,
        "merged": [],
        "repeats": [],
        "replies": [],
    }
    assert "колено" not in str(body)
    first = body["deadlines"][0]
    assert first["starts_at"] == "2026-11-18T09:30:00Z"
    assert first["starts_at"] < first["warn_at"] < first["due_at"] < first["drags_at"]
    assert body["warn_at"] == first["warn_at"]
    assert first["why"]["values"]["norm"] == first["norm"]
    assert first["why"]["lines"][0].startswith("Норматив «")
    assert first["why"]["lines"][-1] == "Итого: до 12:30 четверга, 19\u00a0ноября"
    assert next(row for row in body["moves"] if row["move"] == "reject") == {
        "move": "reject",
        "title": "Отклонить",
        "to": "rejected",
        "requires": ["ground"],
        "optional": ["responsible", "reason"],
        "clocks": "stop",
        "tells": "rejected",
    }
    assert next(row["to"] for row in body["moves"] if row["move"] == "reclassify") is None


def test_a_list_tells_of_an_issue_what_the_first_release_told(
    node: Node, client: TestClient
) -> None:
    an_issue(node)
    [listed] = client.get(PATH).json()["issues"]
    assert listed.keys() > FIRST_RELEASE
    assert listed["deadlines"][0].keys() > FIRST_DEADLINE
    assert listed["moves"][0].keys() > FIRST_MOVE


def test_an_issue_goes_through_its_whole_life(node: Node, client: TestClient) -> None:
    number = an_issue(node)
    steps: list[tuple[str, dict[str, str]]] = [
        ("reclassify", {"topic": "roads.pits"}),
        ("route", {}),
        ("answer", {"text": "Засыпали"}),
        ("close", {"outcome": "solved"}),
        ("reopen", {"reason": "Снова провалилась"}),
        ("answer", {"text": "Переделали"}),
        ("close", {"outcome": "explained", "reason": "Гарантия подрядчика"}),
    ]
    states = []
    for version, (name, fields) in enumerate(steps, 1):
        shown = client.get(f"{PATH}/{number}").json()
        offered = {row["move"]: row["requires"] for row in shown["moves"]}
        assert set(offered[name]) <= set(fields)
        answer = move(client, number, name, version, **fields)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == version + 1
        states.append(answer.json()["state"])
    assert states == [
        "registered",
        "routed",
        "answered",
        "closed",
        "reopened",
        "answered",
        "closed",
    ]


def test_a_new_topic_leaves_the_old_deadline_beside_the_one_in_force(
    node: Node, client: TestClient
) -> None:
    topics = the_rulebook().classifier.topics
    fast = next(topic.code for topic in topics if topic.fast_track and not topic.danger)
    number = an_issue(node)
    answer = move(client, number, "reclassify", 1, topic=fast)
    final = [row for row in answer.json()["deadlines"] if row["kind"] == "final"]
    assert [(row["norm"], row["in_force"]) for row in final] == [
        ("standard", False),
        ("fast_track", True),
    ]


def test_a_move_out_of_turn_is_a_conflict_that_names_the_allowed(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node)
    answer = move(client, number, "close", 1, outcome="solved")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    shown = client.get(f"{PATH}/{number}").json()
    assert answer.json()["allowed"] == [row["move"] for row in shown["moves"]]
    assert {"route", "reclassify"} < set(answer.json()["allowed"])
    assert ", ".join(answer.json()["allowed"]) in answer.json()["detail"]


def test_a_move_on_an_old_version_is_a_conflict_that_names_the_present(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node)
    assert move(client, number, "route", 1).status_code == 200
    answer = move(client, number, "reroute", 1, executor="x")
    assert answer.status_code == 409
    assert answer.json()["version"] == 2
    assert {"reroute", "answer", "reclassify"} < set(answer.json()["allowed"])
    assert "route" not in answer.json()["allowed"]


@pytest.mark.parametrize(
    ("name", "version", "fields", "named"),
    [
        ("fly", 1, {}, {"move"}),
        (None, 1, {}, {"move"}),
        ("route", "1", {}, {"version"}),
        ("route", True, {}, {"version"}),
        ("route", 0, {}, {"version"}),
        ("route", 10**30, {}, {"version"}),
        ("route", 1, {"executor": "nobody"}, {"executor"}),
        ("route", 1, {"executor": 5}, {"executor"}),
        ("route", 1, {"executor": {"a": 1}, "colour": []}, {"executor", "colour"}),
        ("route", 1, {"text": "x"}, {"text"}),
        ("reclassify", 1, {}, {"topic"}),
        ("reclassify", 1, {"topic": "\ud800", "territory": "\0"}, {"topic", "territory"}),
        ("reclassify", 1, {"topic": "roads.pits", "reason": "x" * 2001}, {"reason"}),
        ("route", 1, {"reason": "a\0"}, {"reason"}),
    ],
)
def test_every_wrong_field_of_a_move_is_named(
    node: Node, client: TestClient, name: Any, version: Any, fields: Any, named: set[str]
) -> None:
    number = an_issue(node)
    answer = move(client, number, name, version, **fields)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == named


def test_pages_follow_each_other_by_the_last_number(node: Node, client: TestClient) -> None:
    numbers = [an_issue(node) for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(PATH, params=query).json()
        seen += [issue["number"] for issue in page["issues"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == numbers


def test_issues_are_filtered_by_state_topic_and_territory(node: Node, client: TestClient) -> None:
    wanted = an_issue(node, topic="roads.pits", territory=UNIT)
    other = an_issue(node, topic="roads.pits", territory=TOWN)
    move(client, other, "route", 1)

    def listed(**query: str) -> list[str]:
        answer = client.get(PATH, params=query)
        assert answer.status_code == 200
        return [issue["number"] for issue in answer.json()["issues"]]

    assert listed(topic="roads.pits") == [wanted, other]
    assert listed(state="routed") == [other]
    assert listed(territory=UNIT, topic="roads.pits") == [wanted]
    assert listed(topic="unsorted") == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"state": "lost"}, {"state"}),
        ({"topic": "roads.pitts", "territory": ELSEWHERE}, {"topic", "territory"}),
        ({"limit": "0"}, {"limit"}),
        ({"limit": "201"}, {"limit"}),
        ({"limit": "9" * 5000}, {"limit"}),
        ({"after": "RU-MUR-P26-999999"}, {"after"}),
        ({"after": "\0"}, {"after"}),
        ({"territory": "\0"}, {"territory"}),
    ],
)
def test_every_wrong_filter_is_named(
    client: TestClient, query: dict[str, str], named: set[str]
) -> None:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == named


def test_an_unknown_issue_is_not_found(client: TestClient) -> None:
    for number in ("RU-MUR-P26-000099", "%00", "x" * 300):
        assert client.get(f"{PATH}/{number}").status_code == 404
        assert move(client, number, "route", 1).status_code == 404


def test_without_a_token_nothing_is_shown_or_moved(node: Node) -> None:
    number = an_issue(node)
    with a_client(node, signed_in=False) as visitor:
        assert visitor.get(PATH).status_code == 401
        assert visitor.get(f"{PATH}/{number}").status_code == 401
        assert move(visitor, number, "route", 1).status_code == 401
