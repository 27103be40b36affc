"""`/api/v1/routing`: rules read, saved, published, tried and compared; strict, few queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.bootstrap import Node
from tests.support.appeals import TOWN, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

PATH = "/api/v1/routing"
ROADS: dict[str, Any] = {
    "code": "roads",
    "name": "Дороги",
    "executor": "road_service",
    "topics": ["roads"],
}
PITS: dict[str, Any] = {
    "code": "pits",
    "name": "Ямы в центре",
    "executor": "amenities_service",
    "topics": ["roads.pits"],
    "territories": [TOWN],
    "channels": ["api", "vk"],
    "kinds": ["message"],
    "urgencies": ["ordinary"],
    "place": {"circle": {"lat": 68.97, "lon": 33.08, "km": 5}},
    "words": {"all": ["яма"], "any": ["двор", "дом 5"], "none": ["трасса"]},
}


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def save(client: TestClient, *rules: dict[str, Any], **more: Any) -> Any:
    return client.put(PATH, json={"rules": list(rules), **more})


def publish(client: TestClient, **body: Any) -> Any:
    return client.post(f"{PATH}/publish", json=body)


def an_issue(node: Node, **values: Any) -> str:
    with node.transaction() as session:
        return submitted(session, **values).issue_number


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["field"] for error in answer.json()["errors"]]


def test_at_first_the_shipped_rules_are_in_force(client: TestClient) -> None:
    read = client.get(PATH).json()
    in_force = read["in_force"]
    assert (in_force["version"], in_force["state"]) == (0, "published")
    assert (read["draft"], read["versions"]) == (None, [])
    assert in_force["rules"][0]["code"] == "capital_repair"
    assert [rule for rule in in_force["rules"] if rule["problems"]] == []
    assert client.get(f"{PATH}/versions/0").json()["sha256"] == in_force["sha256"]
    assert client.get(f"{PATH}/versions/1").status_code == 404


def test_a_draft_is_saved_read_back_and_published(client: TestClient) -> None:
    saved = save(client, PITS, ROADS, fallback="administration", note="Первые")
    assert saved.status_code == 200, saved.text
    draft = saved.json()
    assert (draft["version"], draft["revision"], draft["state"]) == (None, 1, "draft")
    rule = draft["rules"][0]
    assert {name: rule[name] for name in PITS} == PITS
    assert rule["agency"] == "amenities_department"
    assert draft["rules"][1]["place"] is None
    assert client.get(PATH).json()["in_force"]["version"] == 0
    published = publish(client, revision=1).json()
    assert (published["version"], published["note"], published["again"]) == (1, "Первые", None)
    assert published["sha256"] == draft["sha256"]
    read = client.get(PATH).json()
    assert (read["in_force"]["version"], read["draft"]) == (1, None)
    assert [(one["version"], one["state"]) for one in read["versions"]] == [(1, "published")]


def test_an_older_version_is_published_again_and_the_shipped_rules_too(client: TestClient) -> None:
    for revision, rules in ((1, [PITS, ROADS]), (1, [ROADS])):
        assert save(client, *rules).json()["revision"] == revision
        assert publish(client, revision=revision).status_code == 200
    again = publish(client, version=1).json()
    assert (again["version"], again["again"]) == (3, 1)
    assert publish(client, version=1).status_code == 409
    assert publish(client, version=0).json()["version"] == 0
    states = [(one["version"], one["state"]) for one in client.get(PATH).json()["versions"]]
    assert states == [(3, "retired"), (2, "retired"), (1, "retired")]
    assert publish(client, version=9).status_code == 404
    assert fields(publish(client)) == ["revision"]
    assert fields(publish(client, revision=1, version=1)) == ["revision"]


def test_whoever_saves_over_another_is_told_the_present_revision(client: TestClient) -> None:
    save(client, ROADS)
    assert save(client, ROADS, PITS, revision=1).json()["revision"] == 2
    for revision in (None, 1):
        refused = save(client, PITS, revision=revision)
        assert (refused.status_code, refused.json()["revision"]) == (409, 2)
    assert client.delete(f"{PATH}/draft/1").status_code == 409
    assert client.delete(f"{PATH}/draft/2").status_code == 204
    assert client.delete(f"{PATH}/draft/2").status_code == 404


def test_a_rule_that_never_fires_is_shown_and_keeps_the_draft_from_publishing(
    client: TestClient,
) -> None:
    draft = save(client, ROADS, PITS).json()
    [problem] = draft["rules"][1]["problems"]
    assert (problem["field"], problem["serious"]) == ("name", True)
    assert "«Дороги»" in problem["message"]
    assert fields(publish(client, revision=1)) == ["rules.1.name"]
    assert client.get(PATH).json()["in_force"]["version"] == 0


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"executor": "nobody"}, "rules.0.executor"),
        ({"topics": ["moon"]}, "rules.0.topics"),
        ({"territories": ["RU-KGD"]}, "rules.0.territories"),
        ({"code": "Ямы"}, "rules.0.code"),
        ({"name": ""}, "rules.0.name"),
        ({"name": 5}, "rules.0.name"),
        ({"colour": "red"}, "rules.0.colour"),
        ({"place": {}}, "rules.0.place"),
        (
            {"place": {"address": ["Мира"], "box": None, "circle": {"lat": 1, "lon": 1, "km": 1}}},
            "rules.0.place",
        ),
        ({"place": {"circle": {"lat": 91, "lon": 1, "km": 1}}}, "rules.0.place.lat"),
        ({"place": {"circle": {"lat": 1, "lon": 1}}}, "rules.0.place.circle.km"),
        ({"place": {"circle": {"lat": True, "lon": 1, "km": 1}}}, "rules.0.place.circle.lat"),
        ({"place": {"address": []}}, "rules.0.place.address"),
        ({"words": {"any": "яма"}}, "rules.0.words.any"),
        ({"words": {"any": ["!"]}}, "rules.0.words.any"),
        ({"words": {"any": ["\0яма"]}}, "rules.0.words.any"),
        ({"topics": ["roads"] * 501}, "rules.0.topics"),
        ({"reserve": "yes"}, "rules.0.reserve"),
    ],
)
def test_what_cannot_be_is_refused_by_rule_and_field(
    client: TestClient, rule: dict[str, Any], field: str
) -> None:
    assert fields(save(client, ROADS | rule)) == [field]


def test_a_case_is_tried_with_every_step_in_words(client: TestClient) -> None:
    save(client, PITS, ROADS)
    case = {"topic": "roads.pits", "territory": TOWN, "channel": "api", "draft": True}
    tried = client.post(f"{PATH}/try", json=case | {"text": "Яма у дома 5"}).json()
    assert (tried["executor"], tried["agency"]) == ("road_service", "road_directorate")
    assert (tried["basis"], tried["rule"], tried["version"]) == ("rule", "roads", None)
    assert [(step["rule"], step["failed"]) for step in tried["trail"]] == [
        ("pits", "place"),
        ("roads", None),
    ]
    assert tried["trail"][0]["says"].startswith("Правило «Ямы в центре»: другое место")
    assert "Дорожно-эксплуатационное предприятие" in tried["says"]
    near = case | {"text": "Яма у дома 5", "lat": 68.97, "lon": 33.09}
    tried = client.post(f"{PATH}/try", json=near).json()
    assert tried["rule"] == "pits"
    assert "в тексте есть «яма», «дом 5»" in tried["why"]
    complained = client.post(f"{PATH}/try", json=near | {"complained_of": "road_directorate"})
    assert complained.json()["executor"] == "amenities_service"
    both = {"topic": "roads.snow", "channel": "api", "complained_of": "road_directorate"}
    queue = client.post(f"{PATH}/try", json=both).json()
    assert (queue["executor"], queue["basis"]) == (None, "queue")
    assert {step["failed"] for step in queue["trail"]} >= {"complained_of"}


def test_an_issue_is_tried_by_its_number(node: Node, client: TestClient) -> None:
    number = an_issue(node, topic="utilities.roof", text="Требуем капитального ремонта")
    tried = client.post(f"{PATH}/try", json={"issue": number}).json()
    assert (tried["issue"], tried["rule"]) == (number, "capital_repair")
    assert client.post(f"{PATH}/try", json={"issue": "RU-MUR-P26-999999"}).status_code == 404
    assert client.post(f"{PATH}/try", json={"issue": number, "draft": True}).status_code == 404


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["topic", "channel"]),
        ({"issue": "x", "topic": "roads.pits"}, ["topic"]),
        ({"topic": "moon", "channel": "В К"}, ["topic", "channel"]),
        ({"topic": "roads.pits", "channel": "api", "lat": 5}, ["lon"]),
        ({"topic": "roads.pits", "channel": "api", "lat": 500, "lon": 1}, ["lat"]),
        ({"topic": "roads.pits", "channel": "api", "text": 7}, ["text"]),
        ({"topic": "roads.pits", "channel": "api", "text": "\0"}, ["text"]),
        ({"topic": "roads.pits", "channel": "api", "urgency": "soon"}, ["urgency"]),
        ({"topic": "roads.pits", "channel": "api", "complained_of": "x"}, ["complained_of"]),
    ],
)
def test_a_case_that_cannot_be_is_refused_by_field(
    client: TestClient, body: dict[str, Any], named: list[str]
) -> None:
    assert fields(client.post(f"{PATH}/try", json=body)) == named


def test_a_comparison_tells_who_would_get_what_instead(node: Node, client: TestClient) -> None:
    assert client.post(f"{PATH}/compare", json={}).status_code == 404
    numbers = {an_issue(node, topic="roads.pits") for _ in range(3)}
    an_issue(node, topic="roads.snow")
    save(client, ROADS)
    found = client.post(f"{PATH}/compare", json={"days": 30}).json()
    assert (found["checked"], found["total"], found["changed"], found["next"]) == (4, 4, 3, None)
    assert found["pairs"] == [{"before": "road_directorate", "after": "road_service", "issues": 3}]
    assert {one["issue"] for one in found["issues"]} == numbers
    assert found["issues"][0]["rule_after"] == "roads"
    assert fields(client.post(f"{PATH}/compare", json={"days": 0})) == ["days"]
    assert fields(client.post(f"{PATH}/compare", json={"before": "x"})) == ["before"]


def test_rules_are_for_coordinators_of_the_whole_node(node: Node) -> None:
    a_person(node, "coordinator", a_grant("coordinator"))
    a_person(node, "roads", a_grant("coordinator", sectors=("roads",)))
    a_person(node, "town", a_grant("coordinator", TOWN))
    clinic = an_issue(node, topic="health.queues")
    with a_client(node, signed_in=False) as client:
        assert client.get(PATH).status_code == 401
        for login, status in (("roads", 403), ("town", 403), ("coordinator", 200)):
            signs_in(client, login)
            assert client.get(PATH).status_code == status
            assert save(client, ROADS, revision=None).status_code == status
            assert client.post(f"{PATH}/compare", json={}).status_code == status
        # Of a closed sector a coordinator learns nothing, by whatever way.
        assert client.post(f"{PATH}/try", json={"issue": clinic}).status_code == 404
        assert client.post(f"{PATH}/compare", json={}).json()["total"] == 0


def test_the_rules_are_read_in_four_queries_however_many_there_are(
    node: Node, client: TestClient
) -> None:
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries() -> int:
        asked.clear()
        assert client.get(PATH).status_code == 200
        return len(
            [
                sql
                for sql in asked
                if (not sql.startswith("BEGIN") and "routing" in sql) or "issue_route" in sql
            ]
        )

    client.get(PATH)
    few = queries()
    many = [ROADS | {"code": f"r{i}", "channels": [f"c{i}"]} for i in range(120)]
    for _ in range(3):
        revision = save(client, *many).json()["revision"]
        assert publish(client, revision=revision).status_code == 200
        many = many[1:]
    save(client, *many)
    assert queries() == few == 4
