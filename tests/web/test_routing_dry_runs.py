"""`/routing/try` and `/routing/compare`; whose the pages on routing are, and whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.store import routings
from tests.support.appeals import the_rulebook
from tests.support.people import a_grant, a_person, signs_in
from tests.support.routing import a_rule
from tests.support.routing_pages import (
    DRAFT,
    GARBAGE,
    PATH,
    RULE,
    TRIAL,
    an_issue,
    text_of,
)
from tests.support.routing_sets import PITS, ROADS, saved
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


# --- Dry runs -------------------------------------------------------------------------------------


def test_a_case_is_tried_and_explained(node: Node, client: TestClient) -> None:
    tried = client.post(f"{PATH}/try", data=TRIAL | {"text": "Нужен капремонт"})
    said = text_of(tried)
    assert "Фонд капитального ремонта – по правилу «Капитальный ремонт дома»." in said
    assert "В тексте есть «капремонт»" in said
    assert "Нужен капремонт</textarea>" in tried.text
    tried = client.post(f"{PATH}/try", data=TRIAL | {"complained_of": "management_company"})
    said = text_of(tried)
    assert "подходит, но на этот орган и жалуются" in said
    assert "Государственная жилищная инспекция – по правилу" in said
    queue = client.post(f"{PATH}/try", data=TRIAL | {"complained_of": "housing_inspection"})
    assert "В очередь координатора: отдать некому" in text_of(queue)


def test_an_issue_is_tried_by_its_number(node: Node, client: TestClient) -> None:
    number = an_issue(node, topic="roads.snow")
    tried = client.post(f"{PATH}/try", data={"number": f" {number} "})
    assert "по правилу «Снег и грязь на дороге»" in text_of(tried)
    assert f'href="/issues/{number}"' in tried.text
    missing = client.post(f"{PATH}/try", data={"number": "RU-MUR-P26-999999"})
    assert missing.status_code == 422
    assert '<a href="#number">Номер проблемы</a>' in missing.text
    with node.transaction() as session:
        saved(session, a_rule("all", "administration"))
    tried = client.post(f"{PATH}/try", data={"number": number, "by_draft": "1"})
    assert "Администрация губернатора – по правилу «Правило all»" in text_of(tried)


def test_what_would_change_is_counted_and_listed(node: Node, client: TestClient) -> None:
    assert "Черновика нет, сравнивать не с чем" in text_of(client.get(f"{PATH}/compare"))
    with node.transaction() as session:
        saved(session, ROADS)
    assert "видных вам проблем не было" in text_of(client.post(f"{PATH}/compare"))
    numbers = [an_issue(node, topic="roads.pits") for _ in range(2)]
    an_issue(node, topic="education.meals")
    page = client.post(f"{PATH}/compare", data={"days": "30"})
    said = text_of(page)
    assert "Другому исполнителю ушли бы 2 проблемы из 3" in said
    assert all(f'href="/issues/{number}"' in page.text for number in numbers)
    assert client.post(f"{PATH}/compare", data={"days": "9"}).status_code == 422
    assert client.post(f"{PATH}/compare", data={"before": "x"}).status_code == 422
    with node.transaction() as session:
        saved(session, *the_rulebook().routing.rules, revision=1)
    assert "Ничего не изменится" in text_of(client.post(f"{PATH}/compare"))


# --- Who, and whatever is sent --------------------------------------------------------------------


def test_the_pages_are_for_coordinators_of_the_whole_node(node: Node) -> None:
    a_person(node, "roads", a_grant("coordinator", sectors=("roads",)))
    a_person(node, "admin", a_grant("administrator"))
    a_person(node, "coordinator", a_grant("coordinator"))
    clinic = an_issue(node, topic="health.queues")
    with node.transaction() as session:
        saved(session, ROADS)
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        assert client.get(PATH).headers["location"].startswith("/sign-in")
        for login in ("roads", "admin"):
            signs_in(client, login)
            assert 'href="/routing"' not in client.get("/account").text
            for address in ("", "/draft", "/draft/rules/new", "/try", "/compare", "/versions/0"):
                assert client.get(f"{PATH}{address}").status_code == 403, address
            for address in ("/draft/begin", "/versions/0/return", "/try", "/compare"):
                assert client.post(f"{PATH}{address}").status_code == 403, address
            for address in ("rules", "rules/new", "fallback", "publish", "discard"):
                sent = client.post(f"{DRAFT}/{address}", data={"revision": "1", "act": "up"})
                assert sent.status_code == 403, address
        signs_in(client, "coordinator")
        assert 'href="/routing"' in client.get("/account").text
        assert client.get(PATH).status_code == 200
        # Of a closed sector nothing is told by a dry run.
        assert client.post(f"{PATH}/try", data={"number": clinic}).status_code == 422
        assert clinic not in client.post(f"{PATH}/compare").text


def test_a_name_is_shown_as_it_was_typed_and_never_as_markup(
    node: Node, client: TestClient
) -> None:
    with node.transaction() as session:
        saved(session)
    client.post(f"{DRAFT}/rules/new", data=RULE | {"name": "<b>Ямы</b>"})
    assert "&lt;b&gt;Ямы&lt;/b&gt;" in client.get(DRAFT).text


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/draft/rules/new", RULE),
        ("/draft/rules", {"revision": "1", "code": "roads", "act": "up"}),
        ("/draft/fallback", {"revision": "1", "fallback": ""}),
        ("/draft/publish", {"revision": "1", "note": ""}),
        ("/draft/discard", {"revision": "9"}),
        ("/try", TRIAL),
        ("/compare", {"days": "30", "before": ""}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_typed_breaks_a_form(
    node: Node, client: TestClient, address: str, form: dict[str, str]
) -> None:
    found = []
    for name in form:
        for what, garbage in GARBAGE.items():
            # What was accepted has made another draft: else only its revision would be refused.
            sent = {key: value.encode() for key, value in form.items()}
            sent |= {"revision": str(a_fresh_draft(node)).encode()} if "revision" in form else {}
            answer = client.post(f"{PATH}{address}", data=sent | {name: garbage})
            if answer.status_code >= 500 or b"<script>alert" in answer.content:
                found.append(f"{name}: {what} -> {answer.status_code}")
    assert found == []


def a_fresh_draft(node: Node) -> int:
    """Its revision."""
    with node.transaction() as session:
        known = routings.draft(session)
        return saved(session, ROADS, PITS, revision=known and known.revision).revision
