"""`/routing` and what lies below: rules kept, tried and compared by a person without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.bootstrap import Node
from node.domain.routing import RuleSet
from tests.support.routing import a_rule
from tests.support.routing_pages import (
    DRAFT,
    PATH,
    RULE,
    an_issue,
    draft,
    in_force,
    text_of,
)
from tests.support.routing_sets import PITS, ROADS, published, saved
from tests.support.web import a_client, a_node


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        yield client


# --- The list and the draft -----------------------------------------------------------------------


def test_at_first_the_shipped_rules_are_shown_with_the_way_to_change_them(
    client: TestClient,
) -> None:
    page = client.get(PATH)
    said = text_of(page)
    assert "Маршруты: правила поставки действует" in said
    assert "любое из слов «капитальный ремонт»" in said
    assert 'action="/routing/draft/begin"' in page.text
    assert client.get(DRAFT).status_code == 404


def test_rules_are_changed_in_a_draft_and_published(node: Node, client: TestClient) -> None:
    assert client.post(f"{DRAFT}/begin").headers["location"] == DRAFT
    shipped = len(in_force(node).rules)
    assert len(draft(node).rules) == shipped
    added = client.post(f"{DRAFT}/rules/new", data=RULE)
    assert added.headers["location"] == f"{DRAFT}#rule-1"
    first = draft(node).rules[0]
    assert (first.code, first.executor) == (f"rule-{shipped + 1}", "amenities_service")
    assert first.conditions.channels == ("api", "vk")
    assert first.conditions.words.some == ("двор", "дом 5")
    said = text_of(client.get(DRAFT))
    assert "место до 5 км от точки 68,97, 33,08" in said
    assert "без слов «трасса»" in said
    move = {"revision": "2", "code": first.code, "act": "down"}
    client.post(f"{DRAFT}/rules", data=move)
    assert draft(node).rules[1] == first
    client.post(f"{DRAFT}/fallback", data={"revision": "3", "fallback": "administration"})
    assert draft(node).fallback == "administration"
    sent = client.post(f"{DRAFT}/publish", data={"revision": "4", "note": "Центр – отдельно"})
    assert sent.headers["location"] == PATH
    assert in_force(node).version == 1
    said = text_of(client.get(PATH))
    assert "Маршруты: версия 1 действует" in said
    assert "Центр – отдельно" in said
    assert "Остальное, что не разошлось и по теме Администрация губернатора" in said


def test_a_rule_is_opened_changed_and_taken_out(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        saved(session, PITS, ROADS)
    form = client.get(f"{DRAFT}/rules/roads").text
    assert 'value="Правило roads"' in form
    assert '<option value="roads" selected>' in form
    assert '<option value="road_service" selected>' in form
    change = RULE | {"name": "Все дороги", "code": "other", "position": "1", "place": ""}
    assert client.post(f"{DRAFT}/rules/roads", data=change).status_code == 303
    rules = draft(node).rules
    # Its code stays: issues carry it.
    assert [(rule.code, rule.name) for rule in rules] == [
        ("roads", "Все дороги"),
        ("pits", "Правило pits"),
    ]
    out = {"revision": "2", "code": "pits", "act": "remove"}
    client.post(f"{DRAFT}/rules", data=out)
    assert [rule.code for rule in draft(node).rules] == ["roads"]
    assert client.get(f"{DRAFT}/rules/pits").status_code == 404
    client.post(f"{DRAFT}/discard", data={"revision": "3"})
    assert client.get(DRAFT).status_code == 404


@pytest.mark.parametrize(
    "place",
    [
        {"place": "box", "south": "68", "west": "33", "north": "69", "east": "34"},
        {"place": "circle"},
        {"place": "address", "address": "проспект Ленина, Мира 5"},
        {"place": ""},
    ],
)
def test_a_form_shows_a_rule_as_it_was_written(
    node: Node, client: TestClient, place: dict[str, str]
) -> None:
    with node.transaction() as session:
        saved(session)
    assert client.post(f"{DRAFT}/rules/new", data=RULE | place).status_code == 303
    [rule] = draft(node).rules
    page = client.get(f"{DRAFT}/rules/{rule.code}").text
    again = {
        **dict(re.findall(r'name="(\w+)" value="([^"]*)"[^>]*? checked', page)),
        **dict(re.findall(r'<input type="(?:text|number)"[^>]*name="(\w+)" value="([^"]*)"', page)),
        **dict(re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>\n([^<]*)</textarea>', page)),
    }
    assert again["place"] == place["place"]
    typed = RULE | {name: unescape(value) for name, value in again.items()} | {"revision": "2"}
    assert client.post(f"{DRAFT}/rules/{rule.code}", data=typed).status_code == 303
    assert draft(node).rules == (rule,)


def test_a_rule_that_never_fires_stands_in_red_and_cannot_be_published(
    node: Node, client: TestClient
) -> None:
    with node.transaction() as session:
        saved(session, ROADS, PITS)
    page = client.get(DRAFT)
    assert "1 правило мешает публикации" in text_of(page)
    assert '<tr role="row" id="rule-2" class="routing-wrong">' in page.text
    assert "забирает правило выше «Правило roads»" in text_of(page)
    assert '<button type="submit" disabled>Опубликовать</button>' in page.text
    refused = client.post(f"{DRAFT}/publish", data={"revision": "1", "note": "Моё"})
    assert refused.status_code == 422
    assert '<a href="#rule-2">Правило 2, название</a>' in refused.text
    assert "Моё</textarea>" in refused.text
    client.post(f"{DRAFT}/rules", data={"revision": "1", "code": "pits", "act": "up"})
    assert "мешает" not in text_of(client.get(DRAFT))
    assert client.post(f"{DRAFT}/publish", data={"revision": "2"}).status_code == 303


def test_rules_in_force_whose_executor_is_gone_stand_in_red(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        made = published(session, ROADS)
        made.body = made.body.replace("road_service", "dissolved")
        made.sha256 = "0" * 64
    said = text_of(client.get(PATH))
    assert "1 правило не сработает" in said
    assert "исполнителя «dissolved» нет" in said


def test_a_form_with_faults_comes_back_as_it_was_typed(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        saved(session, ROADS)
    bad = {"name": "", "lat": "много", "executor": "nobody", "channels": "В К", "position": "0"}
    refused = client.post(f"{DRAFT}/rules/new", data=RULE | bad)
    assert refused.status_code == 422
    assert '<a href="#lat">Широта</a>' in refused.text
    assert 'value="много"' in refused.text
    refused = client.post(f"{DRAFT}/rules/new", data=RULE | bad | {"lat": "95"})
    for field in ("name", "lat", "executor", "channels"):
        assert f'<a href="#{field}">' in refused.text
        assert f'id="{field}-error"' in refused.text
    assert "двор\nдом 5</textarea>" in refused.text
    assert '<option value="roads.pits" selected>' in refused.text
    refused = client.post(f"{DRAFT}/rules/new", data=RULE | {"position": "0"})
    assert '<a href="#position">' in refused.text
    taken = client.post(f"{DRAFT}/rules/new", data=RULE | {"code": "roads"})
    assert '<a href="#code">' in taken.text


def test_whoever_was_second_is_told_and_keeps_what_was_typed(
    node: Node, client: TestClient
) -> None:
    with node.transaction() as session:
        saved(session, ROADS)
        saved(session, ROADS, revision=1)
    late = client.post(f"{DRAFT}/rules/new", data=RULE)
    assert late.status_code == 409
    assert "уже изменил кто-то другой" in late.text
    assert 'value="Ямы в центре"' in late.text
    for address, fields in (
        ("rules", {"code": "roads", "act": "up"}),
        ("fallback", {"fallback": ""}),
        ("publish", {}),
        ("discard", {}),
    ):
        answer = client.post(f"{DRAFT}/{address}", data={"revision": "1", **fields})
        assert answer.status_code == 409, address
    assert draft(node).rules == (ROADS,)


def test_an_older_version_is_shown_and_brought_back(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        published(session, ROADS)
        published(session, PITS)
    page = client.get(f"{PATH}/versions/1")
    assert "Правило roads" in page.text
    assert "не действует" in text_of(page)
    assert client.post(f"{PATH}/versions/1/return").headers["location"] == PATH
    assert in_force(node) == RuleSet((ROADS,), None, 3)
    assert "возврат к версии 1" in client.get(PATH).text
    assert client.post(f"{PATH}/versions/3/return").status_code == 409
    assert client.post(f"{PATH}/versions/0/return").status_code == 303
    assert in_force(node).version == 0
    assert client.get(f"{PATH}/versions/9").status_code == 404
    assert client.get(f"{PATH}/versions/9/return").headers["location"] == f"{PATH}/versions/9"
    assert client.get(f"{PATH}/versions/x").status_code == 422


def test_hits_of_thirty_days_stand_beside_the_rules(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        published(session, ROADS)
    for topic in ("roads.pits", "roads.snow", "education.meals"):
        an_issue(node, topic=topic)
    page = client.get(PATH)
    assert '<td role="cell" class="routing-hits" data-label="За 30 дней">2</td>' in page.text
    assert "по теме 1," in text_of(page)


def test_the_list_asks_as_often_for_many_rules_as_for_one(node: Node, client: TestClient) -> None:
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries() -> int:
        asked.clear()
        assert client.get(PATH).status_code == 200
        return len([sql for sql in asked if not sql.startswith("BEGIN")])

    with node.transaction() as session:
        published(session, ROADS)
    client.get(PATH)
    few = queries()
    with node.transaction() as session:
        many = [a_rule(f"r{i}", "road_service", channels=(f"c{i}",)) for i in range(100)]
        published(session, *many)
        saved(session, *many)
    assert queries() == few
