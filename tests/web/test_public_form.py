"""The public form and the status link: what a resident meets, with no script and no sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from node.bootstrap import Node
from node.clock import FrozenClock
from node.store.appeals import Appeal, Resident
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT, moved
from tests.support.web import a_client, a_node

FILLED = {
    "text": "Во дворе яма.\r\nУже неделю.",
    "territory": TOWN,
    "topic": "roads.pits",
    "address": "ул. Ленина, 5",
    "name": "Жилец",
    "email": "a@example.org",
    "reply_by": "email",
    "consent": "1",
}


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def visitor(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as visitor:
        visitor.headers["accept"] = "text/html"
        yield visitor


def form_id(visitor: TestClient) -> str:
    found = re.search(r'name="form_id" value="([^"]+)"', visitor.get("/appeal").text)
    assert found is not None
    return found[1]


def count(node: Node) -> int:
    with node.reading() as session:
        return session.scalar(select(func.count()).select_from(Appeal)) or 0


def test_the_form_names_operator_purpose_and_term(visitor: TestClient) -> None:
    answer = visitor.get("/appeal")
    assert answer.status_code == 200
    for words in ("Мурманская область", "Цель: рассмотреть", "Срок: пять лет", "звоните 112"):
        assert words in answer.text
    assert f'value="{TOWN}"' in answer.text
    assert f'value="{ELSEWHERE}"' not in answer.text
    assert "<script" not in answer.text.partition("<main")[2].partition("</main")[0]
    assert "style=" not in answer.text


def test_a_sent_form_leads_to_a_number_and_a_status_link(node: Node, visitor: TestClient) -> None:
    answer = visitor.post("/appeal", data=FILLED | {"form_id": form_id(visitor)})
    assert answer.status_code == 303
    assert re.fullmatch(r"/status/[A-Za-z0-9_-]{32}\?new=1", answer.headers["location"])
    page = visitor.get(answer.headers["location"])
    assert page.status_code == 200
    assert "RU-MUR-26-000001" in page.text
    assert "18 декабря 2026".replace(" ", "\u00a0") in page.text
    with node.reading() as session:
        appeal = session.scalars(select(Appeal)).one()
        assert (appeal.text, appeal.channel) == ("Во дворе яма.\nУже неделю.", "web_form")
        resident = session.scalars(select(Resident)).one()
        assert resident.address == "ул. Ленина, 5"
        assert resident.consent_version
        assert resident.consented_at == NOW


def test_whoever_sent_the_form_has_been_shown_the_link(node: Node, visitor: TestClient) -> None:
    visitor.post("/appeal", data=FILLED | {"form_id": form_id(visitor)})
    with node.reading() as session:
        assert session.scalars(select(Appeal.link_shown_at)).one() == NOW


def test_the_status_page_shows_the_state_and_no_word_of_the_appeal(
    node: Node, visitor: TestClient
) -> None:
    # Answered on the page: the answer has arrived as soon as it is given.
    filled = FILLED | {"reply_by": "status_page"}
    link = visitor.post("/appeal", data=filled).headers["location"].partition("?")[0]
    page = visitor.get(link).text
    assert "RU-MUR-26-000001" in page
    assert "<strong>Зарегистрирована</strong>" in page
    assert "до 18 декабря 2026 включительно".replace(" ", "\u00a0") in page.replace(" ", "\u00a0")
    for secret in ("яма", "Ленина", "Жилец", "a@example.org"):
        assert secret not in page
    assert isinstance(node.clock, FrozenClock)
    later = node.clock.advance(days=40)
    assert "срок прошёл" in visitor.get(link).text
    with node.transaction() as session:
        moved(session, "RU-MUR-P26-000001", "route", 1, now=later)
        moved(session, "RU-MUR-P26-000001", "answer", 2, now=later, text="Сделано")
        moved(
            session,
            "RU-MUR-P26-000001",
            "close",
            3,
            now=later + timedelta(hours=1),
            outcome="solved",
        )
    page = visitor.get(link).text
    assert "<strong>Закрыта</strong>" in page
    assert "решена" in page
    assert "срок прошёл" not in page


@pytest.mark.parametrize("key", ["0" * 32, "short", "%00" * 32, "%ff" * 32, "x" * 5000])
def test_an_unknown_link_is_a_page_that_says_so(visitor: TestClient, key: str) -> None:
    answer = visitor.get(f"/status/{key}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    node: Node, visitor: TestClient
) -> None:
    answer = visitor.post(
        "/appeal",
        data={
            "text": "",
            "territory": "",
            "name": '"><b>Жилец',
            "email": "не почта",
            "phone": "+7 900",
            "reply_by": "email",
            "topic": "roads.pits",
        },
    )
    assert answer.status_code == 422
    for field in ("text", "territory", "email", "consent"):
        assert f'id="{field}-error"' in answer.text
    assert 'id="name-error"' not in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;Жилец"' in answer.text
    assert 'value="не почта"' in answer.text
    assert '<option value="roads.pits" selected>' in answer.text
    assert count(node) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"consent": ""}, "consent"),
        ({"website": "http://spam.example"}, "website"),
        ({"territory": ELSEWHERE}, "territory"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"name": "a\0b"}, "name"),
        ({"reply_by": "phone"}, "phone"),
        ({"reply_by": "pigeon"}, "reply_by"),
        ({"topic": "roads.none"}, "topic"),
    ],
)
def test_a_bad_field_keeps_the_form_from_being_sent(
    node: Node, visitor: TestClient, change: dict[str, str], field: str
) -> None:
    answer = visitor.post("/appeal", data=FILLED | change)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert count(node) == 0


def test_a_second_click_is_one_appeal_and_another_text_is_another(
    node: Node, visitor: TestClient
) -> None:
    sent = FILLED | {"form_id": form_id(visitor)}
    first = visitor.post("/appeal", data=sent).headers["location"]
    assert visitor.post("/appeal", data=sent).headers["location"] == first
    assert count(node) == 1
    # Back to the same page, and something else written on it.
    other = visitor.post("/appeal", data=sent | {"text": "А ещё не горит фонарь"})
    assert other.headers["location"] != first
    assert count(node) == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"\xff\xfe=%ff%00&text=%00", "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"a=b&" * 5000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_broken_form_does_not_break_the_server(
    node: Node, visitor: TestClient, body: bytes, kind: str
) -> None:
    answer: Any = visitor.post("/appeal", content=body, headers={"Content-Type": kind})
    assert answer.status_code in {400, 422}
    assert count(node) == 0


def test_a_form_sent_from_another_site_is_refused(node: Node, visitor: TestClient) -> None:
    answer = visitor.post("/appeal", data=FILLED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert count(node) == 0


def test_a_municipality_does_not_ask_where_it_happened(tmp_path: Path, database_url: str) -> None:
    with (
        a_node(tmp_path, database_url, unit=TOWN) as node,
        a_client(node, signed_in=False) as visitor,
    ):
        page = visitor.get("/appeal").text
        assert f'<input type="hidden" name="territory" value="{TOWN}">' in page
        sent = visitor.post("/appeal", data=FILLED)
        assert sent.status_code == 303
        assert visitor.post("/appeal", data=FILLED | {"territory": UNIT}).status_code == 422


def test_a_tier_without_intake_has_no_form(tmp_path: Path, database_url: str) -> None:
    with (
        a_node(tmp_path, database_url, unit="SZFO") as node,
        a_client(node, signed_in=False) as visitor,
    ):
        answer = visitor.get("/appeal", headers={"accept": "text/html"})
        assert answer.status_code == 403
        assert "обращений не принимает" in answer.text
