"""The directive report (отчёт по поручению) of one addressee: readings, planned dates, steps,
check-ins.

Key: directive id, a dot, the unit, so that a coordinator's reports for 83 units without a node
stand side by side. It climbs to the issuer. Only the newest version survives an outage, so that
everything in it is a dated list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from federation.schemas.fields import (
    Code,
    Day,
    DirectoryName,
    Enum,
    Flag,
    Id,
    Instant,
    ListOf,
    Nullable,
    Percent,
    Record,
    TextApproved,
    malformed,
)
from federation.schemas.stated import Stated

BODY = Record(
    {
        "directive": Id(),
        "issuer": Code(),
        "unit": Code(),
        "on_behalf": Flag(),
        "acknowledged_at": Nullable(Instant()),
        "readings": ListOf(
            Record(
                {
                    "milestone": Code(),
                    "as_of": Day(),
                    "percent": Percent(),
                    "value": Nullable(Code()),
                    "reason": Nullable(TextApproved(1000)),
                    "reconstructed": Flag(),
                }
            ),
            at_most=10_000,
        ),
        "planned_on": ListOf(
            Record(
                {
                    "as_of": Day(),
                    "day": Day(),
                    "precision": Enum("day", "month", "quarter", "year"),
                }
            ),
            at_most=1000,
        ),
        "steps": ListOf(
            Record(
                {
                    "id": Code(),
                    "title": TextApproved(300),
                    "owner": DirectoryName(),
                    "added_on": Day(),
                    "due_on": Day(),
                    "done_on": Nullable(Day()),
                }
            ),
            at_most=1000,
        ),
        "check_ins": ListOf(
            Record({"day": Day(), "at": Instant(), "post": DirectoryName()}), at_most=5000
        ),
    }
)


class DirectiveReport(Stated):
    """`on_behalf`: a coordinator speaks for a unit without a node of its own; the statement's
    origin is then the coordinator's node. `issuer` is where it climbs to."""

    @property
    def directive(self) -> str:
        directive: str = self.facts["directive"]
        return directive

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
        """Of readings, of what was planned when, of finished steps and of check-ins."""
        for name, field in (
            ("readings", "as_of"),
            ("planned_on", "as_of"),
            ("steps", "added_on"),
            ("steps", "done_on"),
            ("check_ins", "day"),
        ):
            for number, one in enumerate(self.facts[name]):
                if one[field] is not None:
                    yield f"{name}.{number}.{field}", one[field]

    @classmethod
    def from_body(cls, key: str, body: object) -> DirectiveReport:
        """BadStatement("malformed"), also for two readings of a milestone on one day."""
        facts = BODY.body(body)
        if key != f"{facts['directive']}.{facts['unit']}":
            raise malformed("not directive and unit", "key")
        for name, of in (
            ("readings", lambda one: (one["milestone"], one["as_of"])),
            ("planned_on", lambda one: one["as_of"]),
            ("steps", lambda one: one["id"]),
            ("check_ins", lambda one: one["day"]),
        ):
            if len({of(one) for one in facts[name]}) != len(facts[name]):
                raise malformed("the same stands twice", name)
        return cls(facts)
