"""The profile of an answer: bound to its request, or distrusted."""

from __future__ import annotations

import pytest

from federation.door import RawRequest
from federation.errors import TransportError
from federation.keys import b64
from federation.signature_profile import Headers
from federation.signing import CONTENT_TYPE, Asked, sign_answer, target_uri, verify_answer
from tests.support.knock import NONCE, NOW, PARENT, PARENT_URL, STRANGER, TARGET, a_knock, key_of
from tests.support.signature_base import Message, signature_base


def an_answer(raw: RawRequest, body: bytes = b'{"ok":true}') -> Headers:
    asked = Asked.of(raw.method, TARGET, raw.headers)
    return list(
        sign_answer(
            status=200,
            body=body,
            content_type=CONTENT_TYPE,
            asked=asked,
            key=PARENT,
            nonce=NONCE,
            now=NOW,
        ).items()
    )


def distrust(raw: RawRequest, headers: Headers, **overrides: object) -> None:
    given = {
        "status": 200,
        "headers": headers,
        "body": b'{"ok":true}',
        "asked": Asked.of(raw.method, TARGET, raw.headers),
        "key_for": key_of(PARENT),
        **overrides,
    }
    with pytest.raises(TransportError):
        verify_answer(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_answer_is_verified_and_agrees_with_the_independent_builder(method: str) -> None:
    raw = a_knock(method=method)
    headers = an_answer(raw)
    fields = dict(headers)
    found = verify_answer(
        status=200,
        headers=headers,
        body=b'{"ok":true}',
        asked=Asked.of(method, TARGET, raw.headers),
        key_for=key_of(PARENT),
    )
    assert (found.kid, found.created) == (PARENT.kid, NOW)
    assert fields["Cache-Control"] == "no-transform"

    components = ['"@status"', '"content-type"', '"content-digest"', '"@method";req']
    components += ['"@target-uri";req', '"content-digest";req', '"cur-request-id";req']
    if method == "GET":
        components.remove('"content-digest";req')
    parameters = fields["Signature-Input"].partition(")")[2]
    request = Message(method=method, uri=TARGET, headers=raw.headers)
    base = signature_base(
        components, parameters, Message(status=200, headers=headers, request=request)
    )
    signature = fields["Signature"].removeprefix("cur=:").removesuffix(":")
    assert b64(PARENT.sign(base)).replace("-", "+").replace("_", "/") + "==" == signature


def test_an_unsigned_answer_is_distrusted() -> None:
    raw = a_knock()
    distrust(raw, [("Content-Type", CONTENT_TYPE)])


@pytest.mark.parametrize(
    "asked",
    [
        {"request_id": b64(b"q" * 16)},
        {"path": "/federation/v1/reconcile"},
        {"body": b'{"v":2}'},
        {"method": "GET"},
    ],
    ids=["request id", "path", "body", "method"],
)
def test_an_answer_to_another_request_is_distrusted(asked: dict[str, str]) -> None:
    other = a_knock(**asked)  # type: ignore[arg-type]
    uri = target_uri(PARENT_URL, other.path)
    distrust(other, an_answer(a_knock()), asked=Asked.of(other.method, uri, other.headers))


def test_an_altered_answer_is_distrusted() -> None:
    raw = a_knock()
    headers = an_answer(raw)
    distrust(raw, headers, status=201)
    distrust(raw, headers, body=b'{"ok":false}')
    distrust(raw, headers, key_for=key_of(STRANGER))
    distrust(raw, [*headers, ("Content-Encoding", "gzip")])
    distrust(raw, [*headers, ("Content-Type", CONTENT_TYPE)])


def test_a_request_is_no_answer_though_the_same_key_signed_it() -> None:
    raw = a_knock()
    distrust(raw, a_knock(key=PARENT).headers, body=raw.body)
