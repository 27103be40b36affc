"""Requests at a parent's door, lawful and not, a door-keeper's book, and knocking."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from federation.door import Admitted, RawRequest, admit_body, admit_head
from federation.errors import Refusal
from federation.keys import KeyPair, PublicKey, b64
from federation.payload import Payload
from federation.signing import CONTENT_TYPE, sign_request, target_uri
from tests.support.signature_base import Message, signature_lines

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHILD, PARENT, STRANGER = (KeyPair.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
CHILD_ID, PARENT_ID = "RU-MUR", "SZFO"
PARENT_URL = "https://szfo.example/cur"
PATH = "/federation/v1/exchange"
TARGET = target_uri(PARENT_URL, PATH)
NONCE = b64(b"n" * 16)
REQUEST_ID = b64(b"r" * 16)
POST_COMPONENTS = (
    '"@method"',
    '"@target-uri"',
    '"content-type"',
    '"content-digest"',
    '"cur-sender"',
    '"cur-recipient"',
    '"cur-protocol"',
    '"cur-request-id"',
)


class Book:
    """`KeySource` in memory."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], PublicKey] = {(CHILD_ID, CHILD.kid): CHILD.public}
        self.refused: dict[str, Refusal] = {}
        self.seen: set[tuple[str, str]] = set()

    def key(self, sender: str, kid: str) -> PublicKey | None:
        if sender in self.refused:
            raise self.refused[sender]
        return self.keys.get((sender, kid))

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        return (kid, nonce) in self.seen


def a_knock(
    *,
    method: str = "POST",
    public_url: str = PARENT_URL,
    path: str = PATH,
    body: bytes = b'{"v":1}',
    content_type: str = CONTENT_TYPE,
    key: KeyPair = CHILD,
    sender: str = CHILD_ID,
    recipient: str = PARENT_ID,
    request_id: str = REQUEST_ID,
    nonce: str = NONCE,
    now: datetime = NOW,
) -> RawRequest:
    """A lawful request of the child to its parent."""
    get = method == "GET"
    headers = sign_request(
        method=method,
        target_uri=target_uri(public_url, path),
        body=None if get else body,
        content_type=None if get else content_type,
        key=key,
        sender=sender,
        recipient=recipient,
        request_id=request_id,
        nonce=nonce,
        now=now,
    )
    return RawRequest(method, path, list(headers.items()), b"" if get else body)


def a_crooked_knock(
    *,
    components: Sequence[str] = POST_COMPONENTS,
    parameters: Mapping[str, int | str | None] | None = None,
    headers: Mapping[str, str] | None = None,
    label: str = "cur",
    key: KeyPair = CHILD,
) -> RawRequest:
    """A POST whose signature is genuine, by the independent builder, but of another form.

    `parameters` and `headers` override the lawful ones; None leaves a parameter out.
    """
    body = b'{"v":1}'
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    fields = {
        "Content-Type": CONTENT_TYPE,
        "Content-Digest": f"sha-256=:{digest}:",
        "Cur-Sender": CHILD_ID,
        "Cur-Recipient": PARENT_ID,
        "Cur-Protocol": "1",
        "Cur-Request-Id": REQUEST_ID,
        **(headers or {}),
    }
    lawful: dict[str, int | str | None] = {
        "created": int(NOW.timestamp()),
        "keyid": key.kid,
        "alg": "ed25519",
        "expires": int(NOW.timestamp()) + 300,
        "nonce": NONCE,
        "tag": "cur-fed-v1",
    }
    given = {k: v for k, v in {**lawful, **(parameters or {})}.items() if v is not None}
    lines = list(fields.items())
    message = Message(method="POST", uri=target_uri(PARENT_URL, PATH), headers=lines)
    return RawRequest(
        "POST", PATH, [*lines, *signature_lines(key, components, given, message, label)], body
    )


def admit(raw: RawRequest, book: Book | None = None, **overrides: object) -> Admitted:
    """What the parent's door makes of the head; Refusal as it raises it."""
    given = {
        "public_url": PARENT_URL,
        "me": PARENT_ID,
        "keys": book or Book(),
        "now": NOW,
        **overrides,
    }
    return admit_head(raw, **given)  # type: ignore[arg-type]


def refusal_of(raw: RawRequest, book: Book | None = None, **overrides: object) -> Refusal:
    """The refusal the door has for this request, head or body."""
    with pytest.raises(Refusal) as caught:
        admit_body(admit(raw, book, **overrides), raw.headers, raw.body)
    return caught.value


def enter(raw: RawRequest) -> Payload:
    """What a request that is let in says."""
    return admit_body(admit(raw), raw.headers, raw.body)


def put(raw: RawRequest, name: str, value: str) -> RawRequest:
    """The request with this header in place of any of that name."""
    kept = [(n, v) for n, v in raw.headers if n.lower() != name.lower()]
    return replace(raw, headers=[*kept, (name, value)])


def key_of(pair: KeyPair) -> partial[PublicKey]:
    """A `key_for` that knows one key and names any other unknown."""

    def key_for(pair: KeyPair, kid: str) -> PublicKey:
        if kid != pair.kid:
            raise Refusal("key_unknown", kid)
        return pair.public

    return partial(key_for, pair)
