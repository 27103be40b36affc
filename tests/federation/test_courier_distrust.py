"""Answers that prove nothing: they are transport errors and change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from federation.door import MAX_BODY
from federation.errors import Refusal, TransportError
from federation.payload import Payload
from federation.signing import CONTENT_TYPE
from tests.support.knock import PARENT_URL, PATH, STRANGER
from tests.support.played_parent import Bytes, Handler, Parent, forged, problem_of, send


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
