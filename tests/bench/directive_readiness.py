"""Readiness of a directive to every region as of a day: loaded, judged, worst first.

Four months of weekly readings of twelve milestones and a check-in a day, every third region slow
enough to stand in the risk zone. The floor is reading the same rows without understanding them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.dashboards.directive_board import standing_of
from node.domain.directive import CheckIn, Directive, Milestone, Reading, Report
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook
from node.store import directives
from node.store.directives import DirectiveReportRow
from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.bench.figures import Figures, median
from tests.bench.servers import databases
from tests.support.directives import a_directive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY, DAY = date(2026, 11, 20), timedelta(days=1)
DAYS = 120
WEIGHTS = (10, 5, 10, 10, 10, 10, 10, 10, 10, 8, 2, 5)


def run(quick: bool = False) -> Figures:
    """The first answer is thrown away, as it warms the cache."""
    runs = 3 if quick else 15
    rulebook = load_rulebook()
    directive = _directive(rulebook)
    figures = Figures(
        "Readiness of a directive to 83 regions",
        ("database", "whole answer, ms", "rows alone, ms", "ratio"),
        f"12 milestones, weekly readings and daily check-ins over {DAYS} days; stages, risk zone, "
        f"forecast, missed check-ins of every region as of a day. Medians of {runs} runs.",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as base, databases(Path(base)) as kinds:
        for name, urls in kinds.items():
            database = Database(open_engine(urls[0]))
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)
            _fill(database, directive)
            answer = _timed(database, runs, lambda s: _ask(s, rulebook, directive))
            floor = _timed(database, runs, _floor)
            figures.add(
                name, f"{answer * 1000:.0f}", f"{floor * 1000:.1f}", f"{answer / floor:.0f}"
            )
            database.close()
    return figures


def _timed(database: Database, runs: int, read: Callable[[Session], None]) -> float:
    taken = []
    for _ in range(runs + 1):
        with database.reading() as session:
            begun = time.perf_counter()
            read(session)
            taken.append(time.perf_counter() - begun)
    return median(taken[1:])


def _ask(session: Session, rulebook: Rulebook, directive: Directive) -> None:
    file = directives.load(session, directive.id)
    if file is None:
        raise RuntimeError("the directive to be measured is not there")
    standing = standing_of(rulebook, file, rulebook.directory.root.code, TODAY)
    if len(standing.units) != len(directive.to) or not any(one.risk for one in standing.units):
        raise RuntimeError("not the answer that was to be measured")


def _floor(session: Session) -> None:
    row = DirectiveReportRow.__table__.c
    session.execute(select(row.unit, row.body)).all()


def _directive(rulebook: Rulebook) -> Directive:
    top = rulebook.directory.root
    regions = tuple(
        region.code
        for district in rulebook.directory.children(top.code)
        for region in rulebook.directory.children(district.code)
    )
    milestones = tuple(Milestone(f"m{n}", f"Веха {n}", w) for n, w in enumerate(WEIGHTS))
    issued = TODAY - DAYS * DAY
    plain = a_directive(
        issuer=top.code,
        to=regions,
        milestones=milestones,
        issued_on=issued,
        deadline=TODAY + 14 * DAY,
    )
    at = datetime.combine(issued, datetime.min.time(), UTC)
    return replace(plain, states=tuple(replace(state, at=at) for state in plain.states))


def _fill(database: Database, directive: Directive) -> None:
    with database.transaction() as session:
        directives.add_directive(session, directive, at=NOW)
        for number, unit in enumerate(directive.to):
            report = _report(directive, unit, reached=45 if number % 3 == 0 else 96)
            directives.write_report(
                session, report, issuer=directive.issuer, at=NOW, unsealed=False
            )


def _report(directive: Directive, unit: str, *, reached: int) -> Report:
    """Every milestone grows evenly to where it got; a check-in is missing now and then."""
    weeks = [directive.issued_on + 7 * number * DAY for number in range(DAYS // 7 + 1)]
    readings = tuple(
        Reading(milestone.code, week, Decimal(reached * number // len(weeks)))
        for number, week in enumerate(weeks, 1)
        for milestone in directive.milestones
    )
    days = [directive.issued_on + number * DAY for number in range(DAYS)]
    check_ins = tuple(
        CheckIn(day, datetime.combine(day, datetime.min.time(), UTC), "руководитель")
        for day in days
        if day.toordinal() % 9
    )
    return Report(directive.id, unit, unit, False, readings=readings, check_ins=check_ins)
