"""Coverage: which summaries a figure stands on, and which it should stand on.

Missing is never zero: a leaf that has said nothing of a day is counted as missing, one that has
said "nothing happened" as received. Everything is counted in unit-days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from node.domain.directory import Directory
from node.domain.local_day import bounds

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Service:
    """From which day on a unit has a node, and the first day on which it no longer has (None:
    no end is known)."""

    node_from: date
    node_until: date | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Days from `first` to `last`, both included; never empty."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(len(self)))

    def without(self, other: Run | None) -> tuple[Run, ...]:
        """What is left of this run when the days of another are taken out."""
        if other is None or other.last < self.first or other.first > self.last:
            return (self,)
        before = _run(self.first, other.first - DAY)
        after = _run(other.last + DAY, self.last)
        return tuple(run for run in (before, after) if run)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is held of one leaf in a period: days final or restated, days open, days whose first
    final came in time; the first and the last of all these days."""

    received: int
    open: int
    on_time: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Missing:
    """Days a leaf should have reported on and has not, in order."""

    unit: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a figure is built on, in unit-days.

    `received` may exceed `expected` (a node that reports before its first expected day) and is
    not capped: a number over 100 % says that the directory is behind. `population_share` is the
    part of residents' days that received summaries cover; None when no population is known.
    """

    expected: int
    received: int
    open: int
    on_time: int
    population_share: float | None
    missing: tuple[Missing, ...]

    def is_provisional(self, below: float) -> bool:
        """Whether too little has come to call the figure settled; nothing expected is nothing
        known, and not perfection."""
        return self.expected == 0 or self.received / self.expected < below


def services(
    directory: Directory, takes_in: Callable[[str], bool], certified: Mapping[str, Service]
) -> dict[str, Service]:
    """Every leaf: a unit whose tier takes appeals in and that has a node, by directory order.

    The directory's dates count; where it leaves them blank, those of the unit's certificates.
    """
    found = {}
    for unit in directory.units:
        known = certified.get(unit.code)
        starts = unit.node_from or (known.node_from if known else None)
        if starts is not None and takes_in(unit.code):
            ends = unit.node_until or (known.node_until if known else None)
            found[unit.code] = Service(starts, ends)
    return found


def expected_days(
    scope: str,
    period: Run,
    *,
    directory: Directory,
    leaves: Mapping[str, Service],
    today: Callable[[str], date],
) -> dict[str, tuple[Run, ...]]:
    """Which leaves must have reported on which days for a figure of `scope`.

    The leaves at and below the scope; on days when the scope has no node of its own also the
    nearest leaf above, which serves its territory then. A day that has not begun in the leaf's
    zone (`today` of a unit) is not expected.
    """
    expected: dict[str, tuple[Run, ...]] = {}
    for unit in directory.subtree(scope):
        if run := _within(period, leaves.get(unit), today(unit)):
            expected[unit] = (run,)
    uncovered = period.without(_within(period, leaves.get(scope), period.last))
    for unit in directory.ancestors(scope):
        covering = leaves.get(unit)
        if covering is None:
            continue
        runs = tuple(run for gap in uncovered if (run := _within(gap, covering, today(unit))))
        if runs:
            expected[unit] = runs
        uncovered = tuple(
            rest for gap in uncovered for rest in gap.without(_within(gap, covering, gap.last))
        )
    return expected


def doubtful(expected: Mapping[str, tuple[Run, ...]], seen: Mapping[str, Seen]) -> tuple[str, ...]:
    """The leaves whose days must be looked at one by one to say which are missing.

    Not those of which nothing is held, and not those whose days all lie in their one expected run
    and fill it: with thousands of unit-days that is nearly everybody.
    """
    return tuple(
        unit
        for unit, runs in expected.items()
        if (known := seen.get(unit))
        and not (
            len(runs) == 1
            and runs[0].first <= known.first
            and known.last <= runs[0].last
            and known.received + known.open == len(runs[0])
        )
    )


def residents_of(directory: Directory, leaves: Collection[str]) -> dict[str, int]:
    """How many residents each leaf answers for: its own less those of the leaves below it.

    The same as `Directory.own_population` of each, in one pass: six hundred leaves asked one by
    one about all the others take a third of a second. 0 where no population is known.
    """
    found = {unit: directory.population(unit) or 0 for unit in leaves}
    for unit in leaves:
        above = next((code for code in directory.ancestors(unit) if code in found), None)
        if above is not None:
            found[above] -= directory.population(unit) or 0
    return {unit: max(residents, 0) for unit, residents in found.items()}


def measure(
    expected: Mapping[str, tuple[Run, ...]],
    seen: Mapping[str, Seen],
    held: Mapping[str, Collection[date]],
    residents: Mapping[str, int],
) -> Coverage:
    """Coverage of a period. `held` are the days held of each doubtful leaf, `residents` whom
    each answers for."""
    missing, covered, whole = [], 0, 0
    for unit, runs in expected.items():
        days = sum(len(run) for run in runs)
        known = seen.get(unit)
        weight = residents[unit]
        whole += weight * days
        covered += weight * (known.received if known else 0)
        if known is None:
            absent = tuple(day for run in runs for day in run)
        elif unit in held:
            absent = tuple(day for run in runs for day in run if day not in held[unit])
        else:
            absent = ()
        if absent:
            missing.append(Missing(unit, absent))
    return Coverage(
        expected=sum(len(run) for runs in expected.values() for run in runs),
        received=sum(known.received for known in seen.values()),
        open=sum(known.open for known in seen.values()),
        on_time=sum(known.on_time for known in seen.values()),
        population_share=covered / whole if whole else None,
        missing=tuple(missing),
    )


def is_on_time(received_at: datetime, day: date, zone: ZoneInfo, grace: timedelta) -> bool:
    """Whether the first final of a day came within the grace after the day's end there.

    `received_at` is the showing node's own time, never the maker's.
    """
    _, ends = bounds(day, zone)
    return received_at <= ends + grace


def _within(period: Run, service: Service | None, last: date) -> Run | None:
    """The days of a period, up to `last`, on which a leaf is in service."""
    if service is None:
        return None
    if service.node_until is not None:
        last = min(last, service.node_until - DAY)
    return _run(max(period.first, service.node_from), min(period.last, last))


def _run(first: date, last: date) -> Run | None:
    return Run(first, last) if first <= last else None
