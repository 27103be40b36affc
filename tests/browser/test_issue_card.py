"""The card of an issue in a browser: answered, sent back, answered again, approved; by keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from node.store import issues, people, replies, tokens
from tests.browser.conftest import Served, Watched
from tests.support.appeals import TOWN, UNIT, moved, submitted
from tests.support.people import a_grant, a_person

pytestmark = pytest.mark.browser

TEXT = "Яма по колено на въезде во двор, машины бьют колёса"
SHOTS = os.environ.get("CUR_SHOTS")  # a folder for screenshots, for whoever wants to look


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    served = serve(UNIT, TOWN)
    a_person(served.node, "executor", a_grant("executor"))
    a_person(served.node, "approver", a_grant("approver"))
    a_person(served.node, "desk", a_grant("moderator"), a_grant("coordinator"))
    return served


def as_(served: Served, login: str) -> Served:
    """The same node, for somebody who has signed in."""
    node, now = served.node, served.node.clock()
    with node.transaction() as session:
        person = people.by_login(session, login)
        assert person is not None
        holder = tokens.Holder(person, None)
        cookie = tokens.open_session(session, holder, now=now, until=now + timedelta(hours=8))
    return replace(served, session=cookie)


def an_issue(served: Served, *moves: tuple[str, dict[str, str]]) -> str:
    with served.node.transaction() as session:
        number = submitted(
            session, topic="roads.pits", text=TEXT, lat=68.97, lon=33.08, link_shown=True
        ).issue_number
        for version, (name, fields) in enumerate(moves, 1):
            moved(session, number, name, version, **fields)
    return number


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def sends(page: Page, number: str) -> None:
    """The open form, by keys; on to wherever its answer leads."""
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.goto(f"{page.url.split('/issues')[0]}/issues/{number}")


def test_an_answer_goes_to_approval_back_and_through(region: Served, watched: Watched) -> None:
    number = an_issue(region, ("route", {}))
    executor = watched.open(as_(region, "executor"), f"/issues/{number}")
    executor.keyboard.press("r")
    expect(executor.get_by_label("Текст ответа").first).to_be_focused()
    executor.keyboard.type("Яму засыпем.")
    expect(executor.locator("#answer-kept")).to_contain_text("Черновик сохранён")
    shot(executor, "executor")
    sends(executor, number)
    expect(executor.get_by_role("heading", name="Ответ на согласовании")).to_be_visible()

    approver = watched.open(as_(region, "approver"), f"/issues/{number}")
    expect(approver.get_by_role("heading", name="Ответ ждёт согласования")).to_be_visible()
    expect(approver.locator(".approval .letter")).to_contain_text("Яму засыпем.")
    approver.keyboard.press("b")
    expect(approver.get_by_label("Что доработать")).to_be_focused()
    approver.keyboard.type("Назовите день")
    shot(approver, "approver-sends-back")
    sends(approver, number)

    executor.reload()
    text = executor.locator("#answer-text")
    expect(text).to_have_value("Яму засыпем.")
    expect(executor.locator(".issue-past")).to_contain_text("Назовите день")
    executor.keyboard.press("r")
    text.fill("Яму засыпем 20 ноября.")
    sends(executor, number)

    approver.goto(f"{region.url}/issues/{number}")
    expect(approver.locator(".approval ins")).to_have_text("засыпем 20 ноября.")
    shot(approver, "approver")
    approver.keyboard.press("y")
    sends(approver, number)
    expect(approver.get_by_role("heading", name="Дан ответ")).to_be_visible()
    shot(approver, "answered")
    with region.node.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        [reply] = replies.of_issue(session, issue.id)
    assert (reply.text, reply.state, reply.actor, reply.approved_by) == (
        *("Яму засыпем 20 ноября.", "sent", "executor", "approver"),
    )


def test_what_was_typed_is_there_after_the_browser_has_crashed(
    region: Served, watched: Watched
) -> None:
    number = an_issue(region, ("route", {}))
    served = as_(region, "executor")
    page = watched.open(served, f"/issues/{number}")
    page.locator("#answer-text").type("Длинный ответ, который жалко")
    expect(page.locator("#answer-kept")).to_contain_text("Черновик сохранён")
    page.context.close()
    again = watched.open(as_(region, "executor"), f"/issues/{number}")
    expect(again.locator("#answer-text")).to_have_value("Длинный ответ, который жалко")


def test_a_lost_connection_is_told_beside_the_text(region: Served, watched: Watched) -> None:
    number = an_issue(region, ("route", {}))
    page = watched.open(as_(region, "executor"), f"/issues/{number}")
    page.context.set_offline(True)
    page.locator("#answer-text").type("Текст")
    expect(page.locator("#answer-kept")).to_contain_text("Черновик не сохранён: нет связи")
    expect(page.locator("#answer-text")).to_have_value("Текст")
    page.context.set_offline(False)
    page.locator("#answer-text").type("!")
    expect(page.locator("#answer-kept")).to_contain_text("Черновик сохранён")
    watched.complaints.clear()  # the lost connection itself


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_beginning_and_the_letter_to_come(
    region: Served, watched: Watched, scripts: bool
) -> None:
    number = an_issue(region, ("route", {}))
    page = watched.open(as_(region, "executor"), f"/issues/{number}", scripts=scripts)
    page.locator("#answer-template").select_option("pits")
    if not scripts:
        page.locator("details[data-move=answer]").get_by_role("button", name="Вставить").click()
    expect(page.locator("#answer-text")).to_have_value(
        "Яма заделана [день]: [щебнем, холодным или горячим асфальтом], площадь [сколько] м².\n"
        "[Если ремонт временный: постоянный будет сделан – месяц]."
    )
    expect(page.locator("#answer-outcome")).to_have_value("solved")
    likely = page.locator("details[data-move=answer]")
    likely.get_by_role("button", name="Как увидит житель").click()
    expect(likely.locator(".letter")).to_contain_text("Осталось вписать: [день]")
    expect(likely.locator(".letter")).to_contain_text("Здравствуйте!")
    shot(page, f"letter-{scripts}")


def test_keys_open_what_they_say_and_tell_themselves(region: Served, watched: Watched) -> None:
    number = an_issue(region)
    page = watched.open(as_(region, "desk"), f"/issues/{number}")
    page.keyboard.press("a")
    expect(page.locator("details[data-move=route]")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("details[data-move=admit]")).to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    shot(page, "keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("e")
    sends(page, number)
    expect(page.get_by_role("heading", name="На координации")).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url(lambda url: number not in url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1024, 1440])
def test_nothing_sticks_out_sideways(
    region: Served, watched: Watched, width: int, scheme: str
) -> None:
    number = an_issue(region)  # with repeats offered, a place, clocks
    page = watched.open(region, f"/issues/{number}", width=width, scheme=scheme)
    expect(page.get_by_role("heading", name="Похоже, об этом уже писали")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    assert (
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        == 0
    )
    shot(page, f"card-{width}-{scheme}")
