"""Rankings: topics or territories in the order of their weight over a period.

Pure: counters in, ordered rows out. Never from ranks, rates or medians of a tier below, only from
counters of leaf summaries; where those are read is told in `store/rankings.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from node.domain.coverage import Coverage
from node.domain.errors import Fault, Invalid
from node.domain.local_day import last_ended
from node.domain.tier import ORDERS, PERIODS, ROW_KINDS

DAY = timedelta(days=1)
LENGTHS = dict(zip(PERIODS, (1, 7, 30), strict=True))
LONGEST = 3 * 366
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str, zones: Iterable[ZoneInfo], now: datetime) -> Period:
        """`day`, `week`, `month` or `FROM..TO`; Invalid says what else it may be.

        `day` is the last local day that has ended in every zone of the scope, `week` and `month`
        are the 7 and 30 days up to it.
        """
        if text in LENGTHS:
            last = last_ended(zones, now)
            return cls(last - (LENGTHS[text] - 1) * DAY, last)
        return cls.between(text, known=PERIODS)

    @classmethod
    def between(cls, text: str, *, known: Iterable[str]) -> Period:
        """`FROM..TO`; Invalid says what else it may be: one of the `known` words."""
        start, dots, end = text.partition("..")
        try:
            first, last = date.fromisoformat(start), date.fromisoformat(end)
        except ValueError:
            dots = ""
        if not dots or len(start) != 10 or len(end) != 10:
            words = ", ".join(known)
            raise Invalid(Fault("period", f"может быть {words} или ГГГГ-ММ-ДД..ГГГГ-ММ-ДД"))
        if first > last:
            raise Invalid(Fault("period", f"начало {first} позже конца {last}"))
        if (last - first).days >= LONGEST:
            raise Invalid(Fault("period", "не длиннее трёх лет"))
        if first - date.min < LONGEST * DAY:
            raise Invalid(Fault("period", f"{first} – слишком давно"))
        return cls(first, last)

    @property
    def previous(self) -> Period:
        """The equally long period just before."""
        length = self.last - self.first + DAY
        return Period(self.first - length, self.last - length)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a ranking. `depth` matters for territories only: how many levels below."""

    scope: str
    period: Period
    by: str
    order: str
    depth: int = 1
    limit: int = 20

    def __post_init__(self) -> None:
        """Invalid names every parameter that cannot be."""
        faults = []
        if self.by not in ROW_KINDS:
            faults.append(Fault("by", f"может быть {', '.join(ROW_KINDS)}"))
        if self.order not in ORDERS:
            faults.append(Fault("order", f"может быть {', '.join(ORDERS)}"))
        if self.depth < 1:
            faults.append(Fault("depth", "не меньше 1"))
        if not 1 <= self.limit <= MOST_ROWS:
            faults.append(Fault("limit", f"от 1 до {MOST_ROWS}"))
        if faults:
            raise Invalid(*faults)


@dataclass(slots=True)
class Figures:
    """Counters of one key over the period, and `received` over the one before."""

    counters: dict[str, int] = field(default_factory=dict)
    previous: int = 0

    def add(self, counters: Mapping[str, int], sign: int = 1) -> None:
        for name, count in counters.items():
            self.counters[name] = self.counters.get(name, 0) + sign * count

    def __getitem__(self, name: str) -> int:
        return self.counters.get(name, 0)

    def absorb(self, other: Figures, sign: int = 1) -> None:
        """Add (or take off) what another key counted, in both periods."""
        self.add(other.counters, sign)
        self.previous += sign * other.previous

    @property
    def growth(self) -> int:
        return self["received"] - self.previous

    @property
    def is_empty(self) -> bool:
        return not any(self.counters.values())


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before. `percent` is None when nothing was received then."""

    previous: int
    percent: float | None

    @classmethod
    def of(cls, figures: Figures) -> Change:
        previous = figures.previous
        return cls(previous, 100 * figures.growth / previous if previous else None)


class Shares(TypedDict):
    """Parts of a whole from 0 to 1, None where there is no whole: solved and late of all closed,
    satisfied of those who said whether they were."""

    solved_share: float | None
    satisfied_share: float | None
    late_share: float | None


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One line of a TOP. Medians are hours ±2 %, None under five durations; `by_child` is
    `received` by unit below, zeros left out."""

    key: str
    name: str
    rank: int
    counters: Mapping[str, int]
    change: Change
    solved_share: float | None
    satisfied_share: float | None
    late_share: float | None
    route_median_hours: float | None
    first_answer_median_hours: float | None
    solve_median_hours: float | None
    by_child: Mapping[str, int]
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer, with what it stands on. `unsorted` is `received` on no topic yet."""

    scope: str
    period: Period
    by: str
    order: str
    provisional: bool
    coverage: Coverage
    unsorted: int
    rows: tuple[RankedRow, ...]


def top(found: Mapping[str, Figures], order: str, limit: int) -> list[tuple[str, Figures]]:
    """The weightiest first, ties by code."""
    weigh = _WEIGHTS[order]
    ordered = sorted(found.items(), key=lambda item: (-weigh(item[1]), item[0]))
    return ordered[:limit]


def shares(figures: Figures) -> Shares:
    """The shares of one row, or of a sum of rows."""
    closed = sum(figures[f"closed_{how}"] for how in ("solved", "explained", "refused"))
    answered = figures["satisfied"] + figures["unsatisfied"]
    return Shares(
        solved_share=_share(figures["closed_solved"], closed),
        satisfied_share=_share(figures["satisfied"], answered),
        late_share=_share(figures["late_final"], closed),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


_WEIGHTS: Mapping[str, Callable[[Figures], int]] = {
    "received": lambda figures: figures["received"],
    "growth": lambda figures: figures.growth,
    "overdue": lambda figures: figures["overdue"],
    "dragging": lambda figures: figures["dragging"],
    "unsatisfied": lambda figures: figures["unsatisfied"],
}
assert tuple(_WEIGHTS) == ORDERS
