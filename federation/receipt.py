"""The receipt: signed evidence of what became of every statement of one exchange.

Detached Ed25519 over sha256("cur-receipt-v1\\n" ‖ bytes); the bytes are kept verbatim for ever.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from federation import strict_json
from federation.errors import BadStatement
from federation.join import Result
from federation.keys import KeyPair, PublicKey
from federation.schemas.fields import Code, Enum, Field, Instant, ListOf, Record, Sha256, Wrong
from federation.statement import Envelope, V, instant

DOMAIN = b"cur-receipt-v1\n"


class Outcome(NamedTuple):
    """What became of the bytes with this hash. `code` stands with quarantined, and only with it."""

    sha256: str
    result: Result
    code: str | None = None


class _Outcome(Field[Outcome]):
    """`[sha256, result, code | null]`."""

    def read(self, value: object) -> Outcome:
        if type(value) is not list or len(value) != 3:
            raise Wrong("not [sha256, result, code]")
        sha256, result, code = value
        outcome = Outcome(
            Sha256().read(sha256),
            Result(Enum(*Result).read(result)),
            None if code is None else Code().read(code),
        )
        if (outcome.result is Result.QUARANTINED) != (outcome.code is not None):
            raise Wrong("a code stands with quarantined, and only with it")
        return outcome


_BODY = Record({"request_id": Code(), "received_at": Instant(), "results": ListOf(_Outcome())})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver's word for one request, in the order of its statements."""

    request_id: str
    received_at: datetime
    results: tuple[Outcome, ...]

    def seal(self, signer: KeyPair) -> Envelope:
        """The bytes and the signature."""
        fact = {
            "v": V,
            "request_id": self.request_id,
            "received_at": instant(self.received_at),
            "results": [[o.sha256, o.result.value, o.code] for o in self.results],
        }
        data = json.dumps(fact, separators=(",", ":")).encode()
        return Envelope(data, signer.kid, signer.sign(_signed_data(data)))

    @classmethod
    def open(cls, envelope: Envelope, key: PublicKey) -> Receipt:
        """Verify and read a receipt. BadStatement: sig_invalid, malformed."""
        if key.kid != envelope.kid or not key.verifies(envelope.sig, _signed_data(envelope.data)):
            raise BadStatement("sig_invalid", "the receipt's signature does not fit its bytes")
        try:
            fact = strict_json.loads(envelope.data)
        except ValueError as error:
            raise BadStatement("malformed", f"the receipt is not JSON: {error}") from error
        if not isinstance(fact, dict) or fact.get("v") != V:
            raise BadStatement("malformed", f"the receipt is not of version {V}")
        return cls(**_BODY.body(fact))


def _signed_data(data: bytes) -> bytes:
    return hashlib.sha256(DOMAIN + data).digest()
