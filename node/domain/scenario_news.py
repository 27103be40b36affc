"""What the news said of a day beside what follows from the readings: agreement and difference.

A difference is an answer, not an error: it is told with the units that make it.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.domain.readiness import Stage
from node.domain.scenario import Measure, Said
from node.domain.standing import Standing


@dataclass(frozen=True, slots=True)
class Compared:
    """`told` and `found` are numbers of units; `units` are those the two differ about: of a risk
    zone whoever stands in one of them only, of "all" whoever is not complete. A count that differs
    names nobody: it does not say whom it counted."""

    said: Said
    told: int
    found: int
    units: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return self.told == self.found and not self.units


def compare(said: Said, present: Standing, before: Standing) -> Compared:
    """`present` as of the day of the news, `before` as of the day before it."""
    complete = _complete(present)
    zone = {unit.unit for unit in present.risk_zone}
    match said.measure:
        case Measure.COMPLETE:
            found = len(complete)
        case Measure.NEWLY_COMPLETE:
            found = len(complete - _complete(before))
        case Measure.CLOSE:
            found = present.stages[Stage.CLOSE]
        case Measure.IN_RISK_ZONE:
            found = len(zone)
        case Measure.RISK_ZONE:
            return Compared(said, len(said.units), len(zone), tuple(sorted(zone ^ said.units)))
        case Measure.ALL_COMPLETE:
            rest = tuple(unit.unit for unit in present.units if unit.unit not in complete)
            return Compared(said, len(present.units), len(complete), rest)
    assert said.number is not None
    return Compared(said, said.number, found, ())


def _complete(standing: Standing) -> frozenset[str]:
    return frozenset(unit.unit for unit in standing.units if unit.stage is Stage.COMPLETE)
