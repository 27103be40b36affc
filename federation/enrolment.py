"""How a child joins its parent: the one-time token, the request, the parent's answer.

The token is carried by people (a call, a letter), so it is the one thing both sides may believe
at the start: it holds a secret that proves the invitation, and the thumbprints by which the child
knows that it reached the parent and the country it was invited to. Neither message is signed as
HTTP; everything in them that matters is signed inside. Which secrets were given out, to whom and
until when, is the parent's to store.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.errors import BadStatement, Refusal, TransportError
from federation.keys import KeyPair, PublicKey, b64, fingerprint, thumbprint, unb64
from federation.payload import Payload
from federation.schemas.certificate import Certificate
from federation.schemas.descriptor import Descriptor
from federation.statement import CODE, Envelope, Statement, instant, parse, parse_instant, verify
from federation.trust import MAX_DEPTH, SKEW, descriptor_root_ok, signing_key, vouched_root

V = 1
DOMAIN = b"cur-enrol-v1\n"
TOKEN_DOMAIN = b"cur-token-v1\n"
SECRET_BYTES = 16
SECRET_LENGTHS = (SECRET_BYTES, 24, 32)
"""Few lengths, so that a letter too much or too little shows."""
THUMBPRINT_BYTES = 32
LONGEST_CHAIN = 2 * (MAX_DEPTH + 1)

_WORD = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Token:
    """An invitation: the secret, and the root thumbprints of the parent and of the top."""

    secret: bytes
    parent_root_kid: str
    top_root_kid: str


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A checked request: whoever made it holds the root, the signing key `kid` and a secret."""

    unit: str
    secret_hash: str
    kid: str
    statement: Statement
    descriptor: Descriptor

    @property
    def root_kid(self) -> str:
        return thumbprint(self.descriptor.root)


@dataclass(frozen=True, slots=True)
class EnrolAnswer:
    """A checked answer: our certificate, and the chain by which it hangs on the top's root.

    `chain` holds what the child stores: descriptors and certificates from the parent to the top.
    """

    certificate: Statement
    parent: Descriptor
    top: Descriptor
    chain: tuple[Statement, ...]
    server_time: datetime


def new_secret(draw: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """128 random bits whose token does not begin with "-": a shell's command would take it for
    an option, and one line in sixty-four that `cur invite` prints could not be typed."""
    secret = draw(SECRET_BYTES)
    while b64(secret).startswith("-"):
        secret = draw(SECRET_BYTES)
    return secret


def make_token(parent_root_kid: str, top_root_kid: str, secret: bytes) -> str:
    """The one word `cur invite` prints. At the top's own children both thumbprints are equal."""
    if len(secret) not in SECRET_LENGTHS:
        raise ValueError(f"a secret has one of {SECRET_LENGTHS} bytes")
    roots = unb64(parent_root_kid), unb64(top_root_kid)
    if any(len(root) != THUMBPRINT_BYTES for root in roots):
        raise ValueError("not the thumbprint of a root")
    return b64(secret + b"".join(roots))


def read_token(text: str) -> Token:
    """The inverse of `make_token`; ValueError in words for whoever typed the token."""
    word = text.strip()
    if not word:
        raise ValueError("the token is empty: copy the whole word that `cur invite` printed")
    if not _WORD.fullmatch(word):
        raise ValueError("the token is one word of Latin letters, digits, - and _: copy it anew")
    usual, *others = (len(b64(bytes(n + 2 * THUMBPRINT_BYTES))) for n in SECRET_LENGTHS)
    if len(word) not in (usual, *others):
        raise ValueError(
            f"the token has {len(word)} characters and should have {usual}:"
            " a part of it is missing or stands twice"
        )
    try:
        data = unb64(word)
    except ValueError as error:
        raise ValueError("the token is damaged: copy it anew") from error
    secret, parent, top = data[:-64], data[-64:-32], data[-32:]
    return Token(secret, b64(parent), b64(top))


def token_hash(secret: bytes) -> str:
    """What the parent stores instead of the secret. 128 random bits need no slow hash."""
    return hashlib.sha256(TOKEN_DOMAIN + secret).hexdigest()


def proof_data(*, secret_hash: str, unit: str, descriptor_sha256: str, parent_root: str) -> bytes:
    """What both keys sign: this descriptor joins this parent on this invitation, and no other.

    The four are lines of ASCII that hold no line break, so no two sets of them give one text.
    """
    lines = "\n".join((secret_hash, unit, descriptor_sha256, parent_root))
    return hashlib.sha256(DOMAIN + lines.encode("ascii")).digest()


def build_request(token: Token, descriptor: Statement, root: KeyPair, signing: KeyPair) -> Payload:
    """The payload for `POST enrol`: descriptor, secret and the proof that both keys are held."""
    data = proof_data(
        secret_hash=token_hash(token.secret),
        unit=descriptor.key,
        descriptor_sha256=descriptor.envelope.sha256,
        parent_root=token.parent_root_kid,
    )
    return {
        "v": V,
        "unit": descriptor.key,
        "secret": b64(token.secret),
        "descriptor": descriptor.envelope.to_wire(),
        "proof": {
            "kid": signing.kid,
            "signing": b64(signing.sign(data)),
            "root": b64(root.sign(data)),
        },
    }


def check_request(payload: Payload, *, me: str, root_kid: str, now: datetime) -> EnrolRequest:
    """Check everything but the invitation itself.

    `me` and `root_kid` are the parent's node id and root thumbprint. Refusals: malformed,
    unsupported_version {supported}, wrong_target, sig_invalid, clock_skew {server_time}.
    """
    if payload.get("v") != V or isinstance(payload.get("v"), bool):
        raise Refusal("unsupported_version", "another version of enrolment", supported=[V])
    unit = _text(payload, "unit")
    secret = _bytes(payload, "secret")
    proof = payload.get("proof")
    if not isinstance(proof, dict):
        raise Refusal("malformed", "proof is not an object")
    kid = _text(proof, "kid")
    if not CODE.fullmatch(unit) or len(secret) not in SECRET_LENGTHS:
        raise Refusal("malformed", "unit is not a code, or secret not a token's")
    try:
        statement = parse(Envelope.from_wire(payload.get("descriptor")))
        descriptor = descriptor_root_ok(statement)
    except BadStatement as bad:
        raise Refusal(
            "sig_invalid" if bad.code == "sig_invalid" else "malformed", f"descriptor: {bad.detail}"
        ) from bad
    if statement.type != "descriptor" or descriptor.unit != unit:
        raise Refusal("malformed", f"not the descriptor of {unit}")
    if descriptor.parent != me:
        raise Refusal(
            "wrong_target", f"the descriptor names {descriptor.parent} its parent, this is {me}"
        )
    key = descriptor.key(kid)
    if key is None or key.status != "active" or now > key.not_after + SKEW:
        raise Refusal("sig_invalid", f"{kid} is not a key of the descriptor in force")
    if now < key.not_before - SKEW:
        # Keys are made just before joining: what looks like a bad key is a clock set wrong.
        raise Refusal(
            "clock_skew",
            f"the key is made {instant(key.not_before)}, here it is {instant(now)}",
            server_time=instant(now),
        )
    data = proof_data(
        secret_hash=token_hash(secret),
        unit=unit,
        descriptor_sha256=statement.envelope.sha256,
        parent_root=root_kid,
    )
    for name, public in (("signing", key.public), ("root", descriptor.root)):
        if not PublicKey(public).verifies(_bytes(proof, name), data):
            raise Refusal("sig_invalid", f"the {name} key did not sign this joining of {me}")
    return EnrolRequest(unit, token_hash(secret), kid, statement, descriptor)


def build_answer(certificate: Statement, chain: Sequence[Statement], *, now: datetime) -> Payload:
    """The parent's answer: the child's certificate, and all it takes to verify it from the top.

    `chain` is the descriptors of the parent and everyone above it, and the certificates between.
    """
    return {
        "v": V,
        "certificate": certificate.envelope.to_wire(),
        "chain": [statement.envelope.to_wire() for statement in chain],
        "server_time": instant(now),
    }


def check_answer(
    payload: Payload, token: Token, *, descriptor: Descriptor, now: datetime
) -> EnrolAnswer:
    """Check that the answer comes from the parent, and the country, that the token names.

    `descriptor` is the child's own. TransportError says what does not fit; nothing of such an
    answer may be kept.
    """
    try:
        certificate = parse(Envelope.from_wire(payload.get("certificate")))
        wires = payload.get("chain")
        if payload.get("v") != V or not isinstance(wires, list) or len(wires) > LONGEST_CHAIN:
            raise ValueError("not an answer of this version")
        chain = _Chain([parse(Envelope.from_wire(wire)) for wire in wires])
        server_time = parse_instant(payload.get("server_time"))
        issued = Certificate.from_body(certificate.key, certificate.body)
        parent, top = chain.parent_and_top(certificate.origin)
        _same_root("the parent", parent, token.parent_root_kid)
        _same_root("the top", top, token.top_root_kid)
        if certificate.type != "certificate" or issued.child != descriptor.node:
            raise ValueError(f"the certificate is not one of {descriptor.node}")
        if issued.root != thumbprint(descriptor.root) or issued.status != "valid":
            raise ValueError("the certificate is not for our root")
        if descriptor.parent != parent.node:
            raise ValueError(f"{parent.node} answered, we asked {descriptor.parent}")
        if not issued.not_before - SKEW <= now <= issued.not_after + SKEW:
            raise ValueError(
                f"the certificate is for {instant(issued.not_before)} … {instant(issued.not_after)}"
                f" and our clock says {instant(now)}: check the clocks of both sides"
            )
        anchors = {top.node: token.top_root_kid}
        if vouched_root(chain, anchors, node=parent.node, now=now) != token.parent_root_kid:
            raise ValueError(f"the certificates do not lead from {parent.node} to {top.node}")
        key = signing_key(chain, anchors, node=parent.node, kid=certificate.envelope.kid, now=now)
        if key is None:
            raise ValueError(f"{certificate.envelope.kid} is not a key of {parent.node}")
        verify(certificate.envelope, PublicKey(key.public))
    except (BadStatement, ValueError) as error:
        raise TransportError(f"the parent's answer cannot be trusted: {error}") from error
    return EnrolAnswer(certificate, parent, top, chain.statements, server_time)


class _Chain:
    """`TrustSource` over the statements of one answer, each checked as far as it goes alone."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = tuple(statements)
        self._descriptors: dict[str, Statement] = {}
        self._certificates: dict[str, Statement] = {}
        self._read: dict[str, Descriptor] = {}
        for statement in statements:
            if statement.type == "descriptor":
                self._read[statement.key] = descriptor_root_ok(statement)
                self._descriptors[statement.key] = statement
            elif statement.type == "certificate":
                Certificate.from_body(statement.key, statement.body)
                self._certificates[statement.key] = statement
            else:
                raise ValueError(f"a {statement.type} is no part of a chain")
        if len(self._descriptors) + len(self._certificates) != len(statements):
            raise ValueError("a part of the chain stands twice")

    def descriptor(self, node: str) -> Statement | None:
        return self._descriptors.get(node)

    def certificate(self, child: str) -> Statement | None:
        return self._certificates.get(child)

    def parent_and_top(self, parent: str) -> tuple[Descriptor, Descriptor]:
        tops = [descriptor for descriptor in self._read.values() if descriptor.parent is None]
        if parent not in self._read or len(tops) != 1:
            raise ValueError(f"the chain does not lead from {parent} to one top")
        return self._read[parent], tops[0]


def _same_root(who: str, descriptor: Descriptor, expected: str) -> None:
    found = thumbprint(descriptor.root)
    if found != expected:
        raise ValueError(
            f"{who}, {descriptor.node}, has the fingerprint {fingerprint(found)},"
            f" the token says {fingerprint(expected)}"
        )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Refusal("malformed", f"{name} is not a string")
    return value


def _bytes(fields: dict[str, Any], name: str) -> bytes:
    try:
        return unb64(_text(fields, name))
    except ValueError as error:
        raise Refusal("malformed", f"{name} is not base64url") from error
