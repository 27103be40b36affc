"""The curve of readiness to the deadline, as coordinates: the whole, one addressee, its forecast.

Time runs over a box of 1000, per cents over one of 100 with a little room above and below; the
picture stretches to its page, so that texts stand outside the box, placed by per cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from node.dashboards.directive_board import Curve
from node.domain.risk import Forecast
from node.web.locale.directive_words import MONTHS

WIDTH = 1000
TOP, BOTTOM = 6.0, 96.0
AFTER_DEADLINE = timedelta(days=30)
LEAST_SPAN = timedelta(days=30)
MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place of an axis, in per cent of its length."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class CurveView:
    """`line`, `second` and `band` are points of polylines; what is not drawn is empty. `deadline`
    and `today` are places on the axis of time, in per cent; None: outside."""

    line: str
    second: str
    has_second: bool
    band: str
    expected: str
    deadline: float | None
    today: float | None
    months: tuple[Mark, ...]
    levels: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The days the picture runs over."""

    first: date
    last: date

    def x(self, day: date) -> float:
        return round(WIDTH * (day - self.first).days / (self.last - self.first).days, 1)

    def place(self, day: date) -> float | None:
        at = self.x(day) / (WIDTH / 100)
        return round(at, 2) if 0 <= at <= 100 else None


def span_of(issued_on: date, deadline: date, as_of: date) -> Span:
    first = min(issued_on, as_of)
    last = max(deadline + AFTER_DEADLINE, as_of)
    return Span(first, max(last, first + LEAST_SPAN))


def draw(
    span: Span,
    *,
    as_of: date,
    deadline: date,
    close: Decimal,
    line: Curve,
    second: Curve | None = None,
    forecast: Forecast | None = None,
) -> CurveView:
    """`line` is the whole, `second` one addressee, whose the forecast is; without it, `line`'s."""
    return CurveView(
        line=_steps(span, line, as_of),
        second="" if second is None else _steps(span, second, as_of),
        has_second=second is not None,
        band=_band(span, forecast) if forecast else "",
        expected=_expected(span, forecast) if forecast else "",
        deadline=span.place(deadline),
        today=span.place(as_of),
        months=_months(span),
        levels=tuple(
            Mark(_y(value), f"{float(value):g}")
            for value in dict.fromkeys((Decimal(100), close, Decimal(0)))
        ),
    )


def _y(value: Decimal) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * float(value) / 100, 2)


def _steps(span: Span, line: Curve, as_of: date) -> str:
    """A reading holds until the next one: steps, not slopes nobody has measured."""
    points: list[tuple[float, float]] = []
    for day, value in line:
        if day > as_of:
            break
        x = max(span.x(day), 0.0)
        # Before the first reading nothing is known, which is not zero: there is no line.
        points += [(x, points[-1][1])] if points else []
        points.append((x, _y(value)))
    return _points([*points, (span.x(as_of), points[-1][1])]) if points else ""


def _band(span: Span, forecast: Forecast) -> str:
    """Between the fastest and the slowest pace, from the reading it was made on."""
    if forecast.earliest is None:
        return ""
    start, top = (span.x(forecast.last), _y(forecast.percent)), _y(Decimal(100))
    points = [start, (span.x(forecast.earliest), top)]
    if forecast.latest is None:  # at the slowest pace it never gets there
        points += [(float(WIDTH), top), (float(WIDTH), start[1])]
    else:
        points.append((span.x(forecast.latest), top))
    return _points(points)


def _expected(span: Span, forecast: Forecast) -> str:
    start = (span.x(forecast.last), _y(forecast.percent))
    if forecast.expected is None:
        return _points([start, (float(WIDTH), start[1])])
    return _points([start, (span.x(forecast.expected), _y(Decimal(100)))])


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _months(span: Span) -> tuple[Mark, ...]:
    """The first days of months, thinned out until they fit."""
    firsts = []
    day = (span.first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day <= span.last:
        firsts.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    every = -(-len(firsts) // MOST_TICKS) or 1
    return tuple(
        Mark(place, MONTHS[day.month - 1][:3] + (f" {day.year}" if day.month == 1 else ""))
        for day in firsts[::every]
        if (place := span.place(day)) is not None
    )
