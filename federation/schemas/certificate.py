"""The certificate: a parent vouches for a child's root and says which territories it serves.

An ordinary statement of the parent, keyed by the child. The chain of them is walked in `trust.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from federation.schemas.fields import (
    Code,
    Day,
    Enum,
    Instant,
    ListOf,
    Nullable,
    Record,
    Thumbprint,
    malformed,
)
from federation.statement import Body, instant

LONGEST = timedelta(days=90)

BODY = Record(
    {
        "child": Code(),
        "root": Thumbprint(),
        "territories": ListOf(
            Record({"unit": Code(), "from": Day(), "to": Nullable(Day())}), at_least=1
        ),
        "not_before": Instant(),
        "not_after": Instant(),
        "status": Enum("valid", "revoked"),
    }
)


@dataclass(frozen=True, slots=True)
class Territory:
    """A unit served from the day `starts` and before the day `ends`; None is without an end.

    A listed unit means itself and everything below it that has no node of its own; what lies below
    is the directory's to say.
    """

    unit: str
    starts: date
    ends: date | None = None

    def on(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`root` is the thumbprint of the child's root key."""

    child: str
    root: str
    territories: tuple[Territory, ...]
    not_before: datetime
    not_after: datetime
    status: Literal["valid", "revoked"] = "valid"

    def serves(self, unit: str, day: date) -> bool:
        """Whether `unit` itself is listed for that day."""
        return any(place.unit == unit and place.on(day) for place in self.territories)

    def to_body(self) -> Body:
        return {
            "child": self.child,
            "root": self.root,
            "territories": [
                {
                    "unit": place.unit,
                    "from": place.starts.isoformat(),
                    "to": place.ends and place.ends.isoformat(),
                }
                for place in self.territories
            ],
            "not_before": instant(self.not_before),
            "not_after": instant(self.not_after),
            "status": self.status,
        }

    @classmethod
    def from_body(cls, key: str, body: object) -> Certificate:
        """BadStatement("malformed") for anything but a certificate of the child `key`."""
        facts = BODY.body(body)
        if facts["child"] != key:
            raise malformed("not the statement's key", "child")
        if not facts["not_before"] < facts["not_after"] <= facts["not_before"] + LONGEST:
            raise malformed(f"not within {LONGEST.days} days after not_before", "not_after")
        territories = tuple(
            Territory(place["unit"], place["from"], place["to"]) for place in facts["territories"]
        )
        for number, place in enumerate(territories):
            if place.ends is not None and place.ends <= place.starts:
                raise malformed("not after from", f"territories.{number}", "to")
        return cls(**{**facts, "territories": territories})
