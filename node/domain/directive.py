"""A directive, what its addressees report, and what a coordinator decided: values, no rules.

Per cents are exact decimals, 0 to 100. What follows from these values as of a day is worked out in
`readiness`, `risk` and `control`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

WHOLE = "whole"
"""In the place of a milestone's code in a reading: every milestone at this per cent, since only
the whole is known. A later reading of one milestone goes before it."""


class MilestoneKind(StrEnum):
    PROGRESS = "progress"
    DONE = "done"  # 0 or 100, and, under a condition, 100 only when the condition is met


class Rollup(StrEnum):
    """How the per cent of a parent is made of its addressees below."""

    OWN = "own"
    MEAN = "mean"
    POPULATION = "population"
    SHARE_COMPLETE = "share_complete"


class RiskKind(StrEnum):
    PLANNED_LATE = "planned_late"
    BEHIND = "behind"
    FORECAST = "forecast"
    SILENT = "silent"


RULE_NUMBERS: Mapping[RiskKind, tuple[str, ...]] = {
    RiskKind.PLANNED_LATE: (),
    RiskKind.BEHIND: ("percent", "days"),
    RiskKind.FORECAST: ("weeks",),
    RiskKind.SILENT: ("days",),
}
"""The numbers a rule of each kind is made of, as `RiskRule` names them."""


@dataclass(frozen=True, slots=True)
class Rank:
    """One rank of a condition's scale."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Not below `at_least`; `scale` runs from the highest rank to the lowest."""

    scale: tuple[Rank, ...]
    at_least: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of a directive; the weights of all make 100."""

    code: str
    title: str
    weight: int
    kind: MilestoneKind = MilestoneKind.PROGRESS
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class RiskRule:
    """A rule of the risk zone with its numbers.

    planned_late: none. behind: under `percent` with less than `days` left. forecast: by the pace
    of the last `weeks`. silent: no reading for `days`.
    """

    kind: RiskKind
    percent: Decimal | None = None
    days: int | None = None
    weeks: int | None = None

    def missing(self) -> tuple[str, ...]:
        """The numbers its kind needs and it has not; a rule that lacks one never holds."""
        return tuple(name for name in RULE_NUMBERS[self.kind] if getattr(self, name) is None)


@dataclass(frozen=True, slots=True)
class Stages:
    """From `complete` on complete, from `close` on close to completion, above 0 in progress."""

    complete: Decimal = Decimal(100)
    close: Decimal = Decimal(60)


@dataclass(frozen=True, slots=True)
class DatedState:
    """`in_force` or `withdrawn` since `at`."""

    state: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Directive:
    """`addressed`: units, tier or below, the rule `to` was resolved by when it was issued."""

    id: str
    issuer: str
    title: str
    basis: str
    issued_on: date
    deadline: date
    addressed: str
    tier: str | None
    to: tuple[str, ...]
    coordinator: str
    coordinator_name: str
    responsible: tuple[str, ...]
    co_executors: tuple[str, ...]
    milestones: tuple[Milestone, ...]
    stages: Stages
    rollup: Rollup
    risk_rules: tuple[RiskRule, ...]
    states: tuple[DatedState, ...]
    note: str | None = None

    @property
    def withdrawn(self) -> bool:
        return self.states[-1].state == "withdrawn"

    def withdrawn_by(self, day: date) -> bool:
        """Whether it stood withdrawn at the end of `day`, days of UTC.

        Not the unit's local day: one directive is withdrawn for all its addressees on one day.
        """
        known = [state for state in self.states if state.at.date() <= day]
        return bool(known) and known[-1].state == "withdrawn"

    def days_left(self, day: date) -> int:
        """Days until the deadline, 0 on it, negative when it is past."""
        return (self.deadline - day).days


@dataclass(frozen=True, slots=True)
class Reading:
    """A dated value of a milestone, or of the WHOLE. `value` is a rank where one is asked for;
    `reason` says why a per cent went down; `reconstructed`: not known, filled in afterwards."""

    milestone: str
    as_of: date
    percent: Decimal
    value: str | None = None
    reason: str | None = None
    reconstructed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """As of a day the addressee planned to be done on `day`, known to the `precision` named."""

    as_of: date
    day: date
    precision: str = "day"


@dataclass(frozen=True, slots=True)
class Step:
    """A remedy with an owner (a post) and a date."""

    id: str
    title: str
    owner: str
    added_on: date
    due_on: date
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Somebody looked at it on that local day."""

    day: date
    at: datetime
    post: str


@dataclass(frozen=True, slots=True)
class RiskMark:
    """A coordinator added a unit to the risk zone or removed it, from the day `on`."""

    added: bool
    on: date
    at: datetime
    post: str
    reason: str
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report on one addressee, in the order it was written.

    `origin` is the node that signed it: the unit's own, or a coordinator's above (`on_behalf`).
    """

    directive: str
    unit: str
    origin: str
    on_behalf: bool
    acknowledged_at: datetime | None = None
    readings: tuple[Reading, ...] = ()
    planned_on: tuple[PlannedDate, ...] = ()
    steps: tuple[Step, ...] = ()
    check_ins: tuple[CheckIn, ...] = ()
