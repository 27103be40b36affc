"""A moderator's morning in a browser, by keyboard alone: every press of a mouse fails the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from node.actions.move_issue import move_issue
from node.store import issues, people, tokens
from node.store.alerts import Alert
from node.store.issues import Issue
from tests.browser.conftest import Served, Watched
from tests.support.alerts import GAS, alarmed
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted, the_rulebook
from tests.support.people import a_grant, a_person, actor_of

pytestmark = pytest.mark.browser

NO_MOUSE = "addEventListener('pointerdown', () => console.error('a mouse was used'), true)"
LIST_PERIOD, STRIP_PERIOD = 21_000, 16_000  # ms: a little more than their own
PIT = "Глубокая яма на проезжей части у дома {n} по ул. Лесная"
DONE = ".note[role=status]"


@pytest.fixture(scope="module")
def region(serve: Callable[..., Served], browser: object) -> Served:  # browser: skip before work
    served = serve(UNIT, TOWN)
    roles = ("moderator", "coordinator", "executor", "approver")
    a_person(served.node, "morning", *(a_grant(role) for role in roles))
    a_person(served.node, "desk", a_grant("moderator"), a_grant("coordinator"))
    a_person(served.node, "brigade", a_grant("executor"))
    return served


@pytest.fixture(autouse=True)
def _a_clean_desk(region: Served) -> None:
    """What the tests before left is closed and acknowledged."""
    with region.node.transaction() as session:
        session.execute(update(Alert).values(acknowledged_at=NOW, acknowledged_by="test"))
        session.execute(update(Issue).values(state="rejected", closed_at=NOW))


def begins(watched: Watched, region: Served, path: str = "/issues", login: str = "morning") -> Page:
    """The page of somebody who has signed in, with a clock that goes on by itself or by hand."""
    node, now = region.node, region.node.clock()
    with node.transaction() as session:
        person = people.by_login(session, login)
        assert person is not None
        holder = tokens.Holder(person, None)
        cookie = tokens.open_session(session, holder, now=now, until=now + timedelta(hours=8))
    page = watched.open(replace(region, session=cookie), path)
    page.add_init_script(NO_MOUSE)
    page.clock.install()
    page.reload()
    return page


def came(region: Served, *texts: str, topic: str | None = "roads.pits") -> list[str]:
    with region.node.transaction() as session:
        return [
            submitted(
                session, text=text, topic=topic, received_at=NOW - timedelta(hours=2, minutes=-n)
            ).issue_number
            for n, text in enumerate(texts)
        ]


def awaiting(region: Served, text: str) -> str:
    """An issue whose executor's answer waits for approval."""
    [number] = came(region, text)
    with region.node.transaction() as session:
        moved(session, number, "route", 1)
        move_issue(
            session,
            the_rulebook(),
            unit=region.node.code,
            number=number,
            move="answer",
            version=2,
            fields={"text": "Засыпали.", "outcome": "solved"},
            actor=actor_of(region.node, "brigade"),
            now=NOW,
        )
    return number


def state(region: Served, number: str) -> tuple[str, str]:
    with region.node.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        return issue.state, issue.topic


def link(page: Page, number: str) -> Locator:
    return page.get_by_role("rowheader").get_by_role("link", name=number, exact=True)


def goes_to(page: Page, number: str) -> None:
    """By J, and by K when it lies above."""
    stands = "document.activeElement.textContent"
    for key in ("j", "k"):
        for _ in range(page.get_by_role("rowheader").count()):
            if page.evaluate(stands) == number:
                return
            page.keyboard.press(key)
    assert page.evaluate(stands) == number


def marks(page: Page, *numbers: str) -> None:
    for number in numbers:
        goes_to(page, number)
        page.keyboard.press("x")
        expect(page.locator(f"#pick-{number}")).to_be_checked()


def sends(page: Page, key: str = "Control+Enter") -> None:
    """On to the page the node answers with."""
    with page.expect_navigation():
        page.keyboard.press(key)


def chooses(page: Page, name: str) -> None:
    """In the list one stands in, by arrows: a test cannot type Cyrillic there as a person does."""
    page.keyboard.press("Home")
    chosen = "document.activeElement.selectedOptions[0].textContent"
    for _ in range(page.evaluate("document.activeElement.options.length")):
        if name in page.evaluate(chosen):
            return
        page.keyboard.press("ArrowDown")
    assert name in page.evaluate(chosen)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Отборы").get_by_role("link", name=name)


def test_a_morning(region: Served, watched: Watched) -> None:
    first, second, third = came(region, *(PIT.format(n=n) for n in (1, 2, 3)))
    [unsorted] = came(region, "По ночам во дворе что-то гудит", topic=None)
    good, poor = (
        awaiting(region, f"Провал асфальта, {name} съезд") for name in ("левый", "правый")
    )
    page = begins(watched, region)
    for name, count in (("В работе", 6), ("Новые", 4), ("Не разобрано", 1), ("На согласовании", 2)):
        expect(tab(page, name)).to_have_text(f"{name} {count}")

    marks(page, first, second)
    expect(page.locator("#picked")).to_have_text("(2)")
    sends(page, "e")
    expect(page.locator(DONE)).to_contain_text("Сделано: 2 из 2")
    expect(tab(page, "Новые")).to_have_text("Новые 2")
    assert [state(region, one)[0] for one in (first, second)] == ["coordination"] * 2

    marks(page, first, second)
    page.keyboard.press("a")
    expect(page.get_by_label("Исполнитель").last).to_be_focused()
    chooses(page, "Муниципальная служба")
    sends(page, "Enter")
    expect(page.locator(DONE)).to_contain_text("Сделано: 2 из 2")
    assert [state(region, one)[0] for one in (first, second)] == ["routed"] * 2
    expect(page.get_by_role("row").filter(has_text=first)).to_contain_text("Муниципальная служба")

    goes_to(page, good)
    sends(page, "y")
    expect(page.locator(DONE)).to_contain_text("Сделано: 1 из 1")
    assert state(region, good)[0] == "answered"

    marks(page, third)
    goes_to(page, second)  # the third is of the same pit as the second
    page.keyboard.press("m")
    expect(page.get_by_label("Объединить с номером")).to_have_value(second)
    sends(page, "Enter")
    expect(page.locator(DONE)).to_contain_text("Сделано: 1 из 1")
    assert state(region, third)[0] == "merged"

    page.keyboard.press("/")
    page.keyboard.type("ямами Лесной")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader")).to_have_count(2)

    goes_to(page, first)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/issues/{first}")
    page.keyboard.press("r")
    expect(page.get_by_label("Текст ответа").first).to_be_focused()
    page.keyboard.type("Яму засыпали 18 ноября.")
    sends(page)
    expect(page.get_by_role("heading", name="Дан ответ")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/issues?q=*")
    expect(page.get_by_role("rowheader")).to_have_count(2)
    expect(link(page, first)).to_be_focused()

    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(f"{region.url}/issues")
    goes_to(page, unsorted)
    page.keyboard.press("o")
    page.wait_for_url(f"**/issues/{unsorted}")
    page.keyboard.press("e")
    expect(page.locator("#admit-topic")).to_be_focused()
    chooses(page, "Шум")
    sends(page)
    expect(page.get_by_role("heading", name="На координации")).to_be_visible()
    assert state(region, unsorted)[1] != "unsorted"

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_url(f"{region.url}/issues")

    goes_to(page, poor)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/issues/{poor}")
    page.keyboard.press("b")
    expect(page.get_by_label("Что доработать")).to_be_focused()
    page.keyboard.type("Назовите день")
    sends(page)
    expect(page.get_by_role("heading", name="Передана исполнителю")).to_be_visible()
    assert state(region, poor)[0] == "routed"


def test_a_renewal_keeps_marks_place_and_choices(region: Served, watched: Watched) -> None:
    numbers = came(region, *(PIT.format(n=n) for n in range(30)))
    page = begins(watched, region)
    kept, stale, gone, here = numbers[3], numbers[5], numbers[7], numbers[25]
    marks(page, kept, stale, gone)
    page.keyboard.press("t")
    chooses(page, "Снег")
    chosen = page.locator("#bulk-topic").input_value()
    assert chosen
    page.keyboard.press("Escape")
    goes_to(page, here)
    top = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(top)
    with region.node.transaction() as session:
        moved(session, gone, "reject", 1, ground="no_matter")
        moved(session, stale, "reclassify", 1, topic="roads.snow")
        fresh = submitted(session, received_at=NOW - timedelta(days=20)).issue_number
    page.clock.fast_forward(LIST_PERIOD)
    expect(link(page, fresh)).to_have_count(1)
    expect(link(page, gone)).to_have_count(0)
    expect(link(page, here)).to_be_focused()
    assert abs(page.evaluate(top) - before) < 1
    expect(page.locator("#issues-news")).to_have_text(
        "В списке новых: 1. Отмеченных ушло из списка: 1."
    )
    for number in (kept, stale):
        expect(page.locator(f"#pick-{number}")).to_be_checked()
    expect(page.locator("[data-pick]:checked")).to_have_count(2)
    expect(page.locator("#picked")).to_have_text("(2)")
    expect(page.locator("#bulk-topic")).to_have_value(chosen)
    sends(page, "e")
    expect(page.locator(DONE)).to_contain_text("Сделано: 1 из 2")
    expect(page.locator(DONE)).to_contain_text(f"{stale}: Проблему уже изменил кто-то другой")


def test_the_one_she_stood_on_goes_and_the_next_takes_its_place(
    region: Served, watched: Watched
) -> None:
    first, second, third = came(region, *(PIT.format(n=n) for n in range(3)))
    page = begins(watched, region)
    goes_to(page, second)
    with region.node.transaction() as session:
        moved(session, second, "merge", 1, into=first)
    page.clock.fast_forward(LIST_PERIOD)
    expect(link(page, second)).to_have_count(0)
    expect(link(page, third)).to_be_focused()


def test_an_alert_comes_and_is_taken_without_leaving_the_row(
    region: Served, watched: Watched
) -> None:
    here, _ = came(region, *(PIT.format(n=n) for n in range(2)))
    page = begins(watched, region)
    goes_to(page, here)
    with region.node.transaction() as session:
        danger, [alert] = alarmed(session, text=GAS)
    page.clock.fast_forward(STRIP_PERIOD)
    strip = page.locator("#alerts")
    expect(strip).to_contain_text(f"Проблема {danger}")
    expect(link(page, here)).to_be_focused()
    page.keyboard.press("!")
    expect(strip.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(strip.get_by_role("button")).to_have_count(0)
    expect(link(page, here)).to_be_focused()
    with region.node.reading() as session:
        taken = session.get(Alert, alert)
        assert taken is not None
        assert taken.acknowledged_by == "morning"


def test_a_card_leads_back_to_its_list_and_on_to_the_next_of_it(
    region: Served, watched: Watched
) -> None:
    pits = came(region, *(PIT.format(n=n) for n in range(4)))
    came(region, "Снег не убирают", topic="roads.snow")
    page = begins(watched, region, "/issues?topic=roads.pits&q=%D1%8F%D0%BC%D1%8B")
    order = page.get_by_role("rowheader").all_inner_texts()
    assert sorted(order) == sorted(pits)
    listed = page.url
    goes_to(page, order[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{region.url}/issues/{order[1]}")  # no words of the search in the address
    expect(page.get_by_role("link", name="Следующая в списке (3 из 4)")).to_be_visible()
    page.keyboard.press("e")
    sends(page)
    expect(page.get_by_role("heading", name="На координации")).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url(f"{region.url}/issues/{order[2]}")
    page.keyboard.press("Escape")
    page.wait_for_url(listed)
    expect(link(page, order[2])).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/issues/{order[1]}")
    for number in order[2:]:
        page.keyboard.press("n")
        page.wait_for_url(f"**/issues/{number}")
    page.keyboard.press("n")  # the last: back to the list
    page.wait_for_url(listed)
    expect(link(page, order[-1])).to_be_focused()


def test_a_move_that_takes_the_issue_out_of_sight_leads_to_the_list(
    region: Served, watched: Watched
) -> None:
    first, second = came(region, *(PIT.format(n=n) for n in range(2)))
    a_person(region.node, "roads-only", a_grant("moderator", sectors=("roads",)))
    page = begins(watched, region, "/issues?state=new", login="roads-only")
    order = page.get_by_role("rowheader").all_inner_texts()
    assert sorted(order) == sorted((first, second))
    goes_to(page, order[0])
    sends(page, "Enter")
    page.keyboard.press("t")
    expect(page.locator("#reclassify-topic")).to_be_focused()
    chooses(page, "Не вывозят мусор")
    sends(page)
    page.wait_for_url(f"{region.url}/issues?state=new")
    expect(link(page, order[1])).to_be_focused()


@pytest.mark.parametrize(
    "kept",
    [
        "null",
        "[]",
        "broken",
        '{"address": "//elsewhere.example/issues", "following": "", "numbers": ["NUMBER"]}',
        '{"address": "/issues/../sign-out", "following": "", "numbers": ["NUMBER"]}',
        '{"address": "javascript:alert(1)", "following": "", "numbers": ["NUMBER"]}',
        '{"address": "/issues", "following": "", "numbers": ["NUMBER", "<b>"]}',
        '{"address": "/issues?q=1", "following": "", "numbers": ["ANOTHER"]}',
    ],
)
def test_a_card_opened_by_itself_or_with_garbage_kept_leads_to_the_whole_list(
    region: Served, watched: Watched, kept: str
) -> None:
    [number, later] = came(region, *(PIT.format(n=n) for n in range(2)))
    page = begins(watched, region, f"/issues/{number}")
    page.evaluate(
        "kept => sessionStorage.setItem('cur-list-place', kept)", kept.replace("NUMBER", number)
    )
    page.reload()
    expect(page.get_by_role("link", name="Следующая", exact=True)).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url(f"**/issues/{later}")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{region.url}/issues")


def test_signing_out_forgets_the_place(region: Served, watched: Watched) -> None:
    [number] = came(region, PIT)
    page = begins(watched, region)
    goes_to(page, number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/issues/{number}")
    kept = "sessionStorage.getItem('cur-list-place')"
    assert number in page.evaluate(kept)
    page.get_by_role("button", name="Выйти").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{region.url}/")
    assert page.evaluate(kept) is None
