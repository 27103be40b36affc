"""What moves do to the deadlines of an issue, from the rows: pauses, promises, reopening, 59-ФЗ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from node.domain.errors import Invalid
from node.store import issues
from node.store.session import Database
from tests.support.appeals import NOW, moved, submitted

DAY = timedelta(days=1)
# Midnight in Moscow at the end of a day of November or December 2026.
ENDS = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


def walked(database: Database, *moves: tuple[str, int, dict[str, str]], **appeal: object) -> str:
    """A new issue led through moves, each so many days after its arrival."""
    with database.transaction() as session:
        number = submitted(session, **appeal).issue_number  # type: ignore[arg-type]
    go_on(database, number, 1, *moves)
    return number


def go_on(
    database: Database, number: str, version: int, *moves: tuple[str, int, dict[str, str]]
) -> None:
    for later, (name, days, fields) in enumerate(moves):
        with database.transaction() as session:
            moved(session, number, name, version + later, now=NOW + days * DAY, **fields)


def final_due(database: Database, number: str) -> datetime | None:
    with database.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        return issue.final_due_at


ROUTE = ("route", 0, {})
INTERIM = ("interim", 1, {"text": "Нужна техника", "until": "2026-12-01"})


def test_a_promise_is_the_final_deadline_until_the_issue_is_reopened(database: Database) -> None:
    number = walked(database, ROUTE, INTERIM)
    assert final_due(database, number) == ENDS + DAY
    go_on(
        database,
        number,
        3,
        ("pause", 2, {"text": "Какой двор?"}),
        ("resume", 5, {}),
    )
    # Three days began while the resident was waited for, after the promise was given.
    assert final_due(database, number) == ENDS + 4 * DAY
    go_on(
        database,
        number,
        5,
        ("answer", 6, {"text": "Сделано"}),
        ("close", 6, {"outcome": "solved"}),
        ("reopen", 7, {"reason": "Не сделано"}),
    )
    # Reopened on 25 November: ten days by the norm, and the old promise is void.
    assert final_due(database, number) == ENDS + 5 * DAY


def test_a_wait_before_the_promise_does_not_move_it(database: Database) -> None:
    number = walked(
        database,
        ROUTE,
        ("pause", 0, {"text": "Какой двор?"}),
        ("resume", 1, {}),
        INTERIM,
    )
    assert final_due(database, number) == ENDS + DAY


def test_a_promise_beyond_the_norm_is_refused_with_the_latest_day(database: Database) -> None:
    number = walked(database, ROUTE)
    with database.transaction() as session, pytest.raises(Invalid, match=r"18\.12\.2026"):
        moved(session, number, "interim", 2, text="Нужна техника", until="2026-12-19")


def test_an_open_wait_counts_up_to_its_limit(database: Database) -> None:
    number = walked(database, ROUTE, ("pause", 0, {"text": "Какой двор?"}))
    with database.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        assert issue.paused_until == ENDS - 2 * DAY  # ten days, to the end of 28 November
        assert issue.final_due_at == ENDS + 28 * DAY  # 18 December and ten days more


def test_nothing_moves_the_30_days_of_a_formal_appeal(database: Database) -> None:
    asked = {"complained_of": "none"}
    number = walked(database, ("admit", 0, asked), ROUTE, kind="formal")
    due = final_due(database, number)
    assert due == ENDS + 18 * DAY
    go_on(
        database,
        number,
        3,
        ("pause", 1, {"text": "Какой двор?"}),
        ("resume", 3, {}),
        ("interim", 3, {"text": "Нужна техника", "until": "2026-12-10"}),
    )
    assert final_due(database, number) == due
    with database.transaction() as session, pytest.raises(Invalid, match=r"18\.12\.2026"):
        moved(session, number, "interim", 6, text="Ещё", until="2026-12-19", now=NOW + 4 * DAY)


def test_danger_is_answered_within_hours_of_the_clock(database: Database) -> None:
    friday = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)  # 17:50 in Murmansk
    with database.transaction() as session:
        number = submitted(
            session, now=friday, text="Открытый люк на тротуаре, ребёнок провалился"
        ).issue_number
        issue = issues.by_number(session, number)
        assert issue is not None
        issue.danger, issue.urgency = True, "urgent"
    go_on(database, number, 1, ("admit", 3, {}))
    with database.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        assert issue.first_due_at == friday + timedelta(hours=4)
