"""Bodies of requests: packed, too big, read in one way only."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import payload as payloads
from federation.door import MAX_BODY, RawRequest
from federation.errors import Refusal
from federation.payload import MAX_PAYLOAD, Payload
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP
from tests.support.knock import a_knock, enter, refusal_of


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
