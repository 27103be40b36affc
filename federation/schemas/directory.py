"""The directory: every unit of the vertical, signed by the top. Key: `directory`.

It goes down to every node and replaces the file the program was shipped with. A tree that does
not hold together (a parent unknown, a circle) is refused by the node, which knows what a tree is.
"""

from __future__ import annotations

from typing import Any

from federation.schemas.fields import (
    Code,
    Count,
    Day,
    Degrees,
    DirectoryName,
    ListOf,
    Nullable,
    Record,
    Zone,
    malformed,
)
from federation.schemas.stated import Stated

KEY = "directory"
BODY = Record(
    {
        "units": ListOf(
            Record(
                {
                    "code": Code(),
                    "tier": Code(),
                    "parent": Nullable(Code()),
                    "name": DirectoryName(),
                    "name_en": Nullable(DirectoryName()),
                    "lat": Nullable(Degrees()),
                    "lon": Nullable(Degrees()),
                    "population": Nullable(Count(below=10**10)),
                    "timezone": Zone(),
                    "opened_on": Nullable(Day()),
                    "closed_on": Nullable(Day()),
                    "node_from": Nullable(Day()),
                    "node_until": Nullable(Day()),
                    "curator": Nullable(DirectoryName()),
                }
            ),
            at_least=1,
            at_most=30_000,
        )
    }
)


class SignedDirectory(Stated):
    """`units` in the order the top lists them; `curator` is a post, never a person."""

    @property
    def units(self) -> tuple[dict[str, Any], ...]:
        units: tuple[dict[str, Any], ...] = self.facts["units"]
        return units

    @classmethod
    def from_body(cls, key: str, body: object) -> SignedDirectory:
        """BadStatement("malformed")."""
        facts = BODY.body(body)
        if key != KEY:
            raise malformed(f"there is one, called {KEY}", "key")
        codes = [unit["code"] for unit in facts["units"]]
        if len(set(codes)) != len(codes):
            raise malformed("a code stands twice", "units")
        return cls(facts)
