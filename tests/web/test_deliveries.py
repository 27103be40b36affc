"""What was sent on an issue, by API and by page; once more; nothing of where to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from node.bootstrap import Node
from node.clock import FrozenClock
from node.jobs.deliver import run
from node.store import issues, journal
from node.store.appeals import Appeal, Resident
from node.store.issues import Issue
from node.store.journal import JournalEntry
from tests.support import warnings
from tests.support.appeals import NOW
from tests.support.mail import Post, a_mailing_node, a_post
from tests.support.messages import EMAIL, a_notice, a_resident, an_answer, stands
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client

REFUSED = "550 5.1.1 <ivanova@mail.example>: no such user"


@pytest.fixture
def post() -> Iterator[Post]:
    with a_post() as post:
        yield post


@pytest.fixture
def node(tmp_path: Path, database_url: str, post: Post) -> Iterator[Node]:
    with a_mailing_node(tmp_path, database_url, post.port) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def answered(node: Node, **how: object) -> tuple[str, Appeal]:
    """The number of an issue with a final answer handed over, and its appeal."""
    with node.transaction() as session:
        person = a_resident(session, **how)  # type: ignore[arg-type]
        an_answer(session, person)
        return session.get_one(Issue, person.issue_id).number, person


def path(number: str) -> str:
    return f"/api/v1/issues/{number}/deliveries"


def test_a_delivery_is_told_with_its_attempts_and_without_an_address(
    node: Node, client: TestClient, post: Post
) -> None:
    post.recipients[EMAIL] = REFUSED
    number, person = answered(node)
    run(node)
    answer = client.get(path(number))
    [told] = answer.json()["deliveries"]
    assert told.pop("id") > 0
    moment = "2026-11-18T09:30:00Z"
    assert told == {
        "kind": "final",
        "stage": "answered",
        "appeal": person.number,
        "post": None,
        "way": "email",
        "state": "failed",
        "failure": "refused",
        "created_at": moment,
        "delivered_at": None,
        "next_try_at": None,
        "attempts": [
            {"way": "email", "result": "refused", "code": "550 5.1.1", "at": moment},
            {"way": "status_page", "result": "refused", "code": "not shown", "at": moment},
        ],
    }
    assert "mail.example" not in answer.text


def test_pages_follow_each_other(node: Node, client: TestClient) -> None:
    number, person = answered(node)
    with node.transaction() as session:
        for version in range(4):
            a_notice(session, person, version=version)
    seen, after = [], 0
    while after is not None:
        body = client.get(path(number), params={"limit": 2, "after": after}).json()
        seen += [one["kind"] for one in body["deliveries"]]
        after = body["next"]
    assert seen == ["final", *["notice"] * 4]


def test_what_failed_is_sent_once_more_and_the_journal_says_who(
    node: Node, client: TestClient, post: Post
) -> None:
    post.recipients[EMAIL] = REFUSED
    number, _ = answered(node)
    run(node)
    [told] = client.get(path(number)).json()["deliveries"]
    again = client.post(f"{path(number)}/{told['id']}/retry")
    assert (again.status_code, again.json()["state"]) == (200, "waiting")
    assert len(again.json()["attempts"]) == 2  # what was tried stays on record
    del post.recipients[EMAIL]
    run(node)
    assert stands(node) == [("email", "delivered", None)]
    with node.reading() as session:
        entry = journal.last_of(session, number)
        assert entry is not None
        assert (entry.action, entry.actor) == ("delivery_retried", "operator")
        assert "mail.example" not in str(entry.details)
    refused = client.post(f"{path(number)}/{told['id']}/retry")
    assert refused.status_code == 409
    assert "уже доставлено" in refused.json()["detail"]


def test_a_corrected_contact_opens_the_way(node: Node, client: TestClient, post: Post) -> None:
    number, person = answered(node, email=None, reply_by=None)
    [told] = client.get(path(number)).json()["deliveries"]
    assert (told["way"], told["failure"]) == ("none", "no_way_to_answer")
    still = client.post(f"{path(number)}/{told['id']}/retry")
    assert still.status_code == 409
    assert "Исправьте контакт" in still.json()["detail"]
    with node.transaction() as session:
        session.get_one(Resident, person.id).email = "new@mail.example"
    assert client.post(f"{path(number)}/{told['id']}/retry").json()["way"] == "email"
    run(node)
    assert post.to == ["new@mail.example"]


def test_who_waits_is_hurried_on(node: Node, client: TestClient, post: Post) -> None:
    post.recipients[EMAIL] = "451 4.7.1 later"
    number, _ = answered(node)
    run(node)
    [told] = client.get(path(number)).json()["deliveries"]
    assert told["next_try_at"] is not None
    assert isinstance(node.clock, FrozenClock)
    node.clock.move_to(NOW - timedelta(seconds=1))
    assert client.post(f"{path(number)}/{told['id']}/retry").json()["next_try_at"] == (
        "2026-11-18T09:29:59Z"
    )


def test_unknown_numbers_and_strange_messages_are_not_found(node: Node, client: TestClient) -> None:
    number, _ = answered(node)
    other, _ = answered(node)
    [theirs] = client.get(path(other)).json()["deliveries"]
    for url in (
        f"{path('RU-MUR-P26-000009')}/1/retry",
        f"{path('нет')}/1/retry",
        f"{path(number)}/99999/retry",
        f"{path(number)}/{theirs['id']}/retry",  # of another issue
    ):
        assert client.post(url).status_code == 404
    assert client.get(path("нет")).status_code == 404
    assert client.post(f"{path(number)}/99999999999/retry").status_code == 422


def test_only_who_may_approve_sends_once_more(node: Node) -> None:
    number, _ = answered(node, email=None, reply_by=None)
    a_person(node, "reader", a_grant("block_owner"))
    a_person(node, "approver", a_grant("approver"))
    page = f"/issues/{number}/deliveries"
    with a_client(node, signed_in=False) as client:
        assert client.get(path(number)).status_code == 401
        signs_in(client, "reader")
        shown = client.get(page)
        assert shown.status_code == 200
        assert "Отправить ещё раз" not in shown.text
        assert client.post(f"{page}/1/retry").status_code == 403
    with a_client(node, signed_in=False) as client:
        signs_in(client, "approver")
        assert "Отправить ещё раз" in client.get(page).text


def test_who_may_not_see_an_issue_does_not_see_what_was_sent(node: Node) -> None:
    number, _ = answered(node)
    with node.transaction() as session:
        found = issues.by_number(session, number)
        assert found is not None
        found.topic = "health.medicines"
    a_person(node, "roads", a_grant("approver", sectors=["roads"]))
    with a_client(node, signed_in=False) as client:
        signs_in(client, "roads")
        for url in (path(number), f"/issues/{number}/deliveries"):
            assert client.get(url).status_code == 404
        for url in (path(number), f"/issues/{number}/deliveries"):
            assert client.post(f"{url}/1/retry").status_code == 404
    with node.reading() as session:
        query = select(JournalEntry).where(JournalEntry.action == "delivery_retried")
        assert session.scalars(query).all() == []


def test_the_page_shows_failures_first_with_the_remedy(
    node: Node, client: TestClient, post: Post
) -> None:
    post.recipients[EMAIL] = REFUSED
    with node.transaction() as session:
        person = a_resident(session)
        shown = a_resident(session, email=None, reply_by="status_page", link_shown=True)
        an_answer(session, person, shown)
        a_notice(session, shown)
        number = session.get_one(Issue, person.issue_id).number
    run(node)
    text = client.get(f"/issues/{number}/deliveries").text
    assert text.index("почтовый сервер отказал") < text.rindex("на странице обращения")
    assert "Попыток: 1," in text
    assert "550 5.1.1" in text
    assert "Исправьте адрес" in text
    assert "mail.example" not in text
    part = client.get(f"/issues/{number}/deliveries", headers={"HX-Target": "deliveries"}).text
    assert part.lstrip().startswith("<section")
    [failed] = [one for one in client.get(path(number)).json()["deliveries"] if one["failure"]]
    back = client.post(f"/issues/{number}/deliveries/{failed['id']}/retry")
    assert (back.status_code, back.headers["location"]) == (303, f"/issues/{number}/deliveries")


def test_a_warning_of_staff_is_shown_by_post_and_not_sent_once_more_from_one_issue(
    node: Node, client: TestClient, post: Post
) -> None:
    warnings.an_executor(node)
    number = warnings.an_issue(node)
    post.recipients[warnings.EXECUTOR] = REFUSED
    warnings.goes_on(node, warnings.warned_at(node, number))
    answer = client.get(path(number))
    [told] = [one for one in answer.json()["deliveries"] if one["kind"] == "warning"]
    assert (told["post"], told["state"]) == ("Должность roads", "failed")
    assert told["failure"] == "refused"
    page = client.get(f"/issues/{number}/deliveries", headers={"Accept": "text/html"})
    for shown in ("Предупреждение о сроке: Должность roads", "исправляет адрес сотрудника"):
        assert shown in page.text
    assert f"/deliveries/{told['id']}/retry" not in page.text
    assert "staff.example" not in answer.text + page.text
    assert client.post(f"{path(number)}/{told['id']}/retry").status_code == 404
