"""The door of a node: a raw HTTP request becomes an admitted one, or a named refusal.

The order is the protocol's: header size → sender and key id belong together and are in force →
signature → clock → nonce unknown → (the caller reads the body under a cap) → digest → unpack →
JSON. Nothing here reads a socket or a database: what is known of keys and nonces comes through
`KeySource`, and the caller stores the admitted nonce in its write transaction.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from federation import payload as payloads
from federation.errors import Refusal
from federation.keys import KeyPair, PublicKey
from federation.payload import MAX_BODY, Payload
from federation.signature_profile import Headers, KeyFor, claimed_kid, lines, only_line
from federation.signing import (
    CONTENT_TYPE,
    CONTENT_TYPE_GZIP,
    PROBLEM_TYPE,
    PROTOCOL,
    SKEW,
    Asked,
    RequestSignature,
    check_digest,
    new_nonce,
    sign_answer,
    target_uri,
    verify_request,
)
from federation.statement import CODE

__all__ = [
    "MAX_BODY",
    "MAX_HEADER",
    "Admitted",
    "KeySource",
    "RawRequest",
    "RefusalBudget",
    "Reply",
    "admit_body",
    "admit_head",
    "answer",
    "check_head",
    "plain",
    "problem",
    "refuse",
]

ROOT = "/federation/v1/"
MAX_HEADER = 16 * 1024


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came: `path` is the raw path from /federation/v1/ on, with "?query" if any.

    For `admit_head` and `refuse` the body may still be unread (empty).
    """

    method: str
    path: str
    headers: Headers
    body: bytes = b""


class KeySource(Protocol):
    """What the node knows about those who may knock."""

    def key(self, sender: str, kid: str) -> PublicKey | None:
        """The key `kid` of node `sender` if it is registered and in force; None if unknown.

        Raises Refusal key_revoked, suspended or moved for a registered one that is not in force.
        """

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        """Whether this nonce, or this request id, was stored before for this key."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request whose head is verified.

    The caller keeps `nonce` and `request_id` until `nonce_expires`, written in the same
    transaction as what the request brings; `KeySource.nonce_seen` is asked for both.
    """

    sender: str
    kid: str
    request_id: str
    nonce: str
    nonce_expires: datetime
    created: datetime
    content_type: str | None
    content_digest: str | None
    asked: Asked


class Reply(NamedTuple):
    """What the web layer sends back."""

    status: int
    headers: Headers
    body: bytes


class RefusalBudget:
    """How many refusals a minute are worth a signature, counted per sender and code.

    Refusals come before anything is proved, so without a budget a stranger who knows a sender's
    name could make this node sign without end; and were codes not counted apart, that stranger
    could use up the signed `clock_skew` the real sender needs.
    """

    def __init__(self, per_minute: int = 30) -> None:
        self._per_minute = per_minute
        self._minute = 0
        self._spent: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def spend(self, sender: str, code: str, now: datetime) -> bool:
        """Whether one more may be signed in this minute; counts it if so."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._spent.clear()
            if self._spent[sender, code] >= self._per_minute:
                return False
            self._spent[sender, code] += 1
            return True


def check_head(headers: Headers) -> None:
    """What can be refused by size before the body is read. Refusals: too_big {max}, malformed."""
    size = sum(len(name) + len(value) + 4 for name, value in headers)
    if size > MAX_HEADER:
        raise Refusal("too_big", f"{size} bytes of headers", max=MAX_HEADER)
    for length in lines(headers, "content-length"):
        if not (length.isascii() and length.isdigit()):
            raise Refusal("malformed", "Content-Length is not a number")
        if len(length) > 15 or int(length) > MAX_BODY:
            raise Refusal("too_big", f"a body of {length[:15]} bytes", max=MAX_BODY)


def admit_head(
    raw: RawRequest, *, public_url: str, me: str, keys: KeySource, now: datetime
) -> Admitted:
    """Verify everything but the body.

    `public_url` is that of this node's own descriptor and `me` its id: never the Host header or a
    proxy's. Refusals: too_big, malformed, not_found, unsupported_version {supported},
    wrong_target {expected}, sig_invalid, key_unknown, those of `keys`, clock_skew {server_time},
    replayed, unsupported {supported}.
    """
    check_head(raw.headers)
    if not raw.path.startswith(ROOT) or "#" in raw.path:
        raise Refusal("not_found", f"not a path under {ROOT}")
    version = only_line(raw.headers, "cur-protocol")
    if version != PROTOCOL:
        raise Refusal("unsupported_version", f"protocol {version[:20]!r}", supported=[PROTOCOL])
    target = target_uri(public_url, raw.path)
    if only_line(raw.headers, "cur-recipient") != me:
        raise Refusal("wrong_target", f"this is {me}", expected=target)
    signature = _verify(raw, target, _key_for(raw.headers, keys), now)
    if any(keys.nonce_seen(signature.kid, x) for x in (signature.nonce, signature.request_id)):
        raise Refusal("replayed", "this nonce or request id was used before")
    if raw.method == "POST" and signature.content_type not in (CONTENT_TYPE, CONTENT_TYPE_GZIP):
        raise payloads.unsupported(signature.content_type or "")
    return Admitted(
        sender=signature.sender,
        kid=signature.kid,
        request_id=signature.request_id,
        nonce=signature.nonce,
        nonce_expires=signature.expires + SKEW,
        created=signature.created,
        content_type=signature.content_type,
        content_digest=signature.content_digest,
        asked=Asked(raw.method, target, signature.request_id, signature.content_digest),
    )


def admit_body(admitted: Admitted, headers: Headers, body: bytes) -> Payload:
    """The JSON object of an admitted request; {} for a GET.

    `headers` are those that were admitted. Refusals: sig_invalid (not the bytes that were
    signed), too_big {max}, malformed.
    """
    if admitted.content_type is None:
        if body:
            raise Refusal("sig_invalid", "a GET has no body")
        return {}
    if len(body) > MAX_BODY:
        raise Refusal("too_big", f"a body of {len(body)} bytes", max=MAX_BODY)
    check_digest(headers, body)
    return payloads.decode(admitted.content_type, body)


def answer(
    *, status: int, payload: Payload, request: Admitted, key: KeyPair, now: datetime
) -> tuple[Headers, bytes]:
    """(headers, body) of a signed answer to an admitted request."""
    content_type, body = payloads.encode(payload)
    headers = sign_answer(
        status=status,
        body=body,
        content_type=content_type,
        asked=request.asked,
        key=key,
        nonce=new_nonce(),
        now=now,
    )
    return list(headers.items()), body


def refuse(
    refusal: Refusal,
    raw: RawRequest,
    *,
    public_url: str,
    keys: KeySource,
    key: KeyPair,
    budget: RefusalBudget,
    now: datetime,
) -> Reply:
    """problem+json: signed towards a registered key within the budget, else an unsigned 401.

    Whoever is not registered learns nothing but that it is not: the code of any other refusal
    becomes key_unknown. An unsigned refusal changes nothing at the other side.
    """
    sender = _registered(raw.headers, keys)
    if sender is None:
        stranger = refusal if refusal.status == 401 else Refusal("key_unknown", "who is this?")
        return problem(stranger)
    reply = problem(refusal)
    if not budget.spend(sender, refusal.code, now):
        return reply
    # An answer is bound to the address the request was signed for, even when it is the wrong one.
    target = str(refusal.extra.get("signed_for", target_uri(public_url, raw.path)))
    try:
        signed = sign_answer(
            status=reply.status,
            body=reply.body,
            content_type=PROBLEM_TYPE,
            asked=Asked.of(raw.method, target, raw.headers),
            key=key,
            nonce=new_nonce(),
            now=now,
        )
    except (Refusal, ValueError):  # too little of a request to bind an answer to
        return reply
    kept = [(name, value) for name, value in reply.headers if name not in signed]
    return Reply(reply.status, [*kept, *signed.items()], reply.body)


def plain(status: int, payload: Payload) -> Reply:
    """An unsigned answer, where the asker does not know our keys yet (enrolment)."""
    content_type, body = payloads.encode(payload)
    headers = [("Content-Type", content_type), ("Cache-Control", "no-transform")]
    return Reply(status, headers, body)


def problem(refusal: Refusal) -> Reply:
    """An unsigned refusal."""
    headers = [("Content-Type", PROBLEM_TYPE), ("Cache-Control", "no-transform")]
    if "retry_after" in refusal.extra:
        headers.append(("Retry-After", str(refusal.extra["retry_after"])))
    return Reply(refusal.status, headers, payloads.write(refusal.problem()))


def _key_for(headers: Headers, keys: KeySource) -> KeyFor:
    """Only keys of the node the request says it is from: one node's key signs for no other."""
    sender = only_line(headers, "cur-sender")
    if not CODE.fullmatch(sender):
        raise Refusal("sig_invalid", "cur-sender is not a code")

    def key_for(kid: str) -> PublicKey:
        key = keys.key(sender, kid)
        if key is None:
            raise Refusal("key_unknown", f"no key {kid} of {sender} is registered here")
        return key

    return key_for


def _registered(headers: Headers, keys: KeySource) -> str | None:
    """The sender a request claims, if the key it claims is registered for it (in force or not)."""
    senders, kid = lines(headers, "cur-sender"), claimed_kid(headers)
    if kid is None or len(senders) != 1 or not CODE.fullmatch(senders[0]):
        return None
    try:
        known = keys.key(senders[0], kid) is not None
    except Refusal as refusal:
        known = refusal.code != "key_unknown"
    return senders[0] if known else None


def _verify(raw: RawRequest, target: str, key_for: KeyFor, now: datetime) -> RequestSignature:
    """`verify_request`, telling a sender that signed for an old address of ours which is right."""

    def attempt(uri: str) -> RequestSignature:
        return verify_request(
            method=raw.method, target_uri=uri, headers=raw.headers, key_for=key_for, now=now
        )

    try:
        return attempt(target)
    except Refusal as refusal:
        if refusal.code != "sig_invalid":
            raise
        first = refusal
    # The Host header never admits anything; it only helps to name what is wrong.
    for other in _dialled(raw, target):
        try:
            attempt(other)
        except Refusal as second:
            if second.code == "sig_invalid":
                continue
        raise Refusal("wrong_target", "another address", expected=target, signed_for=other)
    raise first


def _dialled(raw: RawRequest, target: str) -> list[str]:
    """Addresses the sender may have meant: the Host it dialled, with and without our prefix."""
    hosts = lines(raw.headers, "host")
    if len(hosts) != 1:
        return []
    prefix = urlsplit(target).path.partition(ROOT)[0]
    tails = dict.fromkeys((prefix + raw.path, raw.path))
    found = [f"{scheme}://{hosts[0]}{tail}" for scheme in ("https", "http") for tail in tails]
    return [uri for uri in found if uri != target]
