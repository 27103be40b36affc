"""What a person may be told went wrong: five kinds, each error a class with its sentence.

Invalid (422) · Forbidden (403) · NotFound (404) · Conflict (409) · Unavailable (503).
`web/problems.py` turns kinds into statuses once; nobody else knows HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

Extra = Mapping[str, str | int | Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, and what to do about it."""

    field: str
    message: str


class DomainError(Exception):
    """The sentence of an error is its class's docstring unless one is given."""

    kind: ClassVar[str] = "invalid"

    def __init__(self, message: str | None = None, **extra: str | int | Sequence[str] | None):
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.extra: Extra = extra
        super().__init__(self.message)


class Invalid(DomainError):
    """What was sent cannot be accepted."""

    kind = "invalid"

    def __init__(self, *faults: Fault, message: str | None = None) -> None:
        self.faults = faults
        super().__init__(
            message or "; ".join(f"{fault.field}: {fault.message}" for fault in faults) or None
        )


class Forbidden(DomainError):
    """This is not for the one who asks."""

    kind = "forbidden"


class NotFound(DomainError):
    """There is nothing under this name."""

    kind = "not_found"


class Conflict(DomainError):
    """The matter has moved on, or does not allow this now."""

    kind = "conflict"


class Unavailable(DomainError):
    """This cannot be done at the moment: try again later."""

    kind = "unavailable"
