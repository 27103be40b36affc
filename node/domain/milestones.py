"""How much of one milestone a reading counts for, and which reading is in force.

A reading of a milestone itself goes before a reading of the WHOLE of the same day or an earlier
one; the later of two goes before the earlier. That is all: nothing is averaged or carried between
milestones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from node.domain.directive import (
    WHOLE,
    Condition,
    Directive,
    Milestone,
    MilestoneKind,
    Reading,
)
from node.domain.wording import per_cent

NONE = Decimal(0)
ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """A milestone as of a day: `percent` is what counts, 0 to 100, by `reading`, the one in force.

    `why_not` says in words why it counts for less than was read; None when it counts as read.
    """

    milestone: Milestone
    percent: Decimal
    reading: Reading | None
    why_not: str | None

    @property
    def points(self) -> Decimal:
        """What it adds to the readiness of the whole, in per cent of the directive."""
        return self.milestone.weight * self.percent / 100

    @property
    def lost(self) -> Decimal:
        """What is still missing of its weight."""
        return self.milestone.weight - self.points


def state_of(milestone: Milestone, reading: Reading | None) -> MilestoneState:
    """What a milestone counts for under its reading in force.

    A reading of the WHOLE counts as stated, also for a milestone that is done or not: of the parts
    nothing is known then, and to deny one of them would change the stated whole.
    """
    if reading is None:
        return MilestoneState(milestone, NONE, None, None)
    why_not = None if _as_stated(milestone, reading) else _why_not(milestone, reading)
    return MilestoneState(milestone, progress_of(milestone, reading), reading, why_not)


def progress_of(milestone: Milestone, reading: Reading) -> Decimal:
    """The `percent` of `state_of` alone."""
    if _as_stated(milestone, reading):
        return reading.percent
    return ALL if reading.percent >= ALL and _why_not(milestone, reading) is None else NONE


def _as_stated(milestone: Milestone, reading: Reading) -> bool:
    return reading.milestone == WHOLE or milestone.kind is MilestoneKind.PROGRESS


def _why_not(milestone: Milestone, reading: Reading) -> str | None:
    """Why a milestone that is done or not does not count; None when it does, or is not done."""
    if milestone.condition is not None and reading.value is not None:
        rank = _rank_why_not(milestone.condition, reading.value)
        if rank is not None:
            return rank
    if NONE < reading.percent < ALL:
        return f"{per_cent(reading.percent)}: веха или выполнена, или нет, не засчитывается"
    if milestone.condition is not None and reading.value is None and reading.percent >= ALL:
        return "ступень не указана, не засчитывается"
    return None


def _rank_why_not(condition: Condition, value: str) -> str | None:
    """The scale runs from the highest rank down, so that a larger place is a lower rank."""
    places = {rank.code: place for place, rank in enumerate(condition.scale)}
    least = places[condition.at_least]
    if value not in places:
        return f"«{value}»: такой ступени нет в шкале поручения, не засчитывается"
    if places[value] <= least:
        return None
    return (
        f"{condition.scale[places[value]].title}: ниже ступени "
        f"«{condition.scale[least].title}», не засчитывается"
    )


def sweep(
    directive: Directive, readings: Iterable[Reading]
) -> Iterator[tuple[date, Mapping[str, Reading]]]:
    """Day by day in order, the readings that came into force that day, by milestone.

    A reading of a milestone the directive no longer has is passed over.
    """
    codes = [milestone.code for milestone in directive.milestones]
    known = frozenset(codes)
    ordered = sorted(
        (r for r in readings if r.milestone == WHOLE or r.milestone in known),
        # On one day the WHOLE comes first, so that a milestone's own reading overrides it.
        key=lambda reading: (reading.as_of, reading.milestone != WHOLE),
    )
    for day, of_day in groupby(ordered, key=lambda reading: reading.as_of):
        changed: dict[str, Reading] = {}
        for reading in of_day:
            if reading.milestone == WHOLE:
                changed = dict.fromkeys(codes, reading)
            else:
                changed[reading.milestone] = reading
        yield day, changed
