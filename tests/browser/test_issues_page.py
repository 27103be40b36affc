"""«Проблемы» in a browser: by keyboard, without scripts, narrow, and a move that comes too late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from node.demo.texts import SENTENCES
from tests.browser.conftest import Served, Watched
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted

pytestmark = pytest.mark.browser

ANSWER = "Бригада выедет завтра"
WIDTHS = (360, 480, 768, 1024, 1152, 1153, 1200, 1281, 1366, 1409, 1440, 1537, 1920)


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    """A regional node with sixty issues: two pages of the list."""
    served = serve(UNIT, TOWN)
    topics = list(SENTENCES)
    with served.node.transaction() as session:
        for n in range(60):
            topic = topics[n % len(topics)]
            number = submitted(
                session,
                text=SENTENCES[topic][0].format(place="ул. Лесная"),
                topic=topic if topic != "unsorted" else None,
                received_at=NOW - timedelta(hours=7 * n),
            ).issue_number
            if n % 3 == 0:
                moved(session, number, "route", 1)
    return served


def _overflow(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def an_issue(served: Served) -> str:
    with served.node.transaction() as session:
        number = submitted(session, topic="roads.pits").issue_number
        moved(session, number, "route", 1)
    return number


def test_the_list_is_walked_and_opened_by_keys(region: Served, watched: Watched) -> None:
    page = watched.open(region, "/issues")
    links = page.get_by_role("rowheader").get_by_role("link")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
    page.keyboard.press("/")
    search = page.get_by_label("Искать")
    expect(search).to_be_focused()
    page.keyboard.press("j")  # in a field a letter is a letter
    expect(search).to_be_focused()
    expect(search).to_have_value("j")
    links.nth(3).focus()
    number = links.nth(3).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{region.url}/issues/{number}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_list_is_filtered_and_paged(region: Served, watched: Watched, scripts: bool) -> None:
    page = watched.open(region, "/issues", scripts=scripts)
    assert page.get_by_role("rowheader").count() == 50
    page.get_by_role("link", name="Следующие").click()
    expect(page.get_by_role("link", name="К началу списка")).to_be_visible()
    page.get_by_label("Тема или отрасль").select_option("roads")
    page.get_by_role("button", name="Показать").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Дороги")
    expect(page.get_by_label("Тема или отрасль")).to_have_value("roads")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_issue_is_answered_from_its_card(
    region: Served, watched: Watched, scripts: bool
) -> None:
    number = an_issue(region)
    page = watched.open(region, f"/issues/{number}", scripts=scripts)
    page.locator("#answer-text").fill(ANSWER)
    page.get_by_role("button", name="Ответить жителю").click()
    expect(page.get_by_role("heading", name="Дан ответ")).to_be_visible()
    expect(page.locator(".issue-replies article")).to_contain_text(ANSWER)


def test_an_answer_that_comes_too_late_is_not_lost(region: Served, watched: Watched) -> None:
    number = an_issue(region)
    page = watched.open(region, f"/issues/{number}")
    page.locator("#answer-text").fill(ANSWER)
    with region.node.transaction() as session:
        moved(session, number, "reclassify", 2, topic="roads.snow")
    page.get_by_role("button", name="Ответить жителю").click()
    expect(page.get_by_role("alert")).to_contain_text("проблему изменил кто-то другой")
    expect(page.locator("#answer-text")).to_have_value(ANSWER)
    page.get_by_role("button", name="Ответить жителю").click()
    expect(page.get_by_role("heading", name="Дан ответ")).to_be_visible()
    # The refusal itself is what the browser reports of.
    watched.complaints[:] = [text for text in watched.complaints if "409" not in text]


@pytest.mark.parametrize("path", ["/issues", "/issues?state=closed", "/help/issues", "card"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_sideways(
    region: Served, watched: Watched, path: str, scheme: str
) -> None:
    if path == "card":
        path = f"/issues/{an_issue(region)}"
    page = watched.open(region, path, scheme=scheme)
    sticks = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        sticks[width] = _overflow(page)
    assert not any(sticks.values()), sticks


def test_the_longest_words_of_the_classifier_fit_the_list(region: Served, watched: Watched) -> None:
    page = watched.open(region, "/issues")
    page.evaluate(
        """words => {
          for (const row of document.querySelectorAll("tbody tr"))
            for (const [cell, word] of words.entries()) row.cells[cell + 2].textContent = word;
        }""",
        ["Государственные услуги", "Полярные Зори", "Газораспределительная организация"],
    )
    sticks = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        sticks[width] = _overflow(page)
    assert not any(sticks.values()), sticks


def test_on_a_telephone_the_whole_card_opens_the_issue(region: Served, watched: Watched) -> None:
    page = watched.open(region, "/issues", width=360)
    row = page.get_by_role("row").nth(1)
    expect(row.get_by_role("cell").first).to_be_visible()
    row.click()
    page.wait_for_url("**/issues/RU-MUR-P*")
