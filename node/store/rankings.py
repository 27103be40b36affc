"""Rankings: the answer to one question, figures and what they stand on, in a handful of queries.

The rows are read in `ranking_rows.py`. How they are weighed is in `domain/ranking.py`, what a
figure should stand on in `domain/coverage.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from federation.schemas.summary import COUNTERS, STOCKS
from node.domain.coverage import (
    Coverage,
    Run,
    Seen,
    doubtful,
    expected_days,
    measure,
    residents_of,
    services,
)
from node.domain.errors import Fault, Invalid
from node.domain.local_day import day_of
from node.domain.ranking import (
    Change,
    Figures,
    Period,
    Question,
    RankedRow,
    Ranking,
    shares,
    top,
)
from node.domain.rulebook import Rulebook
from node.store import cells, coverage
from node.store.cells import LeafKey
from node.store.ranking_rows import Durations, StockRow, TerritoryRows, TopicRows


def ask(
    rulebook: Rulebook,
    *,
    unit: str,
    now: datetime,
    scope: str | None = None,
    period: str = "week",
    by: str = "topic",
    order: str = "received",
    depth: int = 1,
    limit: int = 20,
) -> Question:
    """A question to the node of `unit`, from what was typed. Invalid names what cannot be.

    `scope` None is the node's own unit; it may be any unit below it.
    """
    directory = rulebook.directory
    asked = unit if scope is None else scope
    if asked not in directory:
        near = ", ".join(f"{code} ({directory.name(code)})" for code in directory.nearest(asked))
        hint = f"; похожие: {near}" if near else ""
        raise Invalid(Fault("scope", f"территории «{asked[:80]}» нет в справочнике{hint}"))
    if not directory.is_within(asked, unit):
        whose = f"{directory.name(unit)} ({unit})"
        raise Invalid(Fault("scope", f"{directory.name(asked)} не относится к территории {whose}"))
    levels = max(len(directory.ancestors(one.code)) for one in directory.units)
    if depth > max(levels, 1):
        raise Invalid(Fault("depth", f"не больше {levels}: столько уровней ниже верхнего"))
    zones = {directory.zone(code) for code in directory.subtree(asked)}
    return Question(asked, Period.parse(period, zones, now), by, order, depth, limit)


def rank(
    session: Session, rulebook: Rulebook, *, unit: str, question: Question, now: datetime
) -> Ranking:
    """Answer a question at the node of `unit`, by the summaries it has folded.

    A stock is that of each leaf's latest day in the period, at most `stock_days` (three) before
    its end. A leaf that holds none of these days adds no stock, and they all stand under its name
    in `coverage.missing`: that is how a missing stock is shown.
    """
    policy = rulebook.tier_of(unit)
    period = Run(question.period.first, question.period.last)
    expected, seen = _leaves(session, rulebook, question.scope, period, now)
    covered = _coverage(session, rulebook, expected, seen, period)
    late_stocks = _late_stocks(session, rulebook, question, seen, policy.stock_days)
    kind = TerritoryRows if question.by == "territory" else TopicRows
    table = kind(session, rulebook, question)
    chosen = top(table.figures(late_stocks), question.order, question.limit)
    keys = [key for key, _ in chosen]
    by_child, durations = table.by_child(keys), table.durations(keys)
    return Ranking(
        scope=question.scope,
        period=question.period,
        by=question.by,
        order=question.order,
        provisional=covered.is_provisional(policy.provisional_below),
        coverage=covered,
        unsorted=table.unsorted(),
        rows=tuple(
            _row(place, key, table.name(key), figures, durations[key], by_child[key])
            for place, (key, figures) in enumerate(chosen, 1)
        ),
    )


def _row(
    place: int,
    key: str,
    name: str,
    figures: Figures,
    durations: Durations,
    by_child: Mapping[str, int],
) -> RankedRow:
    def median(histogram: str) -> float | None:
        return durations[histogram].median_hours() if histogram in durations else None

    return RankedRow(
        key=key,
        name=name,
        rank=place,
        counters={name: figures[name] for name in COUNTERS},
        change=Change.of(figures),
        **shares(figures),
        route_median_hours=median("route_hours"),
        first_answer_median_hours=median("first_answer_hours"),
        solve_median_hours=median("solve_hours"),
        by_child=by_child,
    )


def _leaves(
    session: Session, rulebook: Rulebook, scope: str, period: Run, now: datetime
) -> tuple[dict[str, tuple[Run, ...]], dict[str, Seen]]:
    """Which leaves should have reported on which days, and what is held of them."""
    directory = rulebook.directory
    leaves = services(
        directory,
        lambda unit: rulebook.tier_of(unit).intake,
        coverage.services(session),
    )
    expected = expected_days(
        scope,
        period,
        directory=directory,
        leaves=leaves,
        today=lambda unit: day_of(now, directory.zone(unit)),
    )
    within = directory.subtree(scope)
    above = {unit: runs for unit, runs in expected.items() if not directory.is_within(unit, scope)}
    return expected, coverage.seen(session, period, within, above)


def _coverage(
    session: Session,
    rulebook: Rulebook,
    expected: Mapping[str, tuple[Run, ...]],
    seen: Mapping[str, Seen],
    period: Run,
) -> Coverage:
    held = coverage.held_days(session, period, doubtful(expected, seen))
    return measure(expected, seen, held, residents_of(rulebook.directory, expected))


def _late_stocks(
    session: Session,
    rulebook: Rulebook,
    question: Question,
    seen: Mapping[str, Seen],
    stock_days: int,
) -> list[StockRow]:
    """Stocks of leaves whose latest day lies before the period's last, but not too far."""
    last = question.period.last
    oldest = last - timedelta(days=stock_days)
    late: list[LeafKey] = [
        (origin, known.last) for origin, known in seen.items() if oldest <= known.last < last
    ]
    found = []
    for rows in cells.folded(session, late).values() if late else ():
        for territory, topic, counters, _ in rows:
            stocks = {name: counters[name] for name in STOCKS if name in counters}
            if stocks and rulebook.directory.is_within(territory, question.scope):
                found.append(StockRow(territory, topic, stocks))
    return found
