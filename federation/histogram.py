"""Durations as counts in fixed logarithmic buckets: mergeable, subtractable, exact in bytes.

Means and medians of several nodes cannot be merged; counts in the same buckets can, by adding
whole numbers. What is measured and how it travels inside a summary is said in
`schemas/summary.py`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

MAX_COUNT = 10**7
LONGEST = 20 * 1461 * 360  # twenty years of 365.25 days, in minutes


def _bounds() -> tuple[int, ...]:
    """Upper bounds in minutes, each bucket the longest run of integers one value can stand for.

    Whole minutes low…high have the representative 2·low·high / (low + high), whose relative error
    is (high - low) / (high + low) at both ends: at most 2 % while high ≤ low · 1.02/0.98. Whole
    numbers throughout, so that every machine has the same table; a float power of γ would not
    promise that. Up to 24 minutes a bucket is one minute: those values are exact.
    """
    bounds = [0]
    while bounds[-1] < LONGEST:
        low = bounds[-1] + 1
        bounds.append(min(low * 51 // 49, LONGEST))
    return tuple(bounds)


BOUNDS: tuple[int, ...] = _bounds()


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bucket, zeros left out. Made by `of`, `from_wire`, `+` and `-`; never changed."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, minutes: Iterable[int]) -> Histogram:
        """From durations in whole minutes; over twenty years counts as twenty years.

        ValueError for a negative duration: the caller decides what a clock set back means.
        """
        counts: Counter[int] = Counter()
        for value in minutes:
            if value < 0:
                raise ValueError("a duration is not negative")
            counts[bisect_left(BOUNDS, min(value, LONGEST))] += 1
        return cls(dict(counts))

    @property
    def total(self) -> int:
        """How many durations are counted."""
        return sum(self.counts.values())

    def __add__(self, other: Histogram) -> Histogram:
        counts = dict(self.counts)
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
        return Histogram(counts)

    def __sub__(self, other: Histogram) -> Histogram:
        """What is left; ValueError when `other` was never part of this one."""
        counts = dict(self.counts)
        for bucket, count in other.counts.items():
            left = counts.get(bucket, 0) - count
            if left < 0:
                raise ValueError(f"bucket {bucket} would hold {left}")
            if left:
                counts[bucket] = left
            else:
                del counts[bucket]
        return Histogram(counts)

    def __hash__(self) -> int:
        return hash(frozenset(self.counts.items()))

    def quantile(self, q: float) -> float | None:
        """Minutes within 2 % of the q-quantile (nearest rank: the ⌈q·n⌉-th smallest), or None.

        Nearest rank and not interpolation: between two values no bucket could promise 2 %.
        """
        if not 0 <= q <= 1:
            raise ValueError("a quantile lies between 0 and 1")
        if not self.counts:
            return None
        # 0.07 · 100 is 7.000000000000001 in floats and would take the eighth.
        rank = max(1, math.ceil(q * self.total - 1e-9))
        buckets = sorted(self.counts)
        reached = accumulate(self.counts[bucket] for bucket in buckets)
        return next(
            _representative(bucket)
            for bucket, so_far in zip(buckets, reached, strict=True)
            if so_far >= rank
        )

    def median_hours(self, min_n: int = 5) -> float | None:
        """The median in hours, ±2 %; None under `min_n` durations, which say nothing."""
        minutes = self.quantile(0.5) if self.total >= min_n else None
        return None if minutes is None else minutes / 60

    def to_wire(self) -> list[list[int]]:
        """`[[bucket, count], …]` by bucket."""
        return [[bucket, self.counts[bucket]] for bucket in sorted(self.counts)]

    @classmethod
    def from_wire(cls, wire: object) -> Histogram:
        """The inverse of `to_wire`; ValueError naming what is wrong with anything else."""
        if type(wire) is not list:
            raise ValueError("not a list of [bucket, count]")
        counts: dict[int, int] = {}
        last = -1
        for pair in wire:
            if type(pair) is not list or len(pair) != 2:
                raise ValueError("not a list of [bucket, count]")
            bucket, count = pair
            # `type(…) is int` and not isinstance: true and false are integers to isinstance.
            if type(bucket) is not int or not 0 <= bucket < len(BOUNDS):
                raise ValueError(f"a bucket is a whole number below {len(BOUNDS)}")
            if bucket <= last:
                raise ValueError("buckets do not ascend")
            if type(count) is not int or not 0 < count < MAX_COUNT:
                raise ValueError(f"a count is a whole number from 1 to {MAX_COUNT - 1}")
            counts[bucket] = count
            last = bucket
        return cls(counts)


def _representative(bucket: int) -> float:
    """The value whose relative error is the same at both ends of the bucket."""
    if bucket == 0:
        return 0.0
    low, high = BOUNDS[bucket - 1] + 1, BOUNDS[bucket]
    return 2 * low * high / (low + high)
