"""The RFC's own vectors: the independent builder and the library agree with them and each other."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from federation.keys import KeyPair, PublicKey, unb64
from tests.support.signature_base import Message, signature_base

PUBLIC = PublicKey("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs")
PAIR = KeyPair.from_seed(unb64("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"))
PARAMETERS = ';created=1618884473;keyid="test-key-ed25519"'

B26 = Message(
    method="POST",
    uri="https://example.com/foo?param=Value&Pet=dog",
    headers=[
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "18"),
    ],
)
B26_COMPONENTS = [
    f'"{name}"'
    for name in ("date", "@method", "@path", "@authority", "content-type", "content-length")
]
B26_SIGNATURE = (
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
)

B4 = Message(
    method="GET",
    uri="https://example.org/demo?name1=Value1&Name2=value2",
    headers=[("Host", "example.org"), ("Accept", "application/json"), ("Accept", "*/*")],
)
B4_COMPONENTS = ['"@method"', '"@path"', '"@authority"', '"accept"']
B4_SIGNATURE = (
    "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA=="
)

VECTORS = [
    pytest.param(B26, B26_COMPONENTS, "sig-b26", B26_SIGNATURE, id="B.2.6"),
    pytest.param(B4, B4_COMPONENTS, "transform", B4_SIGNATURE, id="B.4"),
]


class Lines(dict[str, str]):
    """Headers for the library with doubled lines kept apart."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        super().__init__(lines)
        self.lines = lines

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        added = [(name, self[name]) for name in self if name not in dict(self.lines)]
        return self.lines + added


@dataclass
class LibraryRequest:
    method: str
    url: str
    headers: Lines


def resolver() -> MappingKeyResolver:
    return MappingKeyResolver(
        public_keys={"test-key-ed25519": PUBLIC.native()},
        private_keys={"test-key-ed25519": PAIR.native()},
    )


def library_accepts(
    message: Message, components: list[str], signature: str, label: str = "sig"
) -> bool:
    class Timeless(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input: object, max_age: object = None) -> None:
            pass

    signed = [
        *message.headers,
        ("Signature-Input", f"{label}=({' '.join(components)}){PARAMETERS}"),
        ("Signature", f"{label}=:{signature}:"),
    ]
    verifier = Timeless(signature_algorithm=algorithms.ED25519, key_resolver=resolver())
    try:
        verifier.verify(LibraryRequest(message.method, message.uri, Lines(signed)), max_age=None)
    except InvalidSignature:
        return False
    return True


def builder_accepts(message: Message, components: list[str], signature: str) -> bool:
    base = signature_base(components, PARAMETERS, message)
    return PUBLIC.verifies(base64.b64decode(signature), base)


def test_the_key_of_the_vectors_is_one_pair() -> None:
    assert PAIR.public == PUBLIC


@pytest.mark.parametrize(("message", "components", "label", "signature"), VECTORS)
def test_vector_is_signed_byte_for_byte(
    message: Message, components: list[str], label: str, signature: str
) -> None:
    base = signature_base(components, PARAMETERS, message)
    assert base64.b64encode(PAIR.sign(base)).decode() == signature  # Ed25519 is deterministic


@pytest.mark.parametrize(("message", "components", "label", "signature"), VECTORS)
def test_vector_is_accepted_by_builder_and_library(
    message: Message, components: list[str], label: str, signature: str
) -> None:
    assert builder_accepts(message, components, signature)
    assert library_accepts(message, components, signature, label)


@pytest.mark.parametrize(("message", "components", "label", "signature"), VECTORS)
def test_library_prepares_the_same_base_as_the_builder(
    message: Message, components: list[str], label: str, signature: str
) -> None:
    prepared = HTTPMessageSigner(signature_algorithm=algorithms.ED25519).prepare(
        LibraryRequest(message.method, message.uri, Lines(list(message.headers))),
        key_id="test-key-ed25519",
        created=datetime.fromtimestamp(1618884473, UTC),
        include_alg=False,
        covered_component_ids=components,
    )
    assert prepared.signature_base == signature_base(components, PARAMETERS, message)


def b4(*, method: str = "GET", uri: str = B4.uri, accept: tuple[str, ...] = ()) -> Message:
    values = accept or ("application/json", "*/*")
    host = uri.split("/")[2]
    return Message(
        method=method, uri=uri, headers=[("Host", host), *(("Accept", value) for value in values)]
    )


@pytest.mark.parametrize(
    "message",
    [
        b4(uri="https://example.org/demo?name1=Value1&Name2=value2&param=added"),
        b4(accept=("application/json, */*",)),
        Message(
            method="GET",
            uri=B4.uri,
            headers=[*B4.headers, ("Accept-Language", "en-US,en;q=0.5")],
        ),
    ],
    ids=["query changed", "Accept lines merged", "header added"],
)
def test_b4_survives_what_it_does_not_cover(message: Message) -> None:
    assert builder_accepts(message, B4_COMPONENTS, B4_SIGNATURE)
    assert library_accepts(message, B4_COMPONENTS, B4_SIGNATURE)


@pytest.mark.parametrize(
    "message",
    [
        b4(method="POST"),
        b4(uri="https://example.com/demo?name1=Value1&Name2=value2"),
        b4(accept=("*/*", "application/json")),
    ],
    ids=["method changed", "authority changed", "order of Accept changed"],
)
def test_b4_breaks_with_what_it_covers(message: Message) -> None:
    assert not builder_accepts(message, B4_COMPONENTS, B4_SIGNATURE)
    assert not library_accepts(message, B4_COMPONENTS, B4_SIGNATURE)
