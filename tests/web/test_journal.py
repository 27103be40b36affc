"""The journal at the doors: `/api/v1/journal` and the page, and who may open them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.store import journal
from tests.support.appeals import NOW, TOWN, UNIT, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

API = "/api/v1/journal"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def appeal(node: Node) -> str:
    with node.transaction() as session:
        return submitted(session, contact=_contact()).number


def _contact() -> Any:
    from node.domain.appeal import Contact

    return Contact(name="Имя Жителя", phone="+7 900 000-00-00")


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_entries_come_newest_first_and_by_subject(node: Node, client: TestClient) -> None:
    numbers = [appeal(node) for _ in range(3)]
    body = client.get(API).json()
    assert [one["subject"] for one in body["entries"]] == numbers[::-1]
    assert body["next"] is None
    [entry] = client.get(API, params={"subject": numbers[1]}).json()["entries"]
    assert entry["action"] == "submit_appeal"
    assert entry["at"] == NOW.isoformat().replace("+00:00", "Z")
    assert entry["details"] == {"issue": "RU-MUR-P26-000002", "channel": "api"}
    with node.reading() as session:
        assert body["entries"][0]["sha256"] == journal.newest(session).sha256
    assert client.get(API, params={"subject": "RU-MUR-26-000009"}).json()["entries"] == []


def test_pages_follow_each_other(node: Node, client: TestClient) -> None:
    numbers = [appeal(node) for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(API, params=query).json()
        seen += [entry["subject"] for entry in page["entries"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"after": "0"}, "after"),
        ({"after": "x"}, "after"),
        ({"after": str(2**31)}, "after"),
        ({"limit": "201"}, "limit"),
        ({"subject": "x" * 121}, "subject"),
        ({"subject": "a\0"}, "subject"),
        ({"subjects": "x"}, "subjects"),
    ],
)
def test_every_wrong_parameter_is_named(
    client: TestClient, query: dict[str, str], named: str
) -> None:
    answer = client.get(API, params=query)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [named]
    if named != "limit" and named != "subjects":
        page = client.get("/journal", params=query, headers={"Accept": "text/html"})
        assert page.status_code == 422


def test_the_page_tells_in_words_and_leads_to_the_rest(node: Node, client: TestClient) -> None:
    numbers = [appeal(node) for _ in range(52)]
    page = client.get("/journal")
    assert page.status_code == 200
    shown = text_of(page)
    assert "Зарегистрировано обращение" in shown
    assert "18 ноября 2026, 12:30:00" in shown.replace("\u00a0", " ")
    assert numbers[-1] in shown
    assert numbers[1] not in shown
    with node.reading() as session:
        assert str(journal.newest(session)) in page.text
    [following] = re.findall(r'href="(/journal\?after=\d+)" rel="next"', page.text)
    assert numbers[1] in text_of(client.get(following))
    one = text_of(client.get("/journal", params={"subject": numbers[1]}))
    assert numbers[1] in one
    assert numbers[2] not in one
    none = text_of(client.get("/journal", params={"subject": "<b>нет"}))
    assert "О «<b>нет» записей нет" in none


def test_only_a_right_over_the_whole_node_opens_the_journal(node: Node) -> None:
    grants = {
        "head": (a_grant("head"), 200),
        "officer": (a_grant("data_officer"), 200),
        "administrator": (a_grant("administrator"), 200),
        "town_head": (a_grant("head", TOWN), 403),
        "sector_head": (a_grant("head", UNIT, sectors=("roads",)), 403),
        "moderator": (a_grant("moderator"), 403),
    }
    with a_client(node, signed_in=False) as client:
        assert client.get(API).status_code == 401
        for login, (grant, status) in grants.items():
            a_person(node, login, grant)
            signs_in(client, login)
            assert client.get(API).status_code == status, login
            assert client.get("/journal").status_code == status, login
            bar = client.get("/account").text
            assert ('href="/journal"' in bar) == (status == 200), login


def test_the_journal_says_nothing_of_the_resident(node: Node, client: TestClient) -> None:
    appeal(node)
    for said in (client.get(API).text, client.get("/journal").text):
        assert "Имя Жителя" not in said
        assert "000-00-00" not in said
        assert "Яма" not in said
