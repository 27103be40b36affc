"""The API of one issue: history, replies, merged and repeated issues, drafts, the whole table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.domain.issue import MOVES, State
from node.store import journal
from tests.support.appeals import moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

PATH = "/api/v1/issues"
TEXT = "Яма по колено на въезде во двор, машины бьют колёса"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def an_issue(node: Node, *moves: tuple[str, dict[str, str]], **overrides: Any) -> str:
    with node.transaction() as session:
        number = submitted(session, **overrides).issue_number
        for version, (name, fields) in enumerate(moves, 1):
            moved(session, number, name, version, **fields)
    return number


def sends(client: TestClient, method: str, path: str, body: object) -> Any:
    return client.request(
        method,
        f"{PATH}/{path}",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )


ROUTED: tuple[str, dict[str, str]] = ("route", {})


@pytest.fixture
def executor(node: Node) -> Iterator[TestClient]:
    """Somebody who may answer but not approve, with issues on roads."""
    a_person(node, "executor", a_grant("executor"))
    with a_client(node, signed_in=False) as client:
        assert signs_in(client, "executor").status_code == 303
        yield client


# --- History and replies --------------------------------------------------------------------------


def test_the_history_tells_every_move_with_what_it_was_made_with(
    node: Node, client: TestClient
) -> None:
    number = an_issue(
        node,
        ("take", {}),
        ("reject", {"ground": "not_competent", "responsible": "Росавтодор", "reason": "Трасса"}),
    )
    body = client.get(f"{PATH}/{number}/history").json()
    assert body["number"] == number
    assert [(row["move"], row["state"], row["actor"]) for row in body["history"]] == [
        ("register", "registered", "test"),
        ("take", "moderation", "test"),
        ("reject", "rejected", "test"),
    ]
    rejected = body["history"][-1]
    assert rejected["reason"] == "Трасса"
    assert rejected["details"] == {"ground": "not_competent", "responsible": "Росавтодор"}


def test_a_reply_stands_with_its_author_approver_and_how_it_reached_people(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits", link_shown=True)
    body = {"move": "answer", "version": 2, "text": "Засыпали", "outcome": "solved"}
    answered = sends(executor, "POST", f"{number}/moves", body)
    assert answered.json()["state"] == "approval"
    [reply] = client.get(f"{PATH}/{number}").json()["replies"]
    assert reply == {
        "kind": "final",
        "state": "proposed",
        "text": "Засыпали",
        "outcome": "solved",
        "until": None,
        "author": "executor",
        "approved_by": None,
        "at": "2026-11-18T09:30:00Z",
        "sent_at": None,
        "deliveries": {"waiting": 0, "delivered": 0, "failed": 0},
    }
    sends(client, "POST", f"{number}/moves", {"move": "approve", "version": 3})
    [reply] = client.get(f"{PATH}/{number}").json()["replies"]
    assert (reply["state"], reply["approved_by"]) == ("sent", "operator")
    assert sum(reply["deliveries"].values()) == 1


def test_a_text_sent_back_or_mended_stays_beside_the_one_that_was_sent(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")

    def move(who: TestClient, name: str, version: int, **fields: str) -> None:
        body = {"move": name, "version": version, **fields}
        assert sends(who, "POST", f"{number}/moves", body).status_code == 200

    move(executor, "answer", 2, text="Сделаем")
    move(client, "send_back", 3, reason="Назовите день")
    assert executor.get(f"{PATH}/{number}/draft").json()["text"] == "Сделаем"
    move(executor, "answer", 4, text="Сделаем в среду")
    move(client, "approve", 5, text="Сделаем в среду, 25 ноября")
    written = client.get(f"{PATH}/{number}").json()["replies"]
    assert [(one["state"], one["text"], one["author"]) for one in written] == [
        ("withdrawn", "Сделаем", "executor"),
        ("sent", "Сделаем в среду, 25 ноября", "executor"),
        ("withdrawn", "Сделаем в среду", "executor"),
    ]
    assert executor.get(f"{PATH}/{number}/draft").status_code == 404


def test_where_a_move_leads_depends_on_who_makes_it_and_on_what_waits(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")

    def leads(asked: TestClient) -> dict[str, str]:
        return {row["move"]: row["to"] for row in asked.get(f"{PATH}/{number}").json()["moves"]}

    assert leads(client)["answer"] == "answered"
    assert leads(executor)["answer"] == "approval"
    body = {"move": "interim", "version": 2, "text": "Ждём асфальт", "until": "2026-11-25"}
    sends(executor, "POST", f"{number}/moves", body)
    assert leads(client)["approve"] == "routed"  # an interim answer leads back to work
    [listed] = client.get(PATH).json()["issues"]
    assert {row["move"]: row["to"] for row in listed["moves"]}["approve"] == "routed"


def test_a_formal_issue_names_whom_it_complains_of_and_promises_nothing_past_its_term(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node, ("admit", {"complained_of": "none"}), kind="formal")
    body = client.get(f"{PATH}/{number}").json()
    assert (body["formal"], body["complained_of"]) == (True, "none")
    final = next(row for row in body["deadlines"] if row["kind"] == "final")
    assert {row["kind"] for row in body["deadlines"]} >= {"forward", "register"}
    assert body["promise_by"] is None or body["promise_by"] <= final["due_at"][:10]


# --- Merged and repeated --------------------------------------------------------------------------


def test_what_may_be_the_same_is_offered_and_dismissed_once(node: Node, client: TestClient) -> None:
    first, second = an_issue(node, text=TEXT), an_issue(node, text=TEXT)
    [offer] = client.get(f"{PATH}/{second}/repeats").json()["repeats"]
    assert offer == {
        "number": first,
        "sign": "same_text",
        "metres": None,
        "state": "registered",
        "topic": "unsorted",
        "arrived_at": "2026-11-18T09:30:00Z",
    }
    assert client.get(f"{PATH}/{second}").json()["repeats"] == [offer]
    path = f"{PATH}/{second}/repeats/{first}/dismiss"
    assert client.post(path).json() == {"repeats": []}
    with node.reading() as session:
        entry = journal.last_of(session, second)
    assert entry is not None
    assert (entry.action, entry.details) == ("repeat_dismissed", {"other": first})
    again = client.post(path)
    assert (again.status_code, again.json()["title"]) == (404, "Не найдено")
    for other in (second, "RU-MUR-P26-000099", "%00", "x" * 300):
        assert client.post(f"{PATH}/{second}/repeats/{other}/dismiss").status_code == 404
        assert client.post(f"{PATH}/{other}/repeats/{first}/dismiss").status_code == 404


def test_merged_issues_name_each_other(node: Node, client: TestClient) -> None:
    head, other = an_issue(node, ROUTED), an_issue(node)
    sends(client, "POST", f"{other}/moves", {"move": "merge", "version": 1, "into": head})
    assert client.get(f"{PATH}/{other}").json()["merged_into"] == head
    body = client.get(f"{PATH}/{head}").json()
    assert (body["merged"], body["merged_into"]) == ([other], None)
    assert len(body["appeals"]) == 1  # those it was opened by; the others stay with theirs
    [undone] = client.get(f"{PATH}/{other}").json()["moves"]
    assert (undone["move"], undone["to"]) == ("unmerge", "moderation")


def test_a_repeat_of_a_closed_sector_is_not_offered_to_others(node: Node) -> None:
    first = an_issue(node, text=TEXT, topic="health.queues")
    second = an_issue(node, text=TEXT, topic="roads.pits")
    a_person(node, "moderator", a_grant("moderator"))
    with a_client(node, signed_in=False) as moderator:
        signs_in(moderator, "moderator")
        assert moderator.get(f"{PATH}/{second}/repeats").json() == {"repeats": []}
        path = f"{PATH}/{second}/repeats/{first}/dismiss"
        assert moderator.post(path).status_code == 404
        for tail in ("", "/history", "/repeats", "/draft"):
            assert moderator.get(f"{PATH}/{first}{tail}").status_code == 404
        body = {"kind": "final", "text": "Текст"}
        assert sends(moderator, "PUT", f"{first}/draft", body).status_code == 404


def test_only_who_may_merge_may_say_that_it_is_another_matter(
    node: Node, executor: TestClient
) -> None:
    first = an_issue(node, ROUTED, text=TEXT, topic="roads.pits")
    second = an_issue(node, ROUTED, text=TEXT, topic="roads.pits")
    answer = executor.post(f"{PATH}/{second}/repeats/{first}/dismiss")
    assert answer.status_code == 403


# --- Drafts ---------------------------------------------------------------------------------------


def test_a_draft_is_kept_read_rewritten_and_dropped(node: Node, executor: TestClient) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")
    path = f"{number}/draft"
    assert executor.get(f"{PATH}/{path}").status_code == 404
    sends(executor, "PUT", path, {"kind": "final", "text": "Засып"})
    body = {"kind": "interim", "text": "Ждём асфальт", "until": "2026-11-25"}
    kept = {**body, "outcome": None, "saved_at": "2026-11-18T09:30:00Z"}
    assert sends(executor, "PUT", path, body).json() == kept
    assert executor.get(f"{PATH}/{path}").json() == kept
    assert executor.get(f"{PATH}/{path}?kind=final").json()["text"] == "Засып"
    sends(executor, "PUT", path, {"kind": "final", "text": "Засыпали"})
    assert executor.get(f"{PATH}/{path}?kind=final").json()["text"] == "Засыпали"
    assert executor.get(f"{PATH}/{path}?kind=interim").json() == kept
    assert executor.get(f"{PATH}/{number}").json()["version"] == 2
    assert executor.delete(f"{PATH}/{path}?kind=final").status_code == 204
    assert executor.delete(f"{PATH}/{path}?kind=final").status_code == 404
    assert executor.get(f"{PATH}/{path}").json() == kept
    assert executor.delete(f"{PATH}/{path}").status_code == 204
    assert executor.delete(f"{PATH}/{path}").status_code == 404
    for method in ("GET", "DELETE"):
        refused = executor.request(method, f"{PATH}/{path}?kind=last")
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == ["kind"]


def test_a_draft_is_its_authors_alone_and_told_to_nobody(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")
    sends(executor, "PUT", f"{number}/draft", {"kind": "final", "text": "Ещё не решено"})
    assert client.get(f"{PATH}/{number}/draft").status_code == 404
    assert "Ещё не решено" not in client.get(f"{PATH}/{number}").text
    assert "Ещё не решено" not in client.get(f"{PATH}/{number}/history").text


def test_a_draft_is_gone_when_its_text_is_sent(node: Node, executor: TestClient) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")
    sends(executor, "PUT", f"{number}/draft", {"kind": "final", "text": "Засыпали"})
    body = {"move": "answer", "version": 2, "text": "Засыпали"}
    assert sends(executor, "POST", f"{number}/moves", body).status_code == 200
    assert executor.get(f"{PATH}/{number}/draft").status_code == 404


def test_an_interim_answer_that_is_sent_leaves_the_draft_of_the_final_one(
    node: Node, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")
    for kind in ("final", "interim", "question"):
        sends(executor, "PUT", f"{number}/draft", {"kind": kind, "text": f"Текст {kind}"})
    body = {"move": "pause", "version": 2, "text": "Где именно?"}
    assert sends(executor, "POST", f"{number}/moves", body).status_code == 200
    left = {
        kind: executor.get(f"{PATH}/{number}/draft?kind={kind}").status_code
        for kind in ("final", "interim", "question")
    }
    assert left == {"final": 200, "interim": 200, "question": 404}
    sends(executor, "POST", f"{number}/moves", {"move": "resume", "version": 3})
    sends(executor, "POST", f"{number}/moves", body | {"move": "answer", "version": 4})
    assert executor.get(f"{PATH}/{number}/draft").status_code == 404


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"kind", "text"}),
        ({"kind": "final", "text": " "}, {"text"}),
        ({"kind": "last", "text": "x", "until": "завтра", "outcome": "x"}, None),
        ({"kind": "final", "text": "x" * 10_001}, {"text"}),
        ({"kind": "final", "text": "\0\ud800"}, {"text"}),
        ({"kind": 1, "text": ["x"]}, {"kind", "text"}),
        ({"kind": "final", "text": "x", "colour": "red"}, {"colour"}),
        ({"kind": "final", "text": "x", "until": "2026-02-30"}, {"until"}),
    ],
)
def test_every_wrong_field_of_a_draft_is_named(
    node: Node, client: TestClient, body: dict[str, Any], named: set[str] | None
) -> None:
    number = an_issue(node, ROUTED)
    answer = sends(client, "PUT", f"{number}/draft", body)
    assert answer.status_code == 422, answer.text
    wrong = {error["field"] for error in answer.json()["errors"]}
    assert wrong == (named or {"kind", "until", "outcome"})


def test_only_who_may_answer_may_draft_an_answer(node: Node) -> None:
    number = an_issue(node, ROUTED, topic="roads.pits")
    a_person(node, "coordinator", a_grant("coordinator"))
    a_person(node, "approver", a_grant("approver"))
    for login, kind, status in (
        ("coordinator", "final", 403),
        ("coordinator", "question", 200),
        ("approver", "final", 200),
        ("approver", "question", 403),
    ):
        with a_client(node, signed_in=False) as client:
            signs_in(client, login)
            answer = sends(client, "PUT", f"{number}/draft", {"kind": kind, "text": "Текст"})
            assert answer.status_code == status, (login, kind)


# --- The table ------------------------------------------------------------------------------------


def test_the_whole_table_is_given_as_data(client: TestClient) -> None:
    body = client.get("/api/v1/workflow").json()
    assert [row["state"] for row in body["states"]] == list(State)
    stages = {row["state"]: row["stage"] for row in body["states"]}
    assert (stages["registered"], stages["routed"], stages["merged"]) == (
        *("waiting", "open", "ended"),
    )
    assert [row["move"] for row in body["moves"]] == list(MOVES)
    answer = next(row for row in body["moves"] if row["move"] == "answer")
    assert answer == {
        "move": "answer",
        "title": "Ответить жителю",
        "sources": ["routed", "answered", "reopened"],
        "to": "answered",
        "unapproved": "approval",
        "leads_to": ["answered", "approval"],
        "rights": ["issues.execute"],
        "requires": ["text"],
        "optional": ["outcome", "reason"],
        "clocks": "meet",
        "tells": "answered",
    }
    assert body["grounds"]["not_competent"].startswith("вопрос не относится")


def test_without_a_token_nothing_of_this_is_shown(node: Node) -> None:
    number = an_issue(node)
    with a_client(node, signed_in=False) as visitor:
        for path in (
            f"{PATH}/{number}/history",
            f"{PATH}/{number}/repeats",
            f"{PATH}/{number}/draft",
            "/api/v1/workflow",
        ):
            assert visitor.get(path).status_code == 401
