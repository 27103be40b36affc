"""Chains of trust: who may speak for whom, what waits, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from federation.errors import BadStatement
from federation.keys import KeyPair
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.statement import Envelope, Statement, parse, seal
from federation.trust import (
    MAX_DEPTH,
    SKEW,
    check_statement,
    descriptor_root_ok,
    signing_key,
    vouched_root,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=60)
PARENTS = {"47701000": "RU-MUR", "RU-MUR": "SZFO", "SZFO": "RU", "RU": None}


def a_key(name: str) -> KeyPair:
    return KeyPair.from_seed(hashlib.sha256(name.encode()).digest())


def root_of(node: str) -> KeyPair:
    return a_key(f"root {node}")


def signer_of(node: str) -> KeyPair:
    return a_key(f"signing {node}")


def a_signing_key(node: str, **changed: Any) -> SigningKey:
    pair = signer_of(node)
    key = SigningKey(pair.kid, pair.public.x, NOW, NOW + timedelta(days=365))
    return replace(key, **changed)


def a_descriptor(
    node: str, *, n: int = 1, root: KeyPair | None = None, **changed: Any
) -> Statement:
    root = root or root_of(node)
    descriptor = Descriptor(
        node=node,
        unit=node,
        parent=PARENTS.get(node),
        url="https://cur.example.org",
        root=root.public.x,
        signing_keys=(a_signing_key(node),),
    )
    return seal_descriptor(replace(descriptor, **changed), n=n, root=root, now=NOW)


def a_certificate(
    child: str, *, by: str | None = None, signer: KeyPair | None = None, **changed: Any
) -> Statement:
    issuer = by or PARENTS[child]
    assert issuer is not None
    certificate = Certificate(
        child=child,
        root=root_of(child).kid,
        territories=(Territory(child, date(2026, 1, 1)),),
        not_before=NOW,
        not_after=NOW + timedelta(days=90),
    )
    return seal(
        type="certificate",
        origin=issuer,
        key=child,
        epoch=1,
        rev=1,
        made_at=NOW,
        body=replace(certificate, **changed).to_body(),
        signer=signer or signer_of(issuer),
    )


def a_summary(origin: str = "47701000", **changed: Any) -> Statement:
    facts: dict[str, Any] = {
        "type": "summary",
        "origin": origin,
        "key": "2026-11-20",
        "epoch": 1,
        "rev": 1,
        "made_at": NOW,
        "body": {},
        "signer": signer_of(origin),
    }
    return seal(**{**facts, **changed})


@dataclass
class Held:
    """What a node has stored; the country of PARENTS, whole, unless something is left out."""

    descriptors: dict[str, Statement] = field(
        default_factory=lambda: {node: a_descriptor(node) for node in PARENTS}
    )
    certificates: dict[str, Statement] = field(
        default_factory=lambda: {
            node: a_certificate(node) for node, parent in PARENTS.items() if parent
        }
    )

    def descriptor(self, node: str) -> Statement | None:
        return self.descriptors.get(node)

    def certificate(self, child: str) -> Statement | None:
        return self.certificates.get(child)


ANCHORS = {"RU": root_of("RU").kid}


def verdict(held: Held, statement: Statement, *, now: datetime = NOW) -> str:
    """ok, pending, or the code it is refused under."""
    try:
        return check_statement(held, ANCHORS, statement, parent_of=PARENTS.get, now=now)
    except BadStatement as error:
        return error.code


# ── a statement up to the top ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("origin", PARENTS)
def test_a_statement_of_any_tier_is_proved_at_the_top(origin: str) -> None:
    assert verdict(Held(), a_summary(origin)) == "ok"


@pytest.mark.parametrize("anchor", ["RU-MUR", "SZFO", "RU"])
def test_any_anchor_on_the_way_up_will_do(anchor: str) -> None:
    anchors = {anchor: root_of(anchor).kid}
    assert vouched_root(Held(), anchors, node="47701000", now=NOW) == root_of("47701000").kid


def test_a_node_needs_no_certificate_for_its_anchor() -> None:
    held = Held(certificates={})
    anchors = {"47701000": root_of("47701000").kid}
    key = signing_key(held, anchors, node="47701000", kid=signer_of("47701000").kid, now=NOW)
    assert key == a_signing_key("47701000")


@pytest.mark.parametrize("node", ["47701000", "RU-MUR", "SZFO"])
@pytest.mark.parametrize("what", ["descriptors", "certificates"])
def test_a_statement_waits_while_a_link_of_its_chain_has_not_come(what: str, node: str) -> None:
    held = Held()
    del getattr(held, what)[node]
    assert verdict(held, a_summary()) == "pending"


def test_without_an_anchor_nothing_is_proved() -> None:
    assert vouched_root(Held(), {}, node="47701000", now=NOW) is None


def test_a_statement_under_a_kid_its_origin_does_not_name_waits() -> None:
    assert verdict(Held(), a_summary(signer=a_key("new"))) == "pending"
    assert verdict(Held(), a_summary(signer=signer_of("RU-MUR"))) == "pending"


def test_an_altered_statement_is_refused() -> None:
    sealed = a_summary()
    altered = replace(sealed.envelope, data=sealed.envelope.data.replace(b'"rev":1', b'"rev":2'))
    assert verdict(Held(), parse(altered)) == "sig_invalid"


def test_a_foreign_signature_under_the_right_kid_is_refused() -> None:
    sealed = a_summary(signer=a_key("thief"))
    forged = parse(Envelope(sealed.envelope.data, signer_of("47701000").kid, sealed.envelope.sig))
    assert verdict(Held(), forged) == "sig_invalid"


# ── another root than was vouched for ────────────────────────────────────────────────────────────


def test_statements_under_another_root_than_certified_are_disputed() -> None:
    held = Held()
    held.descriptors["47701000"] = a_descriptor("47701000", root=a_key("second"))
    assert verdict(held, a_summary()) == "disputed"


def test_a_descriptor_under_another_root_than_certified_is_disputed() -> None:
    assert verdict(Held(), a_descriptor("47701000", n=2, root=a_key("second"))) == "disputed"


def test_a_descriptor_under_another_root_than_the_anchor_is_disputed() -> None:
    assert verdict(Held(), a_descriptor("RU", n=2, root=a_key("second"))) == "disputed"


@pytest.mark.parametrize("above", ["RU-MUR", "SZFO", "RU"])
def test_the_children_of_a_disputed_node_wait(above: str) -> None:
    held = Held()
    held.descriptors[above] = a_descriptor(above, root=a_key("second"))
    assert verdict(held, a_summary()) == "pending"


def test_a_second_root_for_a_known_unit_is_disputed() -> None:
    second = a_certificate("47701000", root=a_key("second").kid)
    assert verdict(Held(), second) == "disputed"


def test_a_renewed_certificate_of_the_same_root_is_taken() -> None:
    renewed = a_certificate("47701000", not_before=LATER, not_after=LATER + timedelta(days=90))
    assert verdict(Held(), renewed, now=LATER) == "ok"


# ── descriptors and certificates ─────────────────────────────────────────────────────────────────


def test_a_descriptor_renews_itself_by_its_root() -> None:
    assert verdict(Held(), a_descriptor("47701000", n=2, url="https://new.example.org")) == "ok"


def test_the_descriptor_of_an_unknown_node_waits_for_its_certificate() -> None:
    held = Held(certificates={})
    assert verdict(held, a_descriptor("47701000")) == "pending"


def _resealed(statement: Statement, **changed: Any) -> Statement:
    facts = {
        name: getattr(statement, name)
        for name in ("type", "origin", "key", "epoch", "rev", "made_at", "body")
    }
    return seal(**{**facts, "signer": root_of("47701000"), **changed})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signer": signer_of("47701000")}, "sig_invalid"),
        ({"origin": "RU-MUR"}, "malformed"),
        ({"key": "RU-MUR"}, "malformed"),
        ({"epoch": 1}, "malformed"),
        ({"rev": 0}, "malformed"),
        ({"body": None}, "malformed"),
    ],
)
def test_a_descriptor_speaks_for_its_origin_by_its_own_root(
    changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadStatement) as caught:
        descriptor_root_ok(_resealed(a_descriptor("47701000"), **changed))
    assert caught.value.code == code


def test_a_descriptor_signed_by_its_root_is_read() -> None:
    assert descriptor_root_ok(a_descriptor("47701000")).node == "47701000"


@pytest.mark.parametrize("issuer", ["SZFO", "RU", "47701000"])
def test_only_the_parent_in_the_directory_certifies_a_child(issuer: str) -> None:
    assert verdict(Held(), a_certificate("47701000", by=issuer)) == "not_yours"


def test_nobody_certifies_the_top_or_a_unit_the_directory_does_not_know() -> None:
    assert verdict(Held(), a_certificate("RU", by="SZFO")) == "not_yours"
    assert verdict(Held(), a_certificate("RU-XX", by="SZFO")) == "not_yours"


def test_a_certificate_waits_for_the_chain_of_its_issuer() -> None:
    held = Held()
    del held.certificates["RU-MUR"]
    assert verdict(held, a_certificate("47701000")) == "pending"


def test_a_certificate_not_signed_by_its_issuer_proves_nothing() -> None:
    held = Held()
    held.certificates["47701000"] = a_certificate("47701000", signer=a_key("thief"))
    assert verdict(held, a_summary()) == "pending"


# ── time and revocation ──────────────────────────────────────────────────────────────────────────


def _key_of(node: str, **changed: Any) -> Callable[[Held], object]:
    key = a_signing_key(node, **changed)
    return lambda held: held.descriptors.update(
        {node: a_descriptor(node, n=2, signing_keys=(key,))}
    )


def _certificate_of(node: str, **changed: Any) -> Callable[[Held], object]:
    return lambda held: held.certificates.update({node: a_certificate(node, **changed)})


def _nothing(held: Held) -> None:
    """The country as it is."""


HOUR = timedelta(hours=1)
CERTIFIED = NOW + timedelta(days=90)
KEYED = NOW + timedelta(days=365)


@pytest.mark.parametrize(
    ("spoil", "received", "made", "expected"),
    [
        (_nothing, NOW - SKEW, NOW, "ok"),
        (_nothing, NOW - SKEW - HOUR, NOW, "pending"),
        (_nothing, CERTIFIED + SKEW, NOW, "ok"),
        (_nothing, CERTIFIED + HOUR, NOW, "pending"),
        (_certificate_of("47701000", status="revoked"), NOW, NOW, "sig_invalid"),
        (_certificate_of("RU-MUR", status="revoked"), NOW, NOW, "pending"),
        (_certificate_of("SZFO", not_after=NOW + HOUR), NOW + 2 * HOUR, NOW, "pending"),
        (_key_of("47701000", status="retired"), NOW, NOW, "ok"),
        (_key_of("47701000", status="revoked"), NOW, NOW, "sig_invalid"),
        (_key_of("47701000", status="revoked", suspect_from=LATER), NOW, NOW, "ok"),
        (_key_of("47701000", status="revoked", suspect_from=LATER), LATER, NOW, "sig_invalid"),
        (_key_of("47701000", not_after=NOW + HOUR), NOW + 2 * HOUR, NOW + 2 * HOUR, "sig_invalid"),
        (_key_of("47701000", not_after=NOW + HOUR), NOW + 2 * HOUR, NOW, "ok"),
        (_key_of("47701000", not_after=NOW + HOUR), NOW, NOW + 2 * HOUR, "ok"),
        (_key_of("47701000", not_before=NOW + HOUR), NOW, NOW, "pending"),
        (_key_of("RU-MUR", status="revoked"), NOW, NOW, "pending"),
        (_key_of("RU-MUR", not_after=NOW + HOUR), LATER, NOW, "ok"),
    ],
)
def test_receipt_decides_and_never_the_word_of_the_maker_alone(
    spoil: Callable[[Held], object], received: datetime, made: datetime, expected: str
) -> None:
    held = Held()
    spoil(held)
    assert verdict(held, a_summary(made_at=made), now=received) == expected


def test_a_renewed_certificate_lets_in_what_was_made_under_the_old_one() -> None:
    held, late = Held(), CERTIFIED + timedelta(days=30)
    assert verdict(held, a_summary(), now=late) == "pending"
    for child in held.certificates:
        held.certificates[child] = a_certificate(
            child, not_before=late, not_after=late + timedelta(days=90)
        )
    assert verdict(held, a_summary(), now=late) == "ok"


def test_an_expired_key_signs_no_request() -> None:
    held = Held()
    _key_of("47701000", not_after=NOW + HOUR)(held)
    with pytest.raises(BadStatement, match="expired"):
        signing_key(
            held, ANCHORS, node="47701000", kid=signer_of("47701000").kid, now=NOW + 2 * HOUR
        )


# ── shapes no directory has ──────────────────────────────────────────────────────────────────────


def test_nodes_that_certify_each_other_in_a_circle_prove_nothing() -> None:
    held = Held(
        descriptors={node: a_descriptor(node) for node in ("A", "B")},
        certificates={"A": a_certificate("A", by="B"), "B": a_certificate("B", by="A")},
    )
    assert verdict(held, a_summary("A")) == "disputed"


@pytest.mark.parametrize(("depth", "expected"), [(MAX_DEPTH, "ok"), (MAX_DEPTH + 1, "disputed")])
def test_a_chain_has_at_most_eight_certificates(depth: int, expected: str) -> None:
    nodes = ["RU", *(f"N{number}" for number in range(depth))]
    held = Held(
        descriptors={node: a_descriptor(node) for node in nodes},
        certificates={child: a_certificate(child, by=parent) for parent, child in pairwise(nodes)},
    )
    assert verdict(held, a_summary(nodes[-1])) == expected
