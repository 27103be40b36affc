"""Tables whose rows nobody changes or deletes, and the one column of them that retention may."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from node.store.issues import IssueFlow, IssueState
from node.store.session import Database
from tests.support.appeals import moved, submitted


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE issue_state SET actor = 'nobody'",
        "UPDATE issue_state SET at = '2020-01-01 00:00:00+00:00'",
        "UPDATE issue_state SET reason = 'x', move = 'close'",
        "DELETE FROM issue_state",
        "UPDATE issue_flow SET minutes = 1",
        "DELETE FROM issue_flow",
        "DELETE FROM tombstone",
        "UPDATE tombstone SET rule = 'x'",
    ],
)
def test_history_is_refused_to_whoever_would_mend_it(database: Database, statement: str) -> None:
    with database.transaction() as session:
        number = submitted(session, topic="roads.pits").issue_number
        moved(session, number, "route", 1, reason="Причина")
        session.execute(
            text(
                "INSERT INTO tombstone (subject, data, fate, rule, items, actor, at)"
                " VALUES ('x', 'text', 'erase', 'text', 1, 'test', '2026-01-01 00:00:00+00:00')"
            )
        )
        assert session.scalars(select(IssueFlow.id)).all()
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))


def test_a_reason_alone_may_lose_its_personal_data(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session).issue_number
        moved(session, number, "take", 1)
        session.execute(text("UPDATE issue_state SET reason = '[имя]'"))
        assert set(session.scalars(select(IssueState.reason))) == {"[имя]"}
