"""Photos in a browser: sent without scripts, shown, opened by keyboard; too many told before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from node.jobs import prepare_photos
from tests.browser.conftest import Served, Watched
from tests.support.appeals import TOWN, UNIT
from tests.support.pictures import a_telephone_jpeg

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    return serve(UNIT, TOWN)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    file = tmp_path / "снимок.jpg"
    file.write_bytes(a_telephone_jpeg())
    return str(file)


def filled(page: Page, *files: str) -> None:
    page.get_by_label("Что случилось").fill("Во дворе яма")
    page.get_by_label("Где это произошло").select_option(TOWN)
    page.get_by_label("Тема").select_option("roads.pits")
    page.get_by_label("Фотографии или документы").set_input_files(list(files))
    page.get_by_label("Согласен").check()


def pixels(page: Page, name: str) -> list[int]:
    picture = page.get_by_role("img", name=name)
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete", arg=picture.element_handle())
    size: list[int] = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return size


def test_a_photo_goes_from_the_form_to_the_card_and_to_everybody(
    region: Served, watched: Watched, photo: str
) -> None:
    page = watched.open(region, "/appeal", scripts=False, signed_in=False)
    filled(page, photo)
    page.get_by_role("button", name="Отправить").click()
    link = page.get_by_role("link", name="/status/").inner_text()
    prepare_photos.run(region.node)
    page.goto(link)
    before = page.get_by_role("link", name="Фотография 1 из 1: до работ")
    expect(before).to_be_visible()

    card = watched.open(region, "/issues")
    card.get_by_role("rowheader").get_by_role("link").first.click()
    assert pixels(card, "Фотография 1 из 1: до работ") == [240, 320]
    card.get_by_role("button", name="Открыть всем: Фотография 1 из 1").click()
    expect(card.get_by_text("открыта всем", exact=True)).to_be_visible()
    address = card.get_by_role("link", name="Фотография 1 из 1").get_attribute("href")
    card.get_by_role("link", name="Фотография 1 из 1").focus()
    card.keyboard.press("Enter")
    card.wait_for_url(f"**{address}")

    stranger = watched.open(region, str(address), signed_in=False)
    assert pixels(stranger, "") == [480, 640]
    # A bare picture names no icon, so the browser looks for one where there is none.
    assert {text.partition("status of")[2] for text in watched.complaints} <= {" 404 (Not Found)"}
    watched.complaints.clear()


def test_too_much_is_told_before_it_is_sent(
    region: Served, watched: Watched, photo: str, tmp_path: Path
) -> None:
    page = watched.open(region, "/appeal", signed_in=False)
    field = page.get_by_label("Фотографии или документы")
    filled(page, *[photo] * 6)
    assert "можно 5" in field.evaluate("input => input.validationMessage")
    page.get_by_role("button", name="Отправить").click()
    assert page.url.endswith("/appeal")
    big = tmp_path / "big.jpg"
    big.write_bytes(b"\xff\xd8\xff" + b"x" * 21 * 1024 * 1024)
    field.set_input_files([str(big)])
    assert "больше 20 МБ" in field.evaluate("input => input.validationMessage")
    field.set_input_files([photo])
    assert field.evaluate("input => input.validationMessage") == ""


def test_too_large_a_form_is_answered_by_a_page_and_loses_no_word(
    region: Served, watched: Watched, tmp_path: Path
) -> None:
    page = watched.open(region, "/appeal", scripts=False, signed_in=False)
    files = [tmp_path / f"{n}.jpg" for n in range(4)]
    for file in files:
        file.write_bytes(b"\xff\xd8\xff" + b"x" * 16 * 1024 * 1024)
    filled(page, *map(str, files))
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("Файлы вместе больше 60 МБ")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Что случилось")).to_have_value("Во дворе яма")
    # The refusal itself is what the browser reports of.
    watched.complaints[:] = [text for text in watched.complaints if "413" not in text]
