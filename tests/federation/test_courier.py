from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import httpx
import pytest

from federation import payload as payloads
from federation.courier import TRIES, Answer, Courier
from federation.door import (
    MAX_BODY,
    RawRequest,
    RefusalBudget,
    admit_body,
    admit_head,
    answer,
    plain,
    problem,
    refuse,
)
from federation.errors import Refusal, TransportError
from federation.keys import KeyPair, PublicKey
from federation.payload import Payload
from federation.signature_profile import Headers
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP
from tests.support.knock import (
    CHILD,
    CHILD_ID,
    NOW,
    PARENT,
    PARENT_ID,
    PARENT_URL,
    PATH,
    STRANGER,
    Book,
)

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


# Refusals


def test_a_signed_refusal_is_an_answer() -> None:
    parent = Parent()
    parent.refusal = Refusal("maintenance", "back soon", retry_after=60)
    found = send(parent)
    assert found.refusal is not None
    assert (found.status, found.payload) == (503, {})
    assert (found.refusal.code, found.refusal.extra) == ("maintenance", {"retry_after": 60})
    assert len(parent.came) == 1


@pytest.mark.parametrize(
    "code", ["replayed", "key_revoked", "suspended", "clone", "moved", "too_big", "unsupported"]
)
def test_every_refusal_keeps_its_name_on_the_way(code: str) -> None:
    parent = Parent()
    parent.refusal = Refusal(code, "because")
    found = send(parent)
    assert found.refusal is not None
    assert found.refusal.problem() == parent.refusal.problem()


@pytest.mark.parametrize("hours", [-23, -1, 1, 23])
def test_a_skewed_child_tries_once_more_by_its_parents_clock(hours: int) -> None:
    parent = Parent()
    found = send(parent, now=NOW + timedelta(hours=hours))
    assert found.refusal is None
    assert (len(parent.came), len(parent.taken)) == (2, 1)


def test_the_offset_is_not_kept_for_the_next_call() -> None:
    parent = Parent()
    with courier(parent) as carrier:
        post = partial(
            carrier.post,
            PARENT_URL,
            PATH,
            {"v": 1},
            key=CHILD,
            sender=CHILD_ID,
            recipient=PARENT_ID,
            answer_key=parent_key,
            now=lambda: NOW - timedelta(hours=1),
        )
        assert (post().status, post().status) == (200, 200)
    assert len(parent.came) == 4


def test_a_clock_a_day_off_is_not_followed() -> None:
    parent = Parent()
    found = send(parent, now=NOW - timedelta(hours=24, seconds=1))
    assert found.refusal is not None
    assert found.refusal.code == "clock_skew"
    assert len(parent.came) == 1


@pytest.mark.parametrize("server_time", [None, "soon", 1795251600, "2026-11-21T10:00:00+00:00"])
def test_a_clock_skew_without_a_time_is_not_followed(server_time: object) -> None:
    parent = Parent()
    parent.refusal = Refusal("clock_skew", "no", server_time=server_time)
    found = send(parent)
    assert found.refusal is not None
    assert len(parent.came) == 1


def test_a_parent_that_goes_on_refusing_the_clock_is_asked_twice_and_no_more() -> None:
    parent = Parent()
    parent.refusal = Refusal("clock_skew", "no", server_time="2026-11-21T10:00:00Z")
    found = send(parent)
    assert found.refusal is not None
    assert len(parent.came) == 2


# What must change nothing


def bent(change: Callable[[httpx.Response], httpx.Response]) -> Handler:
    parent = Parent()
    return lambda request: change(parent(request))


def dropping(name: str) -> Handler:
    def change(reply: httpx.Response) -> httpx.Response:
        del reply.headers[name]
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    return bent(change)


def adding(name: str, value: str) -> Handler:
    def change(reply: httpx.Response) -> httpx.Response:
        headers = [*reply.headers.multi_items(), (name, value)]
        # A stream: httpx would unpack given content by itself, before our guard sees it.
        return httpx.Response(reply.status_code, headers=headers, stream=Bytes([reply.content]))

    return bent(change)


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


def old_answer() -> Handler:
    """A genuine answer to an earlier request."""
    parent = Parent()
    kept: list[httpx.Response] = []

    def replay(request: httpx.Request) -> httpx.Response:
        kept.append(parent(request))
        return kept[0]

    send(replay)
    return replay


def signed_as_problem(title: str, status: int) -> Handler:
    """A genuine answer whose refusal says something else than its status, or an unknown code."""

    class Odd(Refusal):
        def problem(self) -> Payload:
            return {**super().problem(), "title": title, "status": status}

    parent = Parent()
    parent.refusal = Odd("suspended", "odd")
    return parent


UNTRUSTED = {
    "unsigned 200": forged(200, CONTENT_TYPE, b'{"receipt":"forged"}'),
    "unsigned refusal": problem_of("suspended"),
    "unsigned clock skew": problem_of("clock_skew"),
    "unsigned moved": problem_of("moved"),
    "redirect": forged(307, "text/html", b"", [("Location", "https://evil.example/")]),
    "page of a proxy": forged(502, "text/html", b"<h1>Bad Gateway</h1>"),
    "another key": Parent(key=STRANGER),
    "no signature": dropping("signature"),
    "no signature input": dropping("signature-input"),
    "no digest": dropping("content-digest"),
    "doubled line": adding("Content-Type", CONTENT_TYPE),
    "content encoding": adding("Content-Encoding", "gzip"),
    "another status": bent(
        lambda reply: httpx.Response(201, headers=reply.headers, content=reply.content)
    ),
    "another body": bent(
        lambda reply: httpx.Response(200, headers=reply.headers, content=b'{"receipt":"x"}')
    ),
    "answer to another request": old_answer(),
    "unknown refusal": signed_as_problem("because", 403),
    "refusal of another status": signed_as_problem("maintenance", 503),
}


@pytest.mark.parametrize("handler", UNTRUSTED.values(), ids=UNTRUSTED)
def test_what_cannot_be_trusted_is_a_transport_error(handler: Handler) -> None:
    with pytest.raises(TransportError):
        send(handler)


def test_a_redirect_is_not_followed() -> None:
    came: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        came.append(str(request.url))
        return httpx.Response(308, headers={"Location": "https://evil.example/"})

    with pytest.raises(TransportError):
        send(redirect)
    assert came == [PARENT_URL + PATH]


def test_an_untrusted_answer_is_not_asked_for_again() -> None:
    came: list[httpx.Request] = []

    def forge(request: httpx.Request) -> httpx.Response:
        came.append(request)
        return httpx.Response(200, headers={"Content-Type": CONTENT_TYPE}, content=b"{}")

    with pytest.raises(TransportError):
        send(forge)
    assert len(came) == 1


def test_an_endless_answer_is_cut_off() -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 1024 * 1024

    with pytest.raises(TransportError, match="over"):
        send(lambda request: httpx.Response(200, stream=Bytes(endless())))
    assert len(read) == MAX_BODY // 1024**2 + 1


def test_an_answer_in_a_content_encoding_is_not_unpacked() -> None:
    def bomb() -> Iterator[bytes]:
        raise AssertionError("read")
        yield b""

    with pytest.raises(TransportError, match="Content-Encoding"):
        send(
            lambda request: httpx.Response(
                200, headers={"Content-Encoding": "gzip"}, stream=Bytes(bomb())
            )
        )


def test_an_answer_a_byte_at_a_time_is_cut_off() -> None:
    def slow() -> Iterator[bytes]:
        while True:
            yield b"x"

    with pytest.raises(TransportError, match="took over"):
        send(lambda request: httpx.Response(200, stream=Bytes(slow())), deadline=0.0)


# Unsigned, for enrolment


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
