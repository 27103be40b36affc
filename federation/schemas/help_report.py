"""What an addressee says of a help: seen, answered, held, how many attended.

Key: help id, a dot, the unit, for the same reason as a directive report's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from federation.schemas.fields import (
    Code,
    Count,
    Day,
    DirectoryName,
    Flag,
    Id,
    Instant,
    ListOf,
    Nullable,
    Record,
    TextApproved,
    malformed,
)
from federation.schemas.stated import Stated

BODY = Record(
    {
        "help": Id(),
        "issuer": Code(),
        "unit": Code(),
        "on_behalf": Flag(),
        "seen_at": Nullable(Instant()),
        "answers": ListOf(
            Record({"at": Instant(), "post": DirectoryName(), "text": TextApproved()}),
            at_most=100,
        ),
        "held_on": Nullable(Day()),
        "attended": Nullable(Count()),
    }
)


class HelpReport(Stated):
    """The last of `answers` is the one in force."""

    @property
    def help(self) -> str:
        help: str = self.facts["help"]
        return help

    @property
    def unit(self) -> str:
        unit: str = self.facts["unit"]
        return unit

    @property
    def on_behalf(self) -> bool:
        on_behalf: bool = self.facts["on_behalf"]
        return on_behalf

    @property
    def issuer(self) -> str:
        issuer: str = self.facts["issuer"]
        return issuer

    def days(self) -> Iterator[tuple[str, date]]:
        """When it was held, if it was."""
        if self.facts["held_on"] is not None:
            yield "held_on", self.facts["held_on"]

    @classmethod
    def from_body(cls, key: str, body: object) -> HelpReport:
        """BadStatement("malformed"), also for attendance at what was not held."""
        facts = BODY.body(body)
        if key != f"{facts['help']}.{facts['unit']}":
            raise malformed("not help and unit", "key")
        if facts["attended"] is not None and facts["held_on"] is None:
            raise malformed("of what was not held", "attended")
        return cls(facts)
