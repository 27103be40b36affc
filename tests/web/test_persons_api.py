"""`/api/v1/persons` and the correction of a contact: shapes, refusals, and who is let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.domain.appeal import Contact
from tests.support.appeals import moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

WHO = Contact(name="Марфа Посадница", phone="+7 911 222-33-44", consent_version="abcdef")
TEXT = "Нет света. Марфа Посадница"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def closed(node: Node) -> str:
    with node.transaction() as session:
        names = submitted(session, text=TEXT, contact=WHO)
        moved(session, names.issue_number, "reject", 1, ground="no_matter")
    return names.number


def send(client: TestClient, method: str, path: str, **body: Any) -> Any:
    return client.request(
        method,
        f"/api/v1{path}",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )


def test_a_copy_is_handed_out(node: Node, client: TestClient) -> None:
    number = closed(node)
    answer = send(client, "POST", "/persons/export", appeals=[number], reason="Заявление 5")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["version"], body["unit"], body["operator"]) == (
        1,
        "RU-MUR",
        "Администрация, Мурманская область",
    )
    [appeal] = body["appeals"]
    assert appeal["text"] == TEXT
    assert appeal["contact"]["phone"] == WHO.phone
    assert appeal["contact"]["consented_at"] == "2026-11-18T09:30:00Z"
    assert appeal["issue_state"] == "rejected"
    assert {one["action"] for one in appeal["journal"]} >= {"submit_appeal", "person_exported"}
    assert "no-store" in answer.headers["cache-control"]


def test_a_contact_is_corrected_and_an_appeal_erased(node: Node, client: TestClient) -> None:
    number = closed(node)
    path = f"/appeals/{number}/contact"
    answer = send(client, "PATCH", path, reason="Заявление", phone="+7 900 765-43-21", name=None)
    assert (answer.status_code, answer.json()) == (
        200,
        {"number": number, "changed": ["name", "phone"]},
    )
    answer = send(client, "POST", "/persons/erase", appeals=[number], reason="Заявление 6")
    assert answer.status_code == 200, answer.text
    assert answer.json()["erased"][0] == {
        "number": number,
        "done": [{"data": "contact", "fate": "erase"}, {"data": "text", "fate": "erase"}],
    }
    shown = client.get(f"/api/v1/appeals/{number}").json()
    assert shown["text"] == "[Текст удалён 18.11.2026: по запросу жителя]"
    assert {(one["data"], one["rule"]) for one in shown["erased"]} == {
        ("contact", "по запросу жителя"),
        ("text", "по запросу жителя"),
    }
    assert send(client, "PATCH", path, reason="Ещё", name="Марфа").status_code == 409


def test_the_status_page_says_what_is_no_longer_kept(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        names = submitted(session, text=TEXT, contact=WHO)
        moved(session, names.issue_number, "reject", 1, ground="no_matter")
    page = f"/status/{names.status_key}"
    assert "удалено" not in client.get(page).text
    send(client, "POST", "/persons/erase", appeals=[names.number], reason="Заявление 8")
    shown = " ".join(client.get(page).text.replace("\u00a0", " ").split())
    assert "Контакты – удалено</dt> <dd>18 ноября 2026, по запросу жителя" in shown


def test_an_open_issue_is_a_conflict_that_says_until_when(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        number = submitted(session, text=TEXT, contact=WHO).number
    body = {"appeals": [number], "reason": "Заявление 7"}
    answer = send(client, "POST", "/persons/erase", **body)
    assert answer.status_code == 409
    assert "жителю должны ответить до 18.12.2026" in answer.json()["detail"]
    assert answer.json()["refused"] == [number]
    assert send(client, "POST", "/persons/erase", **body, force=True).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", "/persons/export", {"reason": "x"}, {"appeals"}),
        ("POST", "/persons/export", {"appeals": [], "reason": "x"}, {"appeals"}),
        ("POST", "/persons/export", {"appeals": ["нет"], "reason": "x"}, {"appeals"}),
        ("POST", "/persons/export", {"appeals": ["RU"], "reason": " "}, {"reason"}),
        ("POST", "/persons/export", {"phone": "+7", "reason": "x"}, {"appeals", "phone"}),
        ("POST", "/persons/erase", {"appeals": ["RU"], "reason": "x", "force": 1}, {"force"}),
        ("PATCH", "/appeals/{}/contact", {"reason": "x"}, {"contact"}),
        ("PATCH", "/appeals/{}/contact", {"reason": "x", "phone": "нет"}, {"phone"}),
        ("PATCH", "/appeals/{}/contact", {"reason": "x", "phone": 5}, {"phone"}),
        ("PATCH", "/appeals/{}/contact", {"phone": "+7 900 765-43-21"}, {"reason"}),
    ],
)
def test_every_wrong_field_is_named(
    node: Node, client: TestClient, method: str, path: str, body: Any, named: set[str]
) -> None:
    answer = send(client, method, path.format(closed(node)), **body)
    assert answer.status_code == 422, answer.text
    assert {error["field"].split(".")[0] for error in answer.json()["errors"]} == named


def test_no_role_but_one_is_let_in(node: Node) -> None:
    number = closed(node)
    others = [role.code for role in node.rulebook.roles if role.code != "data_officer"]
    body: dict[str, Any] = {"reason": "x"}
    with a_client(node, signed_in=False) as client:
        for login, grant, status in [
            *((f"{code}.person", a_grant(code), 403) for code in others),
            ("town.officer", a_grant("data_officer", "47701000"), 403),
            ("officer", a_grant("data_officer"), 200),
        ]:
            a_person(node, login, grant)
            signs_in(client, login)
            for method, path, more in (
                ("POST", "/persons/export", {"appeals": [number]}),
                ("PATCH", f"/appeals/{number}/contact", {"name": "Марфа"}),
                ("POST", "/persons/erase", {"appeals": [number]}),
            ):
                answer = send(client, method, path, **body, **more)
                assert answer.status_code == status, (login, path)
