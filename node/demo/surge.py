"""The snow week: a surge as one region really had it, to the appeal.

Kursk region, 14–20 February 2026: 3 760 appeals, on roads 1 754 (+300 % on the week before), on
amenities 679 (+450 %), on utilities 411, as in any week. Here it happens in the seven days before
the demo is started, whatever the season.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from node.demo.volumes import WEEK, sector_shares
from node.domain.classifier import UNSORTED, Classifier

UNIT = "RU-KRS"
TOTAL = 3_760
WEEK_OF_SNOW = {"roads": 1_754, "amenities": 679, "utilities": 411}
WEEK_BEFORE = {"roads": 438, "amenities": 123, "utilities": 410}
SNOWED_IN = {
    "roads.snow": 14.0,
    "roads.cleaning": 4.0,
    "amenities.snow": 22.0,
    "roads.traffic": 2.0,
}
"""How many times heavier these topics weigh within their sectors that week."""


@dataclass(frozen=True, slots=True)
class Surge:
    """Two weeks of one region whose totals by sector are given: before the snow, and of it."""

    unit: str
    first: date  # of the week of snow

    @classmethod
    def before(cls, today: date) -> Surge:
        """The surge whose week is the seven days that have ended when `today` begins."""
        return cls(UNIT, today - timedelta(days=WEEK))

    def week_of(self, day: date) -> str | None:
        """ "before", "snow", or None on a day of neither week."""
        number = (day - self.first).days // WEEK
        return {-1: "before", 0: "snow"}.get(number)

    def sector_totals(self, week: str, classifier: Classifier) -> dict[str, int]:
        """Appeals of a whole week by sector: the named ones as published, the others as ever."""
        named = WEEK_OF_SNOW if week == "snow" else WEEK_BEFORE
        others = TOTAL - sum(WEEK_OF_SNOW.values())
        shares = {
            code: share for code, share in sector_shares(classifier).items() if code not in named
        }
        counts = _rounded(others, shares)
        return {**named, **counts}


def ordinary_week(classifier: Classifier) -> tuple[float, dict[str, float]]:
    """What the region writes in a week without snow, and the shares of its sectors in that."""
    totals = Surge(UNIT, date.min + timedelta(days=WEEK)).sector_totals("before", classifier)
    whole = sum(totals.values())
    return whole, {sector: count / whole for sector, count in totals.items()}


def _rounded(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    whole = sum(shares.values())
    counts = {code: int(total * share / whole) for code, share in shares.items()}
    counts[UNSORTED] += total - sum(counts.values())
    return counts
