"""Letters of deadlines as they are sent: retried, refused, needless, of many issues."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from node.actions.manage_people import disable_person, revoke_role
from node.bootstrap import Node
from node.domain.rights import unlimited
from node.jobs import deliver, tidy, warn_of_deadlines
from node.store import deadline_warnings, delivery_attempts, people
from node.store.deadline_warnings import DeadlineLook
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from node.store.people import Person
from node.store.tables import Base
from tests.support.appeals import NOW, UNIT
from tests.support.mail import Post, a_mailing_node
from tests.support.messages import clock_of, tried
from tests.support.warnings import (
    EXECUTOR,
    an_executor,
    an_issue,
    counted,
    fates,
    goes_on,
    letters,
    move,
    numbers_in,
    told_rows,
    warned_at,
    warnings,
)


def test_a_letter_refused_for_now_is_tried_again(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    moment = warned_at(node, number)
    post.content.append("451 4.7.1 greylisted")
    goes_on(node, moment)
    assert fates(node) == [("waiting", None)]
    goes_on(node, moment + timedelta(minutes=5))
    assert fates(node) == [("delivered", None)]
    assert tried(node) == [("email", "later", "451 4.7.1"), ("email", "accepted", "250 2.0.0")]
    assert numbers_in(letters(post)[0]) == [number]


def test_while_a_letter_is_on_its_way_no_second_one_is_put(node: Node, post: Post) -> None:
    an_executor(node)
    first = an_issue(node)
    an_issue(node, now=NOW + timedelta(minutes=20))
    moment = warned_at(node, first)
    post.content.extend(["451 4.7.1 busy"] * 20)
    for minutes in range(0, 180, 30):
        goes_on(node, moment + timedelta(minutes=minutes))
    assert len(warnings(node)) == 1


def test_a_letter_refused_for_good_is_recorded_and_shown_on_the_issue(
    node: Node, post: Post
) -> None:
    an_executor(node)
    number = an_issue(node)
    post.recipients[EXECUTOR] = "550 5.1.1 no such user"
    goes_on(node, warned_at(node, number))
    assert fates(node) == [("failed", "refused")]
    assert tried(node) == [("email", "refused", "550 5.1.1")]
    with node.reading() as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        shown = delivery_attempts.most_telling(session, issue_id, limit=60)
        assert (shown[0].message.kind, shown[0].post) == ("warning", "Должность roads")
        assert [one.code for one in shown[0].attempts] == ["550 5.1.1"]
        stood = {(one.kind, one.state) for one in delivery_attempts.counted(session, issue_id)}
        assert ("warning", "failed") in stood
    goes_on(node, warned_at(node, number) + timedelta(hours=1))
    assert len(warnings(node)) == 1


def test_a_server_down_for_a_day_is_given_up(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    moment = warned_at(node, number)
    post.sender = "421 4.3.2 closing"
    goes_on(node, moment)
    goes_on(node, moment + timedelta(days=1, hours=1))
    assert fates(node) == [("failed", "gave_up")]


def test_what_was_done_before_the_sending_is_not_told(node: Node, post: Post) -> None:
    an_executor(node)
    done, left = an_issue(node), an_issue(node)
    clock_of(node).move_to(warned_at(node, done))
    warn_of_deadlines.run(node)
    clock_of(node).advance(seconds=3)
    move(node, done, "answer", text="Засыпали.", outcome="solved")
    deliver.run(node)
    assert [numbers_in(one) for one in letters(post)] == [[left]]
    assert told_rows(node) == 1


def test_a_letter_with_nothing_left_to_tell_is_settled_without_one(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    moment = warned_at(node, number)
    clock_of(node).move_to(moment)
    warn_of_deadlines.run(node)
    clock_of(node).advance(seconds=3)
    move(node, number, "pause", text="Какой подъезд?")
    deliver.run(node)
    assert letters(post) == []
    assert fates(node) == [("needless", None)]
    assert ("email", "needless", "nothing left") in tried(node)
    assert told_rows(node) == 0
    # The wait moved the deadline by its own length; what was not told is told when it comes to it.
    move(node, number, "resume")
    goes_on(node, moment + timedelta(minutes=1))
    assert [numbers_in(one) for one in letters(post)] == [[number]]


def test_somebody_who_lost_the_role_or_left_before_the_sending_is_not_written_to(
    node: Node, post: Post
) -> None:
    an_executor(node)
    an_executor(node, "gone", "gone@staff.example")
    quiet = an_executor(node, "quiet", "quiet@staff.example")
    number = an_issue(node)
    clock_of(node).move_to(warned_at(node, number))
    warn_of_deadlines.run(node)
    boss = unlimited("test", UNIT)
    with node.transaction() as session:
        revoke_role(session, login="roads", role="executor", unit=UNIT, actor=boss, now=NOW)
        disable_person(session, login="gone", actor=boss, now=NOW)
        session.get_one(Person, quiet).deadline_letters = False
    deliver.run(node)
    assert letters(post) == []
    assert fates(node) == [("needless", None)] * 3


def test_without_a_mail_server_nothing_is_put(tmp_path: Path, database_url: str) -> None:
    with a_mailing_node(tmp_path, database_url, None) as node:
        an_executor(node)
        number = an_issue(node)
        goes_on(node, warned_at(node, number))
        assert (warnings(node), told_rows(node)) == ([], 0)


def test_a_letter_of_many_lists_the_first_and_tells_how_many_the_others_are(
    node: Node, post: Post
) -> None:
    an_executor(node)
    listed = [an_issue(node, now=NOW + timedelta(seconds=one)) for one in range(57)]
    goes_on(node, warned_at(node, listed[-1]))
    [letter] = letters(post)
    assert letter.message["Subject"] == "Скоро срок, проблем: 57"
    assert numbers_in(letter) == listed[:50]
    assert "Не поместились: 7. Они в списке:" in letter.text
    assert told_rows(node) == 57


def test_a_run_costs_the_same_queries_for_few_and_for_many(node: Node, post: Post) -> None:
    def costs(people_more: int, issues: int, begins: datetime) -> tuple[int, int]:
        for one in range(people_more):
            an_executor(node, f"e{issues}-{one}", f"e{issues}-{one}@staff.example")
        for _ in range(issues):
            number = an_issue(node, now=begins)
        clock_of(node).move_to(warned_at(node, number))
        with counted(node) as asked:
            warn_of_deadlines.run(node)
        put = len(asked)
        with counted(node) as asked:
            deliver.run(node)
        return put, len(asked) // (people_more or 1)

    few, sent_few = costs(1, 1, NOW)
    many, _ = costs(11, 30, NOW + timedelta(days=1))
    assert few == many <= 10  # the transaction's own words among them
    assert len(letters(post)) == 1 + 12
    assert len(numbers_in(letters(post)[-1])) == 30
    assert sent_few < 20


def test_what_has_come_near_is_found_by_the_index_of_what_is_in_work(
    tmp_path: Path,
) -> None:
    """PostgreSQL reads tables of a few rows as a whole, whatever index there is."""
    url = f"sqlite:///{tmp_path / 'plan.sqlite'}"
    with a_mailing_node(tmp_path, url, None) as node:
        Base.metadata.create_all(node.database.engine)
        with counted(node) as asked, node.reading() as session:
            deadline_warnings.near(session, now=NOW, limit=10)
        [query] = [one for one in asked if "deadline_look" in one]
        with node.reading() as session:
            connection = session.connection()
            held = tuple([NOW.isoformat(" ")] * query.count("?"))
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", held).all()
    plan = [str(step[-1]) for step in steps]
    assert "USING INDEX ix_issue_in_work" in plan[0]
    assert "deadline_look USING INTEGER PRIMARY KEY" in plan[1]
    assert len(plan) == 2  # and nothing is sorted


def test_warnings_leave_after_answers_and_before_notices(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    moment = warned_at(node, number)
    clock_of(node).move_to(moment)
    other = an_issue(node, now=moment)
    assert other != number
    warn_of_deadlines.run(node)
    with node.reading() as session:
        by_kind = dict(session.execute(select(OutboxMessage.kind, OutboxMessage.priority)).all())
    assert by_kind["warning"] < by_kind["notice"]


def test_what_was_told_is_forgotten_long_after_its_deadline(node: Node) -> None:
    an_executor(node)
    number = an_issue(node)
    goes_on(node, warned_at(node, number))
    clock_of(node).advance(days=80)
    tidy.run(node)
    assert told_rows(node) == 1
    clock_of(node).advance(days=11)
    tidy.run(node)
    assert told_rows(node) == 0
    with node.reading() as session:
        assert session.scalars(select(DeadlineLook)).all() == []


def test_the_newest_letter_of_somebody_is_found(node: Node) -> None:
    person = an_executor(node)
    with node.reading() as session:
        assert deadline_warnings.last_letter(session, person) is None
        assert people.by_id(session, person) is not None
    number = an_issue(node)
    goes_on(node, warned_at(node, number))
    with node.reading() as session:
        letter = deadline_warnings.last_letter(session, person)
        assert letter is not None
        assert (letter.state, letter.issue_id) == ("delivered", None)
