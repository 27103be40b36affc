"""Fold summaries into cells: what each leaf stated last, added to its unit and every unit above.

The figures of every ranking stand on this and on nothing else. A summary that replaces another
adds the difference of the two; whichever way and order they come, the cells end up the same.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from federation.schemas.summary import COUNTERS, HISTOGRAMS
from node.domain.cells import Cells, climb
from node.domain.coverage import is_on_time
from node.domain.rulebook import Rulebook
from node.store import cells, coverage, ledger
from node.store.cells import FoldedRow, LeafKey
from node.store.ledger import Changed

KNOWN = frozenset((*COUNTERS, *HISTOGRAMS))
AT_ONCE = 500
"""Summaries a call folds: few enough to hold in memory, enough to add each ancestor up once."""


@dataclass(frozen=True, slots=True)
class Folded:
    """How many summaries one call took in, and whether more are waiting."""

    summaries: int
    more: bool


def roll_up(session: Session, rulebook: Rulebook, *, unit: str, limit: int = AT_ONCE) -> Folded:
    """Fold at most `limit` summaries, own and received, that came to stand since the last call.

    `unit` is this node's: cells are kept for it and the units below. Call again while `more`.
    """
    with _without_collecting():
        return _roll_up(session, rulebook, unit, limit)


def _roll_up(session: Session, rulebook: Rulebook, unit: str, limit: int) -> Folded:
    after = cells.cursor(session)
    changed = ledger.newest_summaries_changed(session, after_id=after, limit=limit)
    if not changed:
        return Folded(0, more=False)
    bodies = {_leaf(one): _body(one) for one in changed}
    reader = _Reader(rulebook, unit)
    new = {leaf: reader.rows(body["rows"]) for leaf, body in bodies.items()}
    old = cells.folded(session, new)
    cells.add(session, _differences(rulebook, unit, old, new))
    cells.keep_folded(session, new)
    coverage.keep_leaf_days(session, _leaf_days(session, rulebook, unit, changed, bodies))
    cells.move_cursor(session, changed[-1].row)
    return Folded(len(changed), more=len(changed) == limit)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A batch makes a million small containers and no cycle: looking for some took a third of the
    time. Two nodes of one process may both be inside; whoever is last turns it on again, early at
    worst."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _leaf(changed: Changed) -> LeafKey:
    return changed.held.id.origin, date.fromisoformat(changed.held.id.key)


def _body(changed: Changed) -> dict[str, Any]:
    """The body as it stands. It was checked when it was received, and is not checked again."""
    envelope = changed.held.envelope
    assert envelope is not None  # bytes of a standing version are never forgotten
    body: dict[str, Any] = json.loads(envelope.data)["body"]
    return body


class _Reader:
    """Reads a summary's rows as they count here: by this node's directory and classifier."""

    def __init__(self, rulebook: Rulebook, unit: str) -> None:
        @cache
        def counts(territory: str) -> bool:
            return rulebook.directory.is_within(territory, unit)

        self._counts = counts
        self._topic = cache(rulebook.classifier.nearest_known)

    def rows(self, body: Iterable[Mapping[str, Any]]) -> list[FoldedRow]:
        """What a body adds to the cells, sorted. A territory not below this node adds nothing."""
        return [
            [
                row["territory"],
                self._topic(row["topic"]),
                _known(row["counters"]),
                _known(row["histograms"]),
            ]
            for row in body
            if self._counts(row["territory"])
        ]


def _known(named: dict[str, Any]) -> dict[str, Any]:
    """Without what a newer version of the protocol may have added."""
    if named.keys() <= KNOWN:
        return named
    return {name: value for name, value in named.items() if name in KNOWN}


def _differences(
    rulebook: Rulebook,
    unit: str,
    old: Mapping[LeafKey, Sequence[FoldedRow]],
    new: Mapping[LeafKey, Sequence[FoldedRow]],
) -> dict[str, Cells]:
    own: dict[str, Cells] = {}
    for leaves, sign in ((old, -1), (new, 1)):
        for (_, day), rows in leaves.items():
            for territory, topic, counters, histograms in rows:
                if territory not in own:
                    own[territory] = Cells()
                own[territory].at(day, topic).count(counters, histograms, sign)
    return climb(own, above=rulebook.directory.ancestors, top=unit)


def _leaf_days(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    changed: Sequence[Changed],
    bodies: Mapping[LeafKey, Mapping[str, Any]],
) -> list[dict[str, object]]:
    grace = timedelta(hours=rulebook.tier_of(unit).grace_hours)
    finals = coverage.first_finals(session, bodies)
    rows: list[dict[str, object]] = []
    for one in changed:
        origin, day = leaf = _leaf(one)
        body, first = bodies[leaf], finals.get(leaf)
        rows.append(
            {
                "origin": origin,
                "day": day,
                "status": body["status"],
                "reason": body["reason"],
                "zero_report": body["zero_report"],
                "sha256": one.held.version.sha256,
                "first_final_at": first,
                "on_time": first is not None
                and origin in rulebook.directory
                and is_on_time(first, day, rulebook.directory.zone(origin), grace),
            }
        )
    return rows
