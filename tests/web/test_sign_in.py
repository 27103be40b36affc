"""Signing in: passwords, the lockout, the brakes, sessions and how they end; the account page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import event
from structlog.testing import capture_logs

from node.actions import manage_people
from node.bootstrap import Node
from node.clock import FrozenClock
from node.domain.rights import unlimited
from node.store import people, tokens
from node.store.passwords import Passwords, TooManyAtOnce
from node.store.tables import Base
from node.web import auth
from tests.support.appeals import NOW, UNIT
from tests.support.people import PASSWORD, a_grant, a_person, signs_in
from tests.support.tables import rows_of
from tests.support.web import a_client, a_node

MINUTE = timedelta(minutes=1)
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


def after(node: Node, wait: timedelta) -> None:
    assert isinstance(node.clock, FrozenClock)
    node.clock.move_to(node.clock() + wait)


def signed_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


# --- Passwords ------------------------------------------------------------------------------------


def test_a_login_and_its_password_open_a_session(client: TestClient) -> None:
    answer = signs_in(client, " IVANOVA ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/top")
    page = client.get("/account").text
    assert "Имя Фамилия" in page
    assert "Глава" in page
    assert "этот браузер" in page
    assert client.get("/").headers["location"] == "/top"


def test_the_first_page_is_one_the_role_opens(node: Node, client: TestClient) -> None:
    a_person(node, "executor", a_grant("executor", agencies=("health_ministry",)))
    a_person(node, "nobody")
    assert signs_in(client, "executor").headers["location"] == "/issues"
    assert client.get("/issues").status_code == 200
    assert signs_in(client, "nobody").headers["location"] == "/account"


def test_a_refusal_is_the_same_whoever_is_asked_for(node: Node, client: TestClient) -> None:
    a_person(node, "gone", a_grant("head"))
    a_person(node, "no-password", a_grant("head"))
    with node.transaction() as session:
        boss = unlimited("test", UNIT)
        manage_people.disable_person(session, login="gone", actor=boss, now=NOW)
        person = people.by_login(session, "no-password")
        assert person is not None
        person.password = None
    texts = set()
    for login, password in [
        ("ivanova", WRONG),
        ("petrova", PASSWORD),
        ("gone", PASSWORD),
        ("no-password", PASSWORD),
        ("x" * 150, PASSWORD),
    ]:
        answer = signs_in(client, login, password)
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers
        texts.add(answer.text.replace(f'value="{login}"', ""))
    assert len(texts) == 1
    assert "Логин или пароль не подходят" in texts.pop()


def test_an_unknown_login_costs_one_comparison_as_a_known_one() -> None:
    counted = Counting()
    passwords = Passwords(memory_kib=32, passes=1)
    passwords._hasher = counted
    stored = counted.hash("x")
    passwords.fits(None, WRONG)
    counted.compared = 0
    assert not passwords.fits(stored, WRONG)
    assert not passwords.fits(None, WRONG)
    assert counted.compared == 2


class Counting:
    """A hasher that counts what it compares."""

    def __init__(self) -> None:
        self.compared = 0
        self._real = Passwords(memory_kib=32, passes=1)._hasher

    def hash(self, password: str) -> str:
        return self._real.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        self.compared += 1
        return self._real.verify(stored, password)


def test_a_password_stored_at_another_cost_is_stored_anew(node: Node, client: TestClient) -> None:
    dearer = Passwords(memory_kib=64, passes=1).hashed(PASSWORD)
    with node.transaction() as session:
        person = people.by_login(session, "ivanova")
        assert person is not None
        person.password = dearer
    assert signs_in(client, "ivanova").status_code == 303
    with node.reading() as session:
        person = people.by_login(session, "ivanova")
    assert person is not None
    assert person.password != dearer
    assert signs_in(client, "ivanova").status_code == 303


def test_only_so_many_passwords_are_compared_at_once() -> None:
    passwords = Passwords(memory_kib=32, passes=1, at_once=1, waiting=1)
    stored = passwords.hashed(PASSWORD)
    assert not passwords.fits(None, WRONG)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with passwords._turn():
            entered.set()
            leave.wait(10)

    threads = [threading.Thread(target=hold), threading.Thread(target=hold)]
    threads[0].start()
    entered.wait(10)
    threads[1].start()
    while passwords._admitted._value:
        pass
    with pytest.raises(TooManyAtOnce):
        passwords.fits(stored, PASSWORD)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert passwords.fits(stored, PASSWORD)


# --- Lockout and brakes ---------------------------------------------------------------------------


def guess(client: TestClient, node: Node, times: int, login: str = "ivanova") -> list[int]:
    """Wrong passwords, slow enough for the brakes."""
    statuses = []
    for _ in range(times):
        statuses.append(signs_in(client, login, WRONG).status_code)
        after(node, MINUTE)
    return statuses


def test_ten_wrong_passwords_lock_a_login_for_longer_each_time(
    node: Node, client: TestClient
) -> None:
    assert guess(client, node, 10) == [422] * 10
    locked = signs_in(client, "ivanova")
    assert locked.status_code == 422
    assert "Логин или пароль не подходят" in locked.text
    after(node, 15 * MINUTE)
    assert guess(client, node, 10) == [422] * 10
    after(node, 15 * MINUTE)
    assert signs_in(client, "ivanova").status_code == 422
    after(node, 15 * MINUTE)
    assert signs_in(client, "ivanova").status_code == 303
    with node.reading() as session:
        person = people.by_login(session, "ivanova")
    assert person is not None
    assert (person.failures, person.locked_until) == (0, None)


def test_an_administrator_opens_a_locked_login_at_once(node: Node, client: TestClient) -> None:
    guess(client, node, 10)
    with node.transaction() as session:
        manage_people.unlock_person(
            session, login="ivanova", actor=unlimited("cur", UNIT), now=node.clock()
        )
    assert signs_in(client, "ivanova").status_code == 303


def test_a_flood_on_one_login_is_stopped_before_anything_is_compared(
    node: Node, client: TestClient
) -> None:
    assert {signs_in(client, "nobody", WRONG).status_code for _ in range(10)} == {422}
    stopped = signs_in(client, "nobody", WRONG)
    assert stopped.status_code == 429
    assert stopped.headers["retry-after"] == "300"
    assert "через 5\u00a0минут" in stopped.text
    after(node, 5 * MINUTE)
    assert signs_in(client, "nobody", WRONG).status_code == 422


def test_one_password_tried_on_everybody_stops_the_address(node: Node, client: TestClient) -> None:
    for number in range(50):
        assert signs_in(client, f"somebody{number}", WRONG).status_code == 422
        after(node, MINUTE / 20)
    stopped = signs_in(client, "ivanova")
    assert stopped.status_code == 429
    after(node, 15 * MINUTE)
    assert signs_in(client, "ivanova").status_code == 303


# --- Sessions -------------------------------------------------------------------------------------


def test_signing_in_gives_a_new_session_and_ends_the_one_before(
    node: Node, client: TestClient
) -> None:
    name = auth.cookie_name(node)
    client.cookies.set(name, "fixed-by-somebody", domain="cur.example")
    signs_in(client, "ivanova")
    first = client.cookies[name]
    assert first != "fixed-by-somebody"
    signs_in(client, "ivanova")
    second = client.cookies[name]
    assert second != first
    with another_browser(node) as thief:
        thief.cookies.set(name, first)
        assert not signed_in(thief)
    assert signed_in(client)


def test_an_idle_session_ends_and_a_used_one_ends_at_last(node: Node, client: TestClient) -> None:
    signs_in(client, "ivanova")
    after(node, 239 * MINUTE)
    assert signed_in(client)
    after(node, 239 * MINUTE)
    assert signed_in(client)
    after(node, 239 * MINUTE)
    assert signed_in(client)
    after(node, 4 * MINUTE)
    assert not signed_in(client)
    signs_in(client, "ivanova")
    after(node, 241 * MINUTE)
    assert not signed_in(client)


def test_who_asks_takes_two_queries(node: Node, client: TestClient) -> None:
    signs_in(client, "ivanova")
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    cookie = f"{auth.cookie_name(node)}={client.cookies[auth.cookie_name(node)]}"
    request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())], "state": {}})
    assert auth.actor(request, node).name == "ivanova"
    assert len([sql for sql in asked if sql.startswith("SELECT")]) == 2


# --- What is told to nobody -----------------------------------------------------------------------


def test_no_secret_stands_in_database_log_or_address(node: Node, client: TestClient) -> None:
    with capture_logs() as logs:
        signs_in(client, "ivanova")
        cookie = client.cookies[auth.cookie_name(node)]
        page = client.post("/account/tokens", data={"name": "api"})
        [secret] = set(re.findall(r"cur_[\w-]{43}", page.text))
        signs_in(client, "ivanova", "cur_mistyped_here")
    kept = str(rows_of(node)) + str(logs)
    for hidden in (PASSWORD, cookie, secret, "cur_mistyped_here", "testclient"):
        assert hidden not in kept


def test_the_form_gives_back_the_login_and_never_the_password(client: TestClient) -> None:
    page = signs_in(client, "ivanova", "<b>" + WRONG).text
    assert 'value="ivanova"' in page
    assert WRONG not in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_with_a_password_leads_nowhere_else(client: TestClient, back: str) -> None:
    assert signs_in(client, "ivanova", next=back).headers["location"] == "/top"
    assert signs_in(client, "ivanova", next="/top?by=sector").headers["location"] == (
        "/top?by=sector"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/sign-out",
        "/account/password",
        "/account/tokens",
        "/account/tokens/revoke",
        "/account/sign-out-everywhere",
        "/people",
        "/people/ivanova/password",
        "/people/ivanova/disable",
        "/people/ivanova/grant",
    ],
)
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_sends_no_form(client: TestClient, path: str, headers: dict[str, str]) -> None:
    signs_in(client, "ivanova")
    assert client.post(path, headers=headers).status_code == 403
    assert signed_in(client)


def test_a_node_without_people_says_how_to_enter_the_first(tmp_path: Path) -> None:
    with a_node(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite'}") as fresh:
        Base.metadata.create_all(fresh.database.engine)
        with another_browser(fresh) as client:
            assert "cur people add" in client.get("/sign-in").text
            a_person(fresh, "ivanova", a_grant("administrator"))
            assert "cur people add" not in client.get("/sign-in").text


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client: TestClient) -> None:
    answer = client.post("/account/tokens", data={"name": "x"})
    assert answer.headers["location"] == "/sign-in?next=/account/tokens"
    signs_in(client, "ivanova")
    assert client.get("/account/tokens").headers["location"] == "/account"


def test_refused_sign_ins_are_kept_by_a_keyed_hash_and_forgotten(node: Node) -> None:
    key = auth.keyed(node, "203.0.113.7")
    with node.transaction() as session:
        people.note_refusal(session, address=key, now=NOW)
        assert people.refusals_of(session, key, since=NOW - MINUTE) == (1, NOW)
        people.forget_refusals(session, before=NOW + MINUTE)
        assert people.refusals_of(session, key, since=NOW - MINUTE) == (0, None)
    assert "203" not in key


def test_a_token_of_the_node_still_does_everything(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        secret = tokens.add_token(session, name="operator", now=NOW)
    assert client.post("/sign-in", data={"token": secret}).headers["location"] == "/top"
    page = client.get("/account").text
    assert "может всё" in page
    assert client.get("/people").status_code == 200
    assert client.post("/account/sign-out-everywhere").status_code == 422
