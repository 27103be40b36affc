"""The strip of alerts in a browser: it comes by itself, is taken off by its button, and by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from node.store.alerts import Alert
from tests.browser.conftest import Served, Watched
from tests.support.alerts import BOTH, alarmed
from tests.support.appeals import NOW, TOWN, UNIT

pytestmark = pytest.mark.browser
PERIOD = 16_000  # ms: a little more than the strip's own


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    return serve(UNIT, TOWN)


@pytest.fixture(autouse=True)
def _quiet(region: Served) -> None:
    """Alerts of the tests before are taken."""
    with region.node.transaction() as session:
        session.execute(update(Alert).values(acknowledged_at=NOW, acknowledged_by="test"))


def _raise(region: Served, text: str = BOTH) -> str:
    with region.node.transaction() as session:
        return alarmed(session, text=text)[0]


def _with_a_clock(page: Page) -> Page:
    """Time of the page goes on by `page.clock` alone, so nobody waits a quarter of a minute."""
    page.clock.install()
    page.reload()
    return page


@pytest.mark.parametrize("path", ["/issues", "/top", "/help/danger"])
def test_an_alert_comes_to_an_open_page_and_goes_when_it_is_taken(
    region: Served, watched: Watched, path: str
) -> None:
    page = _with_a_clock(watched.open(region, path))
    strip = page.locator("#alerts")
    expect(strip.get_by_role("button")).to_have_count(0)
    number = _raise(region)
    page.clock.fast_forward(PERIOD)
    expect(strip.get_by_role("button")).to_have_count(2)
    expect(strip.get_by_role("link", name=f"Проблема {number}")).to_have_count(2)
    strip.get_by_role("button").first.click()
    expect(strip.get_by_role("button")).to_have_count(1)
    assert page.url.endswith(path)
    strip.get_by_role("button").click()
    expect(strip.get_by_role("button")).to_have_count(0)


def test_what_a_colleague_took_goes_from_the_page_of_others(
    region: Served, watched: Watched
) -> None:
    _raise(region)
    mine, theirs = (watched.open(region, "/issues") for _ in range(2))
    _with_a_clock(theirs)
    for left in (1, 0):
        mine.locator("#alerts").get_by_role("button").first.click()
        expect(mine.locator("#alerts").get_by_role("button")).to_have_count(left)
    theirs.clock.fast_forward(PERIOD)
    expect(theirs.locator("#alerts").get_by_role("button")).to_have_count(0)


def test_an_alert_is_taken_without_scripts(region: Served, watched: Watched) -> None:
    number = _raise(region, "Сильный запах газа в подъезде")
    page = watched.open(region, "/issues", scripts=False)
    page.locator("#alerts").get_by_role("button", name="Принял").click()
    expect(page).to_have_url(f"{region.url}/issues/{number}")
    expect(page.locator("#alerts").get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Утечка газа: «запах газа»")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_the_strip_fits(region: Served, watched: Watched, width: int) -> None:
    _raise(region)
    page = watched.open(region, "/issues", width=width)
    expect(page.locator("#alerts").get_by_role("button")).to_have_count(2)
    room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(room) <= 0
