"""How a statement that goes down fares below a node between its origin and its addressees.

A receipt is between two neighbours. Whoever relays downward states what its own children said of
the statement, so that its origin sees stored, quarantined or waiting for each unit. Key: the key
of the statement it is about, which is random.
"""

from __future__ import annotations

from federation.schemas.fields import (
    Code,
    Count,
    Enum,
    Instant,
    ListOf,
    Nullable,
    Record,
    Sha256,
    malformed,
)
from federation.schemas.stated import Stated
from federation.statement import MAX_REV, Version

RESULTS = ("waiting", "stored", "pending", "quarantined")
BODY = Record(
    {
        "origin": Code(),
        "type": Code(),
        "key": Code(),
        "epoch": Count(below=2**62),
        "rev": Count(below=MAX_REV + 1),
        "sha256": Sha256(),
        "results": ListOf(
            Record(
                {
                    "unit": Code(),
                    "result": Enum(*RESULTS),
                    "code": Nullable(Code()),
                    "at": Nullable(Instant()),
                }
            ),
            at_most=10_000,
        ),
    }
)


class Delivery(Stated):
    """`origin`, `type`, `key` and the version say what went down; one result a direct child."""

    @property
    def origin(self) -> str:
        origin: str = self.facts["origin"]
        return origin

    @property
    def version(self) -> Version:
        return Version(self.facts["epoch"], self.facts["rev"], self.facts["sha256"])

    @property
    def units(self) -> tuple[str, ...]:
        """Whose results are stated."""
        return tuple(one["unit"] for one in self.facts["results"])

    @classmethod
    def from_body(cls, key: str, body: object) -> Delivery:
        """BadStatement("malformed")."""
        facts = BODY.body(body)
        if key != facts["key"]:
            raise malformed("not the statement's key", "key")
        units = [one["unit"] for one in facts["results"]]
        if len(set(units)) != len(units):
            raise malformed("a unit stands twice", "results")
        if facts["type"] not in ("directive", "directive_risk", "help"):
            raise malformed("does not go down to addressees", "type")
        for number, one in enumerate(facts["results"]):
            if (one["result"] == "quarantined") != (one["code"] is not None):
                where = ("results", str(number), "code")
                raise malformed("stands with quarantined, and only with it", *where)
        return cls(facts)
