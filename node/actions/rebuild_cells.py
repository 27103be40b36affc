"""Make every cell anew from the summaries held, after the classifier or the directory changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from node.actions.roll_up import roll_up
from node.domain.rulebook import Rulebook
from node.store import cells, coverage


def rebuild_cells(session: Session, rulebook: Rulebook, *, unit: str) -> int:
    """Forget the cells and fold all there is; how many summaries. The same summaries give the
    same cells to the byte as having been folded one by one, in whatever order they came."""
    cells.clear(session)
    coverage.clear(session)
    total = 0
    while (folded := roll_up(session, rulebook, unit=unit)).summaries:
        total += folded.summaries
    return total
