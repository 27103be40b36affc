from __future__ import annotations

import contextlib
import gzip
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import payload as payloads
from federation.door import (
    MAX_BODY,
    MAX_HEADER,
    Admitted,
    RawRequest,
    RefusalBudget,
    Reply,
    admit_body,
    admit_head,
    answer,
    check_head,
    plain,
    refuse,
)
from federation.errors import Refusal
from federation.payload import MAX_PAYLOAD, Payload
from federation.signing import (
    CONTENT_TYPE,
    CONTENT_TYPE_GZIP,
    PROBLEM_TYPE,
    Asked,
    target_uri,
    verify_answer,
)
from tests.support.knock import (
    CHILD,
    CHILD_ID,
    NONCE,
    NOW,
    PARENT,
    PARENT_ID,
    PARENT_URL,
    PATH,
    REQUEST_ID,
    STRANGER,
    Book,
    a_crooked_knock,
    a_knock,
)


def admit(raw: RawRequest, book: Book | None = None, **overrides: object) -> Admitted:
    given = {
        "public_url": PARENT_URL,
        "me": PARENT_ID,
        "keys": book or Book(),
        "now": NOW,
        **overrides,
    }
    return admit_head(raw, **given)  # type: ignore[arg-type]


def refusal_of(raw: RawRequest, book: Book | None = None, **overrides: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        admit_body(admit(raw, book, **overrides), raw.headers, raw.body)
    return caught.value


def enter(raw: RawRequest) -> Payload:
    return admit_body(admit(raw), raw.headers, raw.body)


def put(raw: RawRequest, name: str, value: str) -> RawRequest:
    kept = [(n, v) for n, v in raw.headers if n.lower() != name.lower()]
    return replace(raw, headers=[*kept, (name, value)])


def test_a_lawful_request_is_admitted_with_all_that_must_be_remembered() -> None:
    raw = a_knock()
    admitted = admit(raw)
    assert admitted.sender == CHILD_ID
    assert admitted.kid == CHILD.kid
    assert (admitted.request_id, admitted.nonce) == (REQUEST_ID, NONCE)
    assert admitted.created == NOW
    assert admitted.nonce_expires == NOW + timedelta(seconds=300 + 120)
    assert admit_body(admitted, raw.headers, raw.body) == {"v": 1}


def test_a_get_is_admitted_without_a_body() -> None:
    raw = a_knock(method="GET", path="/federation/v1/receipts?from=7")
    admitted = admit(raw)
    assert admit_body(admitted, raw.headers, b"") == {}
    with pytest.raises(Refusal) as caught:
        admit_body(admitted, raw.headers, b"{}")
    assert caught.value.code == "sig_invalid"


def test_headers_over_the_limit_are_refused_before_anything_else() -> None:
    raw = a_knock()
    big = put(raw, "X-Padding", "x" * MAX_HEADER)
    with pytest.raises(Refusal) as caught:
        check_head(big.headers)
    assert (caught.value.code, caught.value.extra) == ("too_big", {"max": MAX_HEADER})
    assert refusal_of(big).code == "too_big"


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (str(MAX_BODY + 1), "too_big"),
        ("9" * 5000, "too_big"),
        ("-1", "malformed"),
        ("٣", "malformed"),
        ("1e3", "malformed"),
    ],
)
def test_a_body_over_the_limit_is_refused_by_its_announced_length(length: str, code: str) -> None:
    check_head([("Content-Length", str(MAX_BODY))])
    with pytest.raises(Refusal) as caught:
        check_head([("Content-Length", length)])
    assert caught.value.code == code


def test_a_body_over_the_limit_is_refused_when_its_length_was_not_announced() -> None:
    raw = a_knock(body=b" " * (MAX_BODY + 1))
    refusal = refusal_of(raw)
    assert (refusal.code, refusal.extra) == ("too_big", {"max": MAX_BODY})


@pytest.mark.parametrize("path", ["/", "/api/v1/appeals", "/federation/v2/exchange", f"{PATH}#x"])
def test_a_path_outside_the_protocol_is_not_found(path: str) -> None:
    assert refusal_of(replace(a_knock(), path=path)).code == "not_found"


def test_another_version_of_the_protocol_is_told_which_are_spoken() -> None:
    refusal = refusal_of(a_crooked_knock(headers={"Cur-Protocol": "2"}))
    assert (refusal.code, refusal.extra) == ("unsupported_version", {"supported": ["1"]})
    assert refusal.status == 426


def test_a_request_to_another_recipient_is_refused() -> None:
    refusal = refusal_of(a_knock(recipient="UFO"))
    assert refusal.code == "wrong_target"
    assert refusal.extra == {"expected": target_uri(PARENT_URL, PATH)}


def test_a_request_replayed_at_another_node_is_refused() -> None:
    elsewhere: dict[str, Any] = {"public_url": "https://ufo.example", "me": "UFO"}
    assert refusal_of(a_knock(), **elsewhere).code == "wrong_target"
    renamed = put(a_knock(), "Cur-Recipient", "UFO")
    assert refusal_of(renamed, **elsewhere).code == "sig_invalid"


@pytest.mark.parametrize(
    "old",
    ["https://old.example/cur", "https://old.example", "http://szfo.example/cur"],
)
def test_a_request_signed_for_an_old_address_of_ours_is_told_the_right_one(old: str) -> None:
    raw = put(a_knock(public_url=old), "Host", old.split("/")[2])
    refusal = refusal_of(raw)
    assert refusal.code == "wrong_target"
    assert refusal.extra["expected"] == target_uri(PARENT_URL, PATH)


@pytest.mark.parametrize("host", ["szfo.example", "127.0.0.1:8000", "evil.example", "#"])
def test_the_host_header_admits_and_refuses_nobody(host: str) -> None:
    assert enter(put(a_knock(), "Host", host)) == {"v": 1}
    forwarded = put(a_knock(public_url="https://evil.example"), "X-Forwarded-Host", "evil.example")
    assert refusal_of(forwarded).code == "sig_invalid"


def test_a_request_to_another_path_is_refused() -> None:
    for path in ("/federation/v1/reconcile", f"{PATH}?x=1", "/federation/v1/exchang%65"):
        assert refusal_of(replace(a_knock(), path=path)).code == "sig_invalid"


def test_an_unsigned_request_is_refused() -> None:
    headers = [(n, v) for n, v in a_knock().headers if not n.startswith("Signature")]
    assert refusal_of(RawRequest("POST", PATH, headers, b'{"v":1}')).code == "sig_invalid"
    assert refusal_of(RawRequest("POST", PATH, [], b'{"v":1}')).code == "sig_invalid"


def test_a_key_that_is_not_registered_is_refused() -> None:
    assert refusal_of(a_knock(key=STRANGER)).code == "key_unknown"
    assert refusal_of(a_knock(sender="RU-KGD")).code == "key_unknown"


def test_a_key_registered_for_another_sender_is_refused() -> None:
    book = Book()
    book.keys["RU-KGD", STRANGER.kid] = STRANGER.public
    assert refusal_of(a_knock(sender="RU-KGD"), book).code == "key_unknown"
    assert refusal_of(a_knock(key=STRANGER), book).code == "key_unknown"


@pytest.mark.parametrize("code", ["key_revoked", "suspended", "moved"])
def test_a_sender_not_in_force_is_refused_by_name(code: str) -> None:
    book = Book()
    book.refused[CHILD_ID] = Refusal(code, "no more")
    assert refusal_of(a_knock(), book).code == code


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365])
def test_a_stale_or_future_request_is_refused_with_our_time(hours: int) -> None:
    refusal = refusal_of(a_knock(now=NOW + timedelta(hours=hours)))
    assert refusal.code == "clock_skew"
    assert refusal.extra == {"server_time": "2026-11-21T09:00:00Z"}


@pytest.mark.parametrize("value", [NONCE, REQUEST_ID])
def test_a_nonce_or_request_id_seen_before_is_refused(value: str) -> None:
    book = Book()
    book.seen.add((CHILD.kid, value))
    assert refusal_of(a_knock(), book).code == "replayed"


def test_a_replay_after_its_nonce_is_forgotten_is_stale() -> None:
    admitted = admit(a_knock())
    assert refusal_of(a_knock(), now=admitted.nonce_expires).code == "clock_skew"


def test_a_forged_request_does_not_reveal_which_nonces_are_known() -> None:
    book = Book()
    book.seen.add((CHILD.kid, NONCE))
    assert refusal_of(put(a_knock(), "Content-Type", "text/plain"), book).code == "sig_invalid"


def test_another_body_is_refused() -> None:
    assert refusal_of(replace(a_knock(), body=b'{"v":2}')).code == "sig_invalid"
    assert refusal_of(replace(a_knock(), body=b"")).code == "sig_invalid"


def test_another_media_type_is_refused_with_those_that_are_read() -> None:
    with pytest.raises(Refusal) as caught:
        admit(a_knock(content_type="application/json"))  # by the head: no such body is read
    assert caught.value.code == "unsupported"
    assert caught.value.extra == {"supported": [CONTENT_TYPE, CONTENT_TYPE_GZIP]}


def test_content_encoding_is_refused() -> None:
    assert refusal_of(put(a_knock(), "Content-Encoding", "gzip")).code == "sig_invalid"


def packed(data: bytes) -> RawRequest:
    return a_knock(body=data, content_type=CONTENT_TYPE_GZIP)


def test_a_packed_body_is_read() -> None:
    assert enter(packed(gzip.compress(b'{"v":1}'))) == {"v": 1}


@pytest.mark.parametrize("size", [2 * 1024**2, MAX_PAYLOAD + 1, 200 * 1024**2])
def test_a_zip_bomb_is_refused(size: int) -> None:
    assert refusal_of(packed(gzip.compress(b" " * size, 9))).code == "too_big"


def test_a_zip_bomb_is_never_unpacked_whole() -> None:
    bomb = gzip.compress(b" " * 200 * 1024**2)
    tracemalloc.start()
    try:
        with pytest.raises(Refusal):
            payloads.decode(CONTENT_TYPE_GZIP, bomb)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_PAYLOAD
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"v":1}',
        gzip.compress(b'{"v":1}')[:-4],
        gzip.compress(b'{"v":1}') + b"x",
        gzip.compress(b'{"v":1}') + gzip.compress(b" "),
        gzip.compress(gzip.compress(b'{"v":1}')),
    ],
    ids=["empty", "plain", "cut", "trailing", "two members", "twice"],
)
def test_what_is_not_one_gzip_member_is_malformed(data: bytes) -> None:
    assert refusal_of(packed(data)).code == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"v":1',
        b'{"v":1}x',
        b'{"v":1,"v":2}',
        b'{"a":{"v":1,"v":1}}',
        b'{"v":NaN}',
        b'{"v":-Infinity}',
        b'{"v":1e999}',
        b'{"v":' + b"9" * 5000 + b"}",
        b'{"v":"\xff"}',
        b'{"v":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"v":"\\u0000"}',
        b"\xef\xbb\xbf{}",
        '{"v":1}'.encode("utf-16"),
        b'{"v":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"v":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_json_two_readers_could_understand_differently_is_malformed(body: bytes) -> None:
    assert refusal_of(a_knock(body=body)).code == "malformed"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from("abc"), JSON), st.integers(1, 3000))
def test_every_payload_survives_the_way(payload: Payload, times: int) -> None:
    grown = {**payload, "padding": ["x"] * times}
    content_type, body = payloads.encode(grown)
    assert payloads.decode(content_type, body) == grown


def test_a_payload_that_would_look_like_a_bomb_travels_plain() -> None:
    content_type, body = payloads.encode({"text": "x" * 4 * 1024**2})
    assert content_type == CONTENT_TYPE
    assert payloads.decode(content_type, body)


def test_a_payload_that_no_door_would_take_is_not_sent() -> None:
    for size in (MAX_BODY + 1, MAX_PAYLOAD + 1):
        with pytest.raises(ValueError, match="over the limit"):
            payloads.encode({"text": "x" * size})


@given(st.binary(max_size=300), st.sampled_from([CONTENT_TYPE, CONTENT_TYPE_GZIP]))
def test_no_body_escapes_as_another_error(body: bytes, content_type: str) -> None:
    with contextlib.suppress(Refusal):
        payloads.decode(content_type, body)


# What goes back


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
