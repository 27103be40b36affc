"""A statement's bytes: sealing, reading, versions and the signature over them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import statement
from federation.errors import BadStatement
from federation.keys import KeyPair
from federation.statement import Envelope, Statement, Version, parse, parse_instant, seal, verify

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SIGNER = KeyPair.from_seed(b"s" * 32)


def a_statement(**changed: Any) -> Statement:
    facts: dict[str, Any] = {
        "type": "summary",
        "origin": "RU-MUR",
        "key": "2026-11-20",
        "epoch": 1,
        "rev": 1,
        "made_at": NOW,
        "body": {"topic": "дороги"},
    }
    return seal(**{**facts, **changed}, signer=SIGNER)


def an_envelope(data: bytes) -> Envelope:
    return Envelope(data, SIGNER.kid, SIGNER.sign(statement.signed_data(data)))


def a_fact(**changed: Any) -> bytes:
    return json.dumps({**json.loads(a_statement().envelope.data), **changed}).encode()


def test_a_sealed_statement_reads_back_the_same_from_the_wire() -> None:
    sealed = a_statement()
    again = parse(Envelope.from_wire(json.loads(json.dumps(sealed.envelope.to_wire()))))
    assert again == sealed
    verify(again.envelope, SIGNER.public)


def test_bytes_have_one_order_of_fields_and_no_blanks() -> None:
    assert a_statement().envelope.data.decode() == (
        '{"v":1,"type":"summary","origin":"RU-MUR","key":"2026-11-20","epoch":1,"rev":1,'
        '"made_at":"2026-11-21T09:00:00Z","body":{"topic":"дороги"}}'
    )


@given(st.data())
def test_a_flipped_bit_anywhere_is_seen(data: st.DataObject) -> None:
    envelope = a_statement().envelope
    at = data.draw(st.integers(0, len(envelope.data) * 8 - 1))
    flipped = bytearray(envelope.data)
    flipped[at // 8] ^= 1 << at % 8
    with pytest.raises(BadStatement, match="sig_invalid"):
        verify(replace(envelope, data=bytes(flipped)), SIGNER.public)


def test_a_signature_counts_only_under_the_kid_of_its_key() -> None:
    envelope, other = a_statement().envelope, KeyPair.from_seed(b"o" * 32)
    with pytest.raises(BadStatement, match="sig_invalid"):
        verify(replace(envelope, kid=other.kid), SIGNER.public)
    with pytest.raises(BadStatement, match="sig_invalid"):
        verify(envelope, other.public)


def test_a_signature_over_the_bare_bytes_is_none_of_a_statement() -> None:
    bare = a_statement().envelope.data
    with pytest.raises(BadStatement, match="sig_invalid"):
        verify(Envelope(bare, SIGNER.kid, SIGNER.sign(bare)), SIGNER.public)


def test_epoch_then_rev_then_hash_decide_which_version_is_greater() -> None:
    low, high = "0" * 64, "f" * 64
    versions = [Version(2, 2, low), Version(2, 1, high), Version(2, 1, low), Version(1, 9, high)]
    assert sorted(versions) == versions[::-1]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"v": 2}, "v is 2"),
        ({"v": True}, "v is True"),
        ({"type": "сводка"}, "type is not a code"),
        ({"origin": ""}, "origin is not a code"),
        ({"origin": 5}, "origin is not a code"),
        ({"key": "x" * 65}, "key is not a code"),
        ({"key": "a\n"}, "key is not a code"),
        ({"epoch": -1}, "epoch is not a whole number"),
        ({"epoch": 1.0}, "epoch is not a whole number"),
        ({"rev": True}, "rev is not a whole number"),
        ({"rev": "1"}, "rev is not a whole number"),
        ({"body": []}, "body is neither"),
        ({"body": "x"}, "body is neither"),
        ({"made_at": None}, "an instant is a string"),
        ({"made_at": "2026-11-21T09:00:00+00:00"}, "2026-11-21T09:00:00"),
        ({"made_at": "2026-11-21T9:0:0Z"}, "all its digits"),
    ],
)
def test_what_is_no_statement_is_malformed_and_says_where(
    changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadStatement, match=why) as caught:
        parse(an_envelope(a_fact(**changed)))
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("name", statement.FIELDS)
def test_every_field_is_required(name: str) -> None:
    fact = json.loads(a_statement().envelope.data)
    del fact[name]
    with pytest.raises(BadStatement, match="a field is missing"):
        parse(an_envelope(json.dumps(fact).encode()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        a_fact().replace(b'"rev": 1', b'"rev": 1, "rev": 2'),
        a_fact().replace(b'"rev": 1', b'"rev": NaN'),
        a_fact().replace(b'"rev": 1', b'"rev": ' + b"9" * 5000),
        a_fact().decode().encode("utf-16"),
        a_fact().replace(b"RU-MUR", b"RU-MUR\\u0000"),
    ],
)
def test_broken_json_is_malformed(data: bytes) -> None:
    with pytest.raises(BadStatement) as caught:
        parse(an_envelope(data))
    assert caught.value.code == "malformed"


def test_an_unknown_field_is_passed_over() -> None:
    assert parse(an_envelope(a_fact(later="more"))).rev == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"rev": statement.MAX_REV + 1}, "rev_too_high"), ({"epoch": 2**62}, "epoch_ahead")],
)
def test_a_version_out_of_reach_is_refused_by_name(changed: dict[str, int], code: str) -> None:
    with pytest.raises(BadStatement) as caught:
        parse(an_envelope(a_fact(**changed)))
    assert caught.value.code == code


def test_four_mebibytes_are_a_statement_and_one_byte_more_is_not() -> None:
    frame = len(a_statement(body={"x": ""}).envelope.data)
    full = a_statement(body={"x": "a" * (statement.MAX_BYTES - frame)})
    assert len(full.envelope.data) == statement.MAX_BYTES
    with pytest.raises(ValueError, match="over the limit"):
        a_statement(body={"x": "a" * (statement.MAX_BYTES - frame + 1)})
    with pytest.raises(BadStatement) as caught:
        parse(an_envelope(full.envelope.data + b" "))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "changed",
    [{"key": "не код"}, {"rev": -1}, {"rev": statement.MAX_REV + 1}, {"epoch": -1}],
)
def test_nothing_is_sealed_that_would_not_be_read(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        a_statement(**changed)


def test_a_number_that_is_not_json_is_not_sealed() -> None:
    with pytest.raises(ValueError, match=r".+"):
        a_statement(body={"x": float("nan")})


def test_a_deletion_is_a_statement_without_a_body() -> None:
    assert parse(a_statement(body=None).envelope).body is None


@pytest.mark.parametrize(
    "wire",
    [
        None,
        [],
        {},
        {"bytes": "x", "kid": "k"},
        {"bytes": 1, "kid": "k", "sig": "AA"},
        {"bytes": "x", "kid": "не", "sig": "AA"},
        {"bytes": "x", "kid": "k", "sig": "AA=="},
        {"bytes": "\ud800", "kid": "k", "sig": "AA"},
    ],
)
def test_what_is_no_envelope_is_malformed(wire: object) -> None:
    with pytest.raises(BadStatement) as caught:
        Envelope.from_wire(wire)
    assert caught.value.code == "malformed"


def test_an_instant_is_written_in_utc_to_the_second() -> None:
    moscow = timezone(timedelta(hours=3))
    text = statement.instant(datetime(2026, 11, 21, 12, 0, 0, 999_999, moscow))
    assert text == "2026-11-21T09:00:00Z"
    assert parse_instant(text) == NOW
