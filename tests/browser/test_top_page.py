"""«ТОП проблем» in a browser: with and without scripts, wide and narrow, on screen and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, Watched

pytestmark = pytest.mark.browser

PAGES = ("/top", "/top?by=territory", "/help/top", "/help/start")


def _overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("where", ["town", "country"])
def test_the_board_opens_without_a_complaint(
    where: str, request: pytest.FixtureRequest, watched: Watched
) -> None:
    served: Served = request.getfixturevalue(where)
    page = watched.open(served)
    expect(page.get_by_role("heading", level=1)).to_contain_text("ТОП проблем")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("region", name="Полнота данных")).to_be_visible()
    assert page.get_by_role("rowheader").count() == 20


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_token_opens_the_page_one_came_for(town: Served, watched: Watched, scripts: bool) -> None:
    page = watched.open(town, "/top?period=day&by=sector", signed_in=False, scripts=scripts)
    page.get_by_text("Войти с токеном доступа").click()
    page.get_by_label("Токен доступа", exact=True).fill(town.token)
    page.get_by_role("button", name="Войти с токеном").click()
    page.wait_for_url(f"{town.url}/top?period=day&by=sector")
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url(f"{town.url}/")
    expect(page.get_by_role("link", name="Вход для сотрудников")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_another_period_is_one_click_away(country: Served, watched: Watched, scripts: bool) -> None:
    page = watched.open(country, scripts=scripts)
    page.get_by_role("link", name="День", exact=True).click()
    page.wait_for_url(re.compile("period=day"))
    expect(page.get_by_role("link", name="День", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_text("17 ноября 2026", exact=False).first).to_be_visible()


def test_a_choice_swaps_the_board_and_not_the_page(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.evaluate("document.body.dataset.same = 'yes'")
    page.get_by_role("link", name="Отрасли").click()
    expect(page.get_by_role("columnheader", name="Отрасль")).to_be_visible()
    assert page.evaluate("document.body.dataset.same") == "yes"
    page.go_back()
    expect(page.get_by_role("columnheader", name="Тема", exact=True)).to_be_visible()
    expect(page.locator("header.bar")).to_have_count(1)


def test_a_renewal_keeps_the_focus_and_what_was_opened(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.locator("#missing > summary").click()
    page.locator("#sort-overdue").focus()
    with page.expect_response(lambda answer: "hx-target" in answer.request.headers) as renewed:
        page.evaluate("htmx.ajax('GET', '/top', {source: '#top'})")
    assert renewed.value.ok
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-settling')")
    assert page.evaluate("document.activeElement.id") == "sort-overdue"
    assert page.locator("#missing").get_attribute("open") is not None


def test_the_board_renews_itself(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.clock.install()
    page.reload()
    with page.expect_response(lambda answer: "hx-target" in answer.request.headers) as renewed:
        page.clock.fast_forward(31_000)
    assert renewed.value.ok


def test_dates_being_chosen_are_not_set_back_by_the_timer(
    country: Served, watched: Watched
) -> None:
    page = watched.open(country)
    page.clock.install()
    page.reload()
    page.get_by_text("другие даты").click()
    page.get_by_label("С", exact=True).fill("2026-11-01")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(31_000)
    assert asked == []
    page.get_by_label("По", exact=True).fill("2026-11-17")
    page.get_by_role("button", name="Показать").click()
    expect(page.get_by_text("1–17 ноября 2026")).to_be_visible()


def test_escape_closes_what_was_unfolded(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.get_by_text("Перейти к территории").click()
    expect(page.get_by_role("link", name="Северо-Западный федеральный округ")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Северо-Западный федеральный округ")).to_be_hidden()
    expect(page.get_by_text("Перейти к территории")).to_be_focused()


def test_a_choice_that_was_refused_is_shown_as_a_page(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.evaluate("document.body.dataset.same = 'yes'")
    page.route(
        "**/top?period=day",
        lambda route: (
            route.fulfill(status=503) if "hx-target" in route.request.headers else route.continue_()
        ),
    )
    page.get_by_role("link", name="День", exact=True).click()
    page.wait_for_function("!document.body.dataset.same")
    assert page.url.endswith("period=day")
    watched.complaints[:] = [text for text in watched.complaints if "503" not in text]


def test_one_can_walk_down_to_a_town_and_up_again(country: Served, watched: Watched) -> None:
    page = watched.open(country, "/top?scope=RU-MUR&by=territory")
    page.get_by_role("rowheader", name="Мурманск").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ТОП проблем: Мурманск")
    trail = page.get_by_role("navigation", name="Территории выше")
    expect(trail.get_by_role("link")).to_have_count(3)
    trail.get_by_role("link", name="Российская Федерация").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ТОП проблем: Российская Федерация")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_sticks_out_sideways(
    country: Served, watched: Watched, path: str, width: int
) -> None:
    assert _overflow(watched.open(country, path, width=width)) == 0


def test_on_a_telephone_a_row_is_a_card_and_still_a_row(country: Served, watched: Watched) -> None:
    page = watched.open(country, width=360)
    row = page.get_by_role("row").nth(2)
    expect(row.get_by_role("rowheader")).to_be_visible()
    assert row.get_by_role("cell").count() >= 11
    box = page.locator(".top-table-box").bounding_box()
    assert box is not None
    assert box["width"] <= 360


def test_the_keyboard_reaches_the_content_at_once(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К содержанию")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_board_prints_on_one_landscape_sheet(country: Served, watched: Watched) -> None:
    page = watched.open(country)
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", sheet)) == 1
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Разделы")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Вид рейтинга")).to_be_hidden()


# Relative luminance and contrast as WCAG 2 defines them, over every text the page shows.
CONTRAST = """() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045
    ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const [a, b] = [numbers(getComputedStyle(element).color), ground(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...poor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/top", "/help/top"])
def test_every_text_stands_out_from_its_ground(
    country: Served, watched: Watched, path: str, scheme: str
) -> None:
    page = watched.open(country, path, scheme=scheme)
    assert page.evaluate(CONTRAST) == []
