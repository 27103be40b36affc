"""The course of one addressee under one directive: any day's readiness as a look-up.

Readiness changes only on the days of readings, so it is worked out once for each of them and then
found by bisection. Everything that is asked of many days (the curve, the risk zone, the daily
control) is asked of a Course, never of the history again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from decimal import Decimal

from node.domain.directive import Directive, PlannedDate, Reading, Report
from node.domain.milestones import NONE, MilestoneState, progress_of, state_of, sweep
from node.domain.wording import plain


class Course:
    """Made of one history (`history.one_history`). Readings before the issue are part of it: a
    centre may be older than the directive that asks for it."""

    def __init__(self, directive: Directive, history: Report) -> None:
        self.directive = directive
        self.history = history
        self.reading_days: tuple[date, ...]
        self.percents: tuple[Decimal, ...]
        """The readiness at the end of each reading day."""
        self.reading_days, self.percents = _measured(directive, history)
        planned = sorted(history.planned_on, key=lambda planned: planned.as_of)
        self.planned_days = tuple(planned.as_of for planned in planned)
        self._planned = tuple(planned)

    def percent(self, day: date) -> Decimal:
        """Σ weight × progress / 100 as of a day, exact; 0 before the first reading."""
        place = bisect_right(self.reading_days, day)
        return self.percents[place - 1] if place else NONE

    def is_complete(self, day: date) -> bool:
        return self.percent(day) >= self.directive.stages.complete

    def last_reading_on(self, day: date) -> date | None:
        """The day of the latest reading not after `day`."""
        place = bisect_right(self.reading_days, day)
        return self.reading_days[place - 1] if place else None

    def planned(self, day: date) -> PlannedDate | None:
        """The planned date in force as of a day: the one stated last."""
        place = bisect_right(self.planned_days, day)
        return self._planned[place - 1] if place else None

    def measured(self, first: date, last: date) -> range:
        """The places in `reading_days` and `percents` of the readings of `first` … `last`."""
        return range(bisect_left(self.reading_days, first), bisect_right(self.reading_days, last))

    def milestones(self, day: date) -> tuple[MilestoneState, ...]:
        """Every milestone as of a day, in the order of the directive."""
        in_force: dict[str, Reading] = {}
        for changed_on, changed in sweep(self.directive, self.history.readings):
            if changed_on > day:
                break
            in_force.update(changed)
        return tuple(
            state_of(milestone, in_force.get(milestone.code))
            for milestone in self.directive.milestones
        )


def _measured(
    directive: Directive, history: Report
) -> tuple[tuple[date, ...], tuple[Decimal, ...]]:
    """Only the milestones that a day changed are counted again: a year of daily readings is
    otherwise as many sums over the whole list."""
    milestones = {milestone.code: milestone for milestone in directive.milestones}
    counted = dict.fromkeys(milestones, NONE)
    hundredfold = NONE  # Σ weight × progress; whole and exact until the one division
    days, percents = [], []
    for day, changed in sweep(directive, history.readings):
        for code, reading in changed.items():
            progress = progress_of(milestones[code], reading)
            if progress != counted[code]:
                hundredfold += milestones[code].weight * (progress - counted[code])
                counted[code] = progress
        days.append(day)
        percents.append(plain(hundredfold / 100))
    return tuple(days), tuple(percents)
