"""The account page: one's sessions, password and tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from node.actions import manage_people
from node.bootstrap import Node
from node.domain.rights import unlimited
from node.store import outbox, people
from node.store.journal import JournalEntry
from node.store.outbox import OutboxMessage
from node.store.tables import Base
from node.web import auth
from tests.support.appeals import NOW, UNIT
from tests.support.people import PASSWORD, a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

WRONG = "не тот пароль вовсе"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'node.sqlite'}") as node:
        Base.metadata.create_all(node.database.engine)
        a_person(node, "ivanova", a_grant("head"))
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        yield client


def another_browser(node: Node) -> Any:
    return a_client(node, signed_in=False)


def signed_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def test_signing_out_everywhere_ends_every_browser(node: Node, client: TestClient) -> None:
    with another_browser(node) as other:
        signs_in(other, "ivanova")
        signs_in(client, "ivanova")
        answer = client.post("/account/sign-out-everywhere")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert not signed_in(client)
        assert not signed_in(other)


def test_a_new_password_leaves_only_this_browser_signed_in(node: Node, client: TestClient) -> None:
    new = "совсем другая фраза"
    with another_browser(node) as other:
        signs_in(other, "ivanova")
        signs_in(client, "ivanova")
        old = client.cookies[auth.cookie_name(node)]
        answer = client.post(
            "/account/password", data={"current": PASSWORD, "password": new, "again": new}
        )
        assert answer.status_code == 303
        assert client.cookies[auth.cookie_name(node)] != old
        assert signed_in(client)
        assert not signed_in(other)
        assert signs_in(other, "ivanova").status_code == 422
        assert signs_in(other, "ivanova", new).status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "again", "named"),
    [
        (WRONG, "совсем другая фраза", "совсем другая фраза", "нынешний пароль не подходит"),
        (PASSWORD, "совсем другая фраза", "другая фраза", "пароли не совпадают"),
        (PASSWORD, "коротко", "коротко", "от 12 до 200"),
        (PASSWORD, "ivanova12345", "ivanova12345", "легко угадать"),
        (PASSWORD, "ababababababab", "ababababababab", "легко угадать"),
    ],
)
def test_a_wrong_new_password_is_named_and_nothing_changes(
    client: TestClient, current: str, password: str, again: str, named: str
) -> None:
    signs_in(client, "ivanova")
    answer = client.post(
        "/account/password", data={"current": current, "password": password, "again": again}
    )
    assert answer.status_code == 422
    assert named in answer.text
    assert password not in answer.text
    assert signs_in(client, "ivanova").status_code == 303


def test_a_token_of_ones_own_does_what_its_owner_may_and_is_shown_once(
    node: Node, client: TestClient
) -> None:
    signs_in(client, "ivanova")
    page = client.post("/account/tokens", data={"name": "таблица"})
    [secret] = set(re.findall(r"cur_[\w-]{43}", page.text))
    assert page.headers["cache-control"] == "no-store"
    assert secret not in client.get("/account").text
    bearer = {"Authorization": f"Bearer {secret}"}
    with another_browser(node) as program:
        assert program.get("/api/v1/rankings", headers=bearer).status_code == 200
        with node.transaction() as session:
            manage_people.revoke_role(
                session,
                login="ivanova",
                role="head",
                unit=UNIT,
                actor=unlimited("cur", UNIT),
                now=NOW,
            )
        assert program.get("/api/v1/rankings", headers=bearer).status_code == 403
        assert client.post("/account/tokens/revoke", data={"name": "таблица"}).status_code == 303
        assert program.get("/api/v1/rankings", headers=bearer).status_code == 401


def test_a_token_name_that_is_taken_or_odd_is_told(client: TestClient) -> None:
    signs_in(client, "ivanova")
    assert client.post("/account/tokens", data={"name": "a"}).status_code == 200
    assert client.post("/account/tokens", data={"name": "a"}).status_code == 409
    for odd in ("", " ", "a\nb", "x" * 51):
        assert client.post("/account/tokens", data={"name": odd}).status_code == 422


def test_a_token_that_is_not_there_is_not_revoked(client: TestClient) -> None:
    signs_in(client, "ivanova")
    for name in ("", "nothing", "a\0b"):
        assert client.post("/account/tokens/revoke", data={"name": name}).status_code == 404


def test_letters_of_deadlines_are_switched_off_and_on_again(node: Node, client: TestClient) -> None:
    signs_in(client, "ivanova")
    page = client.get("/account").text
    assert "Сейчас письма включены." in page
    assert "Адрес почты не указан" in page
    for wanted, said in (("0", "Сейчас письма отключены."), ("1", "Сейчас письма включены.")):
        answer = client.post("/account/letters", data={"wanted": wanted})
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert said in client.get("/account").text
        with node.reading() as session:
            person = people.by_login(session, "ivanova")
            assert person is not None
            assert person.deadline_letters is (wanted == "1")
    with node.reading() as session:
        actions = session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()
    assert actions[-2:] == ["letters_switched_off", "letters_switched_on"]


def test_the_newest_letter_and_why_it_failed_is_shown_to_its_reader_and_administrator(
    node: Node, client: TestClient
) -> None:
    a_person(node, "boss", a_grant("administrator"))
    with node.transaction() as session:
        person = people.by_login(session, "ivanova")
        assert person is not None
        person.email = "ivanova@staff.example"
        outbox.put_warnings(session, [person.id], now=NOW)
        [message] = session.scalars(select(OutboxMessage)).all()
        message.state, message.failure = "failed", "refused"
    signs_in(client, "ivanova")
    page = client.get("/account").text
    for shown in ("не доставлено: почтовый сервер отказал", "исправляет адрес сотрудника"):
        assert shown in page
    assert "Узел не отправляет почту" in page
    with another_browser(node) as other:
        other.headers["Accept"] = "text/html"
        signs_in(other, "boss")
        assert "не доставлено: почтовый сервер отказал" in other.get("/people/ivanova").text


def test_whoever_is_nobody_has_no_letters_to_switch_off(node: Node) -> None:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        assert client.post("/account/letters", data={"wanted": "0"}).status_code == 403
