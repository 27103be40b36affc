"""Cells: whole numbers of a scope × topic × day, and how those of leaves climb to every ancestor.

Addition only. Whole numbers add up the same in any order and grouping, and what was added can be
taken off again: so an incremental roll-up and one made anew agree to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

TOTAL = ""
"""In place of a topic: the sum over all topics, `unsorted` included."""

Buckets = dict[int, int]


class Cell:
    """Counters by name, and by histogram how many durations stand in each bucket.

    May be a difference, with numbers below zero. Names absent are zero.
    """

    __slots__ = ("counters", "durations")

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.durations: dict[str, Buckets] = {}

    def count(
        self,
        counters: Mapping[str, int],
        durations: Mapping[str, Iterable[tuple[int, int]]],
        sign: int = 1,
    ) -> None:
        """Add (or with sign -1 take off) counters, and `(bucket, count)`s by histogram."""
        own = self.counters
        for name, count in counters.items():
            own[name] = own.get(name, 0) + sign * count
        for name, pairs in durations.items():
            buckets = self.durations.setdefault(name, {})
            for bucket, count in pairs:
                buckets[bucket] = buckets.get(bucket, 0) + sign * count

    def add(self, other: Cell) -> None:
        own = self.counters
        for name, count in other.counters.items():
            own[name] = own.get(name, 0) + count
        for name, added in other.durations.items():
            buckets = self.durations.get(name)
            if buckets is None:
                self.durations[name] = added.copy()
                continue
            for bucket, count in added.items():
                buckets[bucket] = buckets.get(bucket, 0) + count

    def is_nothing(self, kept: Collection[str]) -> bool:
        """Whether adding this cell would change nothing where these counters are kept."""
        return not any(count for name, count in self.counters.items() if name in kept) and not any(
            any(buckets.values()) for buckets in self.durations.values()
        )


class Cells:
    """Cells by (day, topic) of one scope."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[date, str], Cell] = {}

    def at(self, day: date, topic: str) -> Cell:
        key = (day, topic)
        cell = self.by_key.get(key)
        if cell is None:
            cell = self.by_key[key] = Cell()
        return cell

    def add(self, other: Cells) -> None:
        for (day, topic), cell in other.by_key.items():
            self.at(day, topic).add(cell)

    def total(self) -> None:
        """Put the sum over topics of each day under TOTAL; call once, when all is in."""
        for (day, _), cell in list(self.by_key.items()):
            self.at(day, TOTAL).add(cell)

    def months(self) -> Cells:
        """All of it summed by month, under the month's first day."""
        months = Cells()
        for (day, topic), cell in self.by_key.items():
            months.at(day.replace(day=1), topic).add(cell)
        return months


def climb(
    own: Mapping[str, Cells], *, above: Callable[[str], Sequence[str]], top: str
) -> dict[str, Cells]:
    """What each scope up to `top` gets, from what happened on each territory itself.

    Level by level: a parent adds up its children once, instead of every row being added to every
    ancestor; over four tiers that is a fourth of the work. `above` are a territory's ancestors,
    the nearest first. Every territory must be `top` or below it. `own` is used up.
    """
    scopes = dict(own)
    for territory in own:
        for scope in () if territory == top else above(territory):
            scopes.setdefault(scope, Cells())
            if scope == top:
                break
    for scope in sorted(scopes, key=lambda scope: len(above(scope)), reverse=True):
        if scope != top:
            scopes[above(scope)[0]].add(scopes[scope])
    for cells in scopes.values():
        cells.total()
    return scopes
