"""What of a request and of an answer is signed, and how each is verified (RFC 9421).

Every message goes through its `Profile` (`signature_profile.py`) and nothing else signs or
verifies HTTP. Pure: no sockets, no clock, no stored nonces (who may sign, and what was seen
before, is `door.py`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from http_message_signatures import ContentDigest, InvalidSignature

from federation.errors import Refusal, TransportError
from federation.keys import KeyPair, b64
from federation.signature_profile import (
    ANSWERS,
    LIFETIME,
    REQUESTS,
    Answer,
    HeaderLines,
    Headers,
    KeyFor,
    Request,
    lines,
    only_line,
)
from federation.statement import CODE, instant

CONTENT_TYPE = "application/vnd.cur.exchange+json"
CONTENT_TYPE_GZIP = "application/vnd.cur.exchange+gzip"
PROBLEM_TYPE = "application/problem+json"
PROTOCOL = "1"
SKEW = timedelta(seconds=120)


def new_nonce() -> str:
    """128 random bits as the protocol writes them; request ids are made of the same."""
    return b64(secrets.token_bytes(16))


def target_uri(public_url: str, path: str) -> str:
    """`@target-uri`: the recipient's public URL (it may hold a path prefix) + raw path + query.

    >>> target_uri("https://example.org/cur/", "/federation/v1/receipts?from=7")
    'https://example.org/cur/federation/v1/receipts?from=7'
    """
    return public_url.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request its answer is bound to. `content_digest` is None for a GET."""

    method: str
    target_uri: str
    request_id: str
    content_digest: str | None

    @classmethod
    def of(cls, method: str, target_uri: str, headers: Headers) -> Asked:
        """From a request as sent or received; Refusal("sig_invalid") when a part is missing."""
        request_id = only_line(headers, "cur-request-id")
        if method not in REQUESTS or not CODE.fullmatch(request_id):
            raise Refusal("sig_invalid", "not a request that can be answered by name")
        return cls(
            method,
            target_uri,
            request_id,
            None if method == "GET" else only_line(headers, "content-digest"),
        )

    def headers(self) -> Headers:
        found = [("Cur-Request-Id", self.request_id)]
        if self.content_digest is not None:
            found.append(("Content-Digest", self.content_digest))
        return found


@dataclass(frozen=True, slots=True)
class RequestSignature:
    """A verified request: the signature's parameters, and the header values it covers."""

    kid: str
    created: datetime
    expires: datetime
    nonce: str
    sender: str
    recipient: str
    request_id: str
    content_type: str | None
    content_digest: str | None


@dataclass(frozen=True, slots=True)
class AnswerSignature:
    """A verified answer: who signed it, and when by that side's clock."""

    kid: str
    created: datetime


def sign_request(
    *,
    method: str,
    target_uri: str,
    body: bytes | None,
    content_type: str | None,
    key: KeyPair,
    sender: str,
    recipient: str,
    request_id: str,
    nonce: str,
    now: datetime,
) -> dict[str, str]:
    """Every protocol header of a request. `body` and `content_type` are None exactly for a GET."""
    profile = REQUESTS[method]
    if (body is None) != (method == "GET") or (content_type is None) != (body is None):
        raise ValueError("a POST has a body and a content type, a GET has neither")
    headers = {
        "Cur-Sender": sender,
        "Cur-Recipient": recipient,
        "Cur-Protocol": PROTOCOL,
        "Cur-Request-Id": request_id,
        "Accept-Encoding": "identity",
    }
    if body is not None and content_type is not None:
        headers["Content-Type"] = content_type
        headers["Content-Digest"] = ContentDigest.create(body)
    profile.sign(Request(method, target_uri, headers), key=key, nonce=nonce, now=now)
    return headers


def verify_request(
    *, method: str, target_uri: str, headers: Headers, key_for: KeyFor, now: datetime
) -> RequestSignature:
    """Check a request's head against the profile; the body is for `check_digest`.

    Refusals: sig_invalid, clock_skew {server_time}, and whatever `key_for` raises. The clock is
    compared last (|now − created| ≤ 120 s), so only the key's owner learns of it. `expires` is
    how long the nonce must be remembered at least, not a second window.
    """
    profile = REQUESTS.get(method)
    if profile is None:
        raise Refusal("sig_invalid", f"{method} is not signed by this protocol")
    _check_plain(method, headers)
    parameters, covered = profile.verify(
        Request(method, target_uri, HeaderLines(headers)), key_for=key_for
    )
    for name in ("cur-sender", "cur-recipient", "cur-request-id"):
        if not CODE.fullmatch(covered[f'"{name}"']):
            raise Refusal("sig_invalid", f"{name} is not a code")
    created = _moment(parameters["created"])
    if abs(now - created) > SKEW:
        raise Refusal(
            "clock_skew",
            f"the request was signed {(now - created).total_seconds():+.0f} s from this clock",
            server_time=instant(now),
        )
    return RequestSignature(
        kid=parameters["keyid"],
        created=created,
        expires=created + LIFETIME,
        nonce=parameters["nonce"],
        sender=covered['"cur-sender"'],
        recipient=covered['"cur-recipient"'],
        request_id=covered['"cur-request-id"'],
        content_type=covered.get('"content-type"'),
        content_digest=covered.get('"content-digest"'),
    )


def check_digest(headers: Headers, body: bytes) -> None:
    """Refusal("sig_invalid") unless the (signed) Content-Digest is that of these bytes."""
    try:
        ContentDigest.verify(only_line(headers, "content-digest"), body)
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise Refusal("sig_invalid", f"content-digest: {error}") from error


def sign_answer(
    *,
    status: int,
    body: bytes,
    content_type: str,
    asked: Asked,
    key: KeyPair,
    nonce: str,
    now: datetime,
) -> dict[str, str]:
    """Every protocol header of an answer, bound to the request it answers."""
    headers = {
        "Content-Type": content_type,
        "Content-Digest": ContentDigest.create(body),
        "Cache-Control": "no-transform",
    }
    request = Request(asked.method, asked.target_uri, HeaderLines(asked.headers()))
    ANSWERS[asked.method].sign(Answer(status, headers, request), key=key, nonce=nonce, now=now)
    return headers


def verify_answer(
    *, status: int, headers: Headers, body: bytes, asked: Asked, key_for: KeyFor
) -> AnswerSignature:
    """TransportError unless this is the signed answer to exactly that request.

    The time is not compared: the request id is fresh, so an old answer fits no new request, and a
    child whose clock is wrong must be able to read that its clock is wrong.
    """
    request = Request(asked.method, asked.target_uri, HeaderLines(asked.headers()))
    try:
        _check_plain("POST", headers)
        parameters, _ = ANSWERS[asked.method].verify(
            Answer(status, HeaderLines(headers), request), key_for=key_for
        )
        check_digest(headers, body)
        return AnswerSignature(parameters["keyid"], _moment(parameters["created"]))
    except Refusal as refusal:
        raise TransportError(f"the answer cannot be trusted: {refusal.detail}") from refusal


def _check_plain(method: str, headers: Headers) -> None:
    """No coding between the signed bytes and their reader, and nothing unsigned beside a GET."""
    if lines(headers, "content-encoding"):
        raise Refusal("sig_invalid", "Content-Encoding is refused: compression is a media type")
    if method == "GET" and (
        any(lines(headers, name) for name in ("content-type", "content-digest"))
        or any(lines(headers, "transfer-encoding"))
        or any(length != "0" for length in lines(headers, "content-length"))
    ):
        raise Refusal("sig_invalid", "a GET has no body")


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refusal("sig_invalid", "created is not a time") from error
