"""A scenario: directives of the past with what is known of them and what was filled in.

Three kinds of statement never mix. A fact has a source. A reconstructed reading has none and says
so wherever it goes. News tell how the whole went; they are compared with (`scenario_news`) and
never loaded: a risk zone that was typed in would prove nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from node.domain.directive import WHOLE, PlannedDate, Reading, Report
from node.domain.new_directive import NewDirective

ALL = Decimal(100)


class InvalidScenario(ValueError):
    """The files of a scenario contradict themselves or one another; the message names where."""


class Known(StrEnum):
    """What a fact says of a unit."""

    READINESS = "readiness"  # the whole, in per cent
    OPENED = "opened"  # the centre works: the whole is at 100
    PLANNED_ON = "planned_on"


class Measure(StrEnum):
    """What the news counted or named on a day."""

    COMPLETE = "complete"
    NEWLY_COMPLETE = "newly_complete"
    CLOSE = "close"
    IN_RISK_ZONE = "in_risk_zone"
    RISK_ZONE = "risk_zone"  # who: the units themselves
    ALL_COMPLETE = "all_complete"


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated thing that is known, and from where. `value`: a per cent, a date as coarse as it
    was said ("2021"), or blank where `what` says it all."""

    directive: str
    unit: str
    as_of: date
    what: Known
    value: str
    source: str

    def reading(self) -> Reading | None:
        """What it says of the whole; None for a plan."""
        if self.what is Known.PLANNED_ON:
            return None
        return Reading(WHOLE, self.as_of, ALL if self.what is Known.OPENED else self.percent())

    def planned(self) -> PlannedDate | None:
        if self.what is not Known.PLANNED_ON:
            return None
        day, precision = last_day_of(self.value)
        return PlannedDate(self.as_of, day, precision)

    def percent(self) -> Decimal:
        return percent_of(self.value)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A reading nobody published, made up to fit what is known; `reading.reconstructed` is set."""

    directive: str
    unit: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Said:
    """What the news said. `number` for a count, `units` for RISK_ZONE, neither for ALL_COMPLETE."""

    directive: str
    as_of: date
    measure: Measure
    number: int | None
    units: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A directive of the scenario under the id it always has, so that loading again finds it.

    `known_since`: the first day on which it is followed here, with the reason. Daily control is
    counted from then: of the days before nobody knows who looked at what.
    """

    id: str
    new: NewDirective
    known_since: date
    known_why: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` is that of its folder. InvalidScenario at the first contradiction."""

    name: str
    title: str
    about: str
    directives: tuple[Draft, ...]
    facts: tuple[Fact, ...]
    rebuilt: tuple[Rebuilt, ...]
    news: tuple[Said, ...]

    def __post_init__(self) -> None:
        ids = [draft.id for draft in self.directives]
        if not ids or len(set(ids)) != len(ids):
            raise InvalidScenario(f"{self.name}: needs directives, each under an id of its own")
        named = {fact.directive for fact in self.facts}
        named |= {entry.directive for entry in self.rebuilt}
        named |= {said.directive for said in self.news}
        if strange := sorted(named.difference(ids)):
            raise InvalidScenario(f"{self.name}: {', '.join(strange)}: none of its directives")
        for draft in self.directives:
            _check_readings(draft, _of(draft.id, self.facts), _of(draft.id, self.rebuilt))

    def reports(self, directive: str, origin: str) -> dict[str, Report]:
        """By unit, what `origin` holds on its behalf: facts and reconstruction in order of days."""
        facts = _of(directive, self.facts)
        rebuilt = _of(directive, self.rebuilt)
        readings = [(fact.unit, reading) for fact in facts if (reading := fact.reading())]
        readings += [(entry.unit, entry.reading) for entry in rebuilt]
        planned = [(fact.unit, plan) for fact in facts if (plan := fact.planned())]
        units = sorted({unit for unit, _ in (*readings, *planned)})
        return {
            unit: Report(
                directive,
                unit,
                origin,
                on_behalf=True,
                readings=tuple(
                    sorted(_at(unit, readings), key=lambda one: (one.as_of, one.milestone))
                ),
                planned_on=tuple(sorted(_at(unit, planned), key=lambda one: one.as_of)),
            )
            for unit in units
        }

    def units(self, directive: str) -> frozenset[str]:
        """Every unit anything is said of under a directive, the news included."""
        named = {fact.unit for fact in _of(directive, self.facts)}
        named |= {entry.unit for entry in _of(directive, self.rebuilt)}
        for said in _of(directive, self.news):
            named |= said.units
        return frozenset(named)


def last_day_of(text: str) -> tuple[date, str]:
    """The last day of what was said, and how precise it was: "2021" is 2021-12-31, year.

    Also 2021-Q2, 2021-06 and 2021-06-30. The last day is the reading most favourable to whoever
    planned: late even so is late beyond doubt.
    """
    year, _, rest = text.partition("-")
    try:
        if not rest:
            return date(int(year), 12, 31), "year"
        if rest.startswith("Q"):
            return _end_of_month(int(year), int(rest[1:]) * 3), "quarter"
        if "-" not in rest:
            return _end_of_month(int(year), int(rest)), "month"
        return date.fromisoformat(text), "day"
    except (ValueError, IndexError) as error:
        raise InvalidScenario(
            f"{text!r} is none of a day, a month, a quarter, a year: "
            "2021-06-30, 2021-06, 2021-Q2, 2021"
        ) from error


def percent_of(text: str) -> Decimal:
    """0 to 100 with at most two decimals; InvalidScenario for anything else."""
    try:
        percent = Decimal(text)
        exact = percent.is_finite() and percent == percent.quantize(Decimal("0.01"))
    except InvalidOperation:
        exact = False
    if not exact or not 0 <= percent <= ALL:
        raise InvalidScenario(f"{text!r} is not a per cent from 0 to 100")
    return percent


Entry = TypeVar("Entry", Fact, Rebuilt, Said)
Value = TypeVar("Value")


def _of(directive: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.directive == directive)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _at(unit: str, pairs: Iterable[tuple[str, Value]]) -> Iterator[Value]:
    return (value for code, value in pairs if code == unit)


def _check_readings(draft: Draft, facts: tuple[Fact, ...], rebuilt: tuple[Rebuilt, ...]) -> None:
    """Nothing filled in may stand against a fact, twice, or on a milestone that is not there."""
    ranks = {
        milestone.code: None
        if milestone.condition is None
        else {rank.code for rank in milestone.condition.scale}
        for milestone in draft.new.milestones
    }
    said = [(fact.unit, fact.as_of, fact.what is Known.PLANNED_ON) for fact in facts]
    for place, found in groupby(sorted(said)):
        if len(list(found)) > 1:
            raise InvalidScenario(f"{draft.id}: two facts on {place[0]} of {place[1]}")
    known = {(fact.unit, fact.as_of) for fact in facts if fact.reading() is not None}
    opened = {fact.unit: fact.as_of for fact in facts if fact.what is Known.OPENED}
    seen: set[tuple[str, date, str]] = set()
    for entry in rebuilt:
        reading = entry.reading
        where = f"{draft.id}: {entry.unit} on {reading.as_of}, {reading.milestone}"
        if reading.milestone not in ranks:
            raise InvalidScenario(f"{where}: no such milestone")
        if (entry.unit, reading.as_of, reading.milestone) in seen:
            raise InvalidScenario(f"{where}: stands twice")
        seen.add((entry.unit, reading.as_of, reading.milestone))
        if (entry.unit, reading.as_of) in known:
            raise InvalidScenario(f"{where}: a fact is known of that day")
        if entry.unit in opened and reading.as_of > opened[entry.unit]:
            raise InvalidScenario(f"{where}: the unit is known to be done since before that")
        scale = ranks[reading.milestone]
        if (reading.value is None) != (scale is None) or (scale and reading.value not in scale):
            raise InvalidScenario(f"{where}: {reading.value!r} is not a rank asked for here")
