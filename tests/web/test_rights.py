"""Rights at the doors: what each role is shown, what it is refused, and the pages on people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.domain.issue import MOVES, State
from node.domain.rights import Right
from node.store.tables import Base
from node.web import api, pages
from tests.support.appeals import NOW, TOWN, UNIT, submitted
from tests.support.people import PASSWORD, a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

OPEN_TO_ALL = (
    "/health",
    "/help",
    "/appeal",
    "/status",
    "/sign-in",
    "/sign-out",
    "/account",  # one's own
    "/federation",
    "/units",  # the directory: every one of the staff may look a unit up
    "/api/v1/units",
    "/directives/map.svg",  # borders
)
ROUTES = sorted(
    {
        (method, route.path)
        for router in (*api.ROUTERS, *pages.ROUTERS)
        for route in router.routes
        if isinstance(route, APIRoute)
        and route.path != "/"
        and not route.path.startswith(OPEN_TO_ALL)
        for method in route.methods
    }
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'node.sqlite'}") as node:
        Base.metadata.create_all(node.database.engine)
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        yield client


def issue(node: Node, topic: str | None = "roads.pits", territory: str = TOWN) -> str:
    with node.transaction() as session:
        return submitted(session, topic=topic, territory=territory).issue_number


def enters(node: Node, client: TestClient, login: str, *grants: Any) -> None:
    a_person(node, login, *grants)
    assert signs_in(client, login).status_code == 303


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_whoever_has_no_role_is_shown_nothing(node: Node, client: TestClient) -> None:
    number = issue(node)
    enters(node, client, "nobody")
    opened = []
    for method, path in ROUTES:
        address = path.replace("{number}", number).replace("{login}", "nobody")
        address = re.sub(r"\{[^}]*\}", "x", address)
        answer = client.request(method, address)
        body = answer.text
        if answer.status_code < 400 and not _only_leads_back(answer):
            opened.append((method, path, answer.status_code))
        assert "Яма во дворе" not in body
    assert opened == []


def _only_leads_back(answer: Any) -> bool:
    """To the page a form belongs to, which asks for the right itself."""
    return answer.status_code == 303


def test_the_list_and_the_card_show_only_what_the_role_reaches(
    node: Node, client: TestClient
) -> None:
    road, clinic = issue(node), issue(node, "health.queues")
    enters(node, client, "moderator", a_grant("moderator"))
    assert road in client.get("/issues").text
    assert clinic not in client.get("/issues").text
    assert client.get(f"/issues/{clinic}").status_code == 404
    assert client.get(f"/api/v1/issues/{clinic}").status_code == 404
    assert client.get(f"/api/v1/issues?after={clinic}").status_code == 422
    listed = client.get("/api/v1/issues").json()["issues"]
    assert [one["number"] for one in listed] == [road]
    hidden = client.get("/api/v1/appeals/RU-MUR-26-000002")
    assert (hidden.status_code, client.get("/api/v1/appeals/RU-MUR-26-000001").status_code) == (
        404,
        200,
    )
    sent = client.post(f"/issues/{clinic}/moves", data={"move": "reclassify", "version": "1"})
    assert sent.status_code == 404


def test_the_people_of_a_closed_sector_see_it(node: Node, client: TestClient) -> None:
    clinic = issue(node, "health.queues")
    enters(node, client, "doctor", a_grant("executor", agencies=("health_ministry",)))
    assert clinic in client.get("/issues").text
    enters(node, client, "head", a_grant("head"))
    assert client.get(f"/issues/{clinic}").status_code == 200


def coordinators(state: State) -> list[str]:
    """The moves of a coordinator in a state, by the table."""
    return [
        move.name
        for move in MOVES.values()
        if state in move.sources and Right.ISSUES_COORDINATE in move.rights
    ]


def test_a_card_offers_the_moves_of_the_role_and_refuses_others(
    node: Node, client: TestClient
) -> None:
    number = issue(node)
    enters(node, client, "approver", a_grant("approver"))
    assert "Сейчас ход не за вами" in client.get(f"/issues/{number}").text
    assert client.get(f"/api/v1/issues/{number}").json()["moves"] == []
    body = json.dumps({"move": "route", "version": 1})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    refused = client.post(f"/api/v1/issues/{number}/moves", content=body, headers=headers)
    assert refused.status_code == 403
    assert "другая роль" in refused.json()["detail"]
    enters(node, client, "coordinator", a_grant("coordinator"))
    moves = client.get(f"/api/v1/issues/{number}").json()["moves"]
    assert [one["move"] for one in moves] == coordinators(State.REGISTERED)
    taken = client.post(f"/api/v1/issues/{number}/moves", content=body, headers=headers)
    assert taken.status_code == 200
    assert [one["move"] for one in taken.json()["moves"]] == coordinators(State.ROUTED)
    assert {"reroute", "reclassify"} < set(coordinators(State.ROUTED))


def test_whoever_gives_an_issue_out_of_sight_is_led_to_the_list(
    node: Node, client: TestClient
) -> None:
    number = issue(node, None)
    enters(node, client, "moderator", a_grant("moderator"))
    answer = client.post(
        f"/issues/{number}/moves",
        data={"move": "reclassify", "version": "1", "topic": "health.queues"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/issues")
    assert client.get(f"/issues/{number}").status_code == 404


def test_rankings_and_summaries_are_for_the_unit_of_the_role(
    node: Node, client: TestClient
) -> None:
    enters(node, client, "town", a_grant("analyst", TOWN))
    assert client.get(f"/api/v1/rankings?scope={TOWN}").status_code == 200
    assert client.get(f"/api/v1/rankings?scope={UNIT}").status_code == 403
    assert client.get("/api/v1/rankings?scope=nowhere").status_code == 422
    assert client.get("/top").status_code == 200
    assert "Мурманск" in client.get("/top").text
    assert client.get(f"/top?scope={UNIT}").status_code == 403
    day = NOW.date()
    assert client.get(f"/api/v1/summaries?origin={TOWN}&day={day}").status_code == 404
    assert client.get(f"/api/v1/summaries?origin={UNIT}&day={day}").status_code == 403
    assert client.get("/issues").status_code == 403


def test_an_appeal_is_handed_in_for_the_unit_of_the_role(node: Node, client: TestClient) -> None:
    enters(node, client, "town", a_grant("moderator", TOWN))
    for territory, status in ((TOWN, 201), (UNIT, 403), ("nowhere", 422)):
        body = json.dumps({"text": "Яма", "territory": territory})
        answer = client.post(
            "/api/v1/appeals", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == status, territory


def test_the_bar_leads_only_where_the_role_may_go(node: Node, client: TestClient) -> None:
    enters(node, client, "analyst", a_grant("analyst"))
    bar = client.get("/account").text
    assert 'href="/top"' in bar
    for address in ("/issues", "/people"):
        assert f'href="{address}"' not in bar
    enters(node, client, "admin", a_grant("administrator"))
    assert 'href="/people"' in client.get("/account").text


# --- The pages on people --------------------------------------------------------------------------


def test_an_administrator_enters_somebody_who_then_signs_in(node: Node, client: TestClient) -> None:
    enters(node, client, "admin", a_grant("administrator"))
    page = client.post(
        "/people",
        data={
            "login": "Petrova",
            "name": "Имя <b>",
            "post": "Исполнитель",
            "role": "executor",
            "unit": TOWN,
            "agency": ["health_ministry", "social_ministry"],
        },
    )
    assert page.status_code == 200
    [password] = re.findall(r'<code class="secret">([a-z0-9-]{23})</code>', page.text)
    assert "Имя &lt;b&gt;" in page.text
    assert "Министерство здравоохранения, Министерство социальной защиты" in text_of(page)
    assert password not in client.get("/people/petrova").text
    with a_client(node, signed_in=False) as other:
        assert signs_in(other, "petrova", password).headers["location"] == "/issues"


def test_the_form_keeps_what_was_chosen_and_names_what_is_wrong(
    node: Node, client: TestClient
) -> None:
    enters(node, client, "admin", a_grant("administrator"))
    form = {"login": "я", "name": "Имя", "post": "Пост", "role": "executor", "unit": TOWN}
    page = client.post("/people", data=form | {"sector": ["health"]})
    assert page.status_code == 422
    assert '<a href="#login">Логин</a>' in page.text
    assert '<option value="health" selected>' in page.text
    assert f'<option value="{TOWN}" selected>' in page.text
    taken = client.post("/people", data=form | {"login": "admin"})
    assert taken.status_code == 409
    assert "уже есть" in taken.text


def test_roles_are_given_and_taken_on_the_card(node: Node, client: TestClient) -> None:
    enters(node, client, "admin", a_grant("administrator"))
    a_person(node, "petrova", a_grant("analyst"))
    card = "/people/petrova"
    given = client.post(f"{card}/grant", data={"role": "head", "unit": TOWN})
    assert given.headers["location"] == card
    assert "Глава – Мурманск" in text_of(client.get(card))
    client.post(f"{card}/revoke", data={"role": "head", "unit": TOWN})
    assert "Глава – Мурманск" not in text_of(client.get(card))
    assert client.post(f"{card}/grant", data={"role": "x", "unit": TOWN}).status_code == 422
    client.post(f"{card}/profile", data={"name": "Другая", "post": "Должность", "email": ""})
    assert "Другая" in client.get(card).text


def test_access_is_ended_reset_and_given_again(node: Node, client: TestClient) -> None:
    enters(node, client, "admin", a_grant("administrator"))
    a_person(node, "petrova", a_grant("analyst"))
    with a_client(node, signed_in=False) as other:
        signs_in(other, "petrova")
        client.post("/people/petrova/disable")
        assert other.get("/top").headers["location"].startswith("/sign-in")
        assert "отключён" in client.get("/people").text
        client.post("/people/petrova/enable")
        assert signs_in(other, "petrova").status_code == 303
        page = client.post("/people/petrova/password").text
        [password] = re.findall(r'<code class="secret">([a-z0-9-]{23})</code>', page)
        assert other.get("/top").headers["location"].startswith("/sign-in")
        assert signs_in(other, "petrova", PASSWORD).status_code == 422
        assert signs_in(other, "petrova", password).status_code == 303
        assert client.post("/people/petrova/unlock").status_code == 303
    assert client.post("/people/admin/disable").status_code == 409
    assert client.get("/people/nobody").status_code == 404
    assert client.get("/people/petrova/disable").headers["location"] == "/people/petrova"


def test_people_are_managed_by_administrators_only(node: Node, client: TestClient) -> None:
    enters(node, client, "head", a_grant("head"))
    for path in ("/people", "/people/head"):
        assert client.get(path).status_code == 403
    for path in ("/people", "/people/head/password", "/people/head/grant", "/people/head/enable"):
        assert client.post(path, data={}).status_code == 403
