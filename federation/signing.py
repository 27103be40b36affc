"""The HTTP signature profile of the protocol: RFC 9421 with everything optional made required.

The library (`http-message-signatures`) builds the signature base and checks the signature; its
defaults accept too much (any components, several signatures, doubled header lines, no tag), so
each message goes through a `Profile` here and nothing else signs or verifies HTTP. Pure: no
sockets, no clock, no stored nonces (who may sign, and what was seen before, is `door.py`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from federation.errors import Refusal, TransportError
from federation.keys import KeyPair, PublicKey, b64, unb64
from federation.statement import CODE, instant

CONTENT_TYPE = "application/vnd.cur.exchange+json"
CONTENT_TYPE_GZIP = "application/vnd.cur.exchange+gzip"
PROBLEM_TYPE = "application/problem+json"
PROTOCOL = "1"
LIFETIME = timedelta(seconds=300)
SKEW = timedelta(seconds=120)
LABEL = "cur"
PARAMETERS = frozenset({"created", "expires", "nonce", "keyid", "alg", "tag"})

Headers = list[tuple[str, str]]
KeyFor = Callable[[str], PublicKey]

_CLAIMED_KID = re.compile(r'; *keyid="([A-Za-z0-9_-]{43})"')


def new_nonce() -> str:
    """128 random bits as the protocol writes them; request ids are made of the same."""
    return b64(secrets.token_bytes(16))


def target_uri(public_url: str, path: str) -> str:
    """`@target-uri`: the recipient's public URL (it may hold a path prefix) + raw path + query.

    >>> target_uri("https://example.org/cur/", "/federation/v1/receipts?from=7")
    'https://example.org/cur/federation/v1/receipts?from=7'
    """
    return public_url.rstrip("/") + path


def lines(headers: Headers, name: str) -> list[str]:
    """Every line of a header in wire order, without the optional white space around a value."""
    return [value.strip(" \t") for given, value in headers if given.lower() == name]


def only_line(headers: Headers, name: str) -> str:
    """The one line of a header; Refusal("sig_invalid") when it is missing or stands twice.

    The library joins doubled lines with a comma and goes on; two readers of one message must not
    be able to take different lines of it.
    """
    found = lines(headers, name)
    if len(found) != 1:
        raise Refusal(
            "sig_invalid", f"{name} must stand exactly once, it stands {len(found)} times"
        )
    return found[0]


def claimed_kid(headers: Headers) -> str | None:
    """The key id a message *says* it is signed with; None when it names none, or several.

    Proves nothing by itself: it only says which key to try, and towards whom to refuse.
    """
    found = _CLAIMED_KID.findall(", ".join(lines(headers, "signature-input")))
    return found[0] if len(found) == 1 else None


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


class _Fields:
    """Header lines as the library reads them: `items()` with doubled lines kept apart."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self._lines = list(headers)

    def items(self) -> list[tuple[str, str]]:
        return self._lines


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: _Fields | dict[str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    headers: _Fields | dict[str, str]
    request: _Request


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(
        self, sig_input: Any, max_age: timedelta | None = None
    ) -> None:
        """Nothing: the library would ask the wall clock, and before checking the signature.

        Ours is an argument, and only the owner of a key is told that its clock is wrong.
        """


@dataclass(frozen=True, slots=True)
class Profile:
    """The one form a message's signature may have: a tag and components in their exact order."""

    tag: str
    components: tuple[str, ...]

    def sign(self, message: _Request | _Answer, *, key: KeyPair, nonce: str, now: datetime) -> None:
        """Add Signature-Input and Signature to the message's headers (a dict).

        ValueError for what cannot be signed: a target that is no URL, a header beyond ASCII.
        """
        signer = HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={key.kid: key.native()}),
        )
        try:
            signer.sign(
                message,
                key_id=key.kid,
                created=now,
                expires=now + LIFETIME,
                nonce=nonce,
                label=LABEL,
                tag=self.tag,
                covered_component_ids=self.components,
                use_existing_digest='"content-digest"' in self.components,
            )
        except HTTPMessageSignaturesException as error:
            raise ValueError(f"cannot be signed: {error}") from error

    def verify(
        self, message: _Request | _Answer, *, key_for: KeyFor
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """(parameters, covered values) of the only signature, after everything but the time.

        Refusal("sig_invalid"), or the Refusal that `key_for` raises for a key id.
        """
        for name in ("signature-input", "signature", *self._fields()):
            only_line(list(message.headers.items()), name)
        kid = claimed_kid(list(message.headers.items()))
        if kid is None:
            raise Refusal("sig_invalid", "one signature by one key id is needed")
        # Looked up out here: the library would turn any error of `key_for` into a bad signature.
        public_keys = {kid: key_for(kid).native()}
        try:
            # Without expect_tag the library refuses a second signature; with it, a second one
            # under another tag would be passed over unseen. The tag is compared below.
            (result,) = _Verifier(
                signature_algorithm=algorithms.ED25519,
                key_resolver=MappingKeyResolver(public_keys=public_keys, private_keys={}),
            ).verify(message, max_age=None, require_components=self.components)
        except HTTPMessageSignaturesException as error:
            raise Refusal("sig_invalid", str(error) or "the signature does not fit") from error
        *components, _ = result.covered_components  # the last one is "@signature-params"
        if tuple(components) != self.components:
            raise Refusal("sig_invalid", f"the components must be exactly {self.components}")
        parameters: dict[str, Any] = result.parameters
        if set(parameters) != PARAMETERS:
            raise Refusal("sig_invalid", f"the parameters must be exactly {sorted(PARAMETERS)}")
        if parameters["tag"] != self.tag:
            raise Refusal("sig_invalid", f"the tag must be {self.tag}")
        if parameters["expires"] != parameters["created"] + int(LIFETIME.total_seconds()):
            raise Refusal("sig_invalid", "expires must be created + 300")
        if not _is_nonce(parameters["nonce"]):
            raise Refusal("sig_invalid", "the nonce must be 128 bits in base64url")
        return parameters, result.covered_components

    def _fields(self) -> list[str]:
        """Names of the covered headers of the message itself (not of the request it answers)."""
        return [c.strip('"') for c in self.components if c.endswith('"') and "@" not in c]


POST = Profile(
    "cur-fed-v1",
    (
        '"@method"',
        '"@target-uri"',
        '"content-type"',
        '"content-digest"',
        '"cur-sender"',
        '"cur-recipient"',
        '"cur-protocol"',
        '"cur-request-id"',
    ),
)
GET = Profile("cur-fed-v1", tuple(c for c in POST.components if not c.startswith('"content-')))
REQUESTS = {"POST": POST, "GET": GET}
ANSWER_TO_POST = Profile(
    "cur-fed-answer-v1",
    (
        '"@status"',
        '"content-type"',
        '"content-digest"',
        '"@method";req',
        '"@target-uri";req',
        '"content-digest";req',
        '"cur-request-id";req',
    ),
)
ANSWER_TO_GET = Profile(
    "cur-fed-answer-v1",
    tuple(c for c in ANSWER_TO_POST.components if c != '"content-digest";req'),
)
ANSWERS = {"POST": ANSWER_TO_POST, "GET": ANSWER_TO_GET}


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
    profile.sign(_Request(method, target_uri, headers), key=key, nonce=nonce, now=now)
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
        _Request(method, target_uri, _Fields(headers)), key_for=key_for
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
    request = _Request(asked.method, asked.target_uri, _Fields(asked.headers()))
    ANSWERS[asked.method].sign(_Answer(status, headers, request), key=key, nonce=nonce, now=now)
    return headers


def verify_answer(
    *, status: int, headers: Headers, body: bytes, asked: Asked, key_for: KeyFor
) -> AnswerSignature:
    """TransportError unless this is the signed answer to exactly that request.

    The time is not compared: the request id is fresh, so an old answer fits no new request, and a
    child whose clock is wrong must be able to read that its clock is wrong.
    """
    request = _Request(asked.method, asked.target_uri, _Fields(asked.headers()))
    try:
        _check_plain("POST", headers)
        parameters, _ = ANSWERS[asked.method].verify(
            _Answer(status, _Fields(headers), request), key_for=key_for
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


def _is_nonce(text: str) -> bool:
    try:
        return len(unb64(text)) == 16
    except ValueError:
        return False


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refusal("sig_invalid", "created is not a time") from error
