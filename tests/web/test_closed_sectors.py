"""What is closed stays closed: every route, search, count, offer and export walked as a stranger.

An appeal on somebody's illness and one nobody has sorted yet lie in the node. Whoever is of another
sector, or is no moderator, asks every route the program has, with their numbers and ids in it, and
must meet neither a word, nor a number, nor a count of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select

from node.bootstrap import Node
from node.domain.appeal import Contact
from node.store import issues, repeats
from node.store.alerts import Alert
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from node.web.api import ROUTERS as API_ROUTERS
from node.web.app import create_app
from node.web.pages import ROUTERS as PAGE_ROUTERS
from tests.support.appeals import TOWN, moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.tables import rows_of
from tests.support.web import URL, a_node

SECRET = "Туберкулёз у соседа по площадке, запах газа и дым в подъезде, вызовите скорую"
LOOSE = "Неразобранное письмо про незаконченное болото за гаражами у переезда"
OPEN_TEXT = "Яма на дороге у школы, колесо пробили уже трое водителей за неделю"


class Hidden:
    """What lies in the node and must not be met: words, numbers, ids."""

    def __init__(self, node: Node) -> None:
        with node.transaction() as session:
            contact = Contact(name="Пациентов Пациент", phone="+7 900 111-22-33")
            self.ill = submitted(session, text=SECRET, topic="health.ambulance", contact=contact)
            self.again = submitted(session, text=SECRET, topic="health.ambulance")
            self.loose = submitted(session, text=LOOSE, topic=None)
            self.seen = submitted(session, text=OPEN_TEXT, topic="roads.pits", territory=TOWN)
            moved(session, self.ill.issue_number, "admit", 1)
            moved(session, self.seen.issue_number, "admit", 1)
            self.messages = [str(one) for one in session.scalars(select(OutboxMessage.id))]
            self.alerts = [str(one) for one in session.scalars(select(Alert.id))]
        self.numbers = [self.ill.issue_number, self.again.issue_number, self.loose.issue_number]
        self.appeals = [self.ill.number, self.again.number, self.loose.number]

    def met(self, text: str) -> list[str]:
        """What of it stands in an answer."""
        words = ("Туберкулёз", "болото", "Пациентов", "111-22-33", *self.numbers, *self.appeals)
        return [word for word in words if word in text]


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as opened:
        yield opened


ROUTES = [
    route
    for router in (*API_ROUTERS, *PAGE_ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute) and not route.path.startswith("/federation")  # signed
]
STRANGERS = {
    # Another sector; and the whole node, but no closed sector and no moderation.
    "of_roads": [("moderator", {"sectors": ("roads",)}), ("approver", {"sectors": ("roads",)})],
    "coordinator": [("coordinator", {}), ("executor", {}), ("approver", {})],
}


@pytest.fixture(params=sorted(STRANGERS))
def stranger(node: Node, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    grants = [a_grant(role, **limits) for role, limits in STRANGERS[request.param]]
    a_person(node, "stranger", *grants)
    with TestClient(
        create_app(node), base_url=URL, follow_redirects=False, raise_server_exceptions=False
    ) as client:
        assert signs_in(client, "stranger").status_code == 303
        yield client


def routes(method: str) -> list[APIRoute]:
    return [route for route in ROUTES if method in (route.methods or ())]


def addresses(route: APIRoute, hidden: Hidden) -> Iterator[str]:
    """The route with everything that is hidden put into its place."""
    path, names = route.path, re.findall(r"{(\w+)(?::\w+)?}", route.path)
    if not names:
        yield path
        return
    own = hidden.appeals if "/appeals/" in path else hidden.numbers
    for number in own:
        for id in (*hidden.messages[:3], *hidden.alerts[:2], "1"):
            values = dict.fromkeys(names, id) | {"number": number}
            if "other" in names:
                values["other"] = hidden.ill.issue_number
            yield re.sub(r"{\w+:path}", "1", path).format(**values)
            if not set(names) - {"number"}:
                break


def test_no_page_and_no_answer_shows_what_is_closed(node: Node, stranger: TestClient) -> None:
    hidden = Hidden(node)
    looked_at = 0
    for route in routes("GET"):
        for address in addresses(route, hidden):
            answer = stranger.get(address)
            assert answer.status_code < 500, address
            asked_for = [name for name in hidden.numbers + hidden.appeals if name in address]
            met = [word for word in hidden.met(answer.text) if word not in asked_for]
            assert met == [], address
            if asked_for and "/status/" not in address:
                assert answer.status_code in (303, 400, 401, 403, 404, 405, 422), address
            looked_at += 1
    assert looked_at > 60


@pytest.mark.parametrize(
    "query", ["?q=туберкулез", "?q=болото", "?q=газ", "?topic=health.ambulance", "?topic=unsorted"]
)
@pytest.mark.parametrize("path", ["/issues", "/api/v1/issues", "/api/v1/issues/counts"])
def test_no_search_and_no_filter_finds_what_is_closed(
    node: Node, stranger: TestClient, path: str, query: str
) -> None:
    hidden = Hidden(node)
    answer = stranger.get(path + query)
    assert answer.status_code in (200, 404, 422)
    # What was asked for stands in the field again.
    assert [word for word in hidden.met(answer.text) if word.lower() not in query] == []


def test_no_count_tells_that_there_is_something_closed(node: Node, stranger: TestClient) -> None:
    Hidden(node)
    with node.reading() as session:
        assert session.scalars(select(Issue)).all()[0].danger
    listed = stranger.get("/api/v1/issues", params={"limit": 200}).json()["issues"]
    assert {issue["topic"] for issue in listed} == {"roads.pits"}
    alerts_told = stranger.get("/api/v1/alerts")
    assert alerts_told.status_code == 200
    assert "gas" not in alerts_told.text
    counts = stranger.get("/api/v1/issues/counts")
    if counts.status_code == 200:
        assert all(count <= 1 for count in numbers_in(counts.json()))


def numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from numbers_in(inner)


def test_a_repeat_of_something_closed_is_not_offered(node: Node, stranger: TestClient) -> None:
    hidden = Hidden(node)
    with node.transaction() as session:
        same = submitted(session, text=SECRET, topic="roads.pits", territory=TOWN)
        issue = issues.by_number(session, same.issue_number)
        assert issue is not None
        assert len(repeats.offered(session, issue.id)) == 2
    for path in (
        f"/issues/{same.issue_number}",
        f"/api/v1/issues/{same.issue_number}",
        f"/api/v1/issues/{same.issue_number}/repeats",
    ):
        answer = stranger.get(path)
        assert answer.status_code in (200, 404)
        assert [word for word in hidden.met(answer.text) if word in hidden.numbers] == [], path
    body = {"move": "merge", "version": 1, "into": hidden.ill.issue_number}
    refused = stranger.post(f"/api/v1/issues/{same.issue_number}/moves", json=body)
    assert refused.status_code in (403, 422)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_closed_can_be_changed_by_a_stranger(
    node: Node, stranger: TestClient, method: str
) -> None:
    hidden = Hidden(node)
    kept = {"alert", "issue", "appeal", "resident", "reply", "issue_state", "repeat_offer"}
    before = {name: rows for name, rows in rows_of(node).items() if name in kept}
    for route in routes(method):
        if method not in (route.methods or ()) or "{" not in route.path:
            continue
        if not re.search(r"issues|appeals|alerts|photos|persons", route.path):
            continue
        for address in addresses(route, hidden):
            for kwargs in ({"json": {"move": "take", "version": 1}}, {"data": {"version": "1"}}):
                answer = stranger.request(method, address, **kwargs)  # type: ignore[arg-type]
                assert 400 <= answer.status_code < 500, (method, address, answer.text[:200])
                asked_for = [one for one in hidden.numbers + hidden.appeals if one in address]
                met = [word for word in hidden.met(answer.text) if word not in asked_for]
                assert met == [], (method, address)
    after = {name: rows for name, rows in rows_of(node).items() if name in kept}
    assert after == before


def test_bulk_moves_tell_nothing_of_what_is_closed(node: Node, stranger: TestClient) -> None:
    hidden = Hidden(node)
    items = [{"number": number, "version": 1} for number in hidden.numbers]
    answer = stranger.post("/api/v1/issues/bulk", json={"move": "take", "items": items})
    assert answer.status_code in (200, 403, 404, 405)
    with node.reading() as session:
        versions = session.scalars(select(Issue.version).order_by(Issue.id)).all()
    assert versions == [2, 1, 1, 2]


def test_its_own_people_do_see_it(node: Node) -> None:
    """Else the tests above would hold for a node that shows nothing to anybody."""
    hidden = Hidden(node)
    a_person(node, "doctor", a_grant("moderator", sectors=("health",)))
    with TestClient(create_app(node), base_url=URL, follow_redirects=False) as client:
        assert signs_in(client, "doctor").status_code == 303
        assert "Туберкулёз" in client.get(f"/issues/{hidden.ill.issue_number}").text
        listed = client.get("/api/v1/issues").json()["issues"]
        assert {one["number"] for one in listed} >= {hidden.ill.issue_number}
