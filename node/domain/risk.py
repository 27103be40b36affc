"""The risk zone (зона риска): who will miss the deadline, since when, and why, in words.

In the zone is an unfinished addressee of a directive in force for which a rule holds or which a
coordinator added. Before the issue, when complete, and when withdrawn nobody is.

What a coordinator decides counts from its day on, the latest mark alone:

- added: in the zone whatever the rules say, until it is complete;
- removed: out of the zone in spite of the rules that held on that day, each for as long as it
  holds without a break. A rule that did not hold on that day, or has meanwhile stopped and holds
  again, brings the unit back. Rules are told apart one by one, not by kind: evidence that 52 % are
  enough a month before the deadline says nothing of 52 % a week before.

A day's answer depends on that day's readings and on the marks, never on when it is asked, so that
the zone of a past day can be shown again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from node.domain.course import Course
from node.domain.directive import Directive, Report, RiskMark
from node.domain.forecast import Forecast, forecast
from node.domain.risk_rules import Rule, rules_of
from node.domain.wording import on

__all__ = ["MARKED", "Forecast", "RiskReason", "RiskZone", "forecast", "reasons"]

MARKED = "marked"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RiskReason:
    """`rule`: overdue, planned_late, behind, forecast, silent or marked; `why` a sentence."""

    rule: str
    why: str


def reasons(
    directive: Directive, history: Report, marks: Sequence[RiskMark], as_of: date
) -> tuple[RiskReason, ...]:
    """Why an addressee is in the risk zone as of a day; empty when it is not."""
    return RiskZone(Course(directive, history), marks, as_of).reasons(as_of)


@dataclass(frozen=True, slots=True)
class _Span:
    """From `first` until the next span the same rules put the unit into the zone, or none."""

    first: date
    rules: tuple[Rule, ...]
    mark: RiskMark | None

    @property
    def is_in(self) -> bool:
        return bool(self.rules) or self.mark is not None


class RiskZone:
    """The zone of one addressee from the issue to `last`, worked out where it can change.

    Between two of those days (a reading, a planned date, a mark, a rule's own turn) nothing about
    it changes, which makes four months of 83 units a matter of some hundred thousand steps.
    """

    def __init__(self, course: Course, marks: Sequence[RiskMark], last: date) -> None:
        self.course = course
        self.last = last
        self._spans = tuple(_spans(course, marks, last))
        self._firsts = tuple(span.first for span in self._spans)

    def reasons(self, day: date) -> tuple[RiskReason, ...]:
        """Why it is in the zone on `day` (not after `last`): the mark first, then the rules."""
        span = self._span(day)
        if span is None:
            return ()
        marked = () if span.mark is None else (RiskReason(MARKED, _marked(span.mark)),)
        return (
            *marked,
            *(RiskReason(rule.code, rule.why(self.course, day)) for rule in span.rules),
        )

    def is_in(self, day: date) -> bool:
        span = self._span(day)
        return span is not None and span.is_in

    def days(self) -> Iterator[date]:
        """Every day up to `last` on which it is in the zone."""
        # Asked of a day before the issue there are no spans, and no end either.
        ends = (*self._firsts[1:], self.last + DAY)[: len(self._spans)]
        for span, end in zip(self._spans, ends, strict=True):
            if span.is_in:
                yield from (span.first + n * DAY for n in range((end - span.first).days))

    def _span(self, day: date) -> _Span | None:
        place = bisect_right(self._firsts, day)
        return self._spans[place - 1] if place else None


def _spans(course: Course, marks: Iterable[RiskMark], last: date) -> Iterator[_Span]:
    rules = rules_of(course.directive)
    ordered = sorted(marks, key=lambda mark: (mark.on, mark.at))
    made, mark = 0, None  # how many marks count by that day, and the one in force
    excused: frozenset[Rule] = frozenset()
    for day in _turns(course, rules, ordered, last):
        holding = [rule for rule in rules if rule.holds(course, day)] if _asked(course, day) else []
        decided_before = made
        while made < len(ordered) and ordered[made].on <= day:
            mark = ordered[made]
            made += 1
        if mark is None or mark.added:
            excused = frozenset()
        elif made > decided_before:
            excused = frozenset(holding)
        else:
            excused &= frozenset(holding)
        added = mark if mark is not None and mark.added and _asked(course, day) else None
        yield _Span(day, tuple(rule for rule in holding if rule not in excused), added)


def _asked(course: Course, day: date) -> bool:
    """Whether anything is still asked of the unit on a day from the issue on."""
    return not course.is_complete(day) and not course.directive.withdrawn_by(day)


def _turns(
    course: Course, rules: Iterable[Rule], marks: Iterable[RiskMark], last: date
) -> list[date]:
    """The days from the issue to `last` on which anything about the zone can change, in order."""
    directive = course.directive
    days = {directive.issued_on, *course.reading_days, *(mark.on for mark in marks)}
    days.update(state.at.date() for state in directive.states)
    for rule in rules:
        days.update(rule.turns(course))
    return sorted(day for day in days if directive.issued_on <= day <= last)


def _marked(mark: RiskMark) -> str:
    return f"внесено в зону риска с {on(mark.on)} ({mark.post}): {mark.reason}"
