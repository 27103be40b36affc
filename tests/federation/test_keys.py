"""Key pairs, thumbprints, fingerprints and the files keys live in."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import KeyFileError
from federation.keys import KeyPair, PublicKey, b64, fingerprint, thumbprint, unb64

# RFC 8037, appendix A: the key, its public half, its thumbprint, and a signature over A.4's input.
RFC_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
RFC_INPUT = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC_SIG = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


def test_keys_agree_with_the_vectors_of_rfc_8037() -> None:
    pair = KeyPair.from_seed(unb64(RFC_D))
    assert pair.public.x == RFC_X
    assert pair.kid == thumbprint(RFC_X) == RFC_KID
    assert b64(pair.sign(RFC_INPUT)) == RFC_SIG
    assert pair.public.verifies(unb64(RFC_SIG), RFC_INPUT)


def test_a_signature_fits_only_its_bytes_and_its_key() -> None:
    pair, other = KeyPair.from_seed(b"a" * 32), KeyPair.from_seed(b"b" * 32)
    signature = pair.sign(b"fact")
    assert pair.public.verifies(signature, b"fact")
    assert not pair.public.verifies(signature, b"fact.")
    assert not other.public.verifies(signature, b"fact")
    assert not pair.public.verifies(signature[:-1], b"fact")
    assert not pair.public.verifies(b"", b"fact")


def test_what_is_no_public_key_verifies_nothing() -> None:
    assert not PublicKey("").verifies(b"\0" * 64, b"fact")
    assert not PublicKey("AAAA").verifies(b"\0" * 64, b"fact")


@given(st.binary(max_size=80))
def test_base64_has_one_spelling_and_a_way_back(data: bytes) -> None:
    assert unb64(b64(data)) == data
    assert "=" not in b64(data)


@pytest.mark.parametrize("text", ["AB", "AA==", "A", "AA\n", "A A", "+/8", "é"])
def test_any_other_spelling_of_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unb64(text)


def test_a_fingerprint_is_at_least_eighty_bits_in_groups_of_five() -> None:
    groups = fingerprint(RFC_KID).split("-")
    assert [len(group) for group in groups] == [5] * 5
    assert 5 * sum(map(len, groups)) >= 80
    assert fingerprint(RFC_KID) == "SD5MV-7VJWF-KWNGC-UB5YM-AEL2E"


def test_a_key_file_is_read_back_and_closed_to_others(tmp_path: Path) -> None:
    pair, path = KeyPair.generate(), tmp_path / "keys" / "signing.key"
    pair.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyPair.load(path).kid == pair.kid


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    pair, path = KeyPair.generate(), tmp_path / "signing.key"
    pair.save(path)
    with pytest.raises(FileExistsError):
        KeyPair.generate().save(path)
    assert KeyPair.load(path).kid == pair.kid


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    KeyPair.generate().save(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        KeyPair.load(path)


@pytest.mark.parametrize("content", [b"", b"AAAA\n", b"\xff\xfe", RFC_D.encode() + b"="])
def test_a_damaged_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"signing\.key"):
        KeyPair.load(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot read"):
        KeyPair.load(tmp_path / "none.key")


def test_a_key_pair_shows_its_kid_and_not_its_secret() -> None:
    pair = KeyPair.from_seed(unb64(RFC_D))
    assert repr(pair) == f"KeyPair(kid='{RFC_KID}')"
