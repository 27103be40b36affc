"""`/api/v1/appeals`: what is answered to the good, the bad and the broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.bootstrap import Node
from node.store import appeals
from node.store.session import open_engine
from node.store.tables import Base
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT
from tests.support.web import URL, a_client, a_node

PATH = "/api/v1/appeals"
APPEAL = {"text": "Яма во дворе дома 5", "territory": TOWN}


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def fields(answer: Any) -> set[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["field"] for error in answer.json()["errors"]}


def test_an_appeal_is_answered_with_its_numbers_and_link(client: TestClient) -> None:
    whole = APPEAL | {
        "topic": "roads.pits",
        "channel": "dobrodel",
        "received_at": "2026-11-18T10:00:00+03:00",
        "external_id": "A-1",
        "kind": "message",
        "location": {"lat": 68.97, "lon": 33, "address": "ул. Ленина, 5"},
        "contact": {"name": "Жилец", "email": "a@example.org", "reply_by": "email"},
    }
    answer = client.post(PATH, json=whole)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"number", "issue", "status_url"}
    assert (body["number"], body["issue"]) == ("RU-MUR-26-000001", "RU-MUR-P26-000001")
    assert body["status_url"].startswith(f"{URL}/status/")
    again = client.post(PATH, json=whole)
    assert (again.status_code, again.json()) == (200, body)


def test_the_link_counts_as_shown_only_where_the_sender_says_so(
    node: Node, client: TestClient
) -> None:
    body = APPEAL | {"contact": {"reply_by": "status_page"}}
    numbers = [
        client.post(PATH, json=body | more).json()["number"]
        for more in ({}, {"link_shown": False}, {"link_shown": True})
    ]
    with node.reading() as session:
        shown = [appeals.by_number(session, number) for number in numbers]
    assert [found and found[0].link_shown_at for found in shown] == [None, None, NOW]
    assert client.post(PATH, json=body | {"link_shown": "yes"}).status_code == 422


def test_an_appeal_can_be_read_again_without_its_resident(client: TestClient) -> None:
    sent = client.post(
        PATH,
        json=APPEAL
        | {"contact": {"phone": "+7 900 000-00-00"}, "location": {"lat": 68.9, "lon": 33.1}},
    ).json()
    answer = client.get(f"{PATH}/{sent['number']}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["text"] == APPEAL["text"]
    assert body["issue"] == sent["issue"]
    assert body["received_at"] == "2026-11-18T09:30:00Z"
    assert body["location"] == {"lat": 68.9, "lon": 33.1}
    assert "900" not in answer.text


def test_without_a_token_nothing_is_taken_or_shown(node: Node) -> None:
    with a_client(node, signed_in=False) as visitor:
        answer = visitor.post(PATH, json=APPEAL)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert visitor.get(f"{PATH}/RU-MUR-26-000001").status_code == 401


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"text", "territory"}),
        ({"text": 5, "territory": None}, {"text", "territory"}),
        (APPEAL | {"colour": "red"}, {"colour"}),
        (APPEAL | {"location": {"lat": False, "lon": "33"}}, {"location.lat", "location.lon"}),
        (APPEAL | {"contact": {"telegram": "@x"}}, {"contact.telegram"}),
        (APPEAL | {"received_at": 1700000000}, {"received_at"}),
        (APPEAL | {"received_at": "вчера"}, {"received_at"}),
        (APPEAL | {"received_at": "2026-11-01T10:00:00"}, {"received_at"}),
        (APPEAL | {"received_at": "2026-12-01T10:00:00Z"}, {"received_at"}),
        (
            {"text": "", "territory": "Мурманскк", "topic": "roads.pitts", "kind": "x"},
            {"text", "territory", "topic", "kind"},
        ),
        (APPEAL | {"text": "x" * 10_001}, {"text"}),
        (APPEAL | {"text": "a\0b"}, {"text"}),
        (APPEAL | {"text": "\ud800"}, {"text"}),
        (APPEAL | {"territory": ELSEWHERE}, {"territory"}),
        (APPEAL | {"location": {"lat": 68.9}}, {"location.lon"}),
    ],
)
def test_every_bad_field_is_named(client: TestClient, body: object, named: set[str]) -> None:
    # By hand: the client's own encoder would refuse half of a surrogate pair.
    answer = client.post(
        PATH, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert fields(answer) == named


def test_an_unknown_topic_is_refused_with_the_nearest(client: TestClient) -> None:
    answer = client.post(PATH, json=APPEAL | {"topic": "roads.pitts"})
    assert "roads.pits" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"text": "\\ud800", "territory": "\\udfff", "\\ud800": 1}',
        b'{"text": NaN, "territory": Infinity}',
        b'{"text": "x", "territory": "RU-MUR", "location": {"lat": NaN, "lon": 1e999}}',
        b'{"text": "x", "territory": "RU-MUR", "location": {"lat": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"text":' * 20_000,
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_broken_bodies_are_refused_and_never_break_the_server(
    client: TestClient, content: bytes, kind: str
) -> None:
    answer = client.post(PATH, content=content, headers={"Content-Type": kind})
    assert answer.status_code in {400, 415, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["RU-MUR-26-000099", "%00", "%ff%fe", "x" * 500])
def test_an_unknown_number_is_not_found(client: TestClient, number: str) -> None:
    answer = client.get(f"{PATH}/{number}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = (
    "text",
    "territory",
    "channel",
    "topic",
    "received_at",
    "external_id",
    "kind",
    "location",
    "contact",
)


def test_nothing_a_sender_makes_up_breaks_the_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()

    with a_node(tmp_path, url) as node, a_client(node) as client:

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(
            st.dictionaries(st.sampled_from(KEYS), ANYTHING),
            st.sampled_from([{}, APPEAL, {"text": "x", "territory": UNIT}]),
        )
        def sent(made_up: dict[str, Any], lawful: dict[str, str]) -> None:
            answer = client.post(
                PATH,
                content=json.dumps(lawful | made_up),
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code in {200, 201, 400, 422}

        sent()
