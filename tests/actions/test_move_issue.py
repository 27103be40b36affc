"""A move on an issue: what it changes, counts and leaves behind; who comes second is told."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from node.actions.move_issue import NoSuchIssue, NotAllowed, Stale
from node.domain.errors import DomainError, Invalid
from node.store import journal
from node.store.days import DirtyDay
from node.store.issues import Issue, IssueDeadline, IssueFlow, IssueState
from node.store.replies import Reply
from node.store.session import Database
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT, moved, submitted, the_rulebook

BEFORE = ["take", "admit", "reject", "route", "forward", "reclassify", "prioritise", "merge"]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def an_issue(database: Database, **overrides: object) -> str:
    with database.transaction() as session:
        return submitted(session, **overrides).issue_number  # type: ignore[arg-type]


def flows(database: Database) -> list[tuple[str, int | None]]:
    with database.reading() as session:
        rows = session.execute(select(IssueFlow.counter, IssueFlow.minutes).order_by(IssueFlow.id))
        return [(counter, minutes) for counter, minutes in rows]


def test_an_issue_is_routed_answered_and_closed_as_solved(database: Database) -> None:
    number = an_issue(database, topic="roads.pits")
    with database.transaction() as session:
        routed = moved(session, number, "route", 1, now=NOW + HOUR)
        assert (routed.state, routed.version) == ("routed", 2)
        assert routed.executor == the_rulebook().agencies.for_topic("roads.pits").code
    with database.transaction() as session:
        moved(session, number, "answer", 2, now=NOW + 2 * HOUR, text="Яму засыпали")
    with database.transaction() as session:
        closed = moved(session, number, "close", 3, now=NOW + 3 * HOUR, outcome="solved")
        assert (closed.state, closed.outcome, closed.closed_at) == (
            "closed",
            "solved",
            NOW + 3 * HOUR,
        )
    assert flows(database) == [
        ("opened", None),
        ("routed", 60),
        ("answered_first", 120),
        ("closed_solved", 180),
    ]
    with database.reading() as session:
        states = session.scalars(select(IssueState.state).order_by(IssueState.id)).all()
        assert states == ["registered", "routed", "answered", "closed"]
        assert session.scalars(select(Reply.text)).all() == ["Яму засыпали"]
        entries = session.scalars(select(journal.JournalEntry)).all()
        assert [entry.action for entry in entries][1:] == [
            "issue_route",
            "issue_answer",
            "issue_close",
        ]
        assert "засыпали" not in str([entry.details for entry in entries])
        assert journal.broken_at(session) is None


def test_after_a_reopening_the_whole_time_is_measured_again(database: Database) -> None:
    number = an_issue(database)
    moves = [
        ("route", {}),
        ("answer", {"text": "Сделано"}),
        ("close", {"outcome": "solved"}),
        ("reopen", {"reason": "Не сделано"}),
        ("answer", {"text": "Теперь сделано"}),
        ("close", {"outcome": "solved"}),
    ]
    for version, (name, fields) in enumerate(moves, 1):
        with database.transaction() as session:
            issue = moved(session, number, name, version, now=NOW + version * HOUR, **fields)
    assert issue.closed_at == NOW + 6 * HOUR
    assert flows(database) == [
        ("opened", None),
        ("routed", 60),
        ("answered_first", 120),
        ("closed_solved", 180),
        ("reopened", None),
        ("closed_solved", 360),
    ]


def test_an_answer_and_a_closing_after_their_deadlines_count_as_late(database: Database) -> None:
    number = an_issue(database)
    late = NOW + 40 * DAY
    for version, (name, fields) in enumerate(
        [("route", {}), ("answer", {"text": "…"}), ("close", {"outcome": "explained"})], 1
    ):
        with database.transaction() as session:
            moved(session, number, name, version, now=late, **fields)
    counted = [counter for counter, _ in flows(database)]
    assert counted == [
        "opened",
        "routed",
        "answered_first",
        "late_first",
        "closed_explained",
        "late_final",
    ]


def test_a_move_out_of_turn_is_refused_naming_the_allowed_ones(database: Database) -> None:
    number = an_issue(database)
    with database.transaction() as session, pytest.raises(NotAllowed) as refusal:
        moved(session, number, "close", 1, outcome="solved")
    assert refusal.value.extra["allowed"] == BEFORE
    assert refusal.value.extra["version"] == 1
    assert "take, admit, reject, route" in refusal.value.message


def test_an_old_version_is_refused_with_the_present_one(database: Database) -> None:
    number = an_issue(database)
    with database.transaction() as session:
        moved(session, number, "route", 1)
    with database.transaction() as session, pytest.raises(Stale) as refusal:
        moved(session, number, "route", 1)
    assert refusal.value.extra["version"] == 2
    assert refusal.value.extra["allowed"] == [
        "reroute",
        "return",
        "interim",
        "pause",
        "answer",
        "reclassify",
        "prioritise",
        "merge",
    ]


def test_somebody_who_wrote_between_reading_and_writing_is_not_overwritten(
    database: Database,
) -> None:
    number = an_issue(database)
    with database.transaction() as session, pytest.raises(Stale) as refusal:
        # The issue is read at version 1 into this session, then moves on beneath it.
        assert session.scalars(select(Issue)).one().version == 1
        session.execute(
            update(Issue).values(version=5).execution_options(synchronize_session=False)
        )
        moved(session, number, "route", 1)
    assert refusal.value.extra["version"] == 5


def test_of_moves_made_at_once_one_wins_and_the_others_are_told(database: Database) -> None:
    numbers = [an_issue(database) for _ in range(4)]
    won: list[str] = []
    refused: list[DomainError] = []
    failures: list[BaseException] = []
    barrier = threading.Barrier(5)

    def work() -> None:
        barrier.wait()
        for number in numbers:
            try:
                with database.transaction() as session:
                    moved(session, number, "route", 1)
                won.append(number)
            except Stale as error:
                refused.append(error)
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(won) == numbers
    assert len(refused) == 4 * 4
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IssueFlow)) == 8
        assert set(session.scalars(select(Issue.version))) == {2}
        assert journal.broken_at(session) is None


def test_moves_of_different_issues_at_once_all_go_through(database: Database) -> None:
    numbers = [an_issue(database) for _ in range(5)]
    one, other = [agency.code for agency in the_rulebook().agencies][:2]
    # Rerouting marks no day, so nothing but the journal's own queue keeps its chain whole.
    moves: list[tuple[str, dict[str, str]]] = [("route", {"executor": other})]
    moves += [("reroute", {"executor": code}) for code in (one, other) * 4]
    moves += [("answer", {"text": "…"}), ("close", {"outcome": "solved"})]
    failures: list[BaseException] = []
    barrier = threading.Barrier(5)

    def work(number: str) -> None:
        barrier.wait()
        try:
            for version, (name, fields) in enumerate(moves, 1):
                with database.transaction() as session:
                    moved(session, number, name, version, **fields)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.reading() as session:
        assert set(session.scalars(select(Issue.state))) == {"closed"}
        assert journal.broken_at(session) is None


def test_every_wrong_field_of_a_move_is_named(database: Database) -> None:
    number = an_issue(database)
    with database.transaction() as session, pytest.raises(Invalid) as refusal:
        moved(session, number, "reclassify", 1, topic="roads.pit", territory=ELSEWHERE, colour="x")
    faults = {fault.field: fault.message for fault in refusal.value.faults}
    assert set(faults) == {"topic", "territory", "colour"}
    assert "roads.pits" in faults["topic"]
    assert "topic, territory, reason" in faults["colour"]
    with database.transaction() as session, pytest.raises(Invalid) as refusal:
        moved(session, number, "route", 1, executor="nobody\0")
    assert [fault.field for fault in refusal.value.faults] == ["executor"]


def test_an_unknown_move_is_told_the_moves_there_are(database: Database) -> None:
    number = an_issue(database)
    with (
        database.transaction() as session,
        pytest.raises(Invalid, match="take, admit, reject, route, reroute"),
    ):
        moved(session, number, "fly", 1)


def test_a_refusal_needs_its_reason(database: Database) -> None:
    number = an_issue(database)
    with database.transaction() as session:
        moved(session, number, "route", 1)
        moved(session, number, "answer", 2, text="Не наше")
    with database.transaction() as session, pytest.raises(Invalid) as refusal:
        moved(session, number, "close", 3, outcome="refused", reason="  ")
    assert [fault.field for fault in refusal.value.faults] == ["reason"]
    with database.transaction() as session:
        moved(session, number, "close", 3, outcome="refused", reason="Частная дорога")
        assert session.scalars(select(IssueState.reason)).all()[-1] == "Частная дорога"


def test_an_unknown_issue_is_not_found(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NoSuchIssue):
        moved(session, "RU-MUR-P26-000099", "route", 1)


def test_a_new_topic_brings_its_executor_its_deadlines_and_marks_every_day(
    database: Database,
) -> None:
    rulebook = the_rulebook()
    fast = next(
        topic.code for topic in rulebook.classifier.topics if topic.fast_track and not topic.danger
    )
    sent = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
    number = an_issue(database, received_at=sent)
    with database.transaction() as session:
        session.execute(DirtyDay.__table__.delete())  # type: ignore[attr-defined]
    with database.transaction() as session:
        issue = moved(session, number, "reclassify", 1, topic=fast, territory=UNIT)
        assert (issue.state, issue.topic, issue.territory) == ("registered", fast, UNIT)
        assert issue.executor == rulebook.agencies.for_topic(fast).code
        assert issue.final_due_at == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
        rows = session.execute(
            select(IssueDeadline.kind, IssueDeadline.norm).order_by(IssueDeadline.id)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("first_answer", "standard"),
            ("final", "standard"),
            ("final", "fast_track"),
        ]
        marked = session.scalars(select(DirtyDay)).one()
        assert (marked.day, marked.reason) == (date(2026, 11, 10), "sorting")


def test_a_confirmed_executor_stays_when_the_topic_changes(database: Database) -> None:
    number = an_issue(database, topic="roads.pits")
    other = next(code.code for code in the_rulebook().agencies)
    with database.transaction() as session:
        moved(session, number, "route", 1, executor=other)
        assert moved(session, number, "reclassify", 2, topic="roads.snow").executor == other


def test_the_same_topic_again_is_no_move(database: Database) -> None:
    number = an_issue(database, topic="roads.pits")
    with database.transaction() as session, pytest.raises(Invalid, match="уже отнесена"):
        moved(session, number, "reclassify", 1, topic="roads.pits", territory=TOWN)
