"""What goes back from the door: answers, signed refusals, unsigned ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from federation import payload as payloads
from federation.door import RawRequest, RefusalBudget, Reply, answer, plain, refuse
from federation.errors import Refusal
from federation.payload import Payload
from federation.signing import PROBLEM_TYPE, Asked, target_uri, verify_answer
from tests.support.knock import (
    CHILD_ID,
    NOW,
    PARENT,
    PARENT_URL,
    PATH,
    STRANGER,
    Book,
    a_crooked_knock,
    a_knock,
    admit,
    put,
    refusal_of,
)


def key_for(kid: str) -> object:
    assert kid == PARENT.kid
    return PARENT.public


def trusted(reply: Reply, raw: RawRequest, signed_for: str = PARENT_URL) -> Payload:
    asked = Asked.of(raw.method, target_uri(signed_for, raw.path), raw.headers)
    verify_answer(
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        asked=asked,
        key_for=key_for,  # type: ignore[arg-type]
    )
    found: Payload = json.loads(reply.body)
    return found


def signed(reply: Reply) -> bool:
    return any(name == "Signature" for name, _ in reply.headers)


def turn_away(
    raw: RawRequest, refusal: Refusal, book: Book | None = None, budget: RefusalBudget | None = None
) -> Reply:
    return refuse(
        refusal,
        raw,
        public_url=PARENT_URL,
        keys=book or Book(),
        key=PARENT,
        budget=budget or RefusalBudget(),
        now=NOW,
    )


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_answer_is_bound_to_its_request(method: str) -> None:
    raw = a_knock(method=method)
    headers, body = answer(status=200, payload={"ok": 1}, request=admit(raw), key=PARENT, now=NOW)
    assert trusted(Reply(200, headers, body), raw) == {"ok": 1}


def test_a_refusal_is_signed_towards_a_registered_key() -> None:
    raw = a_knock(now=NOW - timedelta(hours=1))
    reply = turn_away(raw, refusal_of(raw))
    assert reply.status == 401
    assert dict(reply.headers)["Content-Type"] == PROBLEM_TYPE
    assert trusted(reply, raw)["server_time"] == "2026-11-21T09:00:00Z"


@pytest.mark.parametrize("code", ["key_revoked", "suspended", "moved"])
def test_a_registered_key_not_in_force_is_told_so_under_signature(code: str) -> None:
    book = Book()
    book.refused[CHILD_ID] = Refusal(code, "no more")
    reply = turn_away(a_knock(), book.refused[CHILD_ID], book)
    assert trusted(reply, a_knock())["title"] == code


def test_a_wrong_target_is_told_in_a_form_the_sender_can_verify() -> None:
    raw = put(a_knock(public_url="https://old.example"), "Host", "old.example")
    reply = turn_away(raw, refusal_of(raw))
    problem = trusted(reply, raw, signed_for="https://old.example")
    assert problem["expected"] == target_uri(PARENT_URL, PATH)


@pytest.mark.parametrize(
    "raw",
    [
        a_knock(key=STRANGER),
        a_knock(sender="RU-KGD"),
        RawRequest("POST", PATH, []),
        a_crooked_knock(parameters={"keyid": None}),
    ],
    ids=["key", "sender", "nothing", "no key id"],
)
@pytest.mark.parametrize("code", ["sig_invalid", "too_big", "maintenance"])
def test_anybody_else_gets_an_unsigned_401(raw: RawRequest, code: str) -> None:
    reply = turn_away(raw, Refusal(code, "because"))
    assert reply.status == 401
    assert not signed(reply)
    assert json.loads(reply.body)["status"] == 401


@pytest.mark.parametrize(
    "raw",
    [
        put(a_knock(), "Cur-Request-Id", "ш"),
        put(a_knock(), "Content-Digest", "ш"),
        replace(a_knock(), method="PUT"),
        replace(a_knock(), path="/federation/v1/ "),
    ],
    ids=["request id", "digest", "method", "path"],
)
def test_a_refusal_that_cannot_be_bound_is_unsigned(raw: RawRequest) -> None:
    reply = turn_away(raw, refusal_of(raw))
    assert not signed(reply)


def test_when_to_come_back_is_said_in_the_header_and_under_the_signature() -> None:
    reply = turn_away(a_knock(), Refusal("overloaded", "later", retry_after=30))
    assert reply.status == 429
    assert dict(reply.headers)["Retry-After"] == "30"
    assert trusted(reply, a_knock())["retry_after"] == 30


def test_signed_refusals_are_budgeted_by_sender_and_code() -> None:
    budget = RefusalBudget(per_minute=2)
    send = partial(turn_away, a_knock(), budget=budget)
    forged, skewed = Refusal("sig_invalid", "no"), Refusal("clock_skew", "no")
    assert [signed(send(forged)) for _ in range(3)] == [True, True, False]
    assert signed(send(skewed)), "a stranger cannot use up what the real sender needs"
    assert budget.spend(CHILD_ID, "sig_invalid", NOW + timedelta(minutes=1))


def test_a_plain_answer_is_for_those_who_do_not_know_our_keys() -> None:
    reply = plain(200, {"v": 1})
    assert not signed(reply)
    assert payloads.decode(dict(reply.headers)["Content-Type"], reply.body) == {"v": 1}
