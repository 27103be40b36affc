"""What follows from a compared password, on both kinds of database and many at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from node.actions.sign_in import (
    REFUSALS,
    WINDOW,
    Candidate,
    TooManyRefusals,
    candidate,
    change_password,
    sign_in,
)
from node.bootstrap import Node
from node.domain.errors import Invalid
from node.domain.people import FAILURES, LOCK
from node.store import journal, people, tokens
from tests.support.appeals import NOW
from tests.support.people import a_grant, a_person, actor_of
from tests.support.web import a_node

UNTIL = NOW + timedelta(hours=12)


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        a_person(node, "ivanova", a_grant("head"))
        yield node


def who(node: Node, login: str = "ivanova", address: str = "a") -> Candidate:
    with node.reading() as session:
        return candidate(session, login=login, address=address, now=NOW)


def comes(
    node: Node, compared: Candidate, fits: bool, *, wait: timedelta = NOW - NOW
) -> str | None:
    with node.transaction() as session:
        return sign_in(
            session,
            compared=compared,
            fits=fits,
            address="a",
            rehashed=None,
            now=NOW + wait,
            until=UNTIL,
        )


def failures(node: Node) -> int:
    with node.reading() as session:
        person = people.by_login(session, "ivanova")
    assert person is not None
    return person.failures


def test_guesses_made_at_once_are_counted_one_by_one(node: Node) -> None:
    compared = who(node)
    with ThreadPoolExecutor(FAILURES) as pool:
        found = list(pool.map(lambda _: comes(node, compared, False), range(FAILURES)))
    assert found == [None] * FAILURES
    assert failures(node) == FAILURES
    # The right password was among them, compared before the lock fell: it comes too late.
    assert comes(node, compared, True) is None
    assert comes(node, compared, True, wait=LOCK) is not None
    assert failures(node) == 0
    with node.reading() as session:
        assert journal.broken_at(session) is None


def test_a_password_changed_while_it_was_compared_is_a_wrong_one(node: Node) -> None:
    compared = who(node)
    with node.transaction() as session:
        person = people.by_login(session, "ivanova")
        assert person is not None
        person.password = "another"
    assert comes(node, compared, True) is None
    assert failures(node) == 1


def test_an_address_with_too_many_refusals_waits_whatever_the_login(node: Node) -> None:
    nobody = who(node, "nobody")
    for _ in range(REFUSALS):
        comes(node, nobody, False)
    with pytest.raises(TooManyRefusals) as refused:
        who(node)
    assert refused.value.seconds == WINDOW.total_seconds()
    assert refused.value.minutes == 15
    assert who(node, address="b").person_id is not None


def test_a_new_password_ends_every_session_but_the_new_one(node: Node) -> None:
    compared, actor = who(node), actor_of(node, "ivanova")
    first, second = comes(node, compared, True), comes(node, compared, True)
    assert first is not None
    assert second is not None
    with node.transaction() as session:
        cookie = change_password(
            session,
            stored=compared.password,
            fits=True,
            hashed="new",
            actor=actor,
            now=NOW,
            until=UNTIL,
        )
        found = [tokens.by_session(session, one, NOW) for one in (first, second, cookie)]
        assert [one is None for one in found] == [True, True, False]
        with pytest.raises(Invalid, match="current"):
            change_password(
                session,
                stored="new",
                fits=False,
                hashed="newer",
                actor=actor,
                now=NOW,
                until=UNTIL,
            )


def test_a_session_over_its_time_opens_nothing_and_is_forgotten(node: Node) -> None:
    cookie = comes(node, who(node), True)
    assert cookie is not None
    with node.transaction() as session:
        assert tokens.by_session(session, cookie, UNTIL - timedelta(seconds=1)) is not None
        assert tokens.by_session(session, cookie, UNTIL) is None
    assert comes(node, who(node), True, wait=timedelta(hours=12)) is not None
    with node.reading() as session:
        assert tokens.by_session(session, cookie, NOW) is None
