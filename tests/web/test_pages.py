"""Pages as answers: what they say, to whom, and that they keep to the policy of their headers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.store import tokens
from node.store.tables import Base
from node.web import app as web_app
from node.web.pages import help as guides
from node.web.pages import rendering
from tests.support.figures import fill
from tests.support.web import a_client, a_node

REGION = "RU-MUR"
TOWN = "47701000"
ASKED_BY_HTMX = {"HX-Request": "true", "HX-Target": "top"}
VENDOR = web_app.STATIC / "vendor"


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Node]:
    """A regional node with four weeks of figures; one town was silent on two days."""
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    with a_node(tmp_path, url, unit=REGION) as node:
        Base.metadata.create_all(node.database.engine)
        last = _yesterday(node)
        fill(node, last=last, missing=[(TOWN, last), (TOWN, last - timedelta(days=1))])
        yield node


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Node]:
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    with a_node(tmp_path, url, unit=REGION) as node:
        Base.metadata.create_all(node.database.engine)
        yield node


@pytest.fixture
def staff(region: Node) -> Iterator[TestClient]:
    with a_client(region) as client:
        yield client


@pytest.fixture
def visitor(empty: Node) -> Iterator[TestClient]:
    with a_client(empty, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        yield client


def _yesterday(node: Node) -> date:
    zone = node.rulebook.directory.zone(node.code)
    return node.clock().astimezone(zone).date() - timedelta(days=1)


# --- Templates ------------------------------------------------------------------------------------

TEMPLATES = sorted(rendering.TEMPLATES.glob("*.html"))


def breaches(name: str, text: str) -> list[str]:
    """What the Content-Security-Policy would block, and a page that stands outside the layout."""
    found = []
    markup = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    if re.search(r"<[^>]*\sstyle\s*=|<style\b", markup):
        found.append("an inline style")
    if re.search(r"<[^>]*\son[a-z]+\s*=|<script(?![^>]*\ssrc=)|javascript:", markup):
        found.append("an inline script")
    if re.search(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", markup):
        found.append("something from another site")
    if "hx-on" in markup or re.search(r"hx-trigger=\"[^\"]*\[", markup):
        found.append("an expression that needs eval")
    if re.search(r"\|\s*safe\b|autoescape\s+false", markup):
        found.append("text that is not escaped")
    is_page = not name.startswith("_") and name != "layout.html"
    if is_page and not markup.lstrip().startswith('{% extends "layout.html" %}'):
        found.append("a page that does not extend the layout")
    return [f"{name}: {breach}" for breach in found]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_to_the_policy_and_the_layout(template: Path) -> None:
    assert breaches(template.name, template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<style>p {}</style>",
        '<a onclick="x()">',
        "<script>x()</script>",
        '<script src="//elsewhere/x.js"></script>',
        '<p hx-on:click="x()">',
        "{{ text | safe }}",
    ],
)
def test_the_rule_for_templates_can_fail(bad: str) -> None:
    assert breaches("_part.html", bad)
    assert breaches("page.html", "<html></html>") == [
        "page.html: a page that does not extend the layout"
    ]


def test_colours_are_named_in_the_tokens_only() -> None:
    for sheet in web_app.STATIC.glob("*.css"):
        if sheet.name != "tokens.css":
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])", sheet.read_text()) == []


def test_vendored_scripts_are_the_bytes_that_were_published() -> None:
    listed = dict(
        reversed(line.split("  ", 1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
    scripts = {path.name: path for path in VENDOR.glob("*.js")}
    assert {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in scripts.items()
    } == listed
    licences = (VENDOR / "LICENSES").read_text(encoding="utf-8")
    assert all(name in licences for name in scripts)


# --- The board ------------------------------------------------------------------------------------


def test_the_board_shows_the_rows_of_the_ranking_with_their_figures(staff: TestClient) -> None:
    page = staff.get("/top?by=sector").text
    rows = staff.get(f"/api/v1/rankings?scope={REGION}&period=week&by=sector").json()["rows"]
    assert len(rows) > 5
    for row in rows:
        assert f'id="row-{row["key"]}"' in page
        assert row["name"] in page
    first = rows[0]["counters"]["received"]
    assert f"<b>{first:,}</b>".replace(",", "\u00a0") in page


def test_the_board_names_the_town_that_was_silent_and_its_days(staff: TestClient) -> None:
    page = staff.get("/top").text
    assert "Полнота данных" in page
    assert re.search(r"<li>Мурманск: \d+–\d+\s+\w+</li>", page)


def test_a_board_of_too_few_summaries_is_marked_provisional(staff: TestClient) -> None:
    assert "предварительно" in staff.get(f"/top?scope={TOWN}&period=day").text


def test_a_territory_leads_down_and_the_trail_leads_up(staff: TestClient) -> None:
    page = staff.get("/top?by=territory").text
    assert f"scope={TOWN}" in page
    below = staff.get(f"/top?scope={TOWN}").text
    assert "ТОП проблем: Мурманск" in below
    assert f'href="/top?scope={REGION}"' in below


def test_htmx_is_given_the_part_and_a_browser_the_page(staff: TestClient) -> None:
    part = staff.get("/top?period=month", headers=ASKED_BY_HTMX)
    assert "<html" not in part.text
    assert 'id="top"' in part.text
    assert part.headers["vary"] == "HX-Target"
    assert "<html" in staff.get("/top?period=month").text


def test_two_dates_of_the_form_make_the_period(staff: TestClient, region: Node) -> None:
    last = _yesterday(region)
    page = staff.get(f"/top?from={last - timedelta(days=2)}&to={last}").text
    assert f"period={last - timedelta(days=2)}..{last}" in page


@pytest.mark.parametrize(
    "query", ["period=year", "by=colour", "order=best", "depth=0", "scope=RU", "scope=nowhere"]
)
def test_a_choice_that_cannot_be_is_named(staff: TestClient, query: str) -> None:
    answer = staff.get(f"/top?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert f"<strong>{query.split('=')[0]}</strong>" in answer.text


def test_an_empty_board_says_what_to_do_next(empty: Node) -> None:
    with a_client(empty) as client:
        page = client.get("/top").text
    assert "показателей пока нет" in page
    assert "cur invite" in page


def test_the_table_for_a_spreadsheet_runs_nothing(staff: TestClient) -> None:
    answer = staff.get("/top.csv?by=territory")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[3].startswith("№;Код;Название")
    assert TOWN in answer.text
    assert not any(line.startswith(("=", "+", "-", "@")) for line in lines)


# --- Doors ----------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in_and_back(visitor: TestClient) -> None:
    answer = visitor.get("/top?period=day")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/top%3Fperiod%3Dday"


def test_a_token_opens_a_session_and_leaving_ends_it(empty: Node, visitor: TestClient) -> None:
    with empty.transaction() as session:
        secret = tokens.add_token(session, name="head", now=empty.clock())
    answer = visitor.post("/sign-in", data={"token": f" {secret}\n", "next": "/top?period=day"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/top?period=day")
    assert visitor.get("/top").status_code == 200
    assert visitor.get("/").headers["location"] == "/top"
    visitor.post("/sign-out")
    assert visitor.get("/top").status_code == 303


@pytest.mark.parametrize("token", ["", "   ", "no-such-token"])
def test_a_wrong_token_says_how_to_get_a_right_one(visitor: TestClient, token: str) -> None:
    answer = visitor.post("/sign-in", data={"token": token})
    assert answer.status_code == 422
    assert "cur token add" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "top", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(empty: Node, visitor: TestClient, back: str) -> None:
    with empty.transaction() as session:
        secret = tokens.add_token(session, name="head", now=empty.clock())
    answer = visitor.post("/sign-in", data={"token": secret, "next": back})
    assert answer.headers["location"] == "/top"


def test_residents_are_told_what_they_can_do_here(visitor: TestClient) -> None:
    page = visitor.get("/").text
    assert "Подать обращение" in page
    assert "Проверить статус" in page
    assert "/sign-in" in page


def test_a_page_that_is_not_there_says_so_in_russian(visitor: TestClient) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


@pytest.mark.parametrize("name", guides.NAMES)
def test_every_guide_is_served_to_anybody(visitor: TestClient, name: str) -> None:
    answer = visitor.get(f"/help/{name}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


def test_guides_link_only_to_pages_that_are_there(visitor: TestClient) -> None:
    for name in guides.NAMES:
        for address in re.findall(r'href="(/[^"?#]*)', visitor.get(f"/help/{name}").text):
            assert visitor.get(address).status_code in (200, 303), (name, address)


def test_every_guide_of_the_folder_is_listed() -> None:
    files = {path.name.removesuffix(".ru.md") for path in guides.FOLDER.glob("*.md")}
    assert files == set(guides.NAMES)
