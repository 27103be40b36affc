"""Every kind of string a body may hold: a code, a directory name, an approved text, or a shape that
leaves no room for prose."""

from __future__ import annotations

import re
import zoneinfo
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from federation.keys import unb64
from federation.schemas.field import Field, Wrong
from federation.statement import CODE, YEARS, parse_instant

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_URL = re.compile(r"[!-~]{1,256}")
_PERCENT = re.compile(r"100(\.00?)?|(0|[1-9][0-9]?)(\.[0-9]{1,2})?")
D = TypeVar("D", date, datetime)
# Control characters, halves of surrogate pairs and marks that turn the direction of writing.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Code(Field[str]):
    """A code of the directory or the classifier: `[A-Za-z0-9._-]{1,64}`."""

    def read(self, value: object) -> str:
        if type(value) is not str or not CODE.fullmatch(value):
            raise Wrong("not a code")
        return value


class Id(Code):
    """The random id of a statement; spelled like a code, means nothing."""


class DirectoryName(Field[str]):
    """A name out of the signed directory: of a unit, a post, a body. Never of a person."""

    def read(self, value: object) -> str:
        return _text(value, 200)


class TextApproved(Field[str]):
    """A text the redactor found nothing in and a person with the right let out."""

    def __init__(self, at_most: int = 10_000) -> None:
        self.at_most = at_most

    def read(self, value: object) -> str:
        return _text(value, self.at_most)


class Instant(Field[datetime]):
    """`2026-11-21T09:00:00Z`: whole seconds, UTC."""

    def read(self, value: object) -> datetime:
        if type(value) is not str or not _INSTANT.fullmatch(value):
            raise Wrong("not an instant like 2026-11-21T09:00:00Z")
        try:
            moment = parse_instant(value)
        except ValueError:
            raise Wrong("not a moment of the calendar") from None
        return _in_our_time(moment)


class Day(Field[date]):
    """`2026-11-21`."""

    def read(self, value: object) -> date:
        # The pattern first: fromisoformat also takes 20261121 and 2026-W47-6.
        if type(value) is not str or not _DAY.fullmatch(value):
            raise Wrong("not a day like 2026-11-21")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Wrong("not a day of the calendar") from None
        return _in_our_time(day)


class Enum(Field[str]):
    """One of a few words fixed by the protocol."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, value: object) -> str:
        if type(value) is not str or value not in self.words:
            raise Wrong(f"not one of {', '.join(self.words)}")
        return value


class Percent(Field[Decimal]):
    """0 to 100 as a string with at most two decimals: `"41"`, `"52.5"`. Exact, unlike a float."""

    def read(self, value: object) -> Decimal:
        if type(value) is not str or not _PERCENT.fullmatch(value):
            raise Wrong('not a per cent like "52.5"')
        return Decimal(value)


class Sha256(Field[str]):
    """64 lower-case hexadecimal digits."""

    def read(self, value: object) -> str:
        if type(value) is not str or not _SHA256.fullmatch(value):
            raise Wrong("not a sha256 in hexadecimal")
        return value


class PublicKeyX(Field[str]):
    """The 32 bytes of an Ed25519 public key as base64url, a JWK's `x`."""

    def read(self, value: object) -> str:
        return _thirty_two_bytes(value, "not a public key of 32 bytes in base64url")


class Thumbprint(Field[str]):
    """The RFC 7638 thumbprint of a key: its kid."""

    def read(self, value: object) -> str:
        return _thirty_two_bytes(value, "not a key's thumbprint")


class Url(Field[str]):
    """The public address of a node: https, or http on loopback; no query, fragment or sign-in."""

    def read(self, value: object) -> str:
        if type(value) is not str or not _URL.fullmatch(value):
            raise Wrong("not an address")
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise Wrong("not an address") from None
        if not host or "@" in parts.netloc or parts.query or parts.fragment:
            raise Wrong("not an address of host, port and path alone")
        if parts.scheme != "https" and (parts.scheme, host in LOOPBACK) != ("http", True):
            raise Wrong("not https outside loopback")
        return value


class Zone(Field[str]):
    """An IANA time zone known here."""

    def read(self, value: object) -> str:
        # The pattern keeps out paths, and `localtime`, which means another zone on each machine.
        if type(value) is not str or not _ZONE.fullmatch(value):
            raise Wrong("not a time zone")
        try:
            zoneinfo.ZoneInfo(value)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            raise Wrong("not a time zone known here") from None
        return value


def _in_our_time(day: D) -> D:
    if day.year not in YEARS:
        raise Wrong(f"not in the years {YEARS.start} to {YEARS.stop - 1}")
    return day


def _text(value: object, at_most: int) -> str:
    if type(value) is not str or not value.strip() or len(value) > at_most:
        raise Wrong(f"not a text of 1 to {at_most} characters")
    if _UNWRITABLE.search(value):
        raise Wrong("a character no text is written with")
    return value


def _thirty_two_bytes(value: object, reason: str) -> str:
    try:
        # 43 characters first: nothing long is decoded, and base64 passes over foreign characters.
        if type(value) is str and len(value) == 43 and len(unb64(value)) == 32:
            return value
    except ValueError:
        pass
    raise Wrong(reason)
