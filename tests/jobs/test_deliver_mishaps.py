"""Sending when something goes wrong: a process that dies, two at once, bugs; and what is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from node.bootstrap import Node
from node.jobs.deliver import run
from node.store.claims import LEASE
from node.store.session import Session
from tests.support.mail import Post, a_mailing_node
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


# --- Dying, and two at once -----------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A node that is killed when it begins to write down the first message it has sent."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self._transactions += 1
        if self._transactions > 1:  # the first has claimed
            raise Killed
        with self._node.transaction() as session:
            yield session


def test_a_process_that_dies_after_sending_sends_the_same_letter_once_more(
    node: Node, post: Post
) -> None:
    a_person(node)
    with pytest.raises(Killed):
        run(Dying(node))  # type: ignore[arg-type]
    assert len(post.received) == 1
    assert stands(node) == [WAITING]
    run(node)  # the claim of the dead one still holds
    assert len(post.received) == 1
    clock_of(node).advance(seconds=LEASE.total_seconds())
    run(node)
    assert stands(node) == [DELIVERED]
    first, second = post.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.message["Date"] == second.message["Date"]
    with node.reading() as session:
        assert [one.attempts for one in messages(session)] == [2]


def test_two_replicas_never_send_the_same_letter(
    tmp_path: Path, database_url: str, post: Post
) -> None:
    with (
        a_mailing_node(tmp_path, database_url, post.port) as one,
        a_mailing_node(tmp_path, database_url, post.port) as other,
    ):
        with one.transaction() as session:
            person = a_resident(session)
            for version in range(60):
                a_notice(session, person, version=version)
        threads = [threading.Thread(target=run, args=[node]) for node in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        names = [str(got.message["Message-ID"]) for got in post.received]
        assert len(names) == len(set(names)) == 60
        assert stands(one) == [DELIVERED] * 60


def test_a_letter_that_cannot_be_made_holds_nobody_up(node: Node, post: Post) -> None:
    with node.transaction() as session:
        a_notice(session, a_resident(session), version=1)
        session.execute(text("UPDATE outbox SET stage = 'nonsense'"))
    a_person(node, email="other@mail.example")
    run(node)
    assert post.to == ["other@mail.example"]
    assert stands(node) == [WAITING, DELIVERED]
    assert tried(node)[-1] == ("email", "later", "KeyError")


# --- Personal data --------------------------------------------------------------------------------


def test_no_personal_data_in_outbox_attempts_journal_or_log(
    node: Node, post: Post, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that can happen to a message happens; then each row and line is looked through."""
    caplog.set_level(logging.DEBUG)
    busy = "450 4.2.1 <later@mail.example> busy"
    post.recipients |= {EMAIL: REFUSED, "later@mail.example": busy}
    people = [
        a_person(node),
        a_person(node, link_shown=True),
        a_person(node, email="later@mail.example"),
        a_person(node, email="fine@mail.example"),
        a_person(node, email="bad,address@mail.example"),
    ]
    with node.transaction() as session:
        a_notice(session, people[3], version=9)
        session.execute(text("UPDATE outbox SET stage = 'nonsense' WHERE kind = 'notice'"))
    run(node)
    assert {state for _, state, _ in stands(node)} == {"delivered", "failed", "waiting"}
    ours = (record for record in caplog.records if record.name != "mail.log")  # the server's
    written = "\n".join(record.getMessage() for record in ours) + "".join(capsys.readouterr())
    assert "message not delivered" in written
    tables = ("outbox", "delivery_attempt", "journal")
    with node.reading() as session:
        assert set(tables) <= set(inspect(node.database.engine).get_table_names())
        for table in tables:
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows or table == "journal"
            written += "\n".join(str(tuple(row)) for row in rows)
    private = ["mail.example", "Иванова", *(person.status_key for person in people)]
    assert [word for word in private if word in written] == []


def test_waits_spread_out_so_that_not_all_come_back_at_once(node: Node, post: Post) -> None:
    post.recipients[EMAIL] = "451 4.7.1 later"
    with node.transaction() as session:
        an_answer(session, *(a_resident(session) for _ in range(20)))
    run(node)
    with node.reading() as session:
        moments = {one.next_try_at for one in messages(session)}
    assert len(moments) > 15
    assert max(moments) - min(moments) < timedelta(minutes=1)
