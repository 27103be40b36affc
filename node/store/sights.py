"""What somebody may see of issues, as conditions of a query: `Sight.shows` for the database.

Every query that shows, counts or names issues to a person has these conditions in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from node.domain.access import EVERYTHING, Sight
from node.store.issues import Issue


def in_sight(shown: Collection[Sight]) -> Iterator[ColumnElement[bool]]:
    """`Sight.shows` as a condition; nothing is added where everything is shown."""
    if EVERYTHING not in shown:
        yield _any_of(tuple(shown))


@lru_cache(maxsize=256)
def _any_of(shown: tuple[Sight, ...]) -> ColumnElement[bool]:
    """Kept, since people ask again and again through the same grants, and it has a condition for
    every closed topic."""
    return or_(false(), *(and_(true(), *_within(sight)) for sight in shown))


def _within(sight: Sight) -> Iterator[ColumnElement[bool]]:
    if sight.territories is not None:
        yield Issue.territory.in_(sight.territories)
    if sight.executors is not None:
        yield Issue.executor.in_(sight.executors)
    if sight.sectors is not None:
        yield or_(*(_under(code) for code in sight.sectors))
    for code in sight.hidden:
        # First whether it only begins so: one look for each of the many rows that do not, not two.
        yield not_(and_(Issue.topic.startswith(code, autoescape=True), _under(code)))


def _under(code: str) -> ColumnElement[bool]:
    """Of a topic or sector, or below it."""
    return or_(Issue.topic == code, Issue.topic.startswith(f"{code}.", autoescape=True))
