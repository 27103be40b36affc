"""Queries on issues: pages by keyset, the work list, versions, dated deadlines."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from sqlalchemy import select, text

from node.store import issues, work_lists
from node.store.issues import Issue
from node.store.session import Database
from node.store.work_lists import Scope, Wanted
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted


def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    with database.transaction() as session:
        numbers = [submitted(session).issue_number for _ in range(7)]
    seen: list[str] = []
    after = 0
    with database.reading() as session:
        while page := work_lists.page(session, EVERY, after=after, limit=3):
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
        asked = Wanted(states=("registered",), topics=("roads.pits",), territory=UNIT)
        page = work_lists.page(session, asked, limit=10)
        assert [issue.number for issue in page] == [wanted]


def test_a_change_of_an_old_version_writes_nothing(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
        [issue] = work_lists.page(session, EVERY, limit=1)
        assert issues.change(session, issue.id, version=1, state="routed")
        assert not issues.change(session, issue.id, version=1, state="closed")
    with database.reading() as session:
        row = session.execute(select(Issue.state, Issue.version)).one()
        assert tuple(row) == ("routed", 2)


def test_the_issue_held_has_the_face_its_row_has(database: Database) -> None:
    """Also what the database computes, and moments given in another zone."""
    with database.transaction() as session:
        submitted(session)
        [issue] = work_lists.page(session, EVERY, limit=1)
        there = NOW.astimezone(timezone(timedelta(hours=10)))
        before = issue.next_due_at
        face = {"state": "routed", "final_due_at": there, "first_answer_at": there}
        assert issues.change(session, issue.id, version=1, **face)
        held = {one.name: getattr(issue, one.name) for one in Issue.__table__.columns}
        session.expire_all()
        assert {name: getattr(issue, name) for name in held} == held
        assert held["next_due_at"] == NOW != before
        assert held["final_due_at"].utcoffset() == timedelta()


def test_deadlines_are_kept_by_issue_in_the_order_they_were_set(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
        submitted(session)
        ids = [issue.id for issue in work_lists.page(session, EVERY, limit=2)]
        found = issues.deadlines_of(session, ids)
        assert [[row.kind for row in found[key]] for key in ids] == [["first_answer", "final"]] * 2
        assert all(row.why["zone"] == "Europe/Moscow" for row in found[ids[0]])


DAY = timedelta(days=1)
EVERY = Wanted(scope=Scope.ALL)
ENDED = Wanted(scope=Scope.ENDED, states=("closed",))


def test_the_work_list_begins_with_the_nearest_running_deadline(database: Database) -> None:
    with database.transaction() as session:
        fresh = submitted(session).issue_number
        old = submitted(session, received_at=NOW - 5 * DAY).issue_number
        answered = submitted(session, received_at=NOW - 9 * DAY).issue_number
        moved(session, answered, "route", 1)
        moved(session, answered, "answer", 2, text="Сделаем")
        closed = submitted(session).issue_number
        moved(session, closed, "route", 1)
        moved(session, closed, "answer", 2, text="Сделали")
        moved(session, closed, "close", 3, outcome="solved")
    with database.reading() as session:
        listed = work_lists.work_list(session, Wanted(), limit=9)
        assert [issue.number for issue in listed] == [old, fresh, answered]
        assert [issue.next_due_at for issue in listed] == [
            listed[0].first_due_at,
            listed[1].first_due_at,
            listed[2].final_due_at,
        ]
        [done] = work_lists.work_list(session, ENDED, limit=9)
        assert (done.number, done.next_due_at) == (closed, None)
        late = work_lists.work_list(session, Wanted(due=(None, NOW)), limit=9)
        assert [issue.number for issue in late] == [old]


@pytest.mark.parametrize("state", [None, "closed"])
def test_the_work_list_goes_on_where_a_page_ended(database: Database, state: str | None) -> None:
    with database.transaction() as session:
        numbers = [submitted(session).issue_number for _ in range(5)]
        if state == "closed":
            for number in numbers:
                moved(session, number, "route", 1)
                moved(session, number, "answer", 2, text="Сделали")
                moved(session, number, "close", 3, outcome="solved")
            numbers.reverse()  # what was closed last comes first, here all at one moment
    seen: list[str] = []
    after = None
    wanted = ENDED if state else Wanted()
    with database.reading() as session:
        while page := work_lists.work_list(session, wanted, after=after, limit=2):
            seen += [issue.number for issue in page]
            after = work_lists.place_of(page[-1], wanted)
    assert seen == numbers


def test_the_work_list_is_counted_as_it_is_shown(database: Database) -> None:
    with database.transaction() as session:
        for days in (0, 0, 4):
            submitted(session, topic="roads.pits", received_at=NOW - days * DAY)
        submitted(session, topic="roads.snow", territory=UNIT)

    def counted(**wanted: object) -> tuple[int, int]:
        with database.reading() as session:
            asked = Wanted(**wanted)  # type: ignore[arg-type]
            found = work_lists.counts(session, [Wanted(), asked], late_at=NOW)
        assert found.issues[0] == 4
        return found.issues[1], found.overdue

    assert counted() == (4, 1)
    assert counted(topics=("roads.pits",)) == (3, 1)
    assert counted(territory=UNIT) == (1, 0)
    assert counted(states=("routed",)) == (0, 0)


def test_the_work_list_is_read_by_its_index(database: Database) -> None:
    """Without it the nearest fifty of a million would be found by sorting all of them."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many rows there are, and here are none")
    statement = select(Issue.id).where(Issue.next_due_at.is_not(None))
    statement = statement.order_by(Issue.next_due_at, Issue.id).limit(50)
    with database.reading() as session:
        sql = str(statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        plan = " ".join(row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert "ix_issue_in_work" in plan
    assert "TEMP B-TREE" not in plan
