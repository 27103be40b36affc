"""Alerts on open pages and in the API: who sees them, who takes them over, what is left of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.clock import FrozenClock
from node.domain.people import NewGrant
from node.store import alerts, journal
from node.web.pages.alerts_strip import SHOWN
from node.web.pages.rendering import TEMPLATES
from tests.support.alerts import BOTH, GAS, alarmed
from tests.support.appeals import TOWN, UNIT, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

API = "/api/v1/alerts"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as found:
        yield found


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as found:
        yield found


def raised(node: Node, **overrides: object) -> tuple[str, list[int]]:
    with node.transaction() as session:
        return alarmed(session, **overrides)


def person(node: Node, login: str, *grants: NewGrant) -> TestClient:
    a_person(node, login, *grants)
    with a_client(node, signed_in=False) as found:
        assert signs_in(found, login).status_code == 303
        return found


# --- API ------------------------------------------------------------------------------------------


def test_an_alert_names_its_rule_and_its_issue(node: Node, client: TestClient) -> None:
    number, [alert_id] = raised(node, topic="roads.pits")
    [view] = client.get(API).json()["alerts"]
    assert view.pop("raised_at")
    assert view == {
        "id": alert_id,
        "issue": number,
        "rule": "gas_leak",
        "name": "Утечка газа",
        "topic": "roads.pits",
        "territory": TOWN,
        "times_sent": 1,
        "acknowledged_at": None,
        "acknowledged_by": None,
    }


def test_alerts_are_paged_and_read_with_one_number_of_queries(
    node: Node, client: TestClient
) -> None:
    ids = [raised(node)[1][0] for _ in range(3)]
    first = client.get(API, params={"limit": 2}).json()
    assert ([a["id"] for a in first["alerts"]], first["next"]) == (ids[:2], ids[1])
    second = client.get(API, params={"limit": 2, "after": first["next"]}).json()
    assert ([a["id"] for a in second["alerts"]], second["next"]) == (ids[2:], None)
    for wrong in ({"limit": 0}, {"limit": 1000}, {"after": -1}, {"acknowledged": "x"}, {"z": 1}):
        assert client.get(API, params=wrong).status_code == 422


def test_who_takes_an_alert_over_is_written_down_once(node: Node, client: TestClient) -> None:
    number, [alert_id] = raised(node)
    view = client.post(f"{API}/{alert_id}/acknowledge").json()
    assert view["acknowledged_by"] == "operator"
    assert client.get(API).json() == {"alerts": [], "next": None}
    assert isinstance(node.clock, FrozenClock)
    node.clock.advance(minutes=3)
    again = client.post(f"{API}/{alert_id}/acknowledge")
    assert (again.status_code, again.json()) == (200, view)
    [told] = client.get(API, params={"acknowledged": True}).json()["alerts"]
    assert told == view
    with node.reading() as session:
        entries = [
            entry
            for entry in journal.page(session, subject=number, limit=99)
            if entry.action == "acknowledge_alert"
        ]
    assert [(entry.actor, entry.details) for entry in entries] == [
        ("operator", {"rule": "gas_leak"})
    ]


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "99999999999"])
def test_no_such_alert(client: TestClient, wrong: str) -> None:
    assert client.post(f"{API}/{wrong}/acknowledge").status_code in (404, 422)
    assert client.post(f"{API}/77/acknowledge").status_code == 404


def test_an_alert_of_another_sector_is_neither_seen_nor_taken(node: Node) -> None:
    number, [alert_id] = raised(node, topic="health.queues")
    stranger = person(node, "stranger", a_grant("moderator", UNIT))
    assert stranger.get(API).json() == {"alerts": [], "next": None}
    assert stranger.post(f"{API}/{alert_id}/acknowledge").status_code == 404
    assert stranger.post(f"/alerts/{alert_id}/acknowledge").status_code == 404
    for page in ("/alerts", "/issues", "/help"):
        assert number not in stranger.get(page).text
    own = person(node, "doctor", a_grant("moderator", UNIT, sectors=("health",)))
    assert number in own.get("/alerts").text
    assert own.post(f"{API}/{alert_id}/acknowledge").status_code == 200


def test_a_reader_sees_an_alert_and_cannot_silence_it(node: Node) -> None:
    number, [alert_id] = raised(node, topic="roads.pits")
    head = person(node, "head", a_grant("head", UNIT))
    page = head.get("/alerts").text
    assert number in page
    assert "Принял" not in page
    assert head.post(f"{API}/{alert_id}/acknowledge").status_code == 403
    analyst = person(node, "analyst", a_grant("analyst", UNIT))
    assert analyst.get(API).status_code == 403
    assert analyst.get("/alerts").status_code == 403


def test_nobody_signed_in_learns_nothing(node: Node) -> None:
    _, [alert_id] = raised(node)
    with a_client(node, signed_in=False) as visitor:
        assert visitor.get(API).status_code == 401
        assert visitor.get("/alerts").status_code == 401
        assert visitor.post(f"{API}/{alert_id}/acknowledge").status_code == 401
        assert 'id="alerts"' not in visitor.get("/appeal").text
        assert "htmx" not in visitor.get("/appeal").text.replace("htmx-config", "")


def test_scripts_of_renewal_are_loaded_by_the_layout_alone() -> None:
    """Two copies would ask twice. A page that needs them says `{% set live = true %}`."""
    templates = sorted(TEMPLATES.glob("*.html"))
    loading = [file.name for file in templates if "vendor/htmx" in file.read_text("utf-8")]
    assert loading == ["layout.html"]


# --- The strip on every page ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/issues", "/top", "/help", "/account", "/units", "/appeal"])
def test_the_strip_stands_on_every_page_of_who_reads_issues(
    node: Node, client: TestClient, path: str
) -> None:
    number, [alert_id] = raised(node)
    page = client.get(path).text
    assert page.count('id="alerts"') == 1
    assert 'aria-live="assertive"' in page
    assert f'href="/issues/{number}"' in page
    assert f'action="/alerts/{alert_id}/acknowledge"' in page
    assert "Утечка газа" in page
    assert page.count("/static/vendor/htmx") == 1


def test_the_strip_is_there_to_be_renewed_also_when_there_is_no_alert(client: TestClient) -> None:
    page = client.get("/issues").text
    assert re.search(r'<section id="alerts"[^>]*>\s*</section>', page)
    assert 'hx-get="/alerts" hx-trigger="every 15s"' in page


def test_the_part_is_renewed_alone(node: Node, client: TestClient) -> None:
    raised(node)
    part = client.get("/alerts").text
    assert "<html" not in part
    assert part.count('id="alerts"') == 1


def test_pressing_the_button_takes_the_alert_off(node: Node, client: TestClient) -> None:
    number, ids = raised(node, text=BOTH)
    left = client.post(f"/alerts/{ids[0]}/acknowledge", headers={"HX-Request": "true"})
    assert left.status_code == 200
    assert f"alert-{ids[0]}" not in left.text
    assert f"alert-{ids[1]}" in left.text
    plain = client.post(f"/alerts/{ids[1]}/acknowledge")
    assert (plain.status_code, plain.headers["location"]) == (303, f"/issues/{number}")
    assert "Утечка газа" not in client.get("/alerts").text


def test_more_alerts_than_fit_are_counted(node: Node, client: TestClient) -> None:
    for _ in range(SHOWN + 2):
        raised(node)
    part = client.get("/alerts").text
    assert part.count("<form") == SHOWN
    assert "Ещё 2 тревоги" in part.replace("\u00a0", " ")


def test_an_open_page_keeps_nobody_signed_in(node: Node) -> None:
    moderator = person(node, "moderator", a_grant("moderator", UNIT))
    idle = node.settings.sign_in.idle_minutes
    assert isinstance(node.clock, FrozenClock)
    for _ in range(3):
        node.clock.advance(minutes=idle / 2 - 1)
        watched = moderator.get("/alerts").status_code
    assert watched == 401


def test_the_page_of_the_issue_shows_the_words_that_fired(node: Node, client: TestClient) -> None:
    number, _ = raised(node, text="Добрый день! Сильный запах газа в подъезде")
    page = client.get(f"/issues/{number}").text
    assert "Утечка газа: «запах газа»" in page


# --- The resident ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "danger"), [(GAS, True), ("Газон у дома вытоптали машины", False)]
)
def test_whoever_wrote_of_danger_is_told_to_call_112_and_the_duty_is_alerted(
    node: Node, text: str, danger: bool
) -> None:
    form = {"text": text, "territory": TOWN, "reply_by": "status_page", "consent": "1"}
    with a_client(node, signed_in=False) as resident:
        blank = resident.get("/appeal").text
        assert "звоните 112" in blank
        [form_id] = re.findall(r'name="form_id" value="([^"]+)"', blank)
        sent = resident.post("/appeal", data=form | {"form_id": form_id})
        page = resident.get(sent.headers["location"]).text
    assert ("Позвоните 112 прямо сейчас" in page) is danger
    assert ('href="tel:112"' in page) is danger
    with node.reading() as session:
        assert alerts.count_unacknowledged(session) == danger


def test_an_alert_of_a_topic_is_told_by_the_name_of_the_topic(
    node: Node, client: TestClient
) -> None:
    with node.transaction() as session:
        submitted(session, text="Приезжайте на Лесную, 5", topic="gas.leak")
    [told] = client.get("/api/v1/alerts").json()["alerts"]
    assert (told["rule"], told["name"]) == ("topic", "Запах газа")
    strip = client.get("/alerts", headers={"Accept": "text/html"}).text
    assert "<strong>Опасность для жизни. Запах газа.</strong>" in strip
    board = client.get("/resolution", headers={"Accept": "text/html"}).text
    assert "Запах газа" in board
