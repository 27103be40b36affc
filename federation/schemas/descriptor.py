"""The descriptor: what a node says of itself, signed by its root key.

Version N is a statement of epoch 0 and rev N under the root's kid. Whether the root is the right
one is decided in `trust.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from federation.keys import ALG, KeyPair, thumbprint
from federation.schemas.fields import (
    Code,
    Count,
    Enum,
    Instant,
    ListOf,
    Nullable,
    PublicKeyX,
    Record,
    Thumbprint,
    Url,
    malformed,
)
from federation.statement import MAX_BYTES, Body, Statement, V, instant, seal

MAX_KEYS = 16

BODY = Record(
    {
        "node": Code(),
        "unit": Code(),
        "parent": Nullable(Code()),
        "url": Url(),
        "root": PublicKeyX(),
        "signing_keys": ListOf(
            Record(
                {
                    "kid": Thumbprint(),
                    "public": PublicKeyX(),
                    "not_before": Instant(),
                    "not_after": Instant(),
                    "status": Enum("active", "retired", "revoked"),
                    "suspect_from": Nullable(Instant()),
                }
            ),
            at_least=1,
            at_most=MAX_KEYS,
        ),
        "protocol_versions": ListOf(Count(at_least=1, below=1000), at_least=1, at_most=8),
        "limits": Record(
            {
                "statement_bytes": Count(at_least=1),
                "exchange_bytes": Count(at_least=1),
                "portion_bytes": Count(at_least=1),
            }
        ),
        "alg": Enum(ALG),
    }
)

KeyStatus = Literal["active", "retired", "revoked"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a node takes, in bytes: one statement, all of an exchange, a portion of summaries."""

    statement_bytes: int = MAX_BYTES
    exchange_bytes: int = 1024 * 1024
    portion_bytes: int = 128 * 1024


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs for a node. From `suspect_from` on, a revoked one proves nothing."""

    kid: str
    public: str
    not_before: datetime
    not_after: datetime
    status: KeyStatus = "active"
    suspect_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Descriptor:
    """`root` and the `public` of each key are base64url `x`; `parent` is None at the top."""

    node: str
    unit: str
    parent: str | None
    url: str
    root: str
    signing_keys: tuple[SigningKey, ...]
    protocol_versions: tuple[int, ...] = (V,)
    limits: Limits = Limits()
    alg: str = ALG

    def key(self, kid: str) -> SigningKey | None:
        """The signing key of that kid, whatever its status."""
        return next((key for key in self.signing_keys if key.kid == kid), None)

    def to_body(self) -> Body:
        return {
            "node": self.node,
            "unit": self.unit,
            "parent": self.parent,
            "url": self.url,
            "root": self.root,
            "signing_keys": [
                {
                    "kid": key.kid,
                    "public": key.public,
                    "not_before": instant(key.not_before),
                    "not_after": instant(key.not_after),
                    "status": key.status,
                    "suspect_from": key.suspect_from and instant(key.suspect_from),
                }
                for key in self.signing_keys
            ],
            "protocol_versions": list(self.protocol_versions),
            "limits": {
                "statement_bytes": self.limits.statement_bytes,
                "exchange_bytes": self.limits.exchange_bytes,
                "portion_bytes": self.limits.portion_bytes,
            },
            "alg": self.alg,
        }

    @classmethod
    def from_body(cls, key: str, body: object) -> Descriptor:
        """BadStatement("malformed") for anything but a descriptor of the node `key`."""
        facts = BODY.body(body)
        if not facts["node"] == facts["unit"] == key:
            raise malformed("node, unit and the statement's key are one code", "node")
        if facts["parent"] == key:
            raise malformed("a node is not its own parent", "parent")
        keys = tuple(SigningKey(**signing_key) for signing_key in facts["signing_keys"])
        for number, signing_key in enumerate(keys):
            at = f"signing_keys.{number}"
            if thumbprint(signing_key.public) != signing_key.kid:
                raise malformed("not the thumbprint of public", at, "kid")
            if signing_key.not_before >= signing_key.not_after:
                raise malformed("not after not_before", at, "not_after")
            # The root is kept off the node: were it to sign daily, losing one would lose both.
            if signing_key.public == facts["root"]:
                raise malformed("the root does not sign for the node", at, "public")
        if len({signing_key.kid for signing_key in keys}) != len(keys):
            raise malformed("a kid stands twice", "signing_keys")
        return cls(**{**facts, "signing_keys": keys, "limits": Limits(**facts["limits"])})


def seal_descriptor(descriptor: Descriptor, *, n: int, root: KeyPair, now: datetime) -> Statement:
    """Version `n` (from 1) of a descriptor. ValueError when `root` is not the one it names."""
    if root.public.x != descriptor.root or n < 1:
        raise ValueError("a descriptor is signed by the root it names, from version 1 on")
    return seal(
        type="descriptor",
        origin=descriptor.node,
        key=descriptor.node,
        epoch=0,
        rev=n,
        made_at=now,
        body=descriptor.to_body(),
        signer=root,
    )
