"""The work list for speed: tabs with counts, search, filters of one's own, many moved at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.bootstrap import Node
from node.store import issues
from tests.support.appeals import moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

PIT = "Яма на дороге у школы, колесо пробили уже трое водителей"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as opened:
        yield opened


def taken(node: Node, count: int = 1, **overrides: Any) -> list[str]:
    values = {"topic": "roads.pits", "text": PIT} | overrides
    with node.transaction() as session:
        return [submitted(session, **values).issue_number for _ in range(count)]


def states(node: Node, numbers: list[str]) -> list[str]:
    with node.reading() as session:
        found = [issues.by_number(session, number) for number in numbers]
    return [issue.state for issue in found if issue is not None]


def tabs(client: TestClient) -> dict[str, int]:
    told = client.get("/api/v1/issues/counts").json()["tabs"]
    return {tab["name"]: tab["issues"] for tab in told}


def test_tabs_count_what_they_would_show(node: Node, client: TestClient) -> None:
    new = taken(node, 3)
    taken(node, topic=None)
    with node.transaction() as session:
        moved(session, new[0], "admit", 1)
        moved(session, new[0], "route", 2)
        moved(session, new[0], "return", 3, reason="Дорога частная", responsible="никто")
    counted = tabs(client)
    assert counted["В работе"] == 4
    assert counted["Новые"] == 3
    assert counted["Не разобрано"] == 1
    assert counted["Возвращены"] == 1
    page = client.get("/issues").text
    assert 'Новые <span class="tab-count">3</span>' in page


def test_each_tab_leads_to_as_many_rows_as_it_counts(node: Node, client: TestClient) -> None:
    taken(node, 2)
    taken(node, topic=None)
    for tab in client.get("/api/v1/issues/counts").json()["tabs"]:
        page = client.get(f"/issues?{tab['query']}").text
        assert page.count("data-pick>") == tab["issues"], tab["name"]


def test_words_filter_the_page_and_the_api_alike(node: Node, client: TestClient) -> None:
    [pit] = taken(node)
    taken(node, text="Не вывозят мусор с контейнерной площадки", topic="waste.dumps")
    listed = client.get("/api/v1/issues", params={"q": "ямы дороги"}).json()["issues"]
    assert [one["number"] for one in listed] == [pit]
    page = client.get("/issues?q=ямами").text
    assert pit in page
    assert page.count("data-pick>") == 1


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "ы" * 300, "q=!!!", "due=never", "urgency=x", "executor=mine", "formal=2"],
)
def test_a_filter_that_cannot_be_is_named(client: TestClient, query: str) -> None:
    answer = client.get(f"/issues?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.split("=")[0]


def test_many_are_moved_at_once_each_with_its_own_outcome(node: Node, client: TestClient) -> None:
    numbers = taken(node, 3)
    with node.transaction() as session:
        moved(session, numbers[1], "reject", 1, ground="no_matter")
    items = [{"number": number, "version": 1} for number in [*numbers, "X-P26-000001"]]
    answer = client.post("/api/v1/issues/bulk", json={"move": "admit", "items": items})
    assert answer.status_code == 200
    told = answer.json()
    assert told["done"] == 2
    assert [one["done"] for one in told["results"]] == [True, False, True, False]
    assert "изменил кто-то другой" in told["results"][1]["why"]
    assert states(node, numbers) == ["coordination", "rejected", "coordination"]


def test_the_form_of_the_list_moves_what_is_marked(node: Node, client: TestClient) -> None:
    numbers = taken(node, 2)
    data = {"items": [f"{number}:1" for number in numbers], "move": "route", "listed": "state=new"}
    page = client.post("/issues/bulk", data=data)
    assert page.status_code == 200
    assert "Сделано: 2 из 2" in page.text
    assert states(node, numbers) == ["routed", "routed"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"move": "answer", "items": [{"number": "A-1", "version": 1}]}, "move"),
        ({"move": "admit", "items": []}, "items"),
    ],
)
def test_a_bulk_move_that_cannot_be_is_named(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/issues/bulk", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "items", ["", "x", "RU-MUR-P26-000001:y", "RU-MUR-P26-000001:1" + "0" * 30]
)
def test_garbage_in_the_form_of_the_list_changes_nothing(
    node: Node, client: TestClient, items: str
) -> None:
    numbers = taken(node)
    answer = client.post("/issues/bulk", data={"items": items, "move": "admit"})
    assert answer.status_code in (200, 422)
    assert states(node, numbers) == ["registered"]


def test_a_person_keeps_filters_of_their_own_and_nobody_else_sees_them(node: Node) -> None:
    for login in ("one", "other"):
        a_person(node, login, a_grant("moderator"))
    with a_client(node, signed_in=False) as client:
        assert signs_in(client, "one").status_code == 303
        kept = client.post("/issues/filters", data={"name": "Мои ямы", "query": "topic=roads.pits"})
        assert (kept.status_code, kept.headers["location"]) == (303, "/issues?topic=roads.pits")
        assert "Мои ямы" in client.get("/issues").text
        nameless = client.post("/issues/filters", data={"name": " ", "query": "topic=roads.pits"})
        assert nameless.status_code == 422
    with a_client(node, signed_in=False) as client:
        assert signs_in(client, "other").status_code == 303
        assert "Мои ямы" not in client.get("/issues").text
        assert client.post("/issues/filters/1/remove").status_code == 404
    with a_client(node, signed_in=False) as client:
        assert signs_in(client, "one").status_code == 303
        assert client.post("/issues/filters/1/remove").status_code == 303
        assert "Мои ямы" not in client.get("/issues").text


def test_who_is_of_an_agency_has_a_tab_for_it(node: Node) -> None:
    a_person(node, "executor", a_grant("executor", agencies=("road_directorate",)))
    taken(node)
    with a_client(node, signed_in=False) as client:
        assert signs_in(client, "executor").status_code == 303
        page = client.get("/issues")
        assert page.status_code == 200
        assert "Моё ведомство" in page.text
        assert "Не разобрано <" not in page.text


ADDRESSES = (
    *("/issues", "/issues?due=today", "/issues?state=returned", "/issues?topic=unsorted"),
    *("/issues?state=closed", "/issues?state=all", "/issues?topic=roads&urgency=ordinary"),
    *("/issues?q=яма", "/issues?q=трамвай", "/issues?state=all&q=яма+дорога"),
    *("/api/v1/issues", "/api/v1/issues?due=week", "/api/v1/issues?q=яма"),
    "/api/v1/issues/counts",
)


def test_every_list_costs_the_same_queries_for_many_rows_as_for_one(
    node: Node, client: TestClient
) -> None:
    counted: list[str] = []
    event.listen(
        node.database.engine, "before_cursor_execute", lambda *args: counted.append(args[2])
    )

    def queries() -> dict[str, int]:
        found = {}
        for address in ADDRESSES:
            counted.clear()
            assert client.get(address).status_code == 200, address
            found[address] = len([one for one in counted if one.startswith(("SELECT", "WITH"))])
        return found

    taken(node, 2)
    taken(node, topic=None)
    client.get("/issues")  # the first is remembered of whoever asks
    few = queries()
    taken(node, 60)
    many = queries()
    # A full page of what is found by words needs no look at what else there is.
    assert all(many[address] <= few[address] for address in ADDRESSES)
    assert {a: n for a, n in many.items() if "q=" not in a} == {
        a: n for a, n in few.items() if "q=" not in a
    }
    assert max(few.values()) <= 12


def test_what_has_ended_is_shown_and_not_counted(node: Node, client: TestClient) -> None:
    [number] = taken(node)
    with node.transaction() as session:
        moved(session, number, "reject", 1, ground="no_matter")
    page = client.get("/issues?state=rejected").text
    assert number in page
    assert "Отклонённые: последние закрытые сначала" in page
    assert "В работе:" in " ".join(client.get("/issues").text.split())


def test_words_that_are_nowhere_say_what_to_try_next(node: Node, client: TestClient) -> None:
    taken(node)
    page = client.get("/issues", params={"q": "дирижабль"}).text
    assert "По этим словам ничего не найдено" in page
    assert "/issues?state=all&amp;q=%D0%B4%D0%B8%D1%80%D0%B8%D0%B6" in page
    everywhere = client.get("/issues", params={"q": "дирижабль", "state": "all"}).text
    assert "Искать и среди закрытых" not in everywhere


@pytest.mark.parametrize(
    ("query", "unfolded"),
    [("", False), ("state=new", False), ("state=overdue", False), ("urgency=urgent", True)],
)
def test_filters_of_the_fold_are_unfolded_when_one_is_chosen(
    node: Node, client: TestClient, query: str, unfolded: bool
) -> None:
    page = client.get(f"/issues?{query}").text
    assert ('<details class="issues-filter-more" open>' in page) is unfolded


def test_a_bulk_move_stays_on_the_page_of_the_list_it_was_made_on(
    node: Node, client: TestClient
) -> None:
    taken(node, 60)
    first = client.get("/issues?topic=roads").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = client.get(unescape(following[1])).text
    listed = re.search(r'name="listed" value="([^"]+)"', second)
    [item, *_] = re.findall(r'name="items" value="([^"]+)"', second)
    assert listed
    form = {"items": [item], "move": "admit", "listed": unescape(listed[1])}
    after = client.post("/issues/bulk", data=form).text
    assert "Сделано: 1 из 1" in after
    assert f'id="issues-list" hx-get="{following[1]}"' in after


def test_the_list_offers_agencies_and_those_who_work_under_them(
    node: Node, client: TestClient
) -> None:
    taken(node)
    page = client.get("/issues").text
    assert page.count("– Водоканал</option>") == 2  # of the filters, of what is done with many
