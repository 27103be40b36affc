"""A hostile visitor: too much, from elsewhere, without a key, twice at once, and after the data."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from node.bootstrap import Node
from node.store import journal, tokens
from node.store.appeals import Appeal
from node.web import api, pages
from node.web.guard import MAX_BODY
from tests.support.appeals import TOWN
from tests.support.country import Country
from tests.support.tables import rows_of
from tests.support.web import URL, a_client, a_node

PATH = "/api/v1/appeals"
APPEAL = {"text": "Яма во дворе дома 5", "territory": TOWN}
PUBLIC = {
    "/health",
    "/",
    "/appeal",
    "/status/{key}",
    "/status/{key}/photos",
    "/status/{key}/photos/{photo_id}/{size}",
    "/photos/{photo_id}/{size}",  # some are open to everybody, of others there is nothing to see
    "/sign-in",
    "/sign-in/oidc",
    "/sign-in/oidc/back",
    "/sign-out",
    "/help",
    "/help/{name}",
    "/directives/map.svg",
}
ROUTES = [
    (method, route.path)
    for router in (*api.ROUTERS, *pages.ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute) and not route.path.startswith("/federation/")
    for method in sorted(route.methods)
]


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


@pytest.fixture
def visitor(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as visitor:
        yield visitor


def a_secret(node: Node, name: str) -> str:
    with node.transaction() as session:
        return tokens.add_token(session, name=name, now=node.clock())


# --- Too much -------------------------------------------------------------------------------------


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"text": "'
    for _ in range(size // 65536):
        yield b"a" * 65536
    yield b'"}'


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize(("path", "kind"), [(PATH, "json"), ("/appeal", "x-www-form-urlencoded")])
def test_a_body_over_the_limit_is_refused_as_too_big(
    client: TestClient, path: str, kind: str, announced: bool
) -> None:
    body: Any = b"".join(chunks(2 * MAX_BODY)) if announced else chunks(2 * MAX_BODY)
    answer = client.post(path, content=body, headers={"Content-Type": f"application/{kind}"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(MAX_BODY) in answer.json()["detail"]


def test_a_text_of_the_longest_length_is_taken_and_one_more_letter_is_not(
    client: TestClient,
) -> None:
    longest = APPEAL | {"text": "ы" * 10_000}
    assert client.post(PATH, json=longest).status_code == 201
    refused = client.post(PATH, json=APPEAL | {"text": "ы" * 10_001})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "text")


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "a", "text": "b", "territory": "47701000"}',
        b'{"text": "a", "territory": "47701000", "received_at": "9999-12-31T23:59:59-23:59"}',
        b'{"text": "a", "territory": "47701000", "received_at": "0001-01-01T00:00:00+23:59"}',
        b'{"text": "a", "territory": "47701000", "external_id": ""}',
        b'{"text": "a", "territory": "47701000", "external_id": "' + b"9" * 5000 + b'"}',
        b'{"text": "a", "territory": "47701000", "topic": "' + b"roads.pits" * 9000 + b'"}',
        b'{"text": "a", "territory": "' + "Мурманск".encode() * 9000 + b'"}',
        b'{"text": "a\xed\xa0\x80", "territory": "47701000"}',
        b'{"text": "a", "territory": "47701000", "location": {"lat": 1e400, "lon": -0.0}}',
        b'\xef\xbb\xbf{"text": "a", "territory": "47701000"}',
    ],
)
def test_whatever_is_odd_in_json_is_answered_by_name_or_taken(
    client: TestClient, body: bytes
) -> None:
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {201, 400, 422}
    assert len(answer.content) < 2000  # a refusal does not echo what it was sent


HOSTILE = ["%00", "%ff%fe", "%ed%a0%80", "x" * 3000, "..%2f..%2fnode.toml", "%0d%0aX-A:%20b", "'--"]


def test_no_address_breaks_the_server(client: TestClient) -> None:
    names = "scope period by order depth limit from to after state topic territory origin day next"
    for (method, path), junk in itertools.product(ROUTES, HOSTILE):
        query = "&".join(f"{name}={junk}" for name in names.split())
        for url in (re.sub(r"\{.*?\}", junk, path), f"{re.sub(r'{.*?}', 'x', path)}?{query}"):
            answer = client.request(method, url)
            assert answer.status_code < 500, (method, url)
            assert "x-a" not in answer.headers


def test_markup_in_a_form_comes_back_as_text(visitor: TestClient) -> None:
    page = visitor.post("/appeal", data={"text": "<script>alert(1)</script>", "name": '"><b>'})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert '"><b>' not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


# --- Without a key, from elsewhere ----------------------------------------------------------------


def test_a_stranger_is_told_to_sign_in_whatever_he_asks(visitor: TestClient) -> None:
    for method, path in ROUTES:
        if path in PUBLIC:
            continue
        answer = visitor.request(method, re.sub(r"\{.*?\}", "x", path))
        # An open page asks for its alerts by itself: a sign-in form in their place would be odd.
        if path.startswith("/api/") or (method, path) == ("GET", "/alerts"):
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=/")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Basic eDp4", "bearer \xff\xfe", "Bearer " + "x" * 9000],
)
def test_no_odd_authorization_opens_or_breaks_anything(visitor: TestClient, header: str) -> None:
    answer = visitor.get("/api/v1/issues", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert visitor.get("/top", headers={"Cookie": b"__Host-cur=\x7f\x80"}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{URL}.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/appeal", "/sign-in", "/sign-out", PATH])
def test_another_site_posts_nothing_here(
    node: Node, client: TestClient, path: str, headers: dict[str, str]
) -> None:
    before = rows_of(node)
    answer = client.post(path, data={"text": "x", "territory": TOWN}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows_of(node) == before


# --- Sessions -------------------------------------------------------------------------------------


def test_the_cookie_is_for_this_host_and_no_script(node: Node, visitor: TestClient) -> None:
    answer = visitor.post("/sign-in", data={"token": a_secret(node, "head")})
    flags = answer.headers["set-cookie"].lower()
    assert flags.startswith("__host-cur=")
    for flag in ("httponly", "secure", "samesite=lax", "path=/", "max-age="):
        assert flag in flags
    assert "domain" not in flags


def test_a_cookie_kept_from_before_signing_out_opens_nothing(
    node: Node, visitor: TestClient
) -> None:
    visitor.post("/sign-in", data={"token": a_secret(node, "head")})
    stolen = dict(visitor.cookies)
    visitor.post("/sign-out")
    visitor.cookies.clear()
    visitor.cookies.update(stolen)
    assert visitor.get("/top").status_code == 303


def test_a_revoked_token_ends_its_sessions(node: Node, visitor: TestClient) -> None:
    secret = a_secret(node, "head")
    visitor.post("/sign-in", data={"token": secret})
    assert visitor.get("/top").status_code == 200
    with node.transaction() as session:
        assert tokens.revoke_token(session, name="head", now=node.clock())
    assert visitor.get("/top").status_code == 303
    assert visitor.post("/sign-in", data={"token": secret}).status_code == 422


def test_neither_token_nor_cookie_is_stored_as_it_is(node: Node, visitor: TestClient) -> None:
    secret = a_secret(node, "head")
    visitor.post("/sign-in", data={"token": secret})
    stored = repr(rows_of(node))
    assert secret not in stored
    assert not any(value in stored for value in visitor.cookies.values())


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "\\evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:a=b",
        " //evil.example",
        "/a\r\nb",
    ],
)
def test_signing_in_never_leads_to_another_site(node: Node, visitor: TestClient, back: str) -> None:
    assert "evil" not in visitor.get("/sign-in", params={"next": back}).text
    answer = visitor.post("/sign-in", data={"token": a_secret(node, "head"), "next": back})
    assert answer.headers["location"] in {"/top", "/%0d%0aSet-Cookie:a=b"}
    assert "a=b" not in answer.headers["set-cookie"]


# --- Twice at once --------------------------------------------------------------------------------


def test_one_appeal_sent_many_times_at_once_is_one_appeal(node: Node, client: TestClient) -> None:
    body = APPEAL | {"external_id": "A-1", "channel": "portal"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(PATH, json=body), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.text for answer in answers}) == 1
    with node.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 1


def test_one_move_made_many_times_at_once_is_one_move(node: Node, client: TestClient) -> None:
    number = client.post(PATH, json=APPEAL | {"topic": "roads.pits"}).json()["issue"]
    issue = client.get(f"/api/v1/issues/{number}").json()
    move = {"move": "route", "version": issue["version"], "executor": issue["executor"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.post(f"/api/v1/issues/{number}/moves", json=move), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert client.get(f"/api/v1/issues/{number}").json()["version"] == issue["version"] + 1
    with node.reading() as session:
        assert journal.broken_at(session) is None


# --- Without a database ---------------------------------------------------------------------------


def test_a_database_that_is_gone_is_said_to_be_and_comes_back(
    tmp_path: Path, postgres_server: str, postgres_url: str
) -> None:
    name = make_url(postgres_url).database
    with (
        a_node(tmp_path, postgres_url) as node,
        a_client(node) as client,
        psycopg.connect(postgres_server, autocommit=True) as server,
    ):
        assert client.post(PATH, json=APPEAL).status_code == 201
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        for answer in (
            client.post(PATH, json=APPEAL),
            client.get("/health"),
            client.get("/top", headers={"Accept": "text/html"}),
            client.get("/federation/v1/descriptor"),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert client.post(PATH, json=APPEAL).status_code == 201


# --- After the data -------------------------------------------------------------------------------

RESIDENT = {
    "name": "Тестова Анна Образцовна",
    "phone": "+7 900 123-45-67",
    "email": "anna.testova@example.org",
}
ADDRESS = "улица Образцовая, дом 77, квартира 5"
WORDS = "Во дворе провал, помогите, Анна Образцовна"
SECRETS = (*RESIDENT.values(), "Образцов", ADDRESS, "провал")


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_what_a_resident_says_of_herself_stands_in_one_table_and_leaves_nothing_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    country = Country(tmp_path)
    country.add("RU-MUR")
    town = country.add(TOWN)
    body = {
        "text": WORDS,
        "territory": TOWN,
        "topic": "roads.pits",
        "location": {"address": ADDRESS},
        "contact": RESIDENT | {"reply_by": "email"},
    }
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged, a_client(town) as client:
        taken = client.post(PATH, json=body)
        assert taken.status_code == 201
        wrong = body | {"topic": "nowhere", "contact": RESIDENT | {"email": "нет"}}
        answers = [client.post(PATH, json=wrong), client.post(PATH, json=wrong | {"x": WORDS})]
        number = taken.json()["number"]
        status_page = client.get(taken.json()["status_url"].removeprefix(town.url))
        issue = client.get(f"/api/v1/issues/{taken.json()['issue']}")
        country.play(2)
    assert [answer.status_code for answer in (*answers, status_page)] == [422, 422, 200]
    for answer in (taken, *answers, issue, status_page):
        assert found_in(answer.text + str(answer.url) + repr(answer.headers)) == []
    assert number in status_page.text
    assert found_in(repr(logged) + caplog.text) == []
    own = rows_of(town)
    # The words of the text stand in the index it is found by, and are erased there with the text.
    holding = {name for name, rows in own.items() if found_in(repr(rows))}
    assert holding == {"appeal", "issue_text", "resident"}
    assert found_in(repr(own["resident"])) == [*RESIDENT.values(), "Образцов", ADDRESS]
    assert '"type":"summary"' in repr(own["statement"])
    assert '"received":1' in repr(own["statement"])
    above = rows_of(country.nodes["RU-MUR"])
    assert len(above["statement"]) > 3
    assert found_in(repr(above)) == []
    country.close()
