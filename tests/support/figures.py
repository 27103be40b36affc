"""Plausible figures put straight into a node's cells: what a page shows, without a federation.

Seeded, so that a picture taken twice is the same. Who needs the figures to have come from signed
summaries takes `country.py`.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from federation.histogram import Histogram
from node.bootstrap import Node
from node.domain.cells import Cell, Cells, climb
from node.store import cells, coverage

DAY = timedelta(days=1)
# Sectors by share of the flow, as measured in real regions; all others share the rest.
SHARES = {
    "health": 20.0,
    "social": 20.0,
    "roads": 13.5,
    "utilities": 12.0,
    "amenities": 11.0,
    "waste": 7.5,
    "transport": 4.0,
    "education": 3.0,
}
PER_RESIDENT = 1 / 6000  # appeals a day
WEEKEND = 0.45


def fill(
    node: Node,
    *,
    last: date,
    days: int = 28,
    leaves: Sequence[str] = (),
    missing: Collection[tuple[str, date]] = (),
    seed: int = 1,
) -> None:
    """Figures of `days` days up to `last` for `leaves`, or for every unit that takes appeals in."""
    rulebook, chance = node.rulebook, random.Random(seed)
    directory = rulebook.directory
    below = directory.subtree(node.code)
    leaves = leaves or [unit for unit in below if rulebook.tier_of(unit).intake]
    topics = _weighted(node)
    own: dict[str, Cells] = {}
    held: list[dict[str, object]] = []
    for unit in leaves:
        population = directory.own_population(unit, leaves) or 2000
        found = own[unit] = Cells()
        liking = {code: chance.lognormvariate(0, 0.6) for code, _ in topics}
        for back in reversed(range(days)):
            day = last - back * DAY
            if (unit, day) in missing:
                continue
            held.append(_held(unit, day, chance))
            flow = population * PER_RESIDENT * (WEEKEND if day.weekday() > 4 else 1.15)
            for code, share in topics:
                surge = 4.0 if code.startswith("roads.") and back < 7 else 1.0
                expected = flow * share * liking[code] * surge
                received = int(expected) + (chance.random() < expected % 1)
                if received:
                    _count(found.at(day, code), received, chance)
    with node.transaction() as session:
        for unit in leaves:
            coverage.upsert_leaf(session, unit, last - days * DAY, None)
        coverage.keep_leaf_days(session, held)
        scopes = climb(own, above=directory.ancestors, top=node.code)
        cells.add(session, scopes)


def _weighted(node: Node) -> list[tuple[str, float]]:
    """Every topic with its share of the flow; the first topics of a sector weigh most."""
    classifier = node.rulebook.classifier
    others = [sector.code for sector in classifier.sectors if sector.code not in SHARES]
    rest = (100 - sum(SHARES.values())) / max(len(others), 1)
    found = []
    for sector in classifier.sectors:
        topics = [topic.code for topic in classifier.topics if topic.sector == sector.code]
        whole = sum(1 / number for number in range(1, len(topics) + 1))
        for number, code in enumerate(topics, 1):
            found.append((code, SHARES.get(sector.code, rest) / 100 / number / whole))
    return [*found, (classifier.UNSORTED, 0.03)]


def _count(cell: Cell, received: int, chance: random.Random) -> None:
    closed = round(received * chance.uniform(0.7, 1.0))
    solved = round(closed * chance.uniform(0.45, 0.8))
    asked = closed // 2
    satisfied = round(asked * chance.uniform(0.3, 0.8))
    opened = round(received * chance.uniform(1.5, 4))
    overdue = round(opened * chance.uniform(0, 0.2))
    counts = {
        "received": received,
        "opened": received,
        "routed": received,
        "answered_first": received,
        "closed_solved": solved,
        "closed_explained": closed - solved,
        "late_final": round(closed * chance.uniform(0, 0.25)),
        "satisfied": satisfied,
        "unsatisfied": asked - satisfied,
        "open": opened,
        "overdue": overdue,
        "dragging": round(overdue * chance.uniform(0, 0.4)),
    }
    cell.count(counts, {})
    for name, number, mean in (
        ("route_hours", received, 2.0),
        ("first_answer_hours", received, 7.0),
        ("solve_hours", solved, 160.0),
    ):
        times = Histogram.of(
            round(60 * mean * chance.lognormvariate(0, 0.7)) for _ in range(number)
        )
        cell.count({}, {name: times.counts.items()})


def _held(unit: str, day: date, chance: random.Random) -> dict[str, object]:
    return {
        "origin": unit,
        "day": day,
        "status": "final",
        "reason": None,
        "zero_report": False,
        "sha256": hashlib.sha256(f"{unit} {day}".encode()).hexdigest(),
        "first_final_at": datetime(day.year, day.month, day.day, tzinfo=UTC) + 2 * DAY,
        "on_time": chance.random() > 0.02,
    }
