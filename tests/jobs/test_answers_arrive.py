"""From the move that answers to the closed issue: every resident has it, or it is recorded why."""

from __future__ import annotations

import pytest

from node.bootstrap import Node
from node.jobs import deliver, go_on
from node.store import outbox
from node.store.appeals import Appeal
from node.store.issues import Issue
from tests.support.appeals import moved
from tests.support.mail import Post
from tests.support.messages import EMAIL, a_resident, clock_of, messages

REFUSED = "550 5.1.1 no such user"


@pytest.fixture
def people(node: Node) -> list[Appeal]:
    """Three residents of one issue: by mail, by the status page, and one nobody can answer."""
    with node.transaction() as session:
        head = a_resident(session)
        page = a_resident(session, email=None, reply_by="status_page", link_shown=True)
        silent = a_resident(session, email=None, reply_by="phone", phone="+7 900 000-00-00")
        number = session.get_one(Issue, head.issue_id).number
        for person in (page, silent):
            merged = session.get_one(Issue, person.issue_id)
            moved(session, merged.number, "merge", merged.version, into=number)
    return [head, page, silent]


def make(node: Node, appeal: Appeal, move: str, **fields: str) -> str:
    """Make a move on the issue of an appeal; the state it leads to."""
    clock_of(node).advance(minutes=1)
    with node.transaction() as session:
        issue = session.get_one(Issue, appeal.issue_id)
        done = moved(session, issue.number, move, issue.version, now=node.clock(), **fields)
        return done.state


def state(node: Node, appeal: Appeal) -> str:
    with node.reading() as session:
        return session.get_one(Issue, appeal.issue_id).state


def test_an_issue_closes_when_its_answer_has_reached_everybody_it_can(
    node: Node, post: Post, people: list[Appeal]
) -> None:
    head, _, _ = people
    assert make(node, head, "route") == "routed"
    assert make(node, head, "answer", text="Яму засыпали.", outcome="solved") == "answered"
    go_on.run(node)
    assert state(node, head) == "answered"  # the letter has not left
    deliver.run(node)
    go_on.run(node)
    assert state(node, head) == "closed"
    with node.reading() as session:
        final = [one for one in messages(session) if one.kind == "final"]
    assert {(one.way, one.state, one.failure) for one in final} == {
        ("email", "delivered", None),
        ("status_page", "delivered", None),
        ("none", "failed", "no_way_to_answer"),
    }
    deliver.run(node)
    assert post.to == [EMAIL] * len(post.received)
    told = [str(one.message["Subject"]).partition(": ")[2] for one in post.received]
    assert {"передано исполнителю", "ответ", "закрыто"} <= set(told)
    assert "Яму засыпали." in next(one.text for one in post.received if "ответ" in one.text)


def test_a_refused_letter_closes_with_its_failure_on_record(
    node: Node, post: Post, people: list[Appeal]
) -> None:
    head, _, _ = people
    post.recipients[EMAIL] = REFUSED
    make(node, head, "route")
    make(node, head, "answer", text="Яму засыпали.", outcome="solved")
    deliver.run(node)
    go_on.run(node)
    assert state(node, head) == "closed"
    with node.reading() as session:
        [final] = [
            one for one in messages(session) if one.kind == "final" and one.appeal_id == head.id
        ]
        assert (final.state, final.failure) == ("failed", "refused")
        assert final.reply_id is not None
        assert outbox.tally(session, final.reply_id).failed == 2


def test_an_interim_answer_names_its_day_and_closes_nothing(
    node: Node, post: Post, people: list[Appeal]
) -> None:
    head, _, _ = people
    make(node, head, "route")
    make(node, head, "interim", text="Ждём технику.", until="2026-11-27")
    deliver.run(node)
    go_on.run(node)
    assert state(node, head) == "routed"
    letter = next(one for one in post.received if "промежуточный" in one.message["Subject"])
    assert "Ждём технику." in letter.text
    assert "не позже 27.11.2026" in letter.text


def test_the_question_of_a_pause_goes_out_in_its_letter(
    node: Node, post: Post, people: list[Appeal]
) -> None:
    head, _, _ = people
    make(node, head, "route")
    make(node, head, "pause", text="Какой подъезд?")
    deliver.run(node)
    assert any("Какой подъезд?" in one.text for one in post.received)
