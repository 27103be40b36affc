"""«Решение проблем»: what came in, what was closed how and what in time, by agency or sector.

Counted from the rows of this node and not from summaries: as of this moment, and only of the
issues the reader may read. Whoever reads no rankings (an executor) is shown no board.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from federation.histogram import Histogram
from node.domain.access import Access
from node.domain.issue import Outcome
from node.domain.local_day import bounds
from node.domain.ranking import Period
from node.domain.reply_delivery import Shares
from node.domain.resolution import period_of, row_kind
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import alerts, outbox, resolution_facts
from node.store.alerts import Alarm
from node.store.issues import Issue

MOST_LISTED = 10


@dataclass(slots=True)
class Tally:
    """The counts of one row. `minutes`: how often solving took so many of them.

    Shares are parts of a whole from 0 to 1, None where there is no whole.
    """

    counts: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    def absorb(self, other: Tally) -> None:
        self.counts.update(other.counts)
        self.minutes.update(other.minutes)

    @property
    def is_empty(self) -> bool:
        return not any(self.counts.values())

    @property
    def closed(self) -> int:
        return sum(self.counts[f"closed_{outcome.value}"] for outcome in Outcome)

    @property
    def first_on_time_share(self) -> float | None:
        """Of the first answers of the period, interim or final."""
        answered = self.counts["answered_first"]
        return (answered - self.counts["late_first"]) / answered if answered else None

    @property
    def closed_on_time_share(self) -> float | None:
        """Of the closings of the period, whatever the outcome."""
        return (self.closed - self.counts["late_final"]) / self.closed if self.closed else None

    @property
    def satisfied_share(self) -> float | None:
        """Of the marks residents gave."""
        marks = self.counts["satisfied"] + self.counts["unsatisfied"]
        return self.counts["satisfied"] / marks if marks else None

    @property
    def solve_median_hours(self) -> float | None:
        """±2 %; None under five."""
        return Histogram.of(self.minutes.elements()).median_hours()


@dataclass(frozen=True, slots=True)
class Row:
    """An agency or a sector. `key` None: of no agency yet."""

    key: str | None
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Board:
    """`rows`: the most overdue first, then the most open, then the most received. `answers`: how
    final answers handed over in the period have reached residents. `alarms` and `soon`: the first
    of them; `alerts` is how many there are not acknowledged."""

    period: Period
    by: str
    rows: tuple[Row, ...]
    total: Tally
    answers: Shares
    alerts: int
    alarms: Sequence[Alarm]
    soon: Sequence[Issue]


def make_board(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    period: str,
    by: str,
    actor: Actor,
    now: datetime,
) -> Board:
    """The board of one moment. NoRight without reading rankings and issues; Invalid names a
    parameter that cannot be. Eight queries, however much there is."""
    actor.require(Right.RANKINGS_READ)
    shown = Access(actor, rulebook, unit).shown
    zone = rulebook.directory.zone(unit)
    span, kind = period_of(period, zone, now), row_kind(by)
    starts, ends = _instants(span, zone)
    tallies: dict[str | None, Tally] = {}

    def tally(topic: str, executor: str | None) -> Tally:
        return tallies.setdefault(_key(rulebook, kind, topic, executor), Tally())

    for counts in (
        resolution_facts.received(session, starts, ends, shown),
        resolution_facts.happened(session, starts, ends, shown),
        resolution_facts.standing(session, now, shown),
    ):
        for topic, executor, counter, count in counts:
            tally(topic, executor).counts[counter] += count
    for topic, executor, minutes, count in resolution_facts.solved_in(session, starts, ends, shown):
        tally(topic, executor).minutes[minutes] += count
    total = Tally()
    for one in tallies.values():
        total.absorb(one)
    return Board(
        period=span,
        by=kind,
        rows=_rows(rulebook, kind, tallies),
        total=total,
        answers=outbox.shares(session, starts, ends, shown=shown),
        alerts=alerts.count_unacknowledged(session, shown),
        alarms=alerts.unacknowledged(session, shown, limit=MOST_LISTED),
        soon=resolution_facts.due_soon(session, now, shown, limit=MOST_LISTED),
    )


def _instants(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return bounds(period.first, zone)[0], bounds(period.last, zone)[1]


def _key(rulebook: Rulebook, kind: str, topic: str, executor: str | None) -> str | None:
    if kind == "sector":
        return rulebook.classifier.sector_of(topic)
    return None if executor is None else rulebook.agencies.agency_of(executor)


def _rows(rulebook: Rulebook, kind: str, tallies: dict[str | None, Tally]) -> tuple[Row, ...]:
    rows = [
        Row(key, _name(rulebook, kind, key), tally)
        for key, tally in tallies.items()
        if not tally.is_empty
    ]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                -row.tally["overdue"],
                -row.tally["open"],
                -row.tally["received"],
                row.name,
            ),
        )
    )


def _name(rulebook: Rulebook, kind: str, key: str | None) -> str:
    if key is None:
        return "Исполнитель не назначен"
    names = rulebook.classifier if kind == "sector" else rulebook.agencies
    return names.name(key)
