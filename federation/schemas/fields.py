"""The field language: which JSON values a body may hold, and nothing else.

A field reads one JSON value into a Python value or says in one sentence what it is not. Unknown
names in an object are passed over, so that a newer neighbour can say more. Every string is of a
kind declared here: a code, an id, a directory name, an approved text, or a shape that leaves no
room for prose. `undeclared_strings` finds any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from federation.errors import BadStatement
from federation.histogram import MAX_COUNT
from federation.schemas.field import Field, T_co, Wrong
from federation.schemas.strings import (
    LOOPBACK,
    Code,
    Day,
    DirectoryName,
    Enum,
    Id,
    Instant,
    Percent,
    PublicKeyX,
    Sha256,
    TextApproved,
    Thumbprint,
    Url,
    Zone,
)

__all__ = [
    "LOOPBACK",
    "PROSE",
    "SHAPES",
    "Code",
    "Count",
    "Day",
    "Degrees",
    "DirectoryName",
    "Enum",
    "Field",
    "Flag",
    "Id",
    "Instant",
    "ListOf",
    "MapOf",
    "Nullable",
    "Percent",
    "PublicKeyX",
    "Record",
    "Schema",
    "Sha256",
    "TextApproved",
    "Thumbprint",
    "Url",
    "Wrong",
    "Zone",
    "malformed",
    "undeclared_strings",
]

T = TypeVar("T")


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


class Degrees(Field[float]):
    """A latitude or longitude of the directory, -180 to 180."""

    def read(self, value: object) -> float:
        if type(value) not in (int, float) or not -180 <= value <= 180:  # type: ignore[operator]
            raise Wrong("not degrees from -180 to 180")
        return value  # type: ignore[return-value]


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
