"""Ed25519 keys: pairs, thumbprints, fingerprints and the files they live in.

Whom a key belongs to is not decided here: see `trust.py` (descriptors and certificates).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.errors import KeyFileError

ALG = "ed25519"


def b64(data: bytes) -> str:
    """base64url without padding, the only base64 of the protocol's JSON."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The inverse of `b64`; ValueError for anything but canonical unpadded base64url."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise ValueError("not canonical base64url")
    return data


def thumbprint(public: str) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key given as base64url `x`: the key's `kid`."""
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
    return b64(hashlib.sha256(jwk.encode()).digest())


def fingerprint(kid: str) -> str:
    """The first 125 bits of a thumbprint as five groups people can read to each other.

    >>> fingerprint("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    'SD5MV-7VJWF-KWNGC-UB5YM-AEL2E'
    """
    text = base64.b32encode(unb64(kid)[:16]).decode()
    return "-".join(text[i : i + 5] for i in range(0, 25, 5))


@functools.lru_cache(maxsize=4096)
def _public(public: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(unb64(public))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: `x` is 32 bytes as base64url."""

    x: str

    @property
    def kid(self) -> str:
        return thumbprint(self.x)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (64 bytes) over `data` was made by this key."""
        try:
            _public(self.x).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    def native(self) -> Ed25519PublicKey:
        return _public(self.x)


class KeyPair:
    """A private Ed25519 key, and the public half of it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(b64(private.public_key().public_bytes_raw()))
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> KeyPair:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> KeyPair:
        """From the 32 private bytes; ValueError for any other length."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path) -> KeyPair:
        """From a file written by `save`; KeyFileError when it is missing, damaged or too open."""
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"cannot read key file {path}: {error}") from error
        if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
            raise KeyFileError(f"key file {path} is open to others: run  chmod 600 {path}")
        try:
            return cls.from_seed(unb64(text.strip()))
        except ValueError as error:
            raise KeyFileError(f"key file {path} is damaged: restore a safe copy") from error

    def save(self, path: Path) -> None:
        """Write the private bytes to a new file of mode 0600; FileExistsError if it is there."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(b64(self._private.private_bytes_raw()) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def native(self) -> Ed25519PrivateKey:
        return self._private

    def __repr__(self) -> str:
        return f"KeyPair(kid={self.kid!r})"
