"""A parent's door behind httpx's transport, and a courier that calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import httpx

from federation.courier import Answer, Courier
from federation.door import (
    RawRequest,
    RefusalBudget,
    admit_body,
    admit_head,
    answer,
    problem,
    refuse,
)
from federation.errors import Refusal
from federation.keys import KeyPair, PublicKey
from federation.payload import Payload
from federation.signature_profile import Headers
from tests.support.knock import CHILD, CHILD_ID, NOW, PARENT, PARENT_ID, PARENT_URL, PATH, Book

Handler = Callable[[httpx.Request], httpx.Response]


def parent_key(kid: str) -> PublicKey | None:
    return PARENT.public if kid == PARENT.kid else None


def raw_of(request: httpx.Request) -> RawRequest:
    _, root, rest = request.url.raw_path.decode().partition("/federation/v1/")
    return RawRequest(request.method, root + rest, request.headers.multi_items(), request.read())


class Parent:
    """A parent's door behind a transport; it remembers what came and can be bent."""

    def __init__(self, *, clock: datetime = NOW, key: KeyPair = PARENT) -> None:
        self.clock = clock
        self.key = key
        self.book = Book()
        self.came: list[RawRequest] = []
        self.taken: list[Payload] = []
        self.refusal: Refusal | None = None
        self.payload: Payload = {"receipt": "r"}
        self.public_url = PARENT_URL

    def __call__(self, request: httpx.Request) -> httpx.Response:
        raw = raw_of(request)
        self.came.append(raw)
        try:
            if self.refusal:
                raise self.refusal
            admitted = admit_head(
                raw, public_url=self.public_url, me=PARENT_ID, keys=self.book, now=self.clock
            )
            self.taken.append(admit_body(admitted, raw.headers, raw.body))
            self.book.seen |= {(admitted.kid, admitted.nonce), (admitted.kid, admitted.request_id)}
            headers, body = answer(
                status=200, payload=self.payload, request=admitted, key=self.key, now=self.clock
            )
            return httpx.Response(200, headers=headers, content=body)
        except Refusal as refusal:
            reply = refuse(
                refusal,
                raw,
                public_url=self.public_url,
                keys=self.book,
                key=self.key,
                budget=RefusalBudget(),
                now=self.clock,
            )
            return httpx.Response(reply.status, headers=reply.headers, content=reply.body)


def courier(handler: Handler, **settings: object) -> Courier:
    return Courier(transport=httpx.MockTransport(handler), sleep=lambda _: None, **settings)  # type: ignore[arg-type]


def send(
    handler: Handler,
    payload: Payload | None = None,
    *,
    url: str = PARENT_URL,
    now: datetime = NOW,
    dial: str | None = None,
    **settings: object,
) -> Answer:
    with courier(handler, **settings) as carrier:
        return carrier.post(
            url,
            PATH,
            payload or {"v": 1},
            key=CHILD,
            sender=CHILD_ID,
            recipient=PARENT_ID,
            answer_key=parent_key,
            now=lambda: now,
            dial=dial,
        )


def header(raw: RawRequest, name: str) -> str:
    return dict(raw.headers)[name]


class Bytes(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes] | Iterator[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks


def forged(status: int, content_type: str, body: bytes, headers: Headers | None = None) -> Handler:
    return lambda request: httpx.Response(
        status, headers=[("Content-Type", content_type), *(headers or [])], content=body
    )


def problem_of(code: str) -> Handler:
    reply = problem(Refusal(code, "forged", server_time="2026-11-21T10:00:00Z"))
    return lambda request: httpx.Response(reply.status, headers=reply.headers, content=reply.body)
