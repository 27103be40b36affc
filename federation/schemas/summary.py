"""The summary: the figures of one node for one local day, all topics × its territories.

How the figures are counted is the node's matter (see PROTOCOL.md, "The summary"); here is what
they look like on the wire, and that they hold together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from federation.errors import BadStatement
from federation.histogram import Histogram
from federation.schemas.fields import (
    Code,
    Count,
    Day,
    Enum,
    Field,
    Flag,
    Instant,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Wrong,
    Zone,
    malformed,
)
from federation.statement import Body, instant

FLOWS = (
    "received",
    "rejected",
    "repeated",
    "opened",
    "routed",
    "returned",
    "answered_first",
    "closed_solved",
    "closed_explained",
    "closed_refused",
    "merged",
    "reopened",
    "escalated",
    "handed_over",
    "taken_in",
    "late_first",
    "late_final",
    "satisfied",
    "unsatisfied",
    "checked",
    "checked_false",
)
STOCKS = ("open", "unsorted", "overdue", "dragging", "awaiting_help")
COUNTERS = FLOWS + STOCKS
HISTOGRAMS = ("route_hours", "first_answer_hours", "solve_hours")
HISTOGRAM_COUNTER = {
    "route_hours": "routed",
    "first_answer_hours": "answered_first",
    "solve_hours": "closed_solved",
}

STATUSES = ("open", "final", "restated")
CORRECTIONS = ("correction", "erasure", "reorganisation", "restored")
REASONS = ("late", "sorting", "import", *CORRECTIONS)

Status = Literal["open", "final", "restated"]


class Durations(Field[Histogram]):
    """A histogram as `[[bucket, count], …]`."""

    def read(self, value: object) -> Histogram:
        try:
            return Histogram.from_wire(value)
        except ValueError as error:
            raise Wrong(str(error)) from None


BODY = Record(
    {
        "status": Enum(*STATUSES),
        "reason": Nullable(Enum(*REASONS)),
        "tz": Zone(),
        "from": Instant(),
        "to": Instant(),
        "zero_report": Flag(),
        "rows": ListOf(
            Record(
                {
                    "territory": Code(),
                    "topic": Code(),
                    "counters": MapOf(COUNTERS, Count()),
                    "histograms": MapOf(HISTOGRAMS, Durations()),
                }
            )
        ),
    }
)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One topic on one territory; what is zero or empty is left out."""

    territory: str
    topic: str
    counters: Mapping[str, int]
    histograms: Mapping[str, Histogram]

    def to_body(self) -> Body:
        return {
            "territory": self.territory,
            "topic": self.topic,
            "counters": {name: self.counters[name] for name in COUNTERS if self.counters.get(name)},
            "histograms": {
                name: self.histograms[name].to_wire()
                for name in HISTOGRAMS
                if name in self.histograms and self.histograms[name].counts
            },
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a local day. `starts` and `ends` are its two midnights as UTC instants."""

    day: date
    status: Status
    reason: str | None
    tz: str
    starts: datetime
    ends: datetime
    zero_report: bool
    rows: tuple[SummaryRow, ...]

    def to_body(self) -> Body:
        """The body whose bytes are a function of the facts: rows sorted, names in fixed order."""
        return {
            "status": self.status,
            "reason": self.reason,
            "tz": self.tz,
            "from": instant(self.starts),
            "to": instant(self.ends),
            "zero_report": self.zero_report,
            "rows": [
                row.to_body()
                for row in sorted(self.rows, key=lambda row: (row.territory, row.topic))
            ],
        }

    @classmethod
    def from_body(cls, key: str, body: object) -> Summary:
        """BadStatement: malformed, bad_tz, bad_day, histogram_exceeds_counter."""
        try:
            day = Day().read(key)
        except Wrong as wrong:
            raise BadStatement("bad_day", f"key: {wrong}") from None
        try:
            facts = BODY.read(body)
        except Wrong as wrong:
            if wrong.where == ["tz"]:
                raise BadStatement("bad_tz", f"tz: {wrong}") from None
            raise malformed(wrong, *wrong.where) from None
        if (facts["from"], facts["to"]) != _local_day(day, facts["tz"]):
            raise BadStatement("bad_day", f"from, to: not the day {key} in {facts['tz']}")
        if (facts["status"] == "restated") != (facts["reason"] is not None):
            raise malformed("stands with restated, and only with it", "reason")
        if facts["zero_report"] and facts["rows"]:
            raise malformed("a zero report has no rows", "zero_report")
        return cls(
            day=day,
            status=facts["status"],
            reason=facts["reason"],
            tz=facts["tz"],
            starts=facts["from"],
            ends=facts["to"],
            zero_report=facts["zero_report"],
            rows=_rows(facts["rows"]),
        )


def local_day(day: date, tz: str) -> tuple[datetime, datetime]:
    """The two midnights of a local day as UTC instants; ValueError at the ends of the calendar."""
    zone = ZoneInfo(tz)
    try:
        after = day + timedelta(days=1)
        return (
            datetime.combine(day, time(), zone).astimezone(UTC),
            datetime.combine(after, time(), zone).astimezone(UTC),
        )
    except OverflowError:
        raise ValueError("the calendar ends there") from None


@lru_cache(maxsize=1024)
def _local_day(day: date, tz: str) -> tuple[datetime, datetime] | None:
    try:
        return local_day(day, tz)
    except ValueError:
        return None


def _rows(rows: tuple[dict[str, Any], ...]) -> tuple[SummaryRow, ...]:
    """Rows that hold together: each (territory, topic) once, no histogram over its counter."""
    found: dict[tuple[str, str], SummaryRow] = {}
    for row in rows:
        counters: dict[str, int] = row["counters"]
        histograms: dict[str, Histogram] = row["histograms"]
        place = (row["territory"], row["topic"])
        for name, histogram in histograms.items():
            if histogram.total > counters.get(HISTOGRAM_COUNTER[name], 0):
                raise BadStatement(
                    "histogram_exceeds_counter",
                    f"{' '.join(place)}: {name} holds more than {HISTOGRAM_COUNTER[name]}",
                )
        # A row that stood twice would be counted twice above.
        if place in found:
            raise malformed(f"{' '.join(place)} stands twice", "rows")
        found[place] = SummaryRow(*place, counters, histograms)
    return tuple(found.values())
