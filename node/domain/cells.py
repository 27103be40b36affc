"""Cells: whole numbers of a scope × topic × day, and how those of leaves climb to every ancestor.

Addition only. Whole numbers add up the same in any order and grouping, and what was added can be
taken off again: so an incremental roll-up and one made anew agree to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

TOTAL = ""
"""In place of a topic: the sum over all topics, `unsorted` included."""

Bucket = tuple[int, int]
"""(which histogram, which bucket of it)."""


class Cell:
    """Counters by place, and how many durations stand in each bucket. May be a difference."""

    __slots__ = ("durations", "numbers")

    def __init__(self, width: int) -> None:
        self.numbers = [0] * width
        self.durations: dict[Bucket, int] | None = None  # most cells have none

    def count(
        self, numbers: Iterable[Sequence[int]], durations: Iterable[Sequence[int]], sign: int
    ) -> None:
        """Add (sign 1) or take off (sign -1) `[place, count]`s and `[which, bucket, count]`s."""
        own = self.numbers
        for place, count in numbers:
            own[place] += sign * count
        for which, bucket, count in durations:
            self._measure((which, bucket), sign * count)

    def add(self, other: Cell) -> None:
        own = self.numbers
        for place, count in enumerate(other.numbers):
            if count:
                own[place] += count
        if other.durations:
            for bucket, count in other.durations.items():
                self._measure(bucket, count)

    def is_nothing(self) -> bool:
        """Whether adding this cell would change nothing."""
        return not any(self.numbers) and not (self.durations and any(self.durations.values()))

    def _measure(self, bucket: Bucket, count: int) -> None:
        if self.durations is None:
            self.durations = {}
        self.durations[bucket] = self.durations.get(bucket, 0) + count


class Cells:
    """Cells by (day, topic) of one scope."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.by_key: dict[tuple[date, str], Cell] = {}

    def at(self, day: date, topic: str) -> Cell:
        cell = self.by_key.get((day, topic))
        if cell is None:
            cell = self.by_key[day, topic] = Cell(self._width)
        return cell

    def add(self, other: Cells) -> None:
        for (day, topic), cell in other.by_key.items():
            self.at(day, topic).add(cell)

    def total(self) -> None:
        """Put the sum over topics of each day under TOTAL; call once, when all is in."""
        for (day, _), cell in list(self.by_key.items()):
            self.at(day, TOTAL).add(cell)

    def months(self, width: int) -> Cells:
        """The first `width` numbers and the durations, summed by month under its first day."""
        months = Cells(self._width)
        for (day, topic), cell in self.by_key.items():
            months.at(day.replace(day=1), topic).add(cell)
        for cell in months.by_key.values():
            del cell.numbers[width:]
        return months


def climb(
    own: dict[str, Cells],
    *,
    width: int,
    above: Callable[[str], Sequence[str]],
    top: str,
) -> dict[str, Cells]:
    """What each scope up to `top` gets, from what happened on each territory itself.

    Level by level: a parent adds up its children once, instead of every row being added to every
    ancestor; over four tiers that is a fourth of the work. `above` are a territory's ancestors,
    the nearest first. Every territory must be `top` or below it. `own` is used up.
    """
    scopes = dict(own)
    for territory in own:
        for scope in () if territory == top else above(territory):
            scopes.setdefault(scope, Cells(width))
            if scope == top:
                break
    for scope in sorted(scopes, key=lambda scope: len(above(scope)), reverse=True):
        if scope != top:
            scopes[above(scope)[0]].add(scopes[scope])
    for cells in scopes.values():
        cells.total()
    return scopes
