"""Help (помощь) asked or offered from above: a question to answer, a training to hold.

Key: a random id. Advice, practice and offers use the same body.
"""

from __future__ import annotations

from federation.schemas.directive import MOST_ADDRESSEES, check_reportable
from federation.schemas.fields import (
    Code,
    Day,
    Enum,
    Id,
    Instant,
    ListOf,
    Nullable,
    Record,
    TextApproved,
)
from federation.schemas.stated import Stated

KINDS = ("question", "training", "advice", "practice", "offer")
BODY = Record(
    {
        "kind": Enum(*KINDS),
        "to": ListOf(Code(), at_least=1, at_most=MOST_ADDRESSEES),
        "directive": Nullable(Id()),
        "title": TextApproved(300),
        "text": Nullable(TextApproved()),
        "asked_on": Day(),
        "due_on": Nullable(Day()),
        "planned_on": Nullable(Day()),
        "states": ListOf(
            Record(
                {
                    "state": Enum("open", "closed", "withdrawn"),
                    "at": Instant(),
                    "reason": Nullable(TextApproved(1000)),
                }
            ),
            at_least=1,
            at_most=100,
        ),
    }
)


class Help(Stated):
    """`planned_on` is the day of a training, `due_on` when an answer is expected."""

    @property
    def to(self) -> frozenset[str]:
        return frozenset(self.facts["to"])

    @classmethod
    def from_body(cls, key: str, body: object) -> Help:
        """BadStatement("malformed"), also for a key no report can be made of."""
        facts = BODY.body(body)
        check_reportable(key, facts["to"])
        return cls(facts)
