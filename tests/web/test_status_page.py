"""The resident's page: the way of an appeal, its answer, and what its resident may say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from node.bootstrap import Node
from node.store import issues, journal
from node.store.issues import IssueFlow
from node.store.resident_messages import ResidentMessage
from tests.support.appeals import moved, submitted
from tests.support.web import a_client, a_node

TEXT = "Во дворе дома пять на улице Ленина вторую неделю не горит ни один фонарь"
SAID = "Фонари всё ещё не горят, приходите вечером"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def visitor(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as client:
        yield client


def taken(node: Node, **overrides: Any) -> tuple[str, str]:
    """(issue number, path of the status page)."""
    values = {"topic": "roads.lighting", "link_shown": True} | overrides
    with node.transaction() as session:
        found = submitted(session, **values)
    return found.issue_number, f"/status/{found.status_key}"


def does(node: Node, number: str, *moves: tuple[str, dict[str, str]]) -> None:
    with node.transaction() as session:
        for move, fields in moves:
            issue = issues.by_number(session, number)
            assert issue is not None
            moved(session, number, move, issue.version, now=node.clock(), **fields)


ANSWER = ("answer", {"text": "Заменили лампы", "outcome": "solved"})
CLOSE = ("close", {"outcome": "solved"})


def closed(node: Node) -> tuple[str, str]:
    number, path = taken(node)
    does(node, number, ("admit", {}), ("route", {}), ANSWER, CLOSE)
    return number, path


def flows(node: Node) -> list[str]:
    with node.reading() as session:
        return list(session.scalars(select(IssueFlow.counter).order_by(IssueFlow.id)))


def state_of(node: Node, number: str) -> str:
    with node.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        return issue.state


def test_the_page_shows_the_stage_the_body_and_the_answer(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    page = visitor.get(path).text
    assert 'aria-current="step"><span>Модерация' in page
    assert "Кто решает" not in page
    does(node, number, ("admit", {}), ("route", {}))
    page = visitor.get(path).text
    assert 'aria-current="step"><span>Исполнение' in page
    assert "Кто решает" in page
    does(node, number, ANSWER)
    page = visitor.get(path).text
    assert "Заменили лампы" in page
    assert TEXT not in page


def test_a_draft_on_approval_is_not_shown(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    does(node, number, ("admit", {}), ("route", {}))
    with node.transaction() as session:
        from tests.actions.test_workflow import executes

        executes(session, number, "answer", 3, text="Черновик для начальника")
    assert "Черновик" not in visitor.get(path).text


@pytest.mark.parametrize("mark", ["satisfied", "unsatisfied"])
def test_a_mark_counts_once_for_each_closing(node: Node, visitor: TestClient, mark: str) -> None:
    number, path = closed(node)
    said = visitor.post(path, data={"choice": "mark", "mark": mark, "text": "Быстро"})
    assert (said.status_code, said.headers["location"]) == (303, f"{path}?said=mark#said")
    assert flows(node)[-1] == mark
    again = visitor.post(path, data={"choice": "mark", "mark": mark})
    assert again.status_code == 409
    visitor.post(path, data={"choice": "contest", "text": SAID})
    does(node, number, ANSWER, CLOSE)
    assert visitor.post(path, data={"choice": "mark", "mark": mark}).status_code == 303
    assert flows(node).count(mark) == 2


def test_not_solved_reopens_under_the_same_number_and_keeps_the_words_apart(
    node: Node, visitor: TestClient
) -> None:
    number, path = closed(node)
    assert visitor.post(path, data={"choice": "contest", "text": SAID}).status_code == 303
    assert state_of(node, number) == "reopened"
    with node.reading() as session:
        assert session.scalars(select(ResidentMessage.text)).all() == [SAID]
        entries = session.scalars(select(journal.JournalEntry)).all()
        assert SAID not in str([(entry.action, entry.details) for entry in entries])
    assert "возобновлена" in visitor.get(f"{path}?said=contest").text
    assert flows(node)[-1] == "reopened"


def test_after_its_days_not_solved_is_refused(node: Node, visitor: TestClient) -> None:
    number, path = closed(node)
    assert "Не решено?" in visitor.get(path).text
    node.clock.advance(days=15)  # type: ignore[attr-defined]
    assert "Не решено?" not in visitor.get(path).text
    assert visitor.post(path, data={"choice": "contest", "text": SAID}).status_code == 409
    assert state_of(node, number) == "closed"


def test_the_answer_to_a_question_lets_the_clock_run_again(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    does(node, number, ("admit", {}), ("route", {}), ("pause", {"text": "Какой подъезд?"}))
    assert "Какой подъезд?" in visitor.get(path).text
    assert visitor.post(path, data={"choice": "answer", "text": "Второй"}).status_code == 303
    assert state_of(node, number) == "routed"
    assert visitor.post(path, data={"choice": "answer", "text": "Второй"}).status_code == 409


def test_me_too_joins_what_was_offered_and_nothing_else(node: Node, visitor: TestClient) -> None:
    first, _ = taken(node, text=TEXT)
    other, _ = taken(node, text="Совсем другое: не вывозят мусор с площадки у школы")
    again, path = taken(node, text=TEXT)
    page = visitor.get(path).text
    assert "Похоже, об этом уже писали" in page
    assert TEXT not in page
    refused = visitor.post(path, data={"choice": "join", "into": other})
    assert refused.status_code == 422
    assert visitor.post(path, data={"choice": "join", "into": first}).status_code == 303
    assert state_of(node, again) == "merged"
    with node.reading() as session:
        head = issues.by_number(session, first)
        assert head is not None
        assert head.appeals == 2
    does(node, first, ("admit", {}), ("route", {}), ANSWER)
    page = visitor.get(path).text
    assert "Заменили лампы" in page
    assert "писали и другие" in page


def test_what_was_written_of_an_illness_is_offered_to_no_resident(
    node: Node, visitor: TestClient
) -> None:
    taken(node, text=TEXT, topic="health.ambulance")
    _, path = taken(node, text=TEXT)
    assert "Похоже, об этом уже писали" not in visitor.get(path).text


def test_who_was_rejected_is_told_why_and_where_to_go(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    fields = {"ground": "not_competent", "responsible": "Администрация соседней области"}
    does(node, number, ("reject", fields))
    page = visitor.get(path).text
    assert "не относится к полномочиям" in page.lower()
    assert "Администрация соседней области" in page
    assert 'name="choice"' not in page


@pytest.mark.parametrize(
    "garbage",
    [
        {},
        {"choice": "delete"},
        {"choice": "contest", "text": " "},
        {"choice": "contest", "text": "ы" * 5000},
        {"choice": "contest", "text": "\x00"},
        {"choice": "mark", "mark": "excellent"},
        {"choice": "mark"},
    ],
    ids=str,
)
def test_garbage_is_refused_by_name_and_changes_nothing(
    node: Node, visitor: TestClient, garbage: dict[str, str]
) -> None:
    number, path = closed(node)
    before = flows(node)
    refused = visitor.post(path, data=garbage)
    assert refused.status_code == 422
    assert "Не записано" in refused.text
    assert (state_of(node, number), flows(node)) == ("closed", before)


@pytest.mark.parametrize("key", ["x", "A" * 32, "..%2f..", "%00" * 32])
def test_a_link_nobody_was_given_is_not_found(visitor: TestClient, key: str) -> None:
    assert visitor.get(f"/status/{key}").status_code == 404
    assert visitor.post(f"/status/{key}", data={"choice": "mark"}).status_code == 404


def test_a_link_cannot_be_used_to_write_without_end(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    does(node, number, ("admit", {}), ("route", {}))
    for _ in range(20):
        does(node, number, ("pause", {"text": "Где?"}))
        assert visitor.post(path, data={"choice": "answer", "text": "Там"}).status_code == 303
    does(node, number, ("pause", {"text": "Где?"}))
    refused = visitor.post(path, data={"choice": "answer", "text": "Там"})
    assert refused.status_code == 409
    assert "много сообщений" in refused.text


def test_a_page_costs_the_same_queries_however_much_was_said(
    node: Node, visitor: TestClient
) -> None:
    from sqlalchemy import event

    counted: list[str] = []
    event.listen(
        node.database.engine,
        "before_cursor_execute",
        lambda *args: counted.append(args[2]),
    )
    _, path = taken(node)
    visitor.get(path)  # the first request of a process also looks which directory is in force
    counted.clear()
    visitor.get(path)
    waiting = [statement for statement in counted if statement.startswith("SELECT")]
    _, path = closed(node)
    for choice in ("mark", "contest"):
        data = {"choice": choice, "mark": "satisfied", "text": "Да"}
        visitor.post(path, data=data)
    counted.clear()
    visitor.get(path)
    later = [statement for statement in counted if statement.startswith("SELECT")]
    # What waits for moderation is also looked up among issues like it.
    assert (len(waiting), len(later)) == (9, 8)


def test_what_is_shown_by_the_link_names_nobody(node: Node, visitor: TestClient) -> None:
    number, path = taken(node)
    text = "Иванова Мария Петровна приняла работы, её телефон 8 921 123-45-67"
    does(node, number, ("admit", {}), ("route", {}), ("answer", {"text": text}))
    page = visitor.get(path).text
    assert "[имя] приняла работы, её телефон [телефон]" in page
    assert "Мария" not in page
