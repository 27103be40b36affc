"""`/questions`: the list, the card, the form of asking; what is refused keeps what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.domain.directive import DatedState
from node.domain.help import Help, HelpKind
from node.store import help_requests
from tests.support.appeals import NOW, TOWN
from tests.support.helps import a_question, a_training, answered, asked, followed
from tests.support.web import a_client, a_node

PATH = "/questions"
DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def top(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit="RU") as node:
        yield node


@pytest.fixture
def region(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(top: Node) -> Iterator[TestClient]:
    with a_client(top) as client:
        client.headers["Accept"] = "text/html"
        yield client


@pytest.fixture
def below(region: Node) -> Iterator[TestClient]:
    with a_client(region) as client:
        client.headers["Accept"] = "text/html"
        yield client


def received(node: Node, id: str, **changed: Any) -> str:
    """A help that came from above."""
    values: dict[str, Any] = {
        "id": id,
        "issuer": "RU",
        "kind": HelpKind.QUESTION,
        "to": ("RU-MUR", TOWN),
        "directive": None,
        "title": f"Вопрос {id}",
        "text": None,
        "asked_on": TODAY - 3 * DAY,
        "due_on": None,
        "planned_on": None,
        "states": (DatedState("open", NOW - 3 * DAY),),
    }
    with node.transaction() as session:
        help_requests.take_help(session, Help(**values | changed), at=NOW)
    return id


def text_of(answer: Any) -> str:
    """What a reader sees: no tags, one space between words."""
    assert answer.status_code in (200, 409, 422), answer.text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


# --- The list -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(client: TestClient) -> None:
    assert "Вопросов пока нет Задайте вопрос одному центру" in text_of(client.get(PATH))
    page = text_of(client.get(PATH, params={"kind": "training"}))
    assert "Обучения пока не планировали Запланируйте семинар" in page


def test_nobody_below_means_nothing_is_offered_to_ask(tmp_path: Path, database_url: str) -> None:
    with a_node(tmp_path, database_url, unit=TOWN) as node, a_client(node) as client:
        client.headers["Accept"] = "text/html"
        page = text_of(client.get(PATH))
        assert "Задать вопрос" not in page
        assert "Когда вышестоящий центр о чём-нибудь спросит" in page
        assert "спрашивать некого" in text_of(client.get(f"{PATH}/new"))


def test_a_line_says_how_many_have_answered_and_how_many_are_overdue(
    top: Node, client: TestClient
) -> None:
    id = asked(top, a_question(to=("RU-STA", "RU-TVE", "RU-SMO"), due_on=TODAY))
    answered(top, id, "RU-SMO", answer="К 1 декабря")
    assert "18 ноября сегодня 1 из 3" in text_of(client.get(PATH))
    top.clock.advance(days=2)  # type: ignore[attr-defined]
    assert "18 ноября просрочено на 2 дня 1 из 3 просрочено: 2" in text_of(client.get(PATH))


def test_trainings_have_a_list_of_their_own(top: Node, client: TestClient) -> None:
    asked(top, a_question())
    id = asked(top, a_training(TODAY, addressed="units", to=("RU-STA", "RU-TVE")))
    answered(top, id, "RU-TVE", held_on=TODAY, attended=24)
    page = text_of(client.get(PATH, params={"kind": "training"}))
    assert "Семинар для сотрудников центров" in page
    assert "1 из 2 24" in page
    assert a_question().title not in page


def test_what_awaits_this_unit_stands_first_the_nearest_day_first(
    region: Node, below: TestClient
) -> None:
    received(region, "later", due_on=TODAY + 5 * DAY)
    received(region, "soon", due_on=TODAY + DAY)
    received(region, "late", due_on=TODAY - DAY)
    received(region, "done", due_on=TODAY)
    answered(region, "done", answer="Да")
    page = text_of(below.get(PATH))
    waiting = page[page.index("Ждут ответа") : page.index("Кто спросил")]
    assert re.findall(r"Вопрос (\w+)", waiting) == ["late", "soon", "later"]
    assert "просрочено на 1 день" in waiting


@pytest.mark.parametrize(
    "query",
    [{"kind": "advice"}, {"kind": "\x00"}, {"after": "nothing"}, {"after": "\x00"}],
)
def test_an_unknown_list_or_place_in_it_is_refused(
    client: TestClient, query: dict[str, str]
) -> None:
    assert client.get(PATH, params=query).status_code == 422


def test_the_navigation_leads_here(client: TestClient) -> None:
    assert '<a href="/questions"' in client.get("/help").text


# --- The card -------------------------------------------------------------------------------------


def test_the_card_shows_every_addressee_the_worst_first(top: Node, client: TestClient) -> None:
    id = asked(top, a_question(to=("RU-STA", "RU-SMO"), due_on=TODAY))
    answered(top, id, "RU-SMO", answer="Нет помещения", post="заместитель губернатора")
    answered(top, id, "RU-SMO", answer="Помещение передали", post="губернатор")
    top.clock.advance(days=1)  # type: ignore[attr-defined]
    page = text_of(client.get(f"{PATH}/{id}"))
    assert page.index("Ставропольский край") < page.index("Смоленская область")
    assert "2 спрошено 0 получили 0 увидели 1 ответили 1 просрочили" in page
    assert "Помещение передали губернатор, 18 ноября, 12:30 Прежние ответы: 1" in page


def test_the_first_look_of_the_unit_asked_is_noted_and_no_other(
    region: Node, below: TestClient
) -> None:
    received(region, "h1")
    below.get(f"{PATH}/h1")
    region.clock.advance(hours=1)  # type: ignore[attr-defined]
    below.get(f"{PATH}/h1")
    own = next(one for one in followed(region, "h1").units if one.unit == "RU-MUR")
    assert own.report.seen_at == NOW


def test_an_answer_is_sent_and_shown(region: Node, below: TestClient) -> None:
    received(region, "h1")
    sent = below.post(f"{PATH}/h1/answer", data={"unit": "RU-MUR", "answer": "Да\r\nи скоро"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PATH}/h1")
    assert "Да\nи скоро" in below.get(f"{PATH}/h1").text


def test_a_refused_answer_is_shown_with_what_was_typed(region: Node, below: TestClient) -> None:
    received(region, "h1")
    form = {"unit": "RU-MUR", "answer": "Звоните 8 (921) 555-44-33"}
    refused = below.post(f"{PATH}/h1/answer", data=form)
    assert refused.status_code == 422
    assert "Содержит номер телефона" in refused.text
    assert "Звоните 8 (921) 555-44-33</textarea>" in refused.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"held_on": "2026-11-19"}, "День ещё не наступил"),
        ({"held_on": "вчера"}, "Не день"),
        ({"held_on": "2026-11-18", "attended": "много"}, "Целое число"),
        ({"held_on": "2026-11-18", "attended": "٣"}, "Целое число"),
        ({"attended": "3"}, "Сначала укажите, когда обучение проведено"),
        ({}, "Укажите, когда обучение проведено"),
    ],
)
def test_a_refused_report_on_a_training_names_the_field(
    region: Node, below: TestClient, form: dict[str, str], said: str
) -> None:
    received(region, "t1", kind=HelpKind.TRAINING, planned_on=TODAY)
    refused = below.post(f"{PATH}/t1/answer", data={"unit": "RU-MUR"} | form)
    assert refused.status_code == 422
    assert said in refused.text
    for typed in form.values():
        assert f'value="{typed}"' in refused.text


def test_a_day_set_by_mistake_is_taken_back_by_emptying_it(region: Node, below: TestClient) -> None:
    received(region, "t1", kind=HelpKind.TRAINING, planned_on=TODAY)
    form = {"unit": "RU-MUR", "held_on": "2026-11-18", "attended": "24"}
    assert below.post(f"{PATH}/t1/answer", data=form).status_code == 303
    assert 'name="held_before" value="2026-11-18"' in below.get(f"{PATH}/t1").text
    emptied = {"unit": "RU-MUR", "held_before": "2026-11-18"}
    assert below.post(f"{PATH}/t1/answer", data=emptied).status_code == 303
    assert followed(region, "t1").totals.answered == 0


def test_nobody_is_answered_for_unless_named(top: Node, client: TestClient) -> None:
    id = asked(top, a_question(to=("RU-STA", "RU-TVE")))
    page = client.get(f"{PATH}/{id}").text
    assert '<textarea id="answer"' not in page
    assert f"{PATH}/{id}?unit=RU-TVE#answer-name" in page
    chosen = client.get(f"{PATH}/{id}", params={"unit": "RU-TVE"}).text
    assert "Ответ за территорию: Тверская область" in chosen
    assert '<input type="hidden" name="unit" value="RU-TVE">' in chosen


def test_a_closed_question_takes_no_answer_and_gives_back_what_was_typed(
    region: Node, below: TestClient
) -> None:
    ended = DatedState("withdrawn", NOW, "Уже отвечено.")
    received(region, "h1", states=(DatedState("open", NOW), ended))
    assert "Отозван 18 ноября, 12:30. Уже отвечено." in text_of(below.get(f"{PATH}/h1"))
    refused = below.post(f"{PATH}/h1/answer", data={"unit": "RU-MUR", "answer": "Поздний ответ"})
    assert refused.status_code == 409
    assert "Поздний ответ" in refused.text


def test_whoever_asked_closes_or_withdraws_with_a_reason(top: Node, client: TestClient) -> None:
    id = asked(top, a_question())
    form = {"version": "1", "state": "withdrawn", "reason": ""}
    refused = client.post(f"{PATH}/{id}/close", data=form)
    assert refused.status_code == 422
    assert "Назовите причину" in refused.text
    ended = client.post(f"{PATH}/{id}/close", data=form | {"reason": "Уже отвечено"})
    assert ended.status_code == 303
    stale = client.post(f"{PATH}/{id}/close", data={"version": "1", "state": "closed"})
    assert stale.status_code == 409


def test_a_form_sent_before_signing_in_comes_back_to_the_card(client: TestClient) -> None:
    assert client.get(f"{PATH}/h1/answer").headers["location"] == f"{PATH}/h1"
    assert client.get(f"{PATH}/h1/close").headers["location"] == f"{PATH}/h1"


@pytest.mark.parametrize("id", ["nothing", "%00", "%F0%9F%92%A5", "a" * 300, "..%2fissues"])
def test_what_is_not_there_is_not_found(client: TestClient, id: str) -> None:
    assert client.get(f"{PATH}/{id}").status_code == 404


# --- The form -------------------------------------------------------------------------------------


def the_form(client: TestClient, **query: Any) -> tuple[str, dict[str, Any]]:
    page = client.get(f"{PATH}/new", params=query).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return page, hidden


def test_a_question_to_chosen_units_is_asked(top: Node, client: TestClient) -> None:
    _, form = the_form(client)
    form |= {"title": "Когда?", "addressed": "units", "to": ["RU-TVE", "RU-STA"]}
    form["due_on"] = "2026-11-20"
    sent = client.post(f"{PATH}/new", data=form)
    assert sent.status_code == 303, sent.text
    assert client.post(f"{PATH}/new", data=form).headers == sent.headers  # a double click
    id = sent.headers["location"].removeprefix(f"{PATH}/")
    assert set(followed(top, id).help.to) == {"RU-TVE", "RU-STA"}
    assert text_of(client.get(PATH)).count("Когда?") == 1


def test_every_tier_below_may_be_asked_as_a_whole(top: Node, client: TestClient) -> None:
    page, form = the_form(client, kind="training")
    directory = top.rulebook.directory
    tier = directory["RU-TVE"].tier
    assert set(re.findall(r'name="addressed" value="tier:(\w+)"', page)) == {
        unit.tier for unit in directory.units if unit.code != "RU"
    }
    form |= {"title": "Семинар", "planned_on": "2026-12-01", "addressed": f"tier:{tier}"}
    sent = client.post(f"{PATH}/new", data=form)
    id = sent.headers["location"].removeprefix(f"{PATH}/")
    assert len(followed(top, id).help.to) == 83


def test_what_was_chosen_elsewhere_is_chosen_here(client: TestClient) -> None:
    page, _ = the_form(client, unit=["RU-TVE", "RU-STA"])
    assert set(re.findall(r'value="([\w-]+)" checked', page)) == {"RU-TVE", "RU-STA", "units"}


def test_a_refused_form_keeps_everything_that_was_typed(client: TestClient) -> None:
    _, form = the_form(client, kind="training")
    form |= {
        "title": "Семинар у nobody@example.org",
        "text": "Программа <b>",
        "planned_on": "2026-11-01",
        "to": ["RU-TVE"],
    }
    refused = client.post(f"{PATH}/new", data=form)
    assert refused.status_code == 422
    assert "Содержит адрес электронной почты" in refused.text
    assert "Этот день уже прошёл" in refused.text
    assert 'value="Семинар у nobody@example.org"' in refused.text
    assert "Программа &lt;b&gt;</textarea>" in refused.text
    assert 'value="2026-11-01"' in refused.text
    assert 'value="RU-TVE" checked' in refused.text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"id": "\x00"},
        {"id": "zz"},
        {"kind": "\x00", "title": "\x00", "to": "\x00"},
        {"addressed": "tier:\x00"},
        {"addressed": "tier"},
        {"due_on": "9999-99-99"},
        {"directive": "\x00"},
        {"to": ["x" * 5000]},
    ],
)
def test_no_form_breaks_the_page(client: TestClient, form: dict[str, Any]) -> None:
    assert client.post(f"{PATH}/new", data=form).status_code == 422


def test_a_visitor_is_sent_to_sign_in(top: Node) -> None:
    with a_client(top, signed_in=False) as visitor:
        visitor.headers["Accept"] = "text/html"
        for path in (PATH, f"{PATH}/new", f"{PATH}/h1"):
            assert visitor.get(path).headers["location"].startswith("/sign-in?next=")
