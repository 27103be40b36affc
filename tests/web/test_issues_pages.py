"""The staff's pages on issues: the work list, and who is let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.bootstrap import Node
from node.store import issues as issue_store
from node.store.tables import Base
from node.web.pages import issues
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT, moved, submitted, the_rulebook
from tests.support.web import a_client, a_node

PATH = "/issues"
DAY = timedelta(days=1)
NUMBER = re.compile(r'href="/issues/([^"?]+-P\d+-\d+)"')


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        yield client


Done = tuple[str, dict[str, Any]]
"""A move and its fields."""
ROUTED: Done = ("route", {})
ANSWERED: Done = ("answer", {"text": "Засыпали щебнем"})
CLOSED: Done = ("close", {"outcome": "solved"})


def an_issue(node: Node, *moves: Done, **overrides: Any) -> str:
    """An issue of one appeal, after these moves."""
    with node.transaction() as session:
        number = submitted(session, **overrides).issue_number
        for version, (name, fields) in enumerate(moves, 1):
            moved(session, number, name, version, **fields)
    return number


def listed(client: TestClient, **query: str) -> list[str]:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return NUMBER.findall(answer.text)


def text_of(answer: Any) -> str:
    """What a reader sees: no tags, one space between words."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def send(client: TestClient, number: str, move: str, version: int = 1, **fields: str) -> Any:
    return client.post(f"{PATH}/{number}/moves", data={"move": move, "version": version, **fields})


# --- The list -------------------------------------------------------------------------------------


def test_a_row_says_all_that_work_is_chosen_by(node: Node, client: TestClient) -> None:
    number = an_issue(node, topic="roads.pits", received_at=NOW - 40 * DAY)
    page = text_of(client.get(PATH))
    agency = the_rulebook().agencies.for_topic("roads.pits").name
    assert (
        f"{number} Ямы и выбоины на дороге Дороги Мурманск {agency} предложен по теме "
        "9 октября, 12:30 12 октября, 12:30 просрочено на 37 дн. 8 ноября просрочено на 9 дн. "
        "Зарегистрирована 1"
    ) in page
    assert "В работе: 1 , из них просрочено 1" in page


def test_the_list_is_what_is_in_work_by_the_nearest_deadline(
    node: Node, client: TestClient
) -> None:
    fresh = an_issue(node)
    answered = an_issue(node, ROUTED, ANSWERED)
    closed = an_issue(node, ROUTED, ANSWERED, CLOSED)
    late = an_issue(node, received_at=NOW - 5 * DAY)
    assert listed(client) == [late, fresh, answered]
    assert listed(client, state="overdue") == [late]
    assert listed(client, state="closed") == [closed]
    assert listed(client, state="answered") == [answered]


def test_the_list_is_filtered_by_topic_by_sector_and_by_territory(
    node: Node, client: TestClient
) -> None:
    pits = an_issue(node, topic="roads.pits")
    snow = an_issue(node, topic="roads.snow", territory=UNIT)
    other = an_issue(node)
    assert set(listed(client, topic="roads")) == {pits, snow}
    assert listed(client, topic="roads.pits") == [pits]
    assert listed(client, topic="unsorted") == [other]
    assert listed(client, territory=UNIT, topic="") == [snow]
    page = client.get(PATH, params={"topic": "roads", "territory": UNIT}).text
    assert '<option value="roads" selected>' in page
    assert f'<option value="{UNIT}" selected>' in page


@pytest.mark.parametrize("state", ["open", "closed"])
def test_pages_of_the_list_follow_each_other(node: Node, client: TestClient, state: str) -> None:
    with node.transaction() as session:
        numbers = {
            submitted(session, topic="roads.pits").issue_number for _ in range(issues.PAGE + 2)
        }
        for number in numbers if state == "closed" else ():
            moved(session, number, "route", 1)
            moved(session, number, "answer", 2, text="Засыпали")
            moved(session, number, "close", 3, outcome="solved")
    first = client.get(f"{PATH}?state={state}&topic=roads").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(unescape(following[1])).text
    assert 'rel="next"' not in second
    assert "К началу списка" in second
    seen = NUMBER.findall(first) + NUMBER.findall(second)
    assert len(seen) == len(numbers)
    assert set(seen) == numbers


def test_the_list_asks_as_often_for_many_rows_as_for_one(node: Node, client: TestClient) -> None:
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries() -> int:
        asked.clear()
        assert client.get(PATH).status_code == 200
        return len([sql for sql in asked if not sql.startswith("BEGIN")])

    an_issue(node)
    first = queries()  # also asks which directory is in force, for the next five seconds
    one = queries()
    assert first == one + 2
    for _ in range(12):
        an_issue(node)
    assert queries() == one <= 6  # one of them asks for alerts


def test_an_empty_node_says_how_appeals_come_in(client: TestClient) -> None:
    page = client.get(PATH).text
    assert "Проблем пока нет" in page
    for way in ('href="/appeal"', "cur import", "POST /api/v1/appeals"):
        assert way in page


def test_an_empty_choice_leads_back_to_what_is_in_work(node: Node, client: TestClient) -> None:
    an_issue(node, ROUTED, ANSWERED, CLOSED)
    assert "В работе ничего нет" in client.get(PATH).text
    assert "По этому отбору проблем нет" in client.get(f"{PATH}?topic=roads").text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("state=lost", "state"),
        ("topic=roads.pitts", "topic"),
        ("topic=%00", "topic"),
        (f"territory={ELSEWHERE}", "territory"),
        ("after=x", "after"),
        ("after=2026-11-19T09:30:00_99999999999", "after"),
        ("after=2026-11-19T09:30:00_9999999999", "after"),
        ("after=2026-19-19T09:30:00_1", "after"),
    ],
)
def test_a_filter_that_cannot_be_is_named(client: TestClient, query: str, named: str) -> None:
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert f"<strong>{named}</strong>" in answer.text


# --- Doors ----------------------------------------------------------------------------------------


def test_a_stranger_sees_nothing_and_comes_back_to_the_card(node: Node) -> None:
    number = an_issue(node)
    with a_client(node, signed_in=False) as visitor:
        visitor.headers["Accept"] = "text/html"
        for answer in (
            visitor.get(PATH),
            visitor.get(f"{PATH}/{number}"),
            send(visitor, number, "route"),
        ):
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?next=/issues")
        assert 'href="/issues"' not in visitor.get("/").text
    with a_client(node) as client:
        after = client.get(f"{PATH}/{number}/moves")
        assert (after.status_code, after.headers["location"]) == (303, f"{PATH}/{number}")


def test_a_form_of_another_site_moves_nothing(node: Node, client: TestClient) -> None:
    number = an_issue(node)
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert send(client, number, "route").status_code == 403
    with node.reading() as session:
        issue = issue_store.by_number(session, number)
    assert issue is not None
    assert issue.version == 1


def test_a_node_that_takes_no_appeals_has_no_such_pages(tmp_path: Path) -> None:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'top.sqlite'}", unit="RU") as top:
        Base.metadata.create_all(top.database.engine)
        with a_client(top) as client:
            client.headers["Accept"] = "text/html"
            assert client.get(PATH).status_code == 404
            assert client.get(f"{PATH}/RU-P26-000001").status_code == 404
            assert 'href="/issues"' not in client.get("/top").text


def test_the_staff_of_a_node_that_takes_appeals_is_led_to_the_list(client: TestClient) -> None:
    assert '<a href="/issues">Проблемы</a>' in client.get("/top").text
    assert '<a href="/issues" aria-current="page">' in client.get(PATH).text


def test_a_town_has_no_territory_to_choose(tmp_path: Path) -> None:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'town.sqlite'}", unit=TOWN) as town:
        Base.metadata.create_all(town.database.engine)
        with town.transaction() as session:
            number = submitted(session, unit=TOWN).issue_number
        with a_client(town) as client:
            assert 'name="territory"' not in client.get(PATH).text
            assert 'name="territory"' not in client.get(f"{PATH}/{number}").text
