"""The directive (поручение): an instruction from above, with a deadline and weighted milestones.

Its key is a random id. A new version supersedes the one before; a withdrawn one stays, as its last
state says. What readiness and risk mean is the node's matter (`node/domain`).
"""

from __future__ import annotations

from collections.abc import Iterable

from federation.schemas.fields import (
    Code,
    Count,
    Day,
    DirectoryName,
    Enum,
    Instant,
    ListOf,
    Nullable,
    Percent,
    Record,
    TextApproved,
    malformed,
)
from federation.schemas.stated import Stated
from federation.statement import CODE

MOST_ADDRESSEES = 20_000
WHOLE = "whole"
"""In the place of a milestone's code in a reading: the directive as a whole."""

MILESTONE = Record(
    {
        "code": Code(),
        "title": TextApproved(300),
        "weight": Count(at_least=1, below=101),
        "kind": Enum("progress", "done"),
        "condition": Nullable(
            Record(
                {
                    # From the highest to the lowest.
                    "scale": ListOf(
                        Record({"code": Code(), "title": DirectoryName()}), at_least=1, at_most=50
                    ),
                    "at_least": Code(),
                }
            )
        ),
    }
)
RISK_RULE = Record(
    {
        "rule": Enum("planned_late", "behind", "forecast", "silent"),
        "percent": Nullable(Percent()),
        "days": Nullable(Count(at_least=1, below=1000)),
        "weeks": Nullable(Count(at_least=1, below=100)),
    }
)
BODY = Record(
    {
        "title": TextApproved(300),
        "basis": TextApproved(1000),
        "issued_on": Day(),
        "deadline": Day(),
        "addressed": Enum("units", "tier", "below"),
        "tier": Nullable(Code()),
        "to": ListOf(Code(), at_least=1, at_most=MOST_ADDRESSEES),
        "coordinator": Record({"code": Code(), "name": DirectoryName()}),
        "responsible": ListOf(DirectoryName(), at_most=50),
        "co_executors": ListOf(DirectoryName(), at_most=50),
        "milestones": ListOf(MILESTONE, at_least=1, at_most=100),
        "stages": Record({"complete": Percent(), "close": Percent()}),
        "roll_up": Enum("own", "mean", "population", "share_complete"),
        "risk_rules": ListOf(RISK_RULE, at_most=20),
        "note": Nullable(TextApproved(1000)),
        "states": ListOf(
            Record(
                {
                    "state": Enum("in_force", "withdrawn"),
                    "at": Instant(),
                    "reason": Nullable(TextApproved(1000)),
                }
            ),
            at_least=1,
            at_most=100,
        ),
    }
)


class Directive(Stated):
    """`to` are all addressees by code, resolved when it was issued; `addressed` says by what rule:
    listed units, a whole tier, or everything below the issuer."""

    @property
    def to(self) -> frozenset[str]:
        return frozenset(self.facts["to"])

    @classmethod
    def from_body(cls, key: str, body: object) -> Directive:
        """BadStatement("malformed") for weights that do not make 100, a deadline before the issue,
        a code twice, a condition that names no rank, a key no report can be made of."""
        facts = BODY.body(body)
        if facts["deadline"] < facts["issued_on"]:
            raise malformed("before issued_on", "deadline")
        if (facts["addressed"] == "tier") != (facts["tier"] is not None):
            raise malformed("named exactly when a tier is addressed", "tier")
        _once(facts["to"], "to")
        check_reportable(key, facts["to"])
        codes = [milestone["code"] for milestone in facts["milestones"]]
        _once(codes, "milestones")
        if WHOLE in codes:
            raise malformed("means the directive as a whole", "milestones", WHOLE)
        if sum(milestone["weight"] for milestone in facts["milestones"]) != 100:
            raise malformed("the weights do not make 100", "milestones")
        for number, milestone in enumerate(facts["milestones"]):
            _check_condition(milestone, number)
        if facts["stages"]["close"] > facts["stages"]["complete"]:
            raise malformed("over complete", "stages", "close")
        return cls(facts)


def check_reportable(key: str, to: Iterable[str]) -> None:
    """An addressee's report is keyed by id, dot and unit: were that no key, it could never be
    sealed, and whatever waits for the same sealing would wait with it."""
    if not all(CODE.fullmatch(f"{key}.{unit}") for unit in to):
        raise malformed("with an addressee's code it makes no key of a report", "key")


def _check_condition(milestone: dict[str, object], number: int) -> None:
    condition = milestone["condition"]
    if not isinstance(condition, dict):
        return
    where = ("milestones", str(number), "condition")
    if milestone["kind"] != "done":
        raise malformed("only a milestone that is done or not has one", *where)
    ranks = [rank["code"] for rank in condition["scale"]]
    _once(ranks, *where, "scale")
    if condition["at_least"] not in ranks:
        raise malformed("not a rank of the scale", *where, "at_least")


def _once(codes: list[str] | tuple[str, ...], *where: str) -> None:
    if len(set(codes)) != len(codes):
        raise malformed("a code stands twice", *where)
