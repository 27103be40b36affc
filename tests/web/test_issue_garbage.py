"""Every field of every move of an issue, filled with what no browser would send: never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.domain.issue import MOVES, State
from node.store.session import open_engine
from node.store.tables import Base
from node.web.pages.issue_moves import MoveForm
from tests.support.appeals import moved, submitted
from tests.support.web import a_client, a_node

GARBAGE = {
    "NUL": b"\x00",
    "half of a pair": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "a huge number": b"1" + b"0" * 400,
    "no number": b"NaN",
    "digits of elsewhere": "٣".encode(),
    "the first day": b"0001-01-01",
    "the last day": b"9999-12-31",
    "no such day": b"2026-02-30",
    "below nothing": b"-1",
    "markup": b'"><script>alert(1)</script>',
    "deep": b"[" * 5000,
    "long": "ы".encode() * 50_000,
}
LAWFUL = {
    "executor": "road_directorate",
    "topic": "roads.snow",
    "territory": "47701000",
    "text": "Засыпали",
    "outcome": "solved",
    "reason": "Проверено",
    "urgency": "urgent",
    "complained_of": "none",
    "ground": "no_matter",
    "responsible": "Росавтодор",
    "until": "2026-11-25",
    "into": "RU-MUR-P26-000001",
    "addressee": "Прокуратура",
    "way": "post",
    "sent_on": "2026-11-18",
}
# How an issue comes to a state in which each of its moves can be tried.
WAY: dict[State, tuple[tuple[str, dict[str, str]], ...]] = {
    State.REGISTERED: (),
    State.ROUTED: (("route", {}),),
    State.PAUSED: (("route", {}), ("pause", {"text": "Где?"})),
    State.ANSWERED: (("route", {}), ("answer", {"text": "Сделано"})),
    State.CLOSED: (
        ("route", {}),
        ("answer", {"text": "Сделано"}),
        ("close", {"outcome": "solved"}),
    ),
}
STATE_OF = {
    move.name: next(state for state in WAY if state in move.sources)
    for move in MOVES.values()
    if move.sources & WAY.keys()
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder: Path = tmp_path_factory.mktemp("garbage")
    url = f"sqlite:///{folder / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    with a_node(folder, url) as node:
        with node.transaction() as session:
            submitted(session)
        yield node


@pytest.fixture(scope="module")
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        client.headers["Content-Type"] = "application/x-www-form-urlencoded"
        yield client


def an_issue(node: Node, state: State) -> tuple[str, int]:
    with node.transaction() as session:
        number = submitted(session, kind="formal" if state is State.REGISTERED else "message")
        for version, (name, fields) in enumerate(WAY[state], 1):
            moved(session, number.issue_number, name, version, **fields)
    return number.issue_number, len(WAY[state]) + 1


def body(values: dict[str, bytes]) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in values.items()).encode()


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize("name", STATE_OF)
def test_garbage_in_a_field_of_a_move_is_refused_by_name(
    node: Node, client: TestClient, name: str, kind: str
) -> None:
    move = MOVES[name]
    number, version = an_issue(node, STATE_OF[name])
    for field in (*move.requires, *move.optional, "version", "move"):
        values = {one: LAWFUL[one].encode() for one in move.requires}
        values |= {"move": name.encode(), "version": str(version).encode()}
        answer = client.post(
            f"/issues/{number}/moves", content=body(values | {field: GARBAGE[kind]})
        )
        assert answer.status_code in (303, 409, 422), (field, answer.text[:400])
        assert "<script>alert" not in answer.text
        if answer.status_code == 303:  # a text may be anything that can be kept
            shown = client.get(f"/issues/{number}")
            assert shown.status_code == 200
            assert "<script>alert" not in shown.text
            number, version = an_issue(node, STATE_OF[name])


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize("path", ["reply", "draft"])
def test_garbage_in_what_helps_to_write_is_no_fault_of_the_program(
    node: Node, client: TestClient, path: str, kind: str
) -> None:
    number, version = an_issue(node, State.ROUTED)
    whole = {name: LAWFUL.get(name, "").encode() for name in MoveForm.model_fields}
    whole |= {"move": b"interim", "version": str(version).encode()}
    for act in (b"template", b"preview", b"draft", GARBAGE[kind]):
        for field in ("move", "version", "text", "until", "outcome", "template"):
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.post(
                    f"/issues/{number}/{path}",
                    content=body(whole | {"act": act} | {field: GARBAGE[kind]}),
                    headers=headers,
                )
                assert answer.status_code in (200, 204, 303, 422), (act, field, answer.text[:400])
                assert "<script>alert" not in answer.text
