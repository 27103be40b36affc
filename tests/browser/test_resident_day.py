"""A resident's day in a browser without scripts: send, follow, answer, mark, contest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from node.store import issues
from node.store.issues import Issue
from tests.browser.conftest import Served, Watched
from tests.support.appeals import the_rulebook

pytestmark = pytest.mark.browser

TEXT = "На перекрёстке у рынка третий день не работает светофор, дети боятся переходить"


def moves(served: Served, number: str, *steps: tuple[str, dict[str, str]]) -> None:
    """What the staff do meanwhile."""
    from node.actions.move_issue import move_issue
    from node.domain.rights import unlimited

    node = served.node
    for move, fields in steps:
        with node.transaction() as session:
            issue = issues.by_number(session, number)
            assert issue is not None
            move_issue(
                session,
                the_rulebook(),
                unit=node.code,
                number=number,
                move=move,
                version=issue.version,
                fields=fields,
                actor=unlimited("staff", node.code),
                now=node.clock(),
            )


def newest(served: Served) -> str:
    with served.node.reading() as session:
        from sqlalchemy import select

        number = session.scalars(select(Issue.number).order_by(Issue.id.desc())).first()
    assert number is not None
    return number


def overflow(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("width", [1280, 360])
def test_a_resident_sends_follows_marks_and_says_it_is_not_solved(
    town: Served, watched: Watched, width: int
) -> None:
    page = watched.open(town, "/appeal", width=width, scripts=False, signed_in=False)
    expect(page.get_by_text("112").first).to_be_visible()
    page.fill("[name=text]", f"{TEXT}, ширина экрана {width}")
    for box in page.locator("input[type=checkbox][required]").all():
        box.check()
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("heading", name="Обращение принято")).to_be_visible()
    link = page.locator("a[href*='/status/']").first.get_attribute("href")
    assert link is not None
    number = newest(town)

    page.goto(link)
    expect(page.locator("[aria-current=step]")).to_contain_text("Модерация")
    moves(town, number, ("admit", {"topic": "roads.traffic_lights"}), ("route", {}))
    page.reload()
    expect(page.locator("[aria-current=step]")).to_contain_text("Исполнение")
    assert overflow(page) == 0

    moves(town, number, ("pause", {"text": "С какой стороны перекрёстка?"}))
    page.reload()
    page.get_by_label("Ваш ответ").fill("Со стороны рынка")
    page.get_by_role("button", name="Ответить").click()
    expect(page.get_by_role("status")).to_contain_text("передан исполнителю")

    answer = {"text": "Светофор включён", "outcome": "solved"}
    moves(town, number, ("answer", answer), ("close", {"outcome": "solved"}))
    page.goto(link)
    expect(page.get_by_text("Светофор включён")).to_be_visible()
    page.get_by_role("button", name="Ответ не устраивает").click()
    expect(page.get_by_role("status")).to_contain_text("оценка записана")
    page.get_by_label("Что осталось не так").fill("Опять не работает")
    page.get_by_role("button", name="Не решено, возобновить").click()
    expect(page.get_by_role("status")).to_contain_text("возобновлена")
    expect(page.locator("[aria-current=step]")).to_contain_text("Исполнение")
    expect(page.get_by_text(TEXT)).to_have_count(0)
    assert overflow(page) == 0
