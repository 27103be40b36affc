"""Figures of a played region: what came in each day and what became of it, by topic.

A region is a chain of days: each day's flows are drawn by chance from the seed, the unit and the
day alone, and its stocks follow from the day before. So the same seed gives the same bytes on
every run, a day still going on is a part of the same day when it has ended, and

    open today = open yesterday + opened + reopened - closed - merged

holds for every topic of every day. Nothing here reads a clock or a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from federation.histogram import Histogram
from federation.schemas.summary import HISTOGRAM_COUNTER, SummaryRow
from node.demo.surge import SNOWED_IN, Surge, ordinary_week
from node.demo.volumes import WEEK, apportioned, expected_on, topic_shares
from node.domain.classifier import UNSORTED, Classifier
from node.domain.summary import ENOUGH

DAY = timedelta(days=1)
KEPT_DAYS = 3
LEAST_A_WEEK = 14.0

# Standard normal quantiles at the middles of five equal parts: five values stand for a
# distribution well enough, and keep a histogram short.
FIFTHS = (-1.28, -0.52, 0.0, 0.52, 1.28)
STRIDE = 2  # consecutive draws fall apart


class Stock(NamedTuple):
    """Open issues of a topic, by what they wait for."""

    registered: int
    routed: int
    reopened: int
    answered: int

    @property
    def open(self) -> int:
        return sum(self)


class Flows(NamedTuple):
    """What happened to a topic's issues within a day (or the part of it that is over)."""

    received: int
    rejected: int
    repeated: int
    opened: int
    routed: int
    answered_first: int
    answered_again: int
    closed_solved: int
    closed_explained: int
    closed_refused: int
    merged: int
    reopened: int
    late_first: int
    late_final: int
    satisfied: int
    unsatisfied: int

    @property
    def closed(self) -> int:
        return self.closed_solved + self.closed_explained + self.closed_refused

    def part(self, share: float) -> Flows:
        """What of it has happened when this share of the day is over.

        Rounded down one by one; no stock goes under zero by that, because every outflow is at
        most the stock before and the inflow, and so is its part.
        """
        if share >= 1:
            return self
        scaled = Flows(*(int(count * share) for count in self))
        return scaled._replace(opened=scaled.received - scaled.rejected - scaled.repeated)


class _Day(NamedTuple):
    """One topic's day: the stock it began with, its flows, where its durations start."""

    before: Stock
    flows: Flows
    start: int

    def after(self, share: float = 1.0) -> tuple[Flows, Stock]:
        flows, (registered, routed, reopened, answered) = self.flows.part(share), self.before
        return flows, Stock(
            registered + flows.opened - flows.routed - flows.merged,
            routed + flows.routed - flows.answered_first,
            reopened + flows.reopened - flows.answered_again,
            answered + flows.answered_first + flows.answered_again - flows.closed,
        )


@dataclass(frozen=True, slots=True)
class _Habits:
    """How one region deals with one topic: shares a day, and durations in five buckets each."""

    routes: float
    answers: float
    closes: float
    solved: float
    refused: float
    late: float
    overdue: float
    content: float
    buckets: Mapping[str, tuple[int, ...]]


class PlayedRegion:
    """The figures of one region from `first` on. Days are asked for in their order."""

    def __init__(
        self,
        unit: str,
        *,
        weekly: float,
        classifier: Classifier,
        seed: int,
        first: date,
        surge: Surge | None = None,
    ) -> None:
        """`weekly`: appeals in the first week. `surge`, when it is this unit's, sets its weeks."""
        self.unit = unit
        self._classifier = classifier
        self._seed = seed
        self._first = first
        self._surge = surge if surge is not None and surge.unit == unit else None
        rng = Random(f"{seed}/{unit}")
        sectors = None
        if self._surge is not None:
            weekly, sectors = ordinary_week(classifier)
        self._weekly = weekly
        self._shares = topic_shares(
            classifier, rng, weekly=weekly, sectors=sectors, least_a_week=LEAST_A_WEEK
        )
        character = Random(f"{seed}/{unit}/character")
        pace = character.lognormvariate(0, 0.25)
        care = character.uniform(0.75, 1.35)
        self._habits = {
            topic: _habits(topic, classifier, rng, pace=pace, care=care) for topic in self._shares
        }
        self._stocks = {
            topic: _settled(weekly * share / WEEK, self._habits[topic])
            for topic, share in self._shares.items()
        }
        self._days: dict[date, dict[str, _Day]] = {}
        self._next = first

    def rows(self, day: date, share: float = 1.0) -> tuple[SummaryRow, ...]:
        """The summary's rows of a day, or of the part of it that is over.

        ValueError for a day before the first or one that was forgotten.
        """
        return tuple(_rows(self.unit, self._lines(day, share), self._classifier))

    def _lines(self, day: date, share: float) -> Iterator[tuple[str, dict[str, int], _Spread]]:
        for topic, one in self._day(day).items():
            flows, stock = one.after(share)
            counters = flows._asdict()
            del counters["answered_again"]
            habits = self._habits[topic]
            overdue = int(stock.open * habits.overdue)
            counters |= {
                "open": stock.open,
                "unsorted": stock.open if topic == UNSORTED else 0,
                "overdue": overdue,
                "dragging": overdue // 6,
            }
            counters = {name: count for name, count in counters.items() if count}
            if counters:
                yield topic, counters, _Spread(habits.buckets, one.start)

    def _day(self, day: date) -> dict[str, _Day]:
        while self._next <= day:
            self._days[self._next] = self._play(self._next)
            self._days.pop(self._next - KEPT_DAYS * DAY, None)
            self._next += DAY
        if day not in self._days:
            raise ValueError(f"{day} of {self.unit} is before the first day, or forgotten")
        return self._days[day]

    def _play(self, day: date) -> dict[str, _Day]:
        rng = Random(f"{self._seed}/{self.unit}/{day}")
        arrived = self._arrived(day, rng)
        played = {}
        for topic, habits in self._habits.items():
            before = self._stocks[topic]
            flows = _flows(arrived.get(topic, 0), before, habits, rng)
            one = _Day(before, flows, rng.randrange(len(FIFTHS)))
            played[topic] = one
            self._stocks[topic] = one.after()[1]
        return played

    def _arrived(self, day: date, rng: Random) -> dict[str, int]:
        week = self._surge.week_of(day) if self._surge else None
        if self._surge is not None and week is not None:
            return self._arrived_in(week, day)
        whole = expected_on(self._weekly, day, self._first)
        return {
            topic: max(0, _rounded(rng, rng.gauss(whole * share, (whole * share) ** 0.5)))
            for topic, share in self._shares.items()
        }

    def _arrived_in(self, week: str, day: date) -> dict[str, int]:
        """A day of a week whose totals are given: each sector's total shared out over days and
        topics by one draw for the whole week, so that its days add up to it exactly."""
        assert self._surge is not None
        first = self._surge.first - (WEEK * DAY if week == "before" else DAY * 0)
        rng = Random(f"{self._seed}/{self.unit}/{week}")
        place = (day - first).days
        arrived: dict[str, int] = {}
        for sector, total in self._surge.sector_totals(week, self._classifier).items():
            topics = [t for t in self._shares if self._classifier.sector_of(t) == sector]
            boost = SNOWED_IN if week == "snow" else {}
            weights = [
                expected_on(1.0, first + number * DAY, first)
                * self._shares[topic]
                * boost.get(topic, 1.0)
                * rng.uniform(0.8, 1.2)
                for number in range(WEEK)
                for topic in topics
            ]
            counts = apportioned(total, weights)
            mine = counts[place * len(topics) : (place + 1) * len(topics)]
            arrived |= dict(zip(topics, mine, strict=True))
        return arrived


class _Spread(NamedTuple):
    """Where durations of a topic's day fall."""

    buckets: Mapping[str, tuple[int, ...]]
    start: int

    def histogram(self, name: str, count: int) -> Histogram:
        """`count` durations; those of a smaller count are among those of a larger one."""
        table = self.buckets[name]
        each, rest = divmod(count, len(table))
        counts: dict[int, int] = {}
        if each:
            for bucket in table:
                counts[bucket] = counts.get(bucket, 0) + each
        for number in range(rest):
            bucket = table[(self.start + STRIDE * number) % len(table)]
            counts[bucket] = counts.get(bucket, 0) + 1
        return Histogram(counts)


def _rows(
    unit: str,
    lines: Iterator[tuple[str, dict[str, int], _Spread]],
    classifier: Classifier,
) -> Iterator[SummaryRow]:
    """Rows as a node makes them: a sensitive topic of small counts goes on its sector's row."""
    hidden: dict[str, SummaryRow] = {}
    for topic, counters, spread in lines:
        histograms = {
            name: spread.histogram(name, counters[counter])
            for name, counter in HISTOGRAM_COUNTER.items()
            if counter in counters
        }
        row = SummaryRow(unit, topic, counters, histograms)
        if classifier.is_sensitive(topic) and max(counters.values()) < ENOUGH:
            sector = classifier.sector_of(topic)
            row = replace(row, topic=sector)
            hidden[sector] = _merged(hidden[sector], row) if sector in hidden else row
        else:
            yield row
    yield from hidden.values()


def _merged(one: SummaryRow, other: SummaryRow) -> SummaryRow:
    counters = dict(one.counters)
    for name, count in other.counters.items():
        counters[name] = counters.get(name, 0) + count
    histograms = dict(one.histograms)
    for name, histogram in other.histograms.items():
        histograms[name] = histograms[name] + histogram if name in histograms else histogram
    return SummaryRow(one.territory, one.topic, counters, histograms)


def _flows(received: int, before: Stock, habits: _Habits, rng: Random) -> Flows:
    """A day's flows of one topic. Every share is of a stock and what flowed into it that day."""
    rejected = _share(rng, received, 0.012)
    repeated = _share(rng, received - rejected, 0.06)
    opened = received - rejected - repeated
    waiting = before.registered + opened
    routed = _share(rng, waiting, habits.routes)
    merged = _share(rng, waiting - routed, 0.08)
    answered_first = _share(rng, before.routed + routed, habits.answers)
    answered_again = _share(rng, before.reopened, 0.45)
    closed = _share(rng, before.answered, habits.closes)
    refused = _share(rng, closed, habits.refused)
    solved = min(closed - refused, _share(rng, closed, habits.solved))
    rated = _share(rng, closed, 0.22)
    satisfied = _share(rng, rated, habits.content)
    return Flows(
        received=received,
        rejected=rejected,
        repeated=repeated,
        opened=opened,
        routed=routed,
        answered_first=answered_first,
        answered_again=answered_again,
        closed_solved=solved,
        closed_explained=closed - solved - refused,
        closed_refused=refused,
        merged=merged,
        reopened=_share(rng, rated - satisfied, 0.45),
        late_first=_share(rng, answered_first, habits.late),
        late_final=_share(rng, closed, habits.late * 0.8),
        satisfied=satisfied,
        unsatisfied=rated - satisfied,
    )


def _habits(
    topic: str, classifier: Classifier, rng: Random, *, pace: float, care: float
) -> _Habits:
    """`pace`: how many times slower than usual the region is; `care`: how well it is done."""
    fast = classifier.is_fast_track(topic)
    slow = pace * rng.lognormvariate(0, 0.3)
    solve_hours = (62 if fast else 190) * slow
    return _Habits(
        routes=min(0.97, 0.9 / slow**0.1),
        answers=min(0.9, 0.62 / slow**0.3),
        closes=min(0.6, 24 / solve_hours * 1.3),
        solved=min(0.9, (0.72 if fast else 0.55) * care**0.4),
        refused=0.03 if fast else 0.07,
        late=min(0.4, 0.06 * slow / care),
        overdue=min(0.3, (0.07 if fast else 0.035) * slow / care),
        content=min(0.92, 0.66 * care**0.5),
        buckets={
            "route_hours": _buckets(3.2 * slow**0.5, 1.0),
            "first_answer_hours": _buckets(19 * slow**0.6, 0.7),
            "solve_hours": _buckets(solve_hours, 0.8),
        },
    )


def _buckets(median_hours: float, sigma: float) -> tuple[int, ...]:
    """The five buckets of a log-normal distribution of durations."""
    found = []
    for z in FIFTHS:
        minutes = round(median_hours * 60 * 2.718281828459045 ** (sigma * z))
        (bucket,) = Histogram.of([max(minutes, 1)]).counts
        found.append(bucket)
    return tuple(found)


def _settled(daily: float, habits: _Habits) -> Stock:
    """The stock at which as much flows out as comes in: a history that begins in the middle."""
    return Stock(
        registered=int(daily * (1 - habits.routes)),
        routed=int(daily * (1 / habits.answers - 1)),
        reopened=0,
        answered=int(daily / habits.closes),
    )


def _share(rng: Random, count: int, share: float) -> int:
    """About `share` of `count`, rounded up or down by chance so that the mean is exact."""
    if not count:
        return 0
    exact = count * share
    whole = int(exact)
    return whole + (rng.random() < exact - whole)


def _rounded(rng: Random, exact: float) -> int:
    whole = int(exact // 1)
    return whole + (rng.random() < exact - whole)
