"""The card of a unit: who looks after it, how its node is, what to do when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from federation.ledger import Backlog
from node.bootstrap import Node
from node.store.ledger import SqlLedger
from tests.support.country import CHAIN, Country
from tests.support.directories import enter
from tests.support.web import a_client, a_node

TOP, DISTRICT, REGION, TOWN = CHAIN
POST = "заместитель полномочного представителя"


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play(4)
    yield country
    country.close()


@pytest.fixture
def region(country: Country) -> Node:
    return country.nodes[REGION]


@pytest.fixture
def empty(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit=REGION) as node:
        yield node


@pytest.fixture
def at_region(region: Node) -> Iterator[TestClient]:
    with a_client(region) as client:
        yield client


@pytest.fixture
def at_empty(empty: Node) -> Iterator[TestClient]:
    with a_client(empty) as client:
        yield client


def asked(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u00a0", " ")


def told(client: TestClient, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_card_shows_the_curator(region: Node, at_region: TestClient) -> None:
    enter(region, **{TOWN: {"curator": POST}})
    region.in_force = replace(region.in_force, rulebook=region.files)
    assert f"<b>{POST.capitalize()}</b>" in asked(at_region, f"/units/{TOWN}")
    assert told(at_region, f"/units/{TOWN}")["curator"] == POST
    assert f"куратор: {POST}" in asked(at_region, f"/top?scope={TOWN}")


def test_own_card_is_the_start_and_leads_up(at_region: TestClient) -> None:
    page = asked(at_region, "/units")
    assert "Мурманская область" in page
    assert f'href="/units/{DISTRICT}"' in page
    assert "этот узел" in page
    assert "не назначен" in page
    assert "Europe/Moscow, UTC+3" in page


def test_a_child_that_calls_is_up(at_region: TestClient) -> None:
    body = told(at_region, f"/units/{TOWN}")
    node = body["node"]
    assert node["state"] == "up"
    assert node["software"] == "cur/0.1.0"
    assert node["certified_to"] is not None
    assert body["reports_from"] == "2026-03-02"
    page = asked(at_region, f"/units/{TOWN}")
    assert "на связи" in page
    assert "Сертификат" in page
    assert "cur/0.1.0" in page


def test_a_child_that_has_not_called_lately_is_silent(
    country: Country, at_region: TestClient
) -> None:
    country.clock.advance(minutes=6)
    assert "нет связи" in asked(at_region, f"/units/{TOWN}")


def test_a_suspended_link_and_a_backlog_are_shown(region: Node, at_region: TestClient) -> None:
    with region.transaction() as session:
        ledger = SqlLedger(session)
        since = region.clock() - timedelta(hours=3)
        link = replace(ledger.link(TOWN), suspended="clone", backlog=Backlog(5, since))
        ledger.save_link(link)
    page = asked(at_region, f"/units/{TOWN}")
    assert "связь приостановлена" in page
    assert "clone" in page
    assert "5 сообщений, старейшее ждёт 3 ч" in page
    assert f"cur invite {TOWN}" in page


def test_further_down_there_is_a_node_or_none(country: Country) -> None:
    with a_client(country.nodes[TOP]) as client:
        assert "узел есть" in asked(client, f"/units/{TOWN}")
        children = told(client, f"/units/{REGION}")["children"]
    states = {child["code"]: child["node"]["state"] for child in children}
    assert states.pop(TOWN) == "certified"
    assert set(states.values()) == {"none"}
    assert children[0]["code"] == TOWN  # who has none stands last


def test_a_unit_without_a_node_says_how_to_invite_it(at_empty: TestClient) -> None:
    page = asked(at_empty, f"/units/{TOWN}")
    assert "узла нет" in page
    assert f"cur invite {TOWN}" in page
    assert "здесь не видно" in asked(at_empty, "/units/RU-KGD")


def test_many_units_below_are_searched(at_empty: TestClient) -> None:
    page = asked(at_empty, "/units/CFO?q=твер")
    assert "Тверская область" in page
    assert "Тульская область" not in page
    page = asked(at_empty, "/units/CFO?q=%3Cb%3E")
    assert "«&lt;b&gt;» ничего не найдено" in page


def test_an_unknown_unit_is_not_found_with_the_nearest(at_empty: TestClient) -> None:
    answer = at_empty.get("/api/v1/units/RU-MUX")
    assert answer.status_code == 404
    assert "RU-MUR" in answer.json()["detail"]
    assert at_empty.get("/units/RU-MUX", headers={"Accept": "text/html"}).status_code == 404


def test_nobody_looks_without_signing_in(empty: Node) -> None:
    with a_client(empty, signed_in=False) as client:
        assert client.get("/units").status_code == 303
        assert client.get(f"/api/v1/units/{TOWN}").status_code == 401
