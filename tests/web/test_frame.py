"""What the frame says of the link above: up, down, suspended, or nobody above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from federation.ledger import Link
from node.bootstrap import Node
from node.store.ledger import SqlLedger
from node.store.membership import Membership
from node.store.tables import Base
from node.web.pages.frame import link_above
from tests.support.web import a_client, a_node

PARENT = "SZFO"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'node.sqlite'}", unit="RU-MUR") as node:
        Base.metadata.create_all(node.database.engine)
        yield node


def joined(node: Node, **changes: object) -> None:
    with node.transaction() as session:
        session.add(
            Membership(
                parent=PARENT,
                url="https://parent.example",
                dial="https://parent.example",
                parent_root="root",
                top="RU",
                top_root="root",
                joined_at=node.clock(),
            )
        )
        SqlLedger(session).save_link(replace(Link(PARENT), **changes))  # type: ignore[arg-type]


def test_a_node_with_nobody_above_says_nothing(node: Node) -> None:
    assert link_above(node) is None


def test_a_recent_answer_is_a_link_that_is_up(node: Node) -> None:
    joined(node, heard_out=node.clock() - timedelta(seconds=30))
    link = link_above(node)
    assert link is not None
    assert link.up
    with a_client(node) as client:
        assert "Северо-Западный\u00a0ФО: на связи, 12:29" in client.get("/top").text


@pytest.mark.parametrize("failures", [0, 3])
def test_long_silence_is_a_link_that_is_down_since_a_moment(node: Node, failures: int) -> None:
    joined(node, heard_out=node.clock() - timedelta(hours=2), failures=failures)
    link = link_above(node)
    assert link is not None
    assert not link.up
    assert "нет связи с 18\u00a0ноября, 10:30" in link.text


def test_a_suspended_link_says_why_and_that_a_person_is_needed(node: Node) -> None:
    joined(node, heard_out=node.clock(), suspended="clone")
    link = link_above(node)
    assert link is not None
    assert not link.up
    assert "clone" in link.title


def test_a_node_just_joined_has_not_been_answered_yet(node: Node) -> None:
    joined(node)
    link = link_above(node)
    assert link is not None
    assert "связи ещё не было" in link.text
