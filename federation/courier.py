"""The only client of the federation: signs a request, sends it, trusts nothing but its answer.

The one module that imports httpx. It keeps nothing between calls: when to try again is in
`backoff.py`, what to send in the caller.
"""

from __future__ import annotations

import functools
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import tenacity

from federation import payload as payloads
from federation.door import RawRequest, Reply
from federation.errors import Refusal, TransportError
from federation.keys import KeyPair, PublicKey
from federation.payload import MAX_BODY, Payload
from federation.schemas.fields import LOOPBACK
from federation.signature_profile import Headers, lines
from federation.signing import (
    PROBLEM_TYPE,
    Asked,
    new_nonce,
    sign_request,
    target_uri,
    verify_answer,
)
from federation.statement import parse_instant

TRIES = 3
MAX_OFFSET = timedelta(hours=24)
DEADLINE = 120.0
"""Seconds one try may take in all; a peer that sends a byte a second is cut off here."""
TIMEOUT = httpx.Timeout(connect=10.0, read=60.0, write=60.0, pool=10.0)

T = TypeVar("T")
Clock = Callable[[], datetime]
AnswerKey = Callable[[str], PublicKey | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer. `refusal` is set for every status but 2xx; `payload` is {} then."""

    status: int
    payload: Payload
    refusal: Refusal | None
    request_id: str


@dataclass(frozen=True, slots=True)
class _Call:
    """What is asked of whom; signed anew for each try."""

    method: str
    url: str
    path: str
    content_type: str | None
    body: bytes | None
    key: KeyPair
    sender: str
    recipient: str
    answer_key: AnswerKey


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    headers: Headers
    body: bytes


class _Unreached(TransportError):
    """The connection failed or broke; worth another try at once."""


class Courier:
    """One HTTP client for all links of a node. Threads may share it.

    `transport` is for tests (several nodes in one process), `sleep` too.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        deadline: float = DEADLINE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._deadline = deadline
        self._sleep = sleep
        self._client = httpx.Client(
            transport=transport,
            timeout=timeout,
            verify=_trust_store(),
            # Neither proxies nor .netrc from the environment: a link goes where it is told to.
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Courier:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def post(
        self,
        url: str,
        path: str,
        payload: Payload,
        *,
        key: KeyPair,
        sender: str,
        recipient: str,
        answer_key: AnswerKey,
        now: Clock,
        dial: str | None = None,
    ) -> Answer:
        """Send a signed payload. `url` is the public URL of the recipient's descriptor.

        `dial` is the address to connect to when it differs. `answer_key` gives the recipient's
        key of that id, None (or a Refusal) when it has none in force. TransportError: nothing
        that can be trusted came back, so nothing has changed.
        """
        content_type, body = payloads.encode(payload)
        call = _Call("POST", url, path, content_type, body, key, sender, recipient, answer_key)
        return self._deliver(call, dial or url, now)

    def get(
        self,
        url: str,
        path: str,
        *,
        key: KeyPair,
        sender: str,
        recipient: str,
        answer_key: AnswerKey,
        now: Clock,
        dial: str | None = None,
    ) -> Answer:
        """A signed GET; everything else as in `post`. `path` may hold a query."""
        call = _Call("GET", url, path, None, None, key, sender, recipient, answer_key)
        return self._deliver(call, dial or url, now)

    def post_unsigned(self, url: str, path: str, payload: Payload) -> Answer:
        """Send to somebody whose keys are not known yet (enrolment).

        The answer is not verified here either: the caller compares it with its token.
        """
        content_type, body = payloads.encode(payload)
        headers = {"Content-Type": content_type, "Accept-Encoding": "identity"}
        raw = self._persist(lambda: self._send("POST", url, path, headers, body))
        return _read(raw, request_id="")

    def _deliver(self, call: _Call, dial: str, now: Clock) -> Answer:
        """Once; and once more by the other side's clock if its signed answer says ours is wrong."""
        answer = self._persist(lambda: self._once(call, dial, now()))
        offset = _offset(answer, now())
        if offset is None:
            return answer
        # For this one call only: a stored offset would let a parent set our clock for good.
        return self._persist(lambda: self._once(call, dial, now() + offset))

    def _persist(self, attempt: Callable[[], T]) -> T:
        """Try a few times within seconds, but only what got no answer at all."""
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.3, max=3),
            retry=tenacity.retry_if_exception_type(_Unreached),
            sleep=self._sleep,
            reraise=True,
        )(attempt)

    def _once(self, call: _Call, dial: str, now: datetime) -> Answer:
        """One request, under a request id and a nonce of its own.

        A try whose answer was lost may have been committed, and the door refuses a request id it
        has seen; under a new one the statements are simply `known`, and the receipt says so.
        """
        uri = target_uri(call.url, call.path)
        headers = sign_request(
            method=call.method,
            target_uri=uri,
            body=call.body,
            content_type=call.content_type,
            key=call.key,
            sender=call.sender,
            recipient=call.recipient,
            request_id=new_nonce(),
            nonce=new_nonce(),
            now=now,
        )
        raw = self._send(call.method, dial, call.path, headers, call.body)
        asked = Asked.of(call.method, uri, list(headers.items()))

        def key_for(kid: str) -> PublicKey:
            key = call.answer_key(kid)
            if key is None:
                raise TransportError(f"answered with key {kid}, which is not {call.recipient}'s")
            return key

        verify_answer(
            status=raw.status, headers=raw.headers, body=raw.body, asked=asked, key_for=key_for
        )
        return _read(raw, request_id=asked.request_id)

    def _send(
        self, method: str, url: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> _Raw:
        """The bytes that came back, whoever sent them."""
        _check_address(url)
        until = time.monotonic() + self._deadline
        try:
            with self._client.stream(
                method, target_uri(url, path), headers=headers, content=body
            ) as response:
                found = response.headers.multi_items()
                # Before a byte is read: httpx would unpack it, and a bomb with it.
                if lines(found, "content-encoding"):
                    raise TransportError("the answer has a Content-Encoding")
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > MAX_BODY:
                        raise TransportError(f"the answer is over {MAX_BODY} bytes")
                    if time.monotonic() > until:
                        raise TransportError(f"the answer took over {self._deadline:.0f} s")
                return _Raw(response.status_code, found, bytes(data))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise TransportError(f"{url} cannot be dialled: {error}") from error
        except httpx.HTTPError as error:
            raise _Unreached(f"{url} cannot be reached: {error or type(error).__name__}") from error


@functools.cache
def _trust_store() -> ssl.SSLContext:
    """The operating system's: a region's own authority is installed there.

    Read once a process: it takes a tenth of a second, and the demo has a hundred nodes in one.
    """
    return ssl.create_default_context()


def _check_address(url: str) -> None:
    """https everywhere; http only where nobody else can listen."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise TransportError(f"{url}: outside this machine https:// is needed")


def _read(raw: _Raw, *, request_id: str) -> Answer:
    """What an answer says; TransportError when it is neither a payload nor a refusal by name."""
    kind = (lines(raw.headers, "content-type") or [""])[0]
    try:
        if 200 <= raw.status < 300:
            return Answer(raw.status, payloads.decode(kind, raw.body), None, request_id)
        if raw.status >= 400 and kind == PROBLEM_TYPE:
            refusal = _refusal(payloads.read(raw.body))
            if refusal.status == raw.status:
                return Answer(raw.status, {}, refusal, request_id)
    except Refusal as error:
        raise TransportError(f"the answer cannot be read: {error.detail}") from error
    raise TransportError(f"neither an answer nor a refusal came back: {raw.status} {kind[:60]!r}")


def _refusal(problem: Payload) -> Refusal:
    """The inverse of `Refusal.problem`."""
    code, detail = problem.get("title"), problem.get("detail")
    if not isinstance(code, str) or code not in Refusal.STATUS:
        raise TransportError(f"refused for a reason unknown here: {str(code)[:60]!r}")
    beside = {"type", "title", "status", "detail", "code", "self"}
    extra = {name: value for name, value in problem.items() if name not in beside}
    return Refusal(code, detail if isinstance(detail, str) else "", **extra)


def clock_offset(refusal: Refusal, now: datetime) -> timedelta | None:
    """How far the other side's clock is from ours, if it refused us for that and said its time."""
    if refusal.code != "clock_skew":
        return None
    try:
        return parse_instant(refusal.extra.get("server_time")) - now
    except ValueError:
        return None


def _offset(answer: Answer, now: datetime) -> timedelta | None:
    """The offset to try once more with, if there is one and it is believable.

    A clock that is a day off is not a matter of drift: a person must look at it.
    """
    offset = None if answer.refusal is None else clock_offset(answer.refusal, now)
    return offset if offset is not None and abs(offset) <= MAX_OFFSET else None


Knock = Callable[[RawRequest], Reply]
"""What answers at a door: see `door.py`."""


class InProcess(httpx.BaseTransport):
    """A network inside one process: public URL → door. The seam for tests and the played past.

    Requests are signed and verified as on a wire; only sockets are missing. `cut` is a set of
    URLs that cannot be reached at the moment.
    """

    def __init__(self) -> None:
        self.doors: dict[str, Knock] = {}
        self.cut: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        found = str(request.url)
        url = next(
            (base for base in self.doors if found.startswith(f"{base}/") and base not in self.cut),
            None,
        )
        if url is None:
            raise httpx.ConnectError(f"nobody listens at {found}", request=request)
        raw = RawRequest(
            request.method,
            found[len(url) :],
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in request.headers.raw
            ],
            request.read(),
        )
        reply = self.doors[url](raw)
        return httpx.Response(
            reply.status, headers=reply.headers, content=reply.body, request=request
        )
