"""What the issuer's coordinator decided of one addressee's place in the risk zone.

Key: directive id, a dot, the unit. It goes down to that unit alone; the history is its dated list.
"""

from __future__ import annotations

from federation.schemas.fields import (
    Code,
    Day,
    DirectoryName,
    Enum,
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
        "directive": Id(),
        "unit": Code(),
        "marks": ListOf(
            Record(
                {
                    "change": Enum("added", "removed"),
                    "on": Day(),
                    "at": Instant(),
                    "post": DirectoryName(),
                    "reason": TextApproved(1000),
                    "evidence": Nullable(TextApproved(1000)),
                }
            ),
            at_most=1000,
        ),
    }
)


class DirectiveRisk(Stated):
    """`on` is the day from which a mark counts, `at` when it was made."""

    @property
    def to(self) -> frozenset[str]:
        return frozenset({self.facts["unit"]})

    @classmethod
    def from_body(cls, key: str, body: object) -> DirectiveRisk:
        """BadStatement("malformed"), also when one is removed without evidence."""
        facts = BODY.body(body)
        if key != f"{facts['directive']}.{facts['unit']}":
            raise malformed("not directive and unit", "key")
        for number, mark in enumerate(facts["marks"]):
            if mark["change"] == "removed" and mark["evidence"] is None:
                raise malformed("leaving needs evidence", "marks", str(number), "evidence")
        return cls(facts)
