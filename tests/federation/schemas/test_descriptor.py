"""What a node may say of itself, and who seals it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from federation.errors import BadStatement
from federation.keys import KeyPair
from federation.schemas import validate
from federation.schemas.descriptor import Descriptor, seal_descriptor
from tests.support.bodies import NOW, ROOT, SIGNING, a_descriptor, good


def _signing_key(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["signing_keys"][0].update(changed)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda body: body.update(node="RU-KGD"), "node: "),
        (lambda body: body.update(unit="RU-KGD"), "node: "),
        (lambda body: body.update(parent="RU-MUR"), "parent: "),
        (lambda body: body.update(alg="rsa"), "alg: "),
        (lambda body: body.update(signing_keys=[]), "signing_keys: fewer than 1"),
        (lambda body: body["signing_keys"].append(body["signing_keys"][0]), "a kid stands twice"),
        (lambda body: body.update(signing_keys=body["signing_keys"] * 17), "more than 16"),
        (_signing_key(kid=ROOT.kid), r"signing_keys\.0\.kid: not the thumbprint"),
        (_signing_key(kid=ROOT.kid, public=ROOT.public.x), r"signing_keys\.0\.public: the root"),
        (_signing_key(not_after="2026-11-21T09:00:00Z"), r"signing_keys\.0\.not_after"),
        (_signing_key(status="lost"), r"signing_keys\.0\.status"),
        (lambda body: body.update(protocol_versions=[]), "protocol_versions"),
        (lambda body: body["limits"].update(statement_bytes=0), r"limits\.statement_bytes"),
    ],
)
def test_a_descriptor_that_contradicts_itself_is_malformed(
    spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    key, body = good("descriptor")
    spoil(body)
    with pytest.raises(BadStatement, match=why):
        Descriptor.from_body(key, body)


def test_a_descriptor_is_sealed_as_version_n_by_its_root() -> None:
    sealed = seal_descriptor(a_descriptor(), n=3, root=ROOT, now=NOW)
    assert (sealed.epoch, sealed.rev, sealed.envelope.kid) == (0, 3, ROOT.kid)
    assert (sealed.type, sealed.origin, sealed.key) == ("descriptor", "RU-MUR", "RU-MUR")
    assert validate(sealed) == a_descriptor()


@pytest.mark.parametrize(("n", "root"), [(0, ROOT), (1, SIGNING)])
def test_a_descriptor_is_not_sealed_by_another_key_or_as_version_nought(
    n: int, root: KeyPair
) -> None:
    with pytest.raises(ValueError, match="root"):
        seal_descriptor(a_descriptor(), n=n, root=root, now=NOW)


def test_a_key_of_a_descriptor_is_found_by_its_kid() -> None:
    key = a_descriptor().key(SIGNING.kid)
    assert key is not None
    assert key.public == SIGNING.public.x
    assert a_descriptor().key(ROOT.kid) is None
