"""Directives in a browser: the day slides, a report is three clicks away, keys reach it all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from node.commands.scenario import load_quietly
from node.store import directives
from tests.browser.conftest import Served, Watched
from tests.support.appeals import NOW
from tests.support.coordinators import read, reported
from tests.support.directives import HALVES, a_directive

pytestmark = pytest.mark.browser

BOARD = "/directives/cur-2020-centres"
REGION = "RU-MUR"
TODAY = date(2026, 11, 18)


@pytest.fixture(scope="module")
def top(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    """The node of the country with the history of 2020."""
    served = serve("RU", "RU-KGD")
    load_quietly(served.node, "cur-2020")
    return served


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:
    """A region's node; every test brings a directive of its own."""
    return serve(REGION, "47701000")


def told(served: Served, id: str) -> str:
    """A directive that has come down and was reported on once; the title."""
    directive = a_directive(
        id=id,
        title=f"Поручение {id}",
        to=(REGION,),
        issued_on=date(2026, 3, 1),
        deadline=date(2026, 12, 1),
        milestones=HALVES,
    )
    with served.node.transaction() as session:
        directives.add_directive(session, directive, at=NOW)
    earlier = NOW - timedelta(days=9)
    reading = read("staff", TODAY - timedelta(days=9), "50")
    reported(served.node, id, REGION, me=REGION, now=earlier, readings=(reading,))
    return directive.title


def first_row(page: Page) -> str:
    return page.locator(".board-table tbody tr").first.inner_text()


def test_the_slider_moves_the_board_and_the_address_with_it(top: Served, watched: Watched) -> None:
    page = watched.open(top, f"{BOARD}?as_of=2020-10-31")
    expect(page.locator(".stage-legend").first).to_contain_text("Завершено 15")
    slider = page.get_by_label("На день", exact=True).first
    slider.focus()
    for _ in range(17):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#day-shown")).to_have_text("17 ноября 2020")
    expect(page.get_by_role("heading", name="На 17 ноября 2020")).to_be_visible()
    expect(page.locator("#risk-name")).to_have_text("Зона риска 2")
    expect(slider).to_be_focused()
    page.wait_for_url(f"**{BOARD}?as_of=2020-11-17")
    page.reload()
    expect(page.get_by_role("heading", name="На 17 ноября 2020")).to_be_visible()


def test_without_scripts_the_slider_is_sent_by_its_button(top: Served, watched: Watched) -> None:
    page = watched.open(top, f"{BOARD}?as_of=2020-10-31", scripts=False)
    page.locator("#day").press("End")
    page.locator(".day-send").click()
    page.wait_for_url(f"**{BOARD}?as_of=2021-01-01")
    assert "Тверская" in first_row(page)


def test_the_outlines_are_drawn_in_the_colours_of_their_stages(
    top: Served, watched: Watched
) -> None:
    page = watched.open(top, f"{BOARD}?as_of=2020-11-17")
    tver = page.locator(".map-place.is-risk").filter(has_text="Тверская").first
    box = tver.bounding_box()
    assert box is not None
    assert box["width"] > 20, "the outline has not come"
    assert tver.evaluate("shape => getComputedStyle(shape).stroke") == "rgb(179, 38, 28)"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_report_is_three_clicks_from_the_list(
    region: Served, watched: Watched, scripts: bool
) -> None:
    title = told(region, f"clicks-{scripts}")
    page = watched.open(region, "/directives", scripts=scripts)
    line = page.locator(".directive-line").filter(has_text=title)
    line.get_by_role("link", name="новое: подтвердить").click()
    page.get_by_label("Штат").fill("75")
    page.get_by_role("button", name="Сохранить отчёт").click()
    expect(page.get_by_role("status")).to_contain_text("Отчёт записан")
    expect(page.get_by_label("Штат")).to_have_value("75")


def test_a_number_and_its_slider_are_one_and_a_fall_asks_why(
    region: Served, watched: Watched
) -> None:
    told(region, "slider")
    page = watched.open(region, f"/directives/slider/units/{REGION}")
    reason = page.get_by_label("Почему стало меньше").first
    expect(reason).to_be_hidden()
    page.get_by_label("Штат").fill("40")
    assert page.locator('[data-sets="m-staff"]').input_value() == "40"
    expect(reason).to_be_visible()
    reason.fill("Двое уволились")
    page.get_by_role("button", name="Сохранить отчёт").click()
    expect(page.get_by_role("status")).to_contain_text("Отчёт записан")


def test_todays_check_in_is_one_click_from_any_page(region: Served, watched: Watched) -> None:
    title = told(region, "daily")
    page = watched.open(region, "/top")
    asked = page.locator(".control-ask").filter(has_text=title)
    asked.get_by_role("button", name="Отметить").click()
    expect(page.get_by_role("status")).to_contain_text("Отметка контроля записана")
    expect(page.locator(".check-calendar .check-made")).to_have_count(1)


def test_keys_reach_the_slider_the_filters_and_every_row(top: Served, watched: Watched) -> None:
    page = watched.open(top, f"{BOARD}?as_of=2020-11-17")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert {"day", "within", "Тверская область", "Ставропольский край"} <= reached


def test_the_sum_of_weights_is_told_while_it_is_typed(top: Served, watched: Watched) -> None:
    page = watched.open(top, "/directives/new")
    told_sum = page.locator("[data-weights]")
    expect(told_sum).to_have_text("Сумма весов: 0 из 100")
    page.get_by_label("Веха 1: вес").fill("60")
    page.get_by_label("Веха 2: вес").fill("40")
    expect(told_sum).to_have_text("Сумма весов: 100 из 100")
    page.get_by_text("Выбрать территории").click()
    page.get_by_label("Найти территорию").fill("мурманская")
    expect(page.locator("#units li:visible")).to_have_count(1)


@pytest.mark.parametrize(
    "path",
    [
        "/directives",
        f"{BOARD}?as_of=2020-10-31",
        f"{BOARD}/units/RU-STA?as_of=2020-11-17",
        "/directives/new",
        "/help/directives",
    ],
)
@pytest.mark.parametrize("width", [360, 768, 1024, 1440])
def test_nothing_sticks_out_sideways(top: Served, watched: Watched, path: str, width: int) -> None:
    page = watched.open(top, path, width=width)
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0


@pytest.mark.parametrize("width", [360, 1440])
def test_the_report_form_fits(region: Served, watched: Watched, width: int) -> None:
    told(region, f"fits-{width}")
    page = watched.open(region, f"/directives/fits-{width}/units/{REGION}", width=width)
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0
