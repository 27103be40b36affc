"""The field language: which JSON values a body may hold, and nothing else.

A field reads one JSON value into a Python value or says in one sentence what it is not. Unknown
names in an object are passed over, so that a newer neighbour can say more. Every string is of a
kind declared here: a code, an id, a directory name, an approved text, or a shape that leaves no
room for prose. `undeclared_strings` finds any other.
"""

from __future__ import annotations

import re
import zoneinfo
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from federation.errors import BadStatement
from federation.histogram import MAX_COUNT
from federation.keys import unb64
from federation.statement import CODE, parse_instant

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_URL = re.compile(r"[!-~]{1,256}")
_PERCENT = re.compile(r"100(\.00?)?|(0|[1-9][0-9]?)(\.[0-9]{1,2})?")
# Control characters, halves of surrogate pairs and marks that turn the direction of writing.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Wrong(ValueError):
    """A value does not fit its field. `where` grows from the inside out as the error climbs.

    So the good path builds no path names, which would be half the cost of reading a summary.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where: list[str] = []

    def inside(self, name: str) -> Wrong:
        self.where.insert(0, name)
        return self


class Field(ABC, Generic[T_co]):
    """One place in a body."""

    @abstractmethod
    def read(self, value: object) -> T_co:
        """The Python value of a JSON value; Wrong for anything that does not belong here."""

    def parts(self) -> Iterator[tuple[str, Field[object]]]:
        """Named fields inside this one; a leaf has none."""
        return iter(())


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
            return parse_instant(value)
        except ValueError:
            raise Wrong("not a moment of the calendar") from None


class Day(Field[date]):
    """`2026-11-21`."""

    def read(self, value: object) -> date:
        # The pattern first: fromisoformat also takes 20261121 and 2026-W47-6.
        if type(value) is not str or not _DAY.fullmatch(value):
            raise Wrong("not a day like 2026-11-21")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Wrong("not a day of the calendar") from None


class Count(Field[int]):
    """A whole number, `at_least` … under 10⁷ unless said otherwise. 1.0 and true are none."""

    def __init__(self, at_least: int = 0, below: int = MAX_COUNT) -> None:
        self.at_least = at_least
        self.below = below

    def read(self, value: object) -> int:
        if type(value) is not int or not self.at_least <= value < self.below:
            raise Wrong(f"not a whole number from {self.at_least} to {self.below - 1}")
        return value


class Flag(Field[bool]):
    """true or false."""

    def read(self, value: object) -> bool:
        if type(value) is not bool:
            raise Wrong("neither true nor false")
        return value


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


class Degrees(Field[float]):
    """A latitude or longitude of the directory, -180 to 180."""

    def read(self, value: object) -> float:
        if type(value) not in (int, float) or not -180 <= value <= 180:  # type: ignore[operator]
            raise Wrong("not degrees from -180 to 180")
        return value  # type: ignore[return-value]


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


class Nullable(Field[T | None]):
    """A field that may be null or left out."""

    def __init__(self, field: Field[T]) -> None:
        self.field = field

    def read(self, value: object) -> T | None:
        return None if value is None else self.field.read(value)

    def parts(self) -> Iterator[tuple[str, Field[object]]]:
        yield "?", self.field


class ListOf(Field[tuple[T, ...]]):
    """A list of one kind of value; how long it may be is the protocol's 4 MiB unless said."""

    def __init__(self, field: Field[T], *, at_least: int = 0, at_most: int | None = None) -> None:
        self.field = field
        self.at_least = at_least
        self.at_most = at_most

    def read(self, value: object) -> tuple[T, ...]:
        if type(value) is not list:
            raise Wrong("not a list")
        if len(value) < self.at_least:
            raise Wrong(f"fewer than {self.at_least}")
        if self.at_most is not None and len(value) > self.at_most:
            raise Wrong(f"more than {self.at_most}")
        read = self.field.read
        found: list[T] = []
        try:
            for item in value:
                found.append(read(item))  # noqa: PERF401 - its length says which item was wrong
        except Wrong as wrong:
            raise wrong.inside(str(len(found))) from None
        return tuple(found)

    def parts(self) -> Iterator[tuple[str, Field[object]]]:
        yield "*", self.field


class MapOf(Field[dict[str, T]]):
    """An object whose names are among a few words, all of them optional, all of one kind."""

    def __init__(self, names: Iterable[str], field: Field[T]) -> None:
        self.names = frozenset(names)
        self.field = field

    def read(self, value: object) -> dict[str, T]:
        if type(value) is not dict:
            raise Wrong("not an object")
        read = self.field.read
        names = self.names
        found: dict[str, T] = {}
        for name, item in value.items():
            if name in names:
                try:
                    found[name] = read(item)
                except Wrong as wrong:
                    raise wrong.inside(name) from None
        return found

    def parts(self) -> Iterator[tuple[str, Field[object]]]:
        yield "*", self.field


class Record(Field[dict[str, Any]]):
    """An object with named fields, each required unless Nullable. The body of every type is one."""

    def __init__(self, fields: Mapping[str, Field[object]]) -> None:
        self.fields = tuple(fields.items())

    def read(self, value: object) -> dict[str, Any]:
        if type(value) is not dict:
            raise Wrong("not an object")
        found: dict[str, Any] = {}
        for name, field in self.fields:
            if name in value:
                try:
                    found[name] = field.read(value[name])
                except Wrong as wrong:
                    raise wrong.inside(name) from None
            elif isinstance(field, Nullable):
                found[name] = None
            else:
                raise Wrong("missing").inside(name)
        return found

    def parts(self) -> Iterator[tuple[str, Field[object]]]:
        yield from self.fields

    def body(self, value: object) -> dict[str, Any]:
        """Read a whole body; BadStatement("malformed", "path.to.field: reason")."""
        try:
            return self.read(value)
        except Wrong as wrong:
            raise malformed(wrong, *wrong.where) from None


def malformed(reason: object, *where: str) -> BadStatement:
    """The refusal of a body: where in it, and why."""
    return BadStatement("malformed", f"{'.'.join(where) or 'body'}: {reason}")


@dataclass(frozen=True, slots=True)
class Schema(Generic[T_co]):
    """One statement type: what its body may hold, and how it becomes a typed value.

    `deletable` says whether a null body is a lawful end of such a statement.
    """

    body: Record
    read: Callable[[str, object], T_co]
    deletable: bool = False

    def validate(self, key: str, body: object) -> T_co | None:
        """The typed body, None for a lawful deletion; BadStatement for anything else."""
        if body is None:
            if self.deletable:
                return None
            raise malformed("a statement of this type is never deleted")
        return self.read(key, body)


PROSE = (DirectoryName, TextApproved)
SHAPES = (Code, Id, Instant, Day, Enum, Percent, Sha256, PublicKeyX, Thumbprint, Url, Zone)
# What must never slip through unseen, and the plainest string there is.
_SENTENCE = "Позвоните Анне, дом 5"
_PROBES = (_SENTENCE, "code", "+7 000 000-00-00", "nobody@example.org", "0", "")


def undeclared_strings(
    field: Field[object], at: str = "body", *, shapes: tuple[type, ...] = SHAPES
) -> Iterator[str]:
    """Paths of leaves that let a string through without being of a declared kind.

    A kind is not taken at its word: a leaf that is no `PROSE` is asked to read a sentence, and one
    that is said to hold no strings is asked to read several.
    """
    parts = list(field.parts())
    for name, part in parts:
        yield from undeclared_strings(part, f"{at}.{name}", shapes=shapes)
    if parts or type(field) in PROSE:
        return
    if any(_reads(field, text) for text in (_PROBES[:1] if type(field) in shapes else _PROBES)):
        yield at


def _reads(field: Field[object], text: str) -> bool:
    try:
        field.read(text)
    except Wrong:
        return False
    return True


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
