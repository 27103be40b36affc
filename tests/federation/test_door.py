"""Who is let in at the door, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.door import MAX_BODY, MAX_HEADER, RawRequest, admit_body, check_head
from federation.errors import Refusal
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP, target_uri
from tests.support.knock import (
    CHILD,
    CHILD_ID,
    NONCE,
    NOW,
    PARENT_URL,
    PATH,
    REQUEST_ID,
    STRANGER,
    Book,
    a_crooked_knock,
    a_knock,
    admit,
    enter,
    put,
    refusal_of,
)


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
