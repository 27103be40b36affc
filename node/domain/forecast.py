"""When an addressee will be done at its present pace, with a band.

End to end: the pace is what was gained between the first and the last reading of the last weeks,
divided by the days between them. Least squares were tried in thought and left: a head cannot check
them with a pencil, and a forecast that puts a region into the risk zone has to stand up to that.
The band is the slowest and the fastest pace between any reading of those weeks and the next one at
least a week later, so that one quiet day does not make it "never". All arithmetic is on fractions:
the same readings give the same days everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from node.domain.course import Course
from node.domain.directive import Directive, Report, RiskKind
from node.domain.wording import floored

WEEKS = 6
"""Looked back when the directive has no rule of its own for it."""
SHORTEST = timedelta(days=7)
"""Between two readings that a pace is taken from."""
FARTHEST = 36_525  # a hundred years; whoever needs longer is never done


@dataclass(frozen=True, slots=True)
class Forecast:
    """Made of the readings of `since` … `last`; `percent` was read on `last`.

    `expected`, `earliest`, `latest` are the days on which the directive will be complete by the
    pace of the whole time, by the fastest and by the slowest one; None is never. The paces are in
    per cent points a day.
    """

    since: date
    last: date
    percent: Decimal
    expected: date | None
    earliest: date | None
    latest: date | None
    pace: Fraction
    fastest: Fraction
    slowest: Fraction

    @property
    def per_week(self) -> Decimal:
        """Per cent points a week, cut down to two decimals."""
        return floored(self.pace * 7)

    def at(self, day: date) -> tuple[Decimal, Decimal, Decimal]:
        """The readiness to be expected on a day after `last`: slowest, expected, fastest.

        Within 0 … 100, for drawing the band to the deadline.
        """
        passed = (day - self.last).days
        lowest, middle, highest = (
            floored(min(max(Fraction(self.percent) + pace * passed, Fraction(0)), Fraction(100)))
            for pace in (self.slowest, self.pace, self.fastest)
        )
        return lowest, middle, highest


def forecast(directive: Directive, history: Report, as_of: date) -> Forecast | None:
    """The forecast as of a day; None when complete, withdrawn, or with too few readings."""
    return forecast_of(Course(directive, history), as_of)


def forecast_of(course: Course, day: date, weeks: int | None = None) -> Forecast | None:
    """`weeks` to look back, without them those of the directive's first rule on forecasts.

    None when complete, withdrawn, or with fewer than two readings at least SHORTEST apart.
    """
    directive = course.directive
    places = window(course, day, weeks or weeks_of(directive))
    if places is None or course.is_complete(day) or directive.withdrawn_by(day):
        return None
    first, last = places[0], places[-1]
    paces = [_pace(course, first, last), *_paces(course, places)]
    at, rest = course.reading_days[last], directive.stages.complete - course.percents[last]
    expected, earliest, latest = (
        _reached(at, Fraction(rest), pace, not_before=day)
        for pace in (paces[0], max(paces), min(paces))
    )
    return Forecast(
        since=course.reading_days[first],
        last=at,
        percent=course.percents[last],
        expected=expected,
        earliest=earliest,
        latest=latest,
        pace=paces[0],
        fastest=max(paces),
        slowest=min(paces),
    )


def weeks_of(directive: Directive) -> int:
    rules = (rule.weeks for rule in directive.risk_rules if rule.kind is RiskKind.FORECAST)
    return next((weeks for weeks in rules if weeks is not None), WEEKS)


def window(course: Course, day: date, weeks: int) -> range | None:
    """The places of the readings of the last `weeks`; None when no pace can be taken from them."""
    places = course.measured(day - timedelta(weeks=weeks), day)
    days = course.reading_days
    if len(places) < 2 or days[places[-1]] - days[places[0]] < SHORTEST:
        return None
    return places


def misses_deadline(course: Course, day: date, weeks: int) -> bool:
    """Whether the expected day is after the deadline: the question of `forecast_of` without the
    rest of its answer, since the risk zone asks it of every day."""
    places = window(course, day, weeks)
    if places is None:
        return False
    first, last = places[0], places[-1]
    days, percents = course.reading_days, course.percents
    gained, over = percents[last] - percents[first], (days[last] - days[first]).days
    rest = course.directive.stages.complete - percents[last]
    # rest / (gained / over) > days to the deadline, without a division
    return gained <= 0 or rest * over > gained * course.directive.days_left(days[last])


def _paces(course: Course, places: range) -> list[Fraction]:
    """The pace from each reading to the next one at least SHORTEST later."""
    days = course.reading_days
    found, later = [], places[0]
    for place in places:
        while later <= places[-1] and days[later] - days[place] < SHORTEST:
            later += 1
        if later > places[-1]:
            break
        found.append(_pace(course, place, later))
    return found


def _pace(course: Course, first: int, last: int) -> Fraction:
    days = (course.reading_days[last] - course.reading_days[first]).days
    return Fraction(course.percents[last] - course.percents[first]) / days


def _reached(last: date, rest: Fraction, pace: Fraction, *, not_before: date) -> date | None:
    """The day on which the rest is done. What was due before today is due today: a forecast does
    not lie in the past."""
    if pace <= 0:
        return None
    days = -(-rest // pace)  # a begun day is a whole one
    return None if days > FARTHEST else max(last + timedelta(days=int(days)), not_before)
