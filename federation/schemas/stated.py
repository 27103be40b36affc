"""A body whose meaning is the node's own: checked field by field here, understood there.

What the protocol itself must know of such a type (where it goes) is a property of its class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from federation.statement import Body, instant


@runtime_checkable
class Dated(Protocol):
    """A body that says what has happened on certain days."""

    def days(self) -> Iterator[tuple[str, date]]:
        """Each of them, and where in the body it stands."""


@dataclass(frozen=True, slots=True)
class Stated:
    """The facts as read: days, instants and decimals are values, lists are tuples."""

    facts: Mapping[str, Any]

    def to_body(self) -> Body:
        """The body again, in the order of its schema, so that the bytes are a function of it."""
        return {name: _plain(value) for name, value in self.facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
