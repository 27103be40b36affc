from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.enrolment import (
    EnrolAnswer,
    EnrolRequest,
    Token,
    build_answer,
    build_request,
    check_answer,
    check_request,
    make_token,
    new_secret,
    read_token,
    token_hash,
)
from federation.errors import Refusal, TransportError
from federation.keys import KeyPair, b64, fingerprint
from federation.payload import Payload
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.statement import Statement, instant, seal
from tests.support.knock import NOW

SECRET = b"s" * 16
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Node:
    """A node with its two keys, for both ends of an enrolment."""

    code: str
    parent: str | None
    seed: int

    @property
    def root(self) -> KeyPair:
        return KeyPair.from_seed(bytes([self.seed]) * 32)

    @property
    def signing(self) -> KeyPair:
        return KeyPair.from_seed(bytes([self.seed + 100]) * 32)

    def descriptor(self, **overrides: Any) -> Descriptor:
        key = SigningKey(
            self.signing.kid,
            self.signing.public.x,
            NOW - timedelta(days=1),
            NOW + YEAR,
            overrides.pop("status", "active"),
        )
        fields: dict[str, Any] = {
            "node": self.code,
            "unit": self.code,
            "parent": self.parent,
            "url": f"https://{self.code.lower()}.example",
            "root": self.root.public.x,
            "signing_keys": (key,),
            **overrides,
        }
        return Descriptor(**fields)

    def stated(self, **overrides: Any) -> Statement:
        return seal_descriptor(self.descriptor(**overrides), n=1, root=self.root, now=NOW)

    def certify(self, child: Node, **overrides: Any) -> Statement:
        signer = overrides.pop("signer", self.signing)
        fields: dict[str, Any] = {
            "child": child.code,
            "root": child.root.kid,
            "territories": (Territory(child.code, date(2026, 11, 1)),),
            "not_before": NOW - timedelta(hours=1),
            "not_after": NOW + timedelta(days=60),
            **overrides,
        }
        return seal(
            type="certificate",
            origin=self.code,
            key=child.code,
            epoch=1,
            rev=1,
            made_at=NOW,
            body=Certificate(**fields).to_body(),
            signer=signer,
        )


TOP, DISTRICT, REGION = Node("RU", None, 1), Node("SZFO", "RU", 2), Node("RU-MUR", "SZFO", 3)
STRANGER = Node("SZFO", "RU", 9)
TOKEN = Token(SECRET, DISTRICT.root.kid, TOP.root.kid)


# The token


def test_a_token_is_never_taken_for_an_option() -> None:
    drawn = iter([bytes([0xF8]) * 16, bytes([0xFB]) * 16, bytes([0xFC]) * 16])
    assert new_secret(lambda _count: next(drawn)) == bytes([0xFC]) * 16
    assert len(new_secret()) == 16


@given(
    st.sampled_from([16, 24, 32]).flatmap(lambda n: st.binary(min_size=n, max_size=n)),
    st.binary(min_size=32, max_size=32),
)
def test_a_token_is_one_word_and_says_what_was_put_in(secret: bytes, root: bytes) -> None:
    word = make_token(b64(root), TOP.root.kid, secret)
    assert word.replace("-", "").replace("_", "").isalnum()
    assert read_token(f"  {word}\n") == Token(secret, b64(root), TOP.root.kid)


def test_a_token_of_the_shortest_secret_has_107_characters() -> None:
    assert len(make_token(TOKEN.parent_root_kid, TOKEN.top_root_kid, SECRET)) == 107


WORD = make_token(TOKEN.parent_root_kid, TOKEN.top_root_kid, SECRET)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (WORD[:60], "60 characters"),
        (WORD + WORD, "stands twice"),
        (WORD[:50] + " " + WORD[50:], "one word"),
        (WORD[:-1] + "о", "Latin"),
        (WORD + "A", "108 characters"),
        (WORD[1:], "106 characters"),
    ],
)
def test_a_spoilt_token_says_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_token(text)


@pytest.mark.parametrize("secret", [b"", b"s" * 15, b"s" * 17, b"s" * 40])
def test_a_secret_has_128_bits_or_a_few_more(secret: bytes) -> None:
    with pytest.raises(ValueError, match="16, 24, 32"):
        make_token(TOKEN.parent_root_kid, TOKEN.top_root_kid, secret)


def test_a_token_names_roots_by_their_thumbprints() -> None:
    with pytest.raises(ValueError, match="thumbprint"):
        make_token("c2hvcnQ", TOKEN.top_root_kid, SECRET)


def test_what_is_stored_of_a_token_is_a_hash() -> None:
    assert token_hash(SECRET) != token_hash(b"t" * 16)
    assert SECRET.hex() not in token_hash(SECRET)
    assert len(token_hash(SECRET)) == 64


# The request


def a_request(token: Token = TOKEN, **overrides: Any) -> Payload:
    return build_request(token, REGION.stated(**overrides), REGION.root, REGION.signing)


def check(payload: Payload, *, me: Node = DISTRICT, now: datetime = NOW) -> EnrolRequest:
    return check_request(payload, me=me.code, root_kid=me.root.kid, now=now)


def refusal_of(payload: Payload, **given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check(payload, **given)
    return caught.value


def test_a_request_proves_both_keys_and_the_invitation() -> None:
    found = check(a_request())
    assert found.unit == "RU-MUR"
    assert found.secret_hash == token_hash(SECRET)
    assert found.kid == REGION.signing.kid
    assert found.root_kid == REGION.root.kid
    assert found.descriptor == REGION.descriptor()
    assert found.statement == REGION.stated()


def test_the_same_token_and_keys_make_the_same_request() -> None:
    assert a_request() == a_request()


@pytest.mark.parametrize("name", ["signing", "root"])
def test_a_request_without_one_of_the_keys_is_refused(name: str) -> None:
    other = STRANGER.root
    keys = {"root": REGION.root, "signing": REGION.signing}
    forged = build_request(TOKEN, REGION.stated(), keys["root"], keys["signing"])
    proof = build_request(TOKEN, REGION.stated(), other, other)["proof"]
    forged["proof"][name] = proof[name]
    assert refusal_of(forged).code == "sig_invalid"


def test_a_key_that_is_not_of_the_descriptor_proves_nothing() -> None:
    foreign = build_request(TOKEN, REGION.stated(), REGION.root, STRANGER.signing)
    assert refusal_of(foreign).code == "sig_invalid"
    assert refusal_of(a_request(status="revoked")).code == "sig_invalid"
    assert refusal_of(a_request(status="retired")).code == "sig_invalid"
    assert refusal_of(a_request(), now=NOW + 2 * YEAR).code == "sig_invalid"
    assert refusal_of(a_request(), now=NOW - timedelta(days=2)).code == "clock_skew"


def test_a_proof_made_for_another_parent_is_refused() -> None:
    """A stranger in the middle cannot carry a child's proof to the true parent."""
    at_stranger = a_request(Token(SECRET, STRANGER.root.kid, TOP.root.kid))
    assert refusal_of(at_stranger).code == "sig_invalid"


def test_a_proof_made_for_another_secret_unit_or_descriptor_is_refused() -> None:
    lawful, other = a_request(), a_request(replace(TOKEN, secret=b"t" * 16))
    assert refusal_of({**lawful, "secret": other["secret"]}).code == "sig_invalid"
    moved = a_request(url="https://elsewhere.example")
    assert refusal_of({**lawful, "descriptor": moved["descriptor"]}).code == "sig_invalid"
    assert refusal_of({**lawful, "unit": "RU-KGD"}).code == "malformed"


def test_a_descriptor_that_names_another_parent_is_at_the_wrong_door() -> None:
    assert refusal_of(a_request(parent="UFO")).code == "wrong_target"


def test_a_descriptor_its_root_did_not_sign_is_refused() -> None:
    payload = a_request()
    payload["descriptor"]["sig"] = b64(b"\0" * 64)
    assert refusal_of(payload).code == "sig_invalid"


def test_a_certificate_is_no_descriptor() -> None:
    payload = a_request()
    payload["descriptor"] = DISTRICT.certify(REGION).envelope.to_wire()
    assert refusal_of(payload).code == "malformed"


@pytest.mark.parametrize("version", [None, 0, 2, True, "1"])
def test_another_version_is_told_ours(version: object) -> None:
    refusal = refusal_of({**a_request(), "v": version})
    assert (refusal.code, refusal.extra) == ("unsupported_version", {"supported": [1]})


@pytest.mark.parametrize("name", ["unit", "secret", "descriptor", "proof"])
@pytest.mark.parametrize("value", [None, 7, "", "ш", "a b", [], {}], ids=repr)
def test_a_field_of_another_form_is_malformed(name: str, value: object) -> None:
    assert refusal_of({**a_request(), name: value}).code == "malformed"


@pytest.mark.parametrize("name", ["kid", "signing", "root"])
@pytest.mark.parametrize("value", [None, 7, [], "ш"], ids=repr)
def test_a_proof_of_another_form_is_refused(name: str, value: object) -> None:
    payload = a_request()
    payload["proof"][name] = value
    assert refusal_of(payload).code in {"malformed", "sig_invalid"}


# The answer

CHAIN = [DISTRICT.stated(), TOP.certify(DISTRICT), TOP.stated()]


def verify(
    payload: Payload, token: Token = TOKEN, child: Node = REGION, now: datetime = NOW
) -> EnrolAnswer:
    return check_answer(payload, token, descriptor=child.descriptor(), now=now)


def an_answer(certificate: Statement | None = None, chain: list[Statement] = CHAIN) -> Payload:
    return build_answer(certificate or DISTRICT.certify(REGION), chain, now=NOW)


def distrust(payload: Payload, said: str, **given: Any) -> None:
    with pytest.raises(TransportError, match=said):
        verify(payload, **given)


def test_an_answer_hangs_on_both_roots_of_the_token() -> None:
    found = verify(an_answer())
    assert found.certificate == DISTRICT.certify(REGION)
    assert (found.parent.node, found.top.node) == ("SZFO", "RU")
    assert found.chain == tuple(CHAIN)
    assert found.server_time == NOW


def test_the_top_itself_may_be_the_parent() -> None:
    token = Token(SECRET, TOP.root.kid, TOP.root.kid)
    found = verify(an_answer(TOP.certify(DISTRICT), [TOP.stated()]), token, DISTRICT)
    assert found.parent == found.top


def test_another_parent_than_the_token_names_is_shown_by_its_fingerprint() -> None:
    chain = [STRANGER.stated(), TOP.certify(STRANGER), TOP.stated()]
    answer = an_answer(STRANGER.certify(REGION), chain)
    distrust(answer, f"{fingerprint(STRANGER.root.kid)}.*{fingerprint(DISTRICT.root.kid)}")


def test_another_top_than_the_token_names_is_shown_by_its_fingerprint() -> None:
    other = Node("RU", None, 8)
    chain = [DISTRICT.stated(), other.certify(DISTRICT), other.stated()]
    distrust(an_answer(chain=chain), f"the top.*{fingerprint(other.root.kid)}")


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (DISTRICT.certify(REGION, signer=STRANGER.signing), "not a key"),
        (DISTRICT.certify(REGION, root=STRANGER.root.kid), "not for our root"),
        (DISTRICT.certify(REGION, status="revoked"), "not for our root"),
        (DISTRICT.certify(Node("RU-KGD", "SZFO", 3)), "not one of RU-MUR"),
        (TOP.certify(REGION), "RU answered|fingerprint"),
        (REGION.stated(), "cannot be trusted"),
        (
            DISTRICT.certify(REGION, not_before=NOW - YEAR, not_after=NOW - YEAR / 2),
            "cannot be trusted",
        ),
    ],
    ids=["signer", "root", "revoked", "child", "issuer", "type", "too long"],
)
def test_another_certificate_is_distrusted(certificate: Statement, said: str) -> None:
    distrust(an_answer(certificate), said)


def test_a_forged_certificate_is_distrusted() -> None:
    payload = an_answer()
    payload["certificate"]["sig"] = b64(b"\0" * 64)
    distrust(payload, "sig_invalid")


@pytest.mark.parametrize("days", [-1, 61])
def test_a_certificate_out_of_time_speaks_of_clocks(days: int) -> None:
    distrust(an_answer(), "check the clocks", now=NOW + timedelta(days=days))


@pytest.mark.parametrize(
    "chain",
    [
        [],
        CHAIN[:1],
        CHAIN[1:],
        [CHAIN[0], CHAIN[2]],
        [*CHAIN, CHAIN[0]],
        [CHAIN[0], STRANGER.certify(DISTRICT), CHAIN[2]],
        [CHAIN[0], TOP.certify(DISTRICT, signer=STRANGER.signing), CHAIN[2]],
        [CHAIN[0], TOP.certify(DISTRICT, root=STRANGER.root.kid), CHAIN[2]],
        [CHAIN[0], TOP.certify(DISTRICT, status="revoked"), CHAIN[2]],
        [*CHAIN, Node("XX", None, 7).stated()],
        CHAIN * 10,
    ],
    ids=[
        *["empty", "no top", "no parent", "no certificate", "twice", "foreign issuer"],
        *["foreign key", "another root", "revoked", "two tops", "too long"],
    ],
)
def test_a_broken_chain_is_distrusted(chain: list[Statement]) -> None:
    distrust(an_answer(chain=chain), "cannot be trusted")


def test_an_answer_to_a_child_of_another_parent_is_distrusted() -> None:
    stray = Node(REGION.code, "UFO", REGION.seed)
    distrust(an_answer(), "we asked UFO", child=stray)


@pytest.mark.parametrize("name", ["v", "certificate", "chain", "server_time"])
@pytest.mark.parametrize("value", [None, 7, "x", [1], {}], ids=repr)
def test_an_answer_of_another_form_is_distrusted(name: str, value: object) -> None:
    distrust({**an_answer(), name: value}, "cannot be trusted")


def test_the_answer_says_the_parents_time() -> None:
    assert an_answer()["server_time"] == instant(NOW)
