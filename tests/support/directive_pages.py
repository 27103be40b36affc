"""Directives laid into a node as they would have come down, for tests of its pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from node.bootstrap import Node
from node.domain.directive import Milestone, MilestoneKind, Report
from node.store import directives
from tests.support.appeals import NOW
from tests.support.coordinators import read, reported
from tests.support.directives import DIRECTIVE, a_directive, a_report, planned, whole

TOP, REGION = "RU", "RU-MUR"
TODAY = date(2026, 11, 18)
HERE = f"/directives/{DIRECTIVE}/units/{REGION}"
MILESTONES = (
    Milestone("staff", "Штат", 60),
    Milestone("premises", "Помещение", 40, MilestoneKind.DONE),
)


def keep(node: Node, *reports: Report, scenario: str | None = None, **directive: Any) -> str:
    """A directive held by a node, with reports on it; the id."""
    told = a_directive(**directive)
    with node.transaction() as session:
        directives.add_directive(session, told, at=NOW, scenario=scenario)
        for report in reports:
            directives.write_report(session, report, issuer=TOP, at=NOW, unsealed=False)
    return told.id


def come_down(node: Node) -> None:
    """A directive half a month before its deadline at the node of REGION, reported on once."""
    keep(
        node,
        to=("RU-KGD", REGION),
        issued_on=date(2026, 3, 1),
        deadline=date(2026, 12, 1),
        milestones=MILESTONES,
    )
    reading = read("staff", TODAY - timedelta(days=9), "50")
    earlier = NOW - timedelta(days=9)
    reported(node, DIRECTIVE, REGION, me=REGION, now=earlier, readings=(reading,))


def file_of(node: Node, id: str = DIRECTIVE) -> directives.DirectiveFile:
    with node.reading() as session:
        found = directives.load(session, id)
    assert found is not None
    return found


def of_2020() -> list[Report]:
    """The three readings of 2020 that are facts, and the one planned date."""
    late = planned(date(2020, 10, 27), date(2021, 12, 31), "year")
    return [
        a_report(
            unit,
            on_behalf=True,
            readings=[whole(date(2020, 10, 27), value)],
            planned_on=[late] if unit == "RU-STA" else [],
        )
        for unit, value in (("RU-SMO", "52"), ("RU-STA", "47"), ("RU-TVE", "41"))
    ]
