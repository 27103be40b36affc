"""Queries on issues: pages by keyset, versions, dated deadlines."""

from __future__ import annotations

from sqlalchemy import select

from node.store import issues
from node.store.issues import Issue
from node.store.session import Database
from tests.support.appeals import TOWN, UNIT, moved, submitted


def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    with database.transaction() as session:
        numbers = [submitted(session).issue_number for _ in range(7)]
    seen: list[str] = []
    after = 0
    with database.reading() as session:
        while page := issues.page(session, after=after, limit=3):
            seen += [issue.number for issue in page]
            after = page[-1].id
    assert seen == numbers


def test_filters_narrow_a_page_together(database: Database) -> None:
    with database.transaction() as session:
        wanted = submitted(session, topic="roads.pits", territory=UNIT).issue_number
        submitted(session, topic="roads.pits", territory=TOWN)
        submitted(session, territory=UNIT)
        closed = submitted(session, topic="roads.pits", territory=UNIT).issue_number
        moved(session, closed, "route", 1)
        page = issues.page(
            session, state="registered", topic="roads.pits", territory=UNIT, limit=10
        )
        assert [issue.number for issue in page] == [wanted]


def test_a_change_of_an_old_version_writes_nothing(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
        [issue] = issues.page(session, limit=1)
        assert issues.change(session, issue.id, version=1, state="routed")
        assert not issues.change(session, issue.id, version=1, state="closed")
    with database.reading() as session:
        row = session.execute(select(Issue.state, Issue.version)).one()
        assert tuple(row) == ("routed", 2)


def test_deadlines_are_kept_by_issue_in_the_order_they_were_set(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
        submitted(session)
        ids = [issue.id for issue in issues.page(session, limit=2)]
        found = issues.deadlines_of(session, ids)
        assert [[row.kind for row in found[key]] for key in ids] == [["first_answer", "final"]] * 2
        assert all(row.why["zone"] == "Europe/Moscow" for row in found[ids[0]])
