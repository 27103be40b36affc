"""The job that sends: real mail by a server on the loopback address, both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from node.bootstrap import Node
from node.domain.reply_delivery import PATIENCE, Kind
from node.jobs.deliver import run
from node.store import outbox
from node.store.appeals import Appeal, Resident
from node.store.replies import Reply
from tests.support.appeals import NOW, moved
from tests.support.mail import Post, a_mailing_node, a_post
from tests.support.messages import (
    EMAIL,
    a_notice,
    a_person,
    a_resident,
    an_answer,
    clock_of,
    messages,
    stands,
    tried,
)

DELIVERED = ("email", "delivered", None)
WAITING = ("email", "waiting", None)
REFUSED = "550 5.1.1 <ivanova@mail.example>: no such user"


def test_an_answer_arrives_with_its_text_number_and_link(node: Node, post: Post) -> None:
    person = a_person(node)
    run(node)
    assert stands(node) == [DELIVERED]
    assert tried(node) == [("email", "accepted", "250 2.0.0")]
    [got] = post.received
    assert got.to == [EMAIL]
    assert got.message["To"] == EMAIL
    assert got.message["Subject"] == f"Обращение {person.number}: ответ"
    for shown in ("Яму засыпали.", f"https://cur.example/status/{person.status_key}"):
        assert shown in got.text
        assert shown in got.html
    run(node)
    assert len(post.received) == 1


def test_a_letter_with_the_link_makes_the_status_page_a_way(node: Node) -> None:
    with node.transaction() as session:
        person = a_resident(session)
        a_notice(session, person, "registered")
        assert not outbox.reach_of(session, person.id).link_shown
    run(node)
    with node.reading() as session:
        assert outbox.reach_of(session, person.id).link_shown
        assert session.get_one(Appeal, person.id).link_shown_at == NOW


def test_alerts_leave_first_and_answers_before_notices(
    tmp_path: Path, database_url: str, post: Post
) -> None:
    with a_mailing_node(tmp_path, database_url, post.port, duty="a@d.example, b@d.example") as node:
        with node.transaction() as session:
            person = a_resident(session)
            a_notice(session, person)
            an_answer(session, person)
            outbox.put_alert(session, alert_id=1, issue_id=person.issue_id, now=NOW)
        run(node)
        subjects = [str(one.message["Subject"]) for one in post.received]
        assert [subject.partition(":")[0] for subject in subjects] == [
            "ОПАСНОСТЬ",
            *[f"Обращение {person.number}"] * 2,
        ]
        assert subjects[1].endswith("ответ")
        assert post.received[0].to == ["a@d.example", "b@d.example"]
        assert {one.connection for one in post.received} == {1}


def test_notices_wait_for_the_morning_while_answers_go(node: Node, post: Post) -> None:
    clock_of(node).advance(hours=11)  # 23:30 in Murmansk
    with node.transaction() as session:
        person = a_resident(session)
        a_notice(session, person)
        an_answer(session, person)
    run(node)
    assert stands(node) == [WAITING, DELIVERED]
    clock_of(node).advance(hours=8, minutes=29)
    run(node)
    assert stands(node)[0] == WAITING
    clock_of(node).advance(minutes=1)  # 08:00
    run(node)
    assert stands(node) == [DELIVERED, DELIVERED]


def test_a_refusal_for_good_is_recorded_with_its_code(node: Node, post: Post) -> None:
    post.recipients[EMAIL] = REFUSED
    a_person(node)
    run(node)
    assert stands(node) == [("email", "failed", "refused")]
    assert tried(node) == [
        ("email", "refused", "550 5.1.1"),
        ("status_page", "refused", "not shown"),
    ]


def test_what_cannot_be_mailed_stands_on_the_status_page_where_its_link_was_shown(
    node: Node, post: Post
) -> None:
    post.recipients[EMAIL] = REFUSED
    a_person(node, link_shown=True)
    run(node)
    assert stands(node) == [("status_page", "delivered", "refused")]
    assert tried(node) == [
        ("email", "refused", "550 5.1.1"),
        ("status_page", "accepted", "shown"),
    ]


def test_a_refusal_for_now_is_tried_again_when_its_time_has_come(node: Node, post: Post) -> None:
    post.content.append("451 4.7.1 greylisted")
    a_person(node)
    run(node)
    assert stands(node) == [WAITING]
    with node.reading() as session:
        [message] = messages(session)
    assert NOW <= message.next_try_at <= NOW + PATIENCE[Kind.FINAL].first
    clock_of(node).move_to(message.next_try_at)
    run(node)
    assert stands(node) == [DELIVERED]
    assert tried(node) == [("email", "later", "451 4.7.1"), ("email", "accepted", "250 2.0.0")]


@pytest.mark.parametrize(("how", "code"), [("drop", "dropped"), ("hang", "timeout")])
def test_a_connection_lost_or_hanging_leaves_the_message_waiting(
    tmp_path: Path, database_url: str, post: Post, how: str, code: str
) -> None:
    post.content.append(how)
    with a_mailing_node(tmp_path, database_url, post.port, timeout=1.0) as node:
        clock = clock_of(node)
        a_person(node)
        a_person(node, email="other@mail.example")
        run(node)
        assert stands(node) == [WAITING, DELIVERED]  # the next one is not held up
        assert tried(node)[0] == ("email", "later", code)
        clock.advance(minutes=2)
        run(node)
        assert stands(node) == [DELIVERED, DELIVERED]


def test_a_server_that_is_down_is_asked_once_and_everybody_waits(
    tmp_path: Path, database_url: str
) -> None:
    with a_post() as gone:
        port = gone.port
    with a_mailing_node(tmp_path, database_url, port) as node:
        for _ in range(3):
            a_person(node)
        run(node)
        assert stands(node) == [WAITING] * 3
        assert tried(node) == [("email", "later", "unreachable")] * 3
        clock_of(node).advance(seconds=PATIENCE[Kind.FINAL].whole.total_seconds())
        run(node)
        assert stands(node) == [("email", "failed", "gave_up")] * 3


def test_an_address_erased_meanwhile_is_not_written_to(node: Node, post: Post) -> None:
    one, another, corrected = a_person(node), a_person(node, link_shown=True), a_person(node)
    with node.transaction() as session:
        for person in (one, another):
            session.get_one(Resident, person.id).email = None
        session.get_one(Resident, corrected.id).email = "new@mail.example"
    run(node)
    assert post.to == ["new@mail.example"]
    assert stands(node) == [
        ("email", "failed", "no_way_to_answer"),
        ("status_page", "delivered", "no_way_to_answer"),
        DELIVERED,
    ]


def test_a_resident_forgotten_as_a_whole_is_not_written_to(node: Node, post: Post) -> None:
    person = a_person(node)
    with node.transaction() as session:
        session.delete(session.get_one(Resident, person.id))
    run(node)
    assert post.received == []
    assert stands(node) == [("email", "failed", "no_way_to_answer")]


def test_a_node_without_mail_says_so_at_its_next_run(tmp_path: Path, database_url: str) -> None:
    with a_mailing_node(tmp_path, database_url, None) as node:
        a_person(node)
        a_person(node, link_shown=True)
        run(node)
        assert stands(node) == [
            ("email", "failed", "no_adapter"),
            ("status_page", "delivered", "no_adapter"),
        ]


def test_an_alert_without_a_duty_list_is_recorded(node: Node) -> None:
    with node.transaction() as session:
        person = a_resident(session)
        outbox.put_alert(session, alert_id=1, issue_id=person.issue_id, now=NOW)
    run(node)
    assert stands(node) == [("email", "failed", "no_duty_list")]


def test_an_alert_some_of_the_duty_list_got_is_delivered(
    tmp_path: Path, database_url: str, post: Post
) -> None:
    post.recipients["gone@d.example"] = REFUSED
    with a_mailing_node(
        tmp_path, database_url, post.port, duty="gone@d.example,b@d.example"
    ) as node:
        with node.transaction() as session:
            person = a_resident(session)
            outbox.put_alert(session, alert_id=1, issue_id=person.issue_id, now=NOW)
        run(node)
        assert stands(node) == [DELIVERED]
        assert tried(node) == [
            ("email", "accepted", "250 2.0.0"),
            ("email", "refused", "550 5.1.1"),
        ]
        assert "https://cur.example/issues/" in post.received[0].text
        assert "Иванова" not in post.received[0].text


# --- What is told of a move -----------------------------------------------------------------------


def test_a_rejection_tells_why_and_who_is_responsible(node: Node, post: Post) -> None:
    with node.transaction() as session:
        a_resident(session)
        number = session.execute(text("SELECT number FROM issue")).scalar_one()
        moved(
            session,
            number,
            "reject",
            1,
            ground="not_competent",
            responsible="ФНС России",
            reason="Налоги.",
        )
    run(node)
    [got] = post.received
    assert "не относится к полномочиям органов этой территории; Налоги." in got.text
    assert "За этот вопрос отвечает: ФНС России." in got.text


def test_a_question_of_a_pause_is_in_its_letter(node: Node, post: Post) -> None:
    with node.transaction() as session:
        person = a_resident(session)
        question = Reply(
            issue_id=person.issue_id, kind="question", text="Какой подъезд?", actor="test", at=NOW
        )
        session.add(question)
        session.flush()
        outbox.put_notice(
            session,
            stage="paused",
            issue_id=person.issue_id,
            appeal_ids=[person.id],
            version=3,
            now=NOW,
            reply_id=question.id,
        )
    run(node)
    [got] = post.received
    assert "Какой подъезд?" in got.text
