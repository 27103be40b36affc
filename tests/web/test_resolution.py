"""`/resolution`, its CSV and `GET /api/v1/resolution`: who is shown what, and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.dashboards.resolution_board import Row, Tally, make_board
from node.domain.rights import unlimited
from node.store.tables import Base
from node.web.app import create_app
from node.web.pages.resolution_table import as_csv
from tests.support.alerts import alarmed
from tests.support.appeals import NOW, UNIT, admitted, moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import URL, a_client, a_node

PAGE, API = "/resolution", "/api/v1/resolution"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'node.sqlite'}") as opened:
        Base.metadata.create_all(opened.database.engine)
        yield opened


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as opened:
        yield opened


def some_work(node: Node) -> str:
    """An open pit, a queue at a doctor's, and an alarm; the number of the last."""
    with node.transaction() as session:
        number = submitted(session, topic="roads.pits").issue_number
        moved(session, number, "route", 1)
        moved(session, number, "answer", 2, text="Засыпали")
        moved(session, number, "close", 3, outcome="solved")
        admitted(session, topic="roads.pits")
        admitted(session, topic="health.queues")
        return alarmed(session, topic="gas.leak")[0]


def enters(node: Node, *grants: tuple[str, dict[str, object]]) -> TestClient:
    a_person(node, "reader", *(a_grant(role, **limits) for role, limits in grants))
    client = TestClient(
        create_app(node), base_url=URL, follow_redirects=False, raise_server_exceptions=False
    )
    assert signs_in(client, "reader").status_code == 303
    return client


def test_the_api_tells_figures_by_sector_and_by_agency(node: Node, client: TestClient) -> None:
    some_work(node)
    told = client.get(API, params={"by": "sector"}).json()
    assert told["period"] == {"from": "2026-11-12", "to": "2026-11-18"}
    rows = {row["key"]: row for row in told["rows"]}
    assert set(rows) == {"roads", "health", "gas"}
    roads = rows["roads"]
    assert roads["name"] == node.rulebook.classifier.name("roads")
    assert roads["counters"] | {"received": 2, "closed_solved": 1, "open": 1} == roads["counters"]
    assert roads["closed"] == 1
    assert roads["closed_on_time_share"] == 1.0
    assert roads["solve_median_hours"] is None
    assert told["alerts"] == 1
    assert told["total"]["counters"]["received"] == 4
    by_agency = client.get(API).json()
    assert by_agency["total"] == told["total"]
    assert {row["key"] for row in by_agency["rows"]} <= {
        None,
        *(agency.code for agency in node.rulebook.agencies),
    }


@pytest.mark.parametrize(
    "query",
    ["period=day", "period=", "period=2026-11-18", "period=%00", "by=topic", "by=", "perod=week",
     "period=week&period=month", "period=9999-12-31..9999-12-31", "period=2027-01-01..2027-01-02"],
)  # fmt: skip
def test_garbage_is_refused_by_its_name(client: TestClient, query: str) -> None:
    answer = client.get(f"{API}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize(
    "query",
    ["period=day", "period=%00", "by=topic", "from=2026-11-01", "to=2026-11-01", "from=a&to=b",
     "from=9999-12-31&to=9999-12-31", "from=2026-11-05&to=2026-11-01"],
)  # fmt: skip
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv"])
def test_garbage_on_the_page_is_refused_too(client: TestClient, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 422


def test_the_page_shows_bars_words_and_links(node: Node, client: TestClient) -> None:
    number = some_work(node)
    page = client.get(PAGE).text
    assert "Решение проблем" in page
    assert f'<a href="/issues/{number}">' in page  # the alarm
    assert 'class="piece-solved"' in page
    assert "style=" not in page.partition("<main")[2]
    assert client.get(PAGE, params={"from": "2026-11-01", "to": "2026-11-18"}).status_code == 200


def test_an_empty_board_says_so(client: TestClient) -> None:
    page = client.get(PAGE).text
    assert "показывать нечего" in page
    assert "<table" not in page


@pytest.mark.parametrize(
    ("role", "may"),
    [("head", True), ("approver", True), ("coordinator", True), ("executor", False),
     ("analyst", False)],
)  # fmt: skip
def test_the_menu_has_it_for_whoever_may_see_it(node: Node, role: str, may: bool) -> None:
    with enters(node, (role, {})) as client:
        assert (f'href="{PAGE}"' in client.get("/help").text) is may
        for path in (PAGE, f"{PAGE}.csv", API):
            assert client.get(path).status_code == (200 if may else 403), path


def test_a_block_owner_sees_the_own_sector_and_no_count_of_another(node: Node) -> None:
    number = some_work(node)
    with enters(node, ("block_owner", {"sectors": ("roads",)})) as client:
        told = client.get(API, params={"by": "sector"}).json()
        assert [row["key"] for row in told["rows"]] == ["roads"]
        assert told["total"]["counters"]["received"] == 2
        assert told["alerts"] == 0
        for path in (PAGE, f"{PAGE}.csv"):
            text = client.get(path, params={"by": "sector"}).text
            assert node.rulebook.classifier.name("health") not in text
            assert number not in text.partition("<main")[2]


def test_a_spreadsheet_gets_every_row_and_runs_nothing(node: Node, client: TestClient) -> None:
    some_work(node)
    answer = client.get(f"{PAGE}.csv", params={"by": "sector"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        'filename="resolution-RU-MUR-2026-11-12-2026-11-18-sector.csv"'
        in (answer.headers["content-disposition"])
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    head = next(row for row in rows if row[:2] == ["Код", "Название"])
    table = {row[0]: dict(zip(head, row, strict=True)) for row in rows[rows.index(head) + 1 :]}
    assert set(table) == {"roads", "health", "gas", ""}
    assert table["roads"]["Решено"] == "1"
    assert table["roads"]["Закрыто в срок, %"] == "100,0"
    assert table[""]["Название"] == "Всего"
    assert table[""]["Поступило обращений"] == "4"
    with node.reading() as session:
        board = make_board(
            session,
            node.rulebook,
            unit=UNIT,
            period="week",
            by="agency",
            actor=unlimited("x", UNIT),
            now=NOW,
        )
    evil = replace(board, rows=(Row("=cmd", "@SUM(A1)", Tally()),))
    text = as_csv(evil, node.rulebook, UNIT).decode("utf-8-sig")
    assert "\r\n'=cmd;'@SUM(A1);" in text
