"""The one form an HTTP signature may have: RFC 9421 with everything optional made required.

The library (`http-message-signatures`) builds the signature base and checks the signature; its
defaults accept too much (any components, several signatures, doubled header lines, no tag), so
each message goes through a `Profile` here. What a request or an answer of the protocol says in
its headers is `signing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
    algorithms,
)

from federation.errors import Refusal
from federation.keys import KeyPair, PublicKey, unb64

LIFETIME = timedelta(seconds=300)
LABEL = "cur"
PARAMETERS = frozenset({"created", "expires", "nonce", "keyid", "alg", "tag"})

Headers = list[tuple[str, str]]
KeyFor = Callable[[str], PublicKey]

_CLAIMED_KID = re.compile(r'; *keyid="([A-Za-z0-9_-]{43})"')


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


class HeaderLines:
    """Header lines as the library reads them: `items()` with doubled lines kept apart."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self._lines = list(headers)

    def items(self) -> list[tuple[str, str]]:
        return self._lines


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the library reads one: these very attribute names."""

    method: str
    url: str
    headers: HeaderLines | dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the library reads one, with the request it is bound to."""

    status_code: int
    headers: HeaderLines | dict[str, str]
    request: Request


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

    def sign(self, message: Request | Answer, *, key: KeyPair, nonce: str, now: datetime) -> None:
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
        self, message: Request | Answer, *, key_for: KeyFor
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


def _is_nonce(text: str) -> bool:
    try:
        return len(unb64(text)) == 16
    except ValueError:
        return False
