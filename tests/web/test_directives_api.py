"""`/api/v1/directives`: exactly the shapes agreed, strict about what is sent, few queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.actions.seal_directives import seal_directives
from node.bootstrap import Node
from node.commands.keys import create
from node.commands.run import begin
from node.store import directives
from tests.support.appeals import NOW, the_rulebook
from tests.support.coordinators import issued, looked, read, reported
from tests.support.directives import a_directive, a_report, planned, whole
from tests.support.directives_api import BODY, PATH, REGION, TOP, an_id, fields
from tests.support.web import a_client, a_node

TODAY = date(2026, 11, 18)
DAY = timedelta(days=1)


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit=TOP) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


@contextmanager
def selects(node: Node) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "directive" in statement:
            sent.append(statement)

    event.listen(node.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(node.database.engine, "before_cursor_execute", note)


# --- Issuing and reading --------------------------------------------------------------------------


def test_a_directive_is_issued_and_read_again(node: Node, client: TestClient) -> None:
    answer = client.post(PATH, json=BODY)
    assert answer.status_code == 201
    body = answer.json()
    rules = the_rulebook().readiness
    assert client.get(f"{PATH}/{body['id']}").json() == body
    assert {name: body[name] for name in ("issuer", "version", "withdrawn", "scenario")} == {
        "issuer": TOP,
        "version": 1,
        "withdrawn": False,
        "scenario": None,
    }
    assert set(body["to"]) == {REGION, "RU-KGD"}
    assert body["milestones"][1] == {
        "code": "premises",
        "title": "Помещение",
        "weight": 40,
        "kind": "done",
        "condition": None,
    }
    assert body["stages"] == {"complete": "100", "close": "60"}
    assert body["roll_up"] == rules.rollup
    assert len(body["risk_rules"]) == len(rules.risk_rules)
    assert body["states"] == [{"state": "in_force", "at": "2026-11-18T09:30:00Z", "reason": None}]
    assert body["delivery"] == []  # not signed yet


def test_once_it_is_signed_the_way_down_is_shown(node: Node, client: TestClient) -> None:
    create(node)
    begin(node)
    id = an_id(client)
    with node.transaction() as session:
        seal_directives(session, me=TOP, signer=node.signing, now=NOW)
    delivery = client.get(f"{PATH}/{id}").json()["delivery"]
    assert {(one["unit"], one["state"]) for one in delivery} == {
        (REGION, "no_node"),
        ("RU-KGD", "no_node"),
    }


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"title": ""}, {"title"}),
        ({"title": None}, {"title"}),
        ({"colour": 1}, {"colour"}),
        ({"issued_on": 0}, {"issued_on"}),
        ({"issued_on": "20261118"}, {"issued_on"}),
        ({"deadline": "2026-02-30"}, {"deadline"}),
        ({"deadline": "2026-02-01"}, {"deadline"}),
        ({"units": ["RU"]}, {"units.0"}),
        ({"units": ["RU-XXX", "\0", "\ud800"]}, {"units.0", "units.1", "units.2"}),
        ({"addressed": "tier"}, {"tier"}),
        ({"coordinator": {"code": "office"}}, {"coordinator.name"}),
        ({"milestones": BODY["milestones"][:1]}, {"milestones"}),
        ({"milestones": [{"code": "a", "title": "А", "weight": True}]}, {"milestones.0.weight"}),
        (
            {"milestones": [{"code": "a", "title": "А", "weight": 100, "kind": "half"}]},
            {"milestones.0.kind"},
        ),
        ({"stages": {"complete": 50, "close": "60"}}, {"stages.close"}),
        ({"stages": {"complete": True}}, {"stages.complete"}),
        ({"risk_rules": [{"rule": "behind", "percent": 50}]}, {"risk_rules.0.days"}),
        ({"risk_rules": [{"rule": "luck"}]}, {"risk_rules.0.rule"}),
        ({"roll_up": "best"}, {"roll_up"}),
        ({"note": "пишите a@example.org"}, {"note"}),
    ],
)
def test_every_wrong_field_of_a_directive_is_named(
    client: TestClient, overrides: dict[str, Any], named: set[str]
) -> None:
    # A lone surrogate can be sent in JSON's own spelling alone.
    content, headers = json.dumps(BODY | overrides), {"Content-Type": "application/json"}
    assert fields(client.post(PATH, content=content, headers=headers)) == named
    assert client.get(PATH).json() == {"directives": [], "next": None}


@pytest.mark.parametrize(
    ("overrides", "refused", "listed"),
    [
        ({"addressees": []}, "addressees", "units"),
        ({"legal_basis": "Указ"}, "legal_basis", "basis"),
        ({"coordinator": "office"}, "coordinator", "code, name"),
        (
            {"milestones": [BODY["milestones"][0] | {"boolean": True}]},
            "milestones.0.boolean",
            "kind",
        ),
        (
            {"milestones": [BODY["milestones"][1] | {"condition": "не ниже {министра}"}]},
            "milestones.0.condition",
            "scale, at_least",
        ),
    ],
)
def test_a_refusal_lists_the_fields_there_are(
    client: TestClient, overrides: dict[str, Any], refused: str, listed: str
) -> None:
    answer = client.post(PATH, json=BODY | overrides)
    assert fields(answer) == {refused}
    assert listed in answer.json()["errors"][0]["message"]


def test_a_revision_goes_through_once(client: TestClient) -> None:
    id = an_id(client)
    changed = BODY | {"title": "Иначе", "version": 1}
    answer = client.put(f"{PATH}/{id}", json=changed)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    answer = client.put(f"{PATH}/{id}", json=changed | {"title": "Опоздал"})
    assert answer.status_code == 409
    assert (answer.json()["version"], answer.json()["changed_by"]) == (2, "operator")
    assert fields(client.put(f"{PATH}/{id}", json=BODY)) == {"version"}


def test_a_withdrawn_directive_is_shown_and_refuses(client: TestClient) -> None:
    id = an_id(client)
    answer = client.post(f"{PATH}/{id}/withdraw", json={"version": 1, "reason": "Отменено"})
    assert answer.json()["withdrawn"] is True
    assert client.get(PATH).json()["directives"][0]["withdrawn"] is True
    answer = client.put(f"{PATH}/{id}/reports/{REGION}", json={"acknowledged": True})
    assert answer.status_code == 409


def test_the_list_tells_what_a_list_must(node: Node, client: TestClient) -> None:
    id = an_id(client)
    reported(node, id, REGION, me=TOP, now=NOW, readings=(read("staff", TODAY, "52.5"),))
    [listed] = client.get(PATH).json()["directives"]
    assert listed == {
        "id": id,
        "title": "Открыть центр управления",
        "issuer": TOP,
        "issued_on": "2026-03-01",
        "deadline": "2026-12-01",
        "days_left": 13,
        "percent": "15.75",
        "stages": {"complete": 0, "close": 0, "in_progress": 1, "not_started": 1},
        "withdrawn": False,
        "scenario": None,
        "version": 1,
    }


def test_the_list_goes_by_pages_and_by_addressee(client: TestClient) -> None:
    ids = [an_id(client, issued_on=f"2026-03-0{number}") for number in range(1, 5)]
    other = an_id(client, units=["RU-KGD"], issued_on="2026-01-01")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "unit": REGION}
    while True:
        page = client.get(PATH, params=query).json()
        seen += [one["id"] for one in page["directives"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == ids[::-1]
    assert other in [one["id"] for one in client.get(PATH).json()["directives"]]
    assert fields(client.get(PATH, params={"unit": "RU-XXX"})) == {"unit"}
    assert fields(client.get(PATH, params={"after": "\0"})) == {"after"}


# --- Readiness ------------------------------------------------------------------------------------


def test_readiness_has_the_agreed_shape_as_of_any_day(node: Node, client: TestClient) -> None:
    id = a_directive().id
    step = {
        "id": "s1",
        "title": "Утвердить штат",
        "owner": "заместитель губернатора",
        "added_on": "2020-11-01",
        "due_on": "2020-12-01",
        "done_on": None,
    }
    report = a_report(
        "RU-STA",
        origin=TOP,
        on_behalf=True,
        readings=[
            whole(date(2020, 10, 27), "47"),
            whole(date(2020, 12, 5), "52.50", reconstructed=True),
        ],
        planned_on=[planned(date(2020, 10, 27), date(2021, 12, 31), "year")],
    )
    with node.transaction() as session:
        directives.add_directive(session, a_directive(), at=NOW, scenario="cur-2020")
        directives.write_report(session, report, issuer=TOP, at=NOW, unsealed=False)
    body = client.get(f"{PATH}/{id}/readiness", params={"as_of": "2020-11-18"}).json()
    agreed = {"as_of", "deadline", "days_left", "percent", "stages", "units"}
    assert set(body) == agreed | {"parents"}
    assert (body["as_of"], body["deadline"], body["days_left"]) == ("2020-11-18", "2020-12-01", 13)
    assert body["stages"] == {"complete": 0, "close": 0, "in_progress": 1, "not_started": 2}
    assert [unit["unit"] for unit in body["units"]] == ["RU-SMO", "RU-TVE", "RU-STA"]
    unit = body["units"][2]
    assert (unit["percent"], unit["stage"], unit["planned_on"]) == (
        "47",
        "in_progress",
        "2021-12-31",
    )
    assert unit["risk"][0]["rule"] == "planned_late"
    assert "2021" in unit["risk"][0]["why"]
    assert (unit["steps"], unit["without_step"], unit["reconstructed"]) == ([], True, False)
    assert unit["missed_check_ins"] == len(unit["missed_days"]) > 0
    assert unit["on_behalf"] is True
    later = client.get(f"{PATH}/{id}/readiness", params={"as_of": "2020-12-06"}).json()
    unit = later["units"][2]
    assert (unit["percent"], unit["reconstructed"], unit["overdue"]) == ("52.5", True, True)
    assert set(step) == set(_a_step(client))


def _a_step(client: TestClient) -> dict[str, Any]:
    id = an_id(client)
    step = {"title": "Принять", "owner": "Глава", "due_on": "2026-11-20"}
    client.put(f"{PATH}/{id}/reports/{REGION}", json={"steps": [step]})
    units = client.get(f"{PATH}/{id}/readiness").json()["units"]
    [found] = next(unit["steps"] for unit in units if unit["unit"] == REGION)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "as_of",
    ["2020-11-31", "20201117", "0", "tomorrow", "", "0001-01-01", "9999-12-31", "2040-01-01"],
)
def test_a_day_that_cannot_be_asked_for_is_named(client: TestClient, as_of: str) -> None:
    id = an_id(client)
    answer = client.get(f"{PATH}/{id}/readiness", params={"as_of": as_of})
    assert fields(answer) == {"as_of"}


def test_readiness_of_a_whole_tier_takes_three_queries(node: Node, client: TestClient) -> None:
    tier = the_rulebook().directory[REGION].tier
    id = an_id(client, addressed="tier", tier=tier, units=[])
    for unit in the_rulebook().directory.of_tier(tier)[:20]:
        readings, check_ins = (read("staff", TODAY, "41"),), looked([TODAY], NOW)
        reported(node, id, unit, me=TOP, now=NOW, readings=readings, check_ins=check_ins)
    with selects(node) as sent:
        body = client.get(f"{PATH}/{id}/readiness").json()
    assert len(sent) == 3
    assert len(body["units"]) >= 83
    with selects(node) as sent:
        client.get(PATH)
    assert len(sent) == 4


def test_what_is_not_here_is_not_found(client: TestClient) -> None:
    for id in ("none", "%00", "x" * 300):
        path = f"{PATH}/{id}"
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/readiness").status_code == 404
        assert client.get(f"{path}/reports/{REGION}").status_code == 404
        assert client.put(f"{path}/reports/{REGION}", json={}).status_code == 404
        assert client.put(path, json=BODY | {"version": 1}).status_code == 404
        mark = {"unit": REGION, "change": "added", "reason": "x"}
        assert client.post(f"{path}/risk", json=mark).status_code == 404
        withdrawal = {"version": 1, "reason": "x"}
        assert client.post(f"{path}/withdraw", json=withdrawal).status_code == 404


def test_a_node_that_was_told_shows_only_what_is_below_it(
    tmp_path: Path, database_url: str
) -> None:
    with a_node(tmp_path, database_url, unit=REGION) as node, a_client(node) as client:
        with node.transaction() as session:
            told = a_directive(id="d", to=(REGION, "RU-TVE"))
            directives.add_directive(session, told, at=NOW)
        body = client.get(f"{PATH}/d/readiness").json()
        assert [unit["unit"] for unit in body["units"]] == [REGION]
        assert client.get(f"{PATH}/d/reports/RU-TVE").status_code == 404
        answer = client.put(f"{PATH}/d/reports/{REGION}", json={"acknowledged": True})
        assert answer.json()["on_behalf"] is False


def test_a_visitor_gets_nothing(node: Node) -> None:
    id = issued(node, now=NOW)
    with a_client(node, signed_in=False) as visitor:
        assert visitor.get(PATH).status_code == 401
        assert visitor.get(f"{PATH}/{id}/readiness").status_code == 401
        assert visitor.post(PATH, json=BODY).status_code == 401
