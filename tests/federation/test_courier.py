"""What a courier carries to a parent and brings back, and when it tries again."""

from __future__ import annotations

import json

import httpx
import pytest

from federation import payload as payloads
from federation.courier import TRIES, Answer
from federation.door import plain
from federation.errors import TransportError
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP
from tests.support.knock import CHILD, CHILD_ID, NOW, PARENT_ID, PARENT_URL
from tests.support.played_parent import (
    Handler,
    Parent,
    courier,
    forged,
    header,
    parent_key,
    problem_of,
    send,
)


def test_a_payload_arrives_and_its_answer_comes_back() -> None:
    parent = Parent()
    found = send(parent, {"v": 1, "sender": CHILD_ID})
    assert parent.taken == [{"v": 1, "sender": CHILD_ID}]
    assert found == Answer(200, {"receipt": "r"}, None, header(parent.came[0], "cur-request-id"))
    assert header(parent.came[0], "accept-encoding") == "identity"


def test_a_get_brings_its_query_and_no_body() -> None:
    parent = Parent()
    with courier(parent) as carrier:
        found = carrier.get(
            PARENT_URL,
            "/federation/v1/receipts?from=7",
            key=CHILD,
            sender=CHILD_ID,
            recipient=PARENT_ID,
            answer_key=parent_key,
            now=lambda: NOW,
        )
    assert found.payload == {"receipt": "r"}
    assert parent.came[0].path == "/federation/v1/receipts?from=7"


def test_a_big_payload_travels_packed() -> None:
    parent = Parent()
    statements = [f"statement {n}" for n in range(500)]
    send(parent, {"statements": statements})
    assert header(parent.came[0], "content-type") == CONTENT_TYPE_GZIP
    assert len(parent.came[0].body) < 5000
    assert parent.taken == [{"statements": statements}]


def test_a_big_answer_comes_back_packed() -> None:
    parent = Parent()
    parent.payload = {"statements": [f"statement {n}" for n in range(500)]}
    assert send(parent).payload == parent.payload


def test_the_dialled_address_may_differ_from_the_signed_one() -> None:
    parent = Parent()
    assert send(parent, dial="http://127.0.0.1:8000").status == 200


def test_what_was_lost_on_the_way_is_sent_again_under_a_new_id_and_nonce() -> None:
    parent = Parent()

    def lose(request: httpx.Request) -> httpx.Response:
        reply = parent(request)  # the parent has committed; its answer is lost
        if len(parent.came) < TRIES:
            raise httpx.ReadTimeout("lost", request=request)
        return reply

    found = send(lose)
    assert found.refusal is None
    assert len(parent.taken) == TRIES
    assert len({header(raw, "cur-request-id") for raw in parent.came}) == TRIES
    assert len({header(raw, "signature-input") for raw in parent.came}) == TRIES
    assert found.request_id == header(parent.came[-1], "cur-request-id")


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.RemoteProtocolError],
)
def test_an_unreachable_parent_is_given_up_after_a_few_tries(
    failure: type[httpx.TransportError],
) -> None:
    tries: list[httpx.Request] = []

    def cut(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise failure("no way")

    with pytest.raises(TransportError, match="cannot be reached"):
        send(cut)
    assert len(tries) == TRIES


@pytest.mark.parametrize("url", ["http://szfo.example", "ftp://szfo.example", "szfo.example", ""])
def test_outside_this_machine_only_https_is_dialled(url: str) -> None:
    parent = Parent()
    with pytest.raises(TransportError, match="https"):
        send(parent, url=PARENT_URL, dial=url or "http://")
    assert parent.came == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]"])
def test_on_this_machine_http_is_enough(url: str) -> None:
    parent = Parent()
    parent.public_url = url
    assert send(parent, url=url).status == 200


def test_enrolment_is_posted_without_a_signature() -> None:
    came: list[httpx.Request] = []

    def enrol(request: httpx.Request) -> httpx.Response:
        came.append(request)
        reply = plain(200, {"v": 1})
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)

    with courier(enrol) as carrier:
        found = carrier.post_unsigned(PARENT_URL, "/federation/v1/enrol", {"unit": "RU-MUR"})
    assert found == Answer(200, {"v": 1}, None, "")
    assert "signature" not in came[0].headers
    assert payloads.read(came[0].content) == {"unit": "RU-MUR"}


def test_a_refused_enrolment_says_why() -> None:
    with courier(problem_of("token_used")) as carrier:
        found = carrier.post_unsigned(PARENT_URL, "/federation/v1/enrol", {})
    assert found.refusal is not None
    assert found.refusal.code == "token_used"


@pytest.mark.parametrize(
    "handler",
    [
        forged(200, "text/html", b"<h1>Welcome</h1>"),
        forged(200, CONTENT_TYPE, b"[]"),
        forged(302, CONTENT_TYPE, b"{}", [("Location", "https://evil.example/")]),
        forged(403, "application/problem+json", json.dumps({"title": ["x"]}).encode()),
        forged(403, "application/problem+json", b"{"),
    ],
    ids=["page", "list", "redirect", "odd problem", "cut problem"],
)
def test_what_is_no_answer_to_an_enrolment_is_a_transport_error(handler: Handler) -> None:
    with courier(handler) as carrier, pytest.raises(TransportError):
        carrier.post_unsigned(PARENT_URL, "/federation/v1/enrol", {})
