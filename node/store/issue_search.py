"""Issues found by words, the last registered first.

Neither database can read its full-text index in an order, and a planner guesses badly what a word
leaves of a list: it took eight seconds for a word that is nowhere. So the way is chosen here, by
looking. The newest issues are walked first, which finds the page whenever the words are not rare;
where it does not, what was seen tells whether the words or the other filters are the rarer, and
the rarer begins. Five queries at the most, however many issues there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from node.domain.issue_choice import Scope, Wanted
from node.store.issue_texts import IssueText, asked_and_left, fits, hits, is_postgres
from node.store.issues import Issue

WALKED = 5_000  # of the newest issues: ten milliseconds in vain, where the words are rare
TELLING = 100  # issues that fit the other filters: fewer tell nothing of how frequent a word is
RARE = 0.01  # of them have the words: then the index has few enough

Conditions = Sequence[ColumnElement[bool]]


def found_by_words(
    session: Session, wanted: Wanted, conditions: Conditions, *, before: int | None, limit: int
) -> Sequence[Issue]:
    """Issues that fit the conditions and have the words, those before the id `before`."""
    postgres = is_postgres(session)
    has_words = fits(wanted.words, postgres=postgres)
    older = () if before is None else (Issue.id < before,)
    # By bounds and not by a join with the newest: a planner that is told how many rows lie between
    # two ids walks them, and otherwise reads the whole table.
    newest = (*older, Issue.id >= _end_of_walk(session, before, WALKED))
    found = session.scalars(
        select(Issue)
        .join(IssueText, IssueText.issue_id == Issue.id)
        .where(*newest, *conditions, has_words)
        .order_by(Issue.id.desc())
        .limit(limit)
    ).all()
    if len(found) == limit:
        return found
    seen, fitting = session.execute(
        select(func.count(), func.count(case((and_(true(), *conditions), 1)))).where(*newest)
    ).one()
    if seen < WALKED:
        return found  # there are no others
    few = fitting < TELLING and _are_listed(wanted)
    if few or (wanted.scope is Scope.OPEN and len(found) >= RARE * fitting):
        query = _filters_first(conditions, has_words, older, limit)
    elif len(found) < max(1, RARE * fitting):
        query = _words_first(wanted, conditions, older, postgres)
    else:
        joined = select(Issue).join(IssueText, IssueText.issue_id == Issue.id)
        query = joined.where(*conditions, *older, has_words)
    return session.scalars(query.order_by(Issue.id.desc()).limit(limit)).all()


def _are_listed(wanted: Wanted) -> bool:
    """Whether an index lists what the other filters leave; there is none over channels, urgency
    and the like."""
    return (
        wanted.scope is Scope.OPEN
        or bool(wanted.territory or wanted.topics or wanted.executors)
        or all(sight.territories or sight.executors or sight.sectors for sight in wanted.shown)
    )


def _end_of_walk(session: Session, before: int | None, walked: int) -> int:
    """The id of the last of so many issues, the newest first; 0 where there are fewer."""
    query = select(Issue.id).order_by(Issue.id.desc()).offset(walked - 1).limit(1)
    if before is not None:
        query = query.where(Issue.id < before)
    return session.scalar(query) or 0


def _words_first(
    wanted: Wanted, conditions: Conditions, older: Conditions, postgres: bool
) -> Select[Issue]:
    """What the index names is looked at until the page is full: it comes newest first, and there
    is little of it, or the walk had found it."""
    asked, left = asked_and_left(wanted.words)
    named = hits(asked, postgres=postgres)
    newest_first = named.order_by(named.selected_columns[0].desc())
    ids = _at_once(newest_first.cte("named"))
    query = select(Issue).join(ids, ids.c[0] == Issue.id).where(*conditions, *older)
    if not left:
        return query
    query = query.join(IssueText, IssueText.issue_id == Issue.id)
    return query.where(fits(left, postgres=postgres))


def _filters_first(
    conditions: Conditions, has_words: ColumnElement[bool], older: Conditions, limit: int
) -> Select[Issue]:
    """Issues that fit the other filters are listed from an index of theirs, not met by walking all
    there ever was, and looked at, the newest first, until enough of them have the words."""
    fitting = _at_once(
        select(Issue.id).where(*conditions, *older).order_by(Issue.id.desc()).cte("fitting")
    )
    named = (
        select(fitting.c.id)
        .join(IssueText, IssueText.issue_id == fitting.c.id)
        .where(has_words)
        .order_by(fitting.c.id.desc())
        .limit(limit)
    )
    return select(Issue).where(Issue.id.in_(named.scalar_subquery()))


def _at_once(query: CTE) -> CTE:
    """Made whole before anything else is done with it, whatever a planner thinks of that."""
    return query.prefix_with("MATERIALIZED")
