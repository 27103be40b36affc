"""One signed, versioned fact of an origin: its bytes, its version, sealing and checking.

The bytes are stored and re-sent verbatim; every hash and signature is over those bytes. Which
version stands is decided in `join.py`, whose key may sign in `trust.py`, what a body may hold in
`schemas/`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from federation import strict_json
from federation.errors import BadStatement
from federation.keys import KeyPair, PublicKey, b64, unb64

V = 1
DOMAIN = b"cur-statement-v1\n"
MAX_BYTES = 4 * 1024 * 1024
YEARS = range(1900, 2200)
"""Where days and moments may lie. Beyond is somebody's mistake, and at the ends of the calendar a
receiver's arithmetic fails: the day before the first, the last moment in another zone."""
MAX_REV = 10**9
MAX_EPOCH_AHEAD = 3600
CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
FIELDS = ("v", "type", "origin", "key", "epoch", "rev", "made_at", "body")

Body = dict[str, Any]


class Version(NamedTuple):
    """Greater wins: epoch of the origin's incarnation, revision within it, hash of the bytes."""

    epoch: int
    rev: int
    sha256: str


class StatementId(NamedTuple):
    """What a join holds one newest version of."""

    origin: str
    type: str
    key: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels and is stored: exact bytes, the kid that signed them, the 64-byte signature."""

    data: bytes
    kid: str
    sig: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def to_wire(self) -> dict[str, str]:
        return {"bytes": self.data.decode(), "kid": self.kid, "sig": b64(self.sig)}

    @classmethod
    def from_wire(cls, wire: object) -> Envelope:
        """From `{bytes, kid, sig}`; BadStatement("malformed") for anything else."""
        try:
            if not isinstance(wire, dict):
                raise TypeError("a statement on the wire is an object")
            body, kid, sig = wire["bytes"], wire["kid"], wire["sig"]
            if not (isinstance(body, str) and isinstance(kid, str) and isinstance(sig, str)):
                raise TypeError("bytes, kid and sig are strings")
            if not CODE.fullmatch(kid):
                raise ValueError("kid is not a thumbprint")
            return cls(body.encode(), kid, unb64(sig))
        except (KeyError, TypeError, ValueError) as error:
            raise BadStatement(
                "malformed", f"not a statement with bytes, kid, sig: {error}"
            ) from error


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement. `body` None is a deletion, kept and relayed for ever."""

    type: str
    origin: str
    key: str
    epoch: int
    rev: int
    made_at: datetime
    body: Body | None
    envelope: Envelope

    @property
    def id(self) -> StatementId:
        return StatementId(self.origin, self.type, self.key)

    @property
    def version(self) -> Version:
        return Version(self.epoch, self.rev, self.envelope.sha256)


def signed_data(data: bytes) -> bytes:
    """What a statement's signature is over: the domain, then the hash of the bytes."""
    return hashlib.sha256(DOMAIN + data).digest()


def instant(moment: datetime) -> str:
    """An aware datetime as the protocol writes it: `2026-11-21T09:00:00Z`, whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: object) -> datetime:
    """The inverse of `instant`; ValueError for any other spelling."""
    if not isinstance(text, str):
        raise ValueError("an instant is a string")
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if instant(moment) != text:  # strptime also takes 2026-1-1T9:0:0Z
        raise ValueError("an instant has all its digits")
    return moment


def seal(
    *,
    type: str,
    origin: str,
    key: str,
    epoch: int,
    rev: int,
    made_at: datetime,
    body: Body | None,
    signer: KeyPair,
) -> Statement:
    """Give a fact its version and signature. ValueError when a limit would be broken."""
    for name, code in (("type", type), ("origin", origin), ("key", key)):
        if not CODE.fullmatch(code):
            raise ValueError(f"{name} {code!r} is not a code")
    if not 0 <= rev <= MAX_REV or epoch < 0:
        raise ValueError("epoch or rev out of range")
    fact = {
        "v": V,
        "type": type,
        "origin": origin,
        "key": key,
        "epoch": epoch,
        "rev": rev,
        "made_at": instant(made_at),
        "body": body,
    }
    data = json.dumps(fact, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(data) > MAX_BYTES:
        raise ValueError(f"a statement of {len(data)} bytes is over the limit")
    envelope = Envelope(data, signer.kid, signer.sign(signed_data(data)))
    return parse(envelope)


def parse(envelope: Envelope) -> Statement:
    """Read a statement out of its bytes. BadStatement: malformed, too_large, rev_too_high."""
    if len(envelope.data) > MAX_BYTES:
        raise BadStatement("too_large", f"{len(envelope.data)} bytes, at most {MAX_BYTES}")
    try:
        fact = strict_json.loads(envelope.data)
        if not isinstance(fact, dict) or any(name not in fact for name in FIELDS):
            raise ValueError("a field is missing")
        if fact["v"] != V or isinstance(fact["v"], bool):
            raise ValueError(f"v is {fact['v']!r}, not {V}")
        for name in ("type", "origin", "key"):
            if not isinstance(fact[name], str) or not CODE.fullmatch(fact[name]):
                raise ValueError(f"{name} is not a code")
        for name in ("epoch", "rev"):
            if not isinstance(fact[name], int) or isinstance(fact[name], bool) or fact[name] < 0:
                raise ValueError(f"{name} is not a whole number")
        if fact["body"] is not None and not isinstance(fact["body"], dict):
            raise ValueError("body is neither an object nor null")
        made_at = parse_instant(fact["made_at"])
        if made_at.year not in YEARS:
            raise ValueError(f"made_at: not in the years {YEARS.start} to {YEARS.stop - 1}")
    except ValueError as error:
        raise BadStatement("malformed", str(error)) from error
    if fact["rev"] > MAX_REV:
        raise BadStatement("rev_too_high", f"rev {fact['rev']} is over {MAX_REV}")
    if fact["epoch"] >= 2**62:
        raise BadStatement("epoch_ahead", "the epoch is not a time")
    return Statement(
        type=fact["type"],
        origin=fact["origin"],
        key=fact["key"],
        epoch=fact["epoch"],
        rev=fact["rev"],
        made_at=made_at,
        body=fact["body"],
        envelope=envelope,
    )


def verify(envelope: Envelope, public: PublicKey) -> None:
    """BadStatement("sig_invalid") unless `public` signed exactly these bytes under this kid."""
    if public.kid != envelope.kid or not public.verifies(envelope.sig, signed_data(envelope.data)):
        raise BadStatement("sig_invalid", "the signature does not fit the bytes")
