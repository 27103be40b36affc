"""The card of an issue: what it tells, and the moves sent from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.actions.move_issue import move_issue
from node.bootstrap import Node
from node.domain.appeal import Contact
from node.domain.issue import MOVES, Clocks, Notice, State
from node.store import issues as issue_store
from node.store import replies
from node.web.locale import issue_words
from node.web.pages import issue_moves
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted
from tests.support.people import a_grant, a_person, actor_of
from tests.support.web import a_client, a_node

PATH = "/issues"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        yield client


Done = tuple[str, dict[str, Any]]
"""A move and its fields."""
ROUTED: Done = ("route", {})
ANSWERED: Done = ("answer", {"text": "Засыпали щебнем"})
CLOSED: Done = ("close", {"outcome": "solved"})


def an_issue(node: Node, *moves: Done, **overrides: Any) -> str:
    """An issue of one appeal, after these moves."""
    with node.transaction() as session:
        number = submitted(session, **overrides).issue_number
        for version, (name, fields) in enumerate(moves, 1):
            moved(session, number, name, version, **fields)
    return number


def text_of(answer: Any) -> str:
    """What a reader sees: no tags, one space between words."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def send(client: TestClient, number: str, move: str, version: int = 1, **fields: str) -> Any:
    return client.post(f"{PATH}/{number}/moves", data={"move": move, "version": version, **fields})


def test_the_card_shows_the_appeal_without_its_resident(node: Node, client: TestClient) -> None:
    contact = Contact(
        name="Имя Жителя",
        phone="+7 900 000-00-00",
        email="resident@mail.example",
        reply_by="email",
        address="дом на углу",
    )
    number = an_issue(
        node,
        text="Яма у <script>alert(1)</script>\nвторая строка",
        contact=contact,
        lat=68.9,
        lon=33.1,
    )
    answer = client.get(f"{PATH}/{number}")
    assert "Яма у &lt;script&gt;alert(1)&lt;/script&gt;\nвторая строка" in answer.text
    assert "<script>" not in answer.text
    assert "68.90000, 33.10000" in answer.text
    for personal in (contact.name, contact.phone, contact.email, contact.address):
        assert personal is not None
        assert personal not in answer.text


def test_the_card_tells_the_history_with_what_changed_and_why(
    node: Node, client: TestClient
) -> None:
    number = an_issue(
        node,
        ("reclassify", {"topic": "roads.snow", "reason": "Это о снеге"}),
        ROUTED,
        ("answer", {"text": "Почистим <b>завтра</b>"}),
        topic="roads.pits",
    )
    answer = client.get(f"{PATH}/{number}")
    page = text_of(answer)
    assert re.search(
        r"Дан ответ 18 ноября, 12:30 · test .*"
        r"Передана исполнителю 18 ноября, 12:30 · test .*"
        r"Сменена тема или территория .* Тема: Снег и наледь на дороге .*Это о снеге .*"
        r"Зарегистрирована .* Тема: Ямы и выбоины на дороге Территория: Мурманск",
        page,
    )
    assert "Почистим &lt;b&gt;завтра&lt;/b&gt;" in answer.text
    # The deadline of the first norm stays beside the one that took its place.
    assert "норматив «Ускоренные темы»" in page
    assert "заменён норматив «Остальные темы»" in page


def test_the_card_offers_the_moves_its_state_allows_and_no_other(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    page = client.get(f"{PATH}/{number}").text
    offered = re.findall(r'name="move" value="(\w+)"', page)
    allowed = [move.name for move in MOVES.values() if State.ROUTED in move.sources]
    likely = "answer"  # stands first, the others in their order
    assert offered == [likely, *(name for name in allowed if name != likely)]
    assert page.count('name="version" value="2"') == len(offered)
    assert re.search(r'<select id="reroute-executor" name="executor" required>', page)
    assert re.search(r'<textarea id="answer-text" name="text"[^>]* required', page)


EVERYTHING: dict[str, list[tuple[str, dict[str, str]]]] = {
    "the first release": [
        ("reclassify", {"topic": "roads.pits", "territory": UNIT}),
        ("route", {"executor": ""}),
        ("reroute", {"executor": "utilities_ministry"}),
        ("answer", {"text": "Раз\r\nдва"}),
        ("close", {"outcome": "refused", "reason": "Не наша дорога"}),
        ("reopen", {"reason": "Житель не согласен"}),
    ],
    "the long way": [
        ("take", {}),
        ("admit", {"topic": "roads.pits", "urgency": "", "territory": TOWN}),
        ("prioritise", {"urgency": "urgent"}),
        ("route", {}),
        ("return", {"reason": "Не наша дорога", "responsible": "Росавтодор"}),
        ("route", {"executor": "utilities_ministry"}),
        ("pause", {"text": "Какой дом?"}),
        ("resume", {}),
        ("interim", {"text": "Ждём асфальт", "until": "2026-11-25"}),
    ],
    "rejected": [("reject", {"ground": "not_competent", "responsible": "Росавтодор"})],
    "approved": [("send_back", {"reason": "Назовите день"})],
    "approved at last": [("approve", {"text": "Засыпали 17 ноября", "outcome": "solved"})],
    "forwarded": [
        ("forward", {"addressee": "Прокуратура", "way": "post", "sent_on": "2026-11-18"}),
    ],
    "joined": [("merge", {}), ("unmerge", {"reason": "Разные ямы"})],
}


@pytest.mark.parametrize("way", EVERYTHING)
def test_every_move_can_be_made_from_the_card(node: Node, client: TestClient, way: str) -> None:
    kinds = {"forwarded": {"kind": "formal"}, "rejected": {}}
    version = 1
    number = an_issue(node, **kinds.get(way, {"topic": "roads.snow"}))
    if way.startswith("approved"):
        a_person(node, "executor", a_grant("executor"))
        with node.transaction() as session:
            moved(session, number, "route", 1, now=NOW)
            move_issue(
                session,
                node.rulebook,
                unit=node.code,
                number=number,
                move="answer",
                version=2,
                fields={"text": "Сделаем"},
                actor=actor_of(node, "executor"),
                now=NOW,
            )
        version = 3
    for version, (name, fields) in enumerate(EVERYTHING[way], version):  # noqa: B020
        page = client.get(f"{PATH}/{number}").text
        assert f'name="move" value="{name}"' in page
        given = {"into": an_issue(node)} | fields if name == "merge" else fields
        for field in given:  # each has a field to be typed into
            assert f'id="{name}-{field}"' in page, (name, field)
        answer = send(client, number, name, version, **given)
        assert answer.status_code == 303, text_of(answer)
        assert answer.headers["location"] == f"{PATH}/{number}"
    assert set(MOVES) == {name for steps in EVERYTHING.values() for name, _ in steps}


def test_what_is_sent_from_the_card_is_kept_as_it_was_typed(node: Node, client: TestClient) -> None:
    number = an_issue(node, ROUTED)
    send(client, number, "answer", 2, text="Раз\r\nдва")
    with node.reading() as session:
        issue = issue_store.by_number(session, number)
        assert issue is not None
        assert (issue.state, issue.version) == ("answered", 3)
        [reply] = replies.of_issue(session, issue.id)
    assert (reply.text, reply.actor) == ("Раз\nдва", "operator")


def test_a_wrong_field_is_named_beside_what_was_typed(node: Node, client: TestClient) -> None:
    number = an_issue(node, ROUTED, ANSWERED)
    answer = send(client, number, "close", 3, outcome="refused", reason=" ")
    assert answer.status_code == 422
    assert '<a href="#close-reason">Причина</a>: отказ должен быть объяснён' in answer.text
    assert '<option value="refused" selected>' in answer.text
    assert re.search(r'id="close-reason"[^>]* aria-invalid="true"', answer.text)
    assert "заполните это поле" in send(client, number, "close", 3).text


def test_a_card_that_has_moved_on_keeps_what_was_typed(node: Node, client: TestClient) -> None:
    number = an_issue(node, ROUTED)
    with node.transaction() as session:
        moved(session, number, "reclassify", 2, topic="roads.pits")
    answer = send(client, number, "answer", 2, text="Долгий <i>ответ</i>")
    assert answer.status_code == 409
    assert "проблему изменил кто-то другой" in answer.text
    assert "\nДолгий &lt;i&gt;ответ&lt;/i&gt;</textarea>" in answer.text
    assert 'name="version" value="3"' in answer.text
    assert send(client, number, "answer", 3, text="Долгий ответ").status_code == 303


def test_what_was_typed_into_a_move_no_longer_allowed_can_be_copied(
    node: Node, client: TestClient
) -> None:
    number = an_issue(node, ROUTED, ANSWERED)
    with node.transaction() as session:
        moved(session, number, "close", 3, outcome="explained")
    answer = send(client, number, "answer", 3, text="Ещё один ответ")
    assert answer.status_code == 409
    assert "это действие больше не подходит" in answer.text
    assert "Ещё один ответ" in answer.text


@pytest.mark.parametrize("move", ["", "fly", "<script>"])
def test_a_move_there_is_not_is_refused_on_the_card(
    node: Node, client: TestClient, move: str
) -> None:
    answer = send(client, an_issue(node), move)
    assert answer.status_code == 422
    assert "такого хода нет" in answer.text
    assert "<script>" not in answer.text


def test_an_unknown_issue_is_a_page_that_says_so(client: TestClient) -> None:
    for number in ("RU-MUR-P26-000099", "%00", "x" * 300):
        assert client.get(f"{PATH}/{number}").status_code == 404
        assert send(client, number, "route").status_code == 404


def test_every_move_and_field_of_the_table_has_its_words() -> None:
    # `gather` and `ungather`: what the other side of a merging tells of it.
    assert set(issue_words.HAPPENED) == {"register", "gather", "ungather", *MOVES}
    named = {name for move in MOVES.values() for name in (*move.requires, *move.optional)}
    assert named == set(issue_words.FIELDS)
    assert set(issue_words.CLOCKS) == set(Clocks)
    assert set(issue_words.TELLS) == set(Notice)
    assert named <= set(issue_moves.MoveForm.model_fields)
    assert set(State) < set(issue_words.SHOWN)


def test_a_deadline_at_midnight_is_told_by_the_day_it_ends(node: Node, client: TestClient) -> None:
    number = an_issue(node, kind="formal", topic="roads.pits")
    for page in (text_of(client.get(PATH)), text_of(client.get(f"{PATH}/{number}"))):
        assert "18 декабря" in page
        assert "19 декабря" not in page


def test_a_formal_appeal_is_not_admitted_without_naming_whom_it_is_about(
    node: Node, client: TestClient
) -> None:
    ordinary, formal = (an_issue(node, kind=kind) for kind in ("message", "formal"))
    asked = r'<select id="admit-complained_of"[^>]* required'
    assert re.search(asked, client.get(f"{PATH}/{formal}").text)
    assert not re.search(asked, client.get(f"{PATH}/{ordinary}").text)
