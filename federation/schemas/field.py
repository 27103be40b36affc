"""One place in a body: the base of all kinds of fields, and what is said of a value that does not
fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


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
