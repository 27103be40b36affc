"""The parts of the card: clocks, route, repeats, what is to be approved, drafts, beginnings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from node.bootstrap import Node
from node.store import issues, journal, replies
from tests.support.appeals import NOW, moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.retention import DAY, closed, run
from tests.support.web import a_client, a_node

PATH = "/issues"
TEXT = "Яма по колено на въезде во двор, машины бьют колёса"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        client.headers["Accept"] = "text/html"
        yield client


@pytest.fixture
def executor(node: Node) -> Iterator[TestClient]:
    a_person(node, "executor", a_grant("executor"))
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        assert signs_in(client, "executor").status_code == 303
        yield client


def an_issue(node: Node, *moves: tuple[str, dict[str, str]], **overrides: Any) -> str:
    values: dict[str, Any] = {"topic": "roads.pits", "text": TEXT} | overrides
    with node.transaction() as session:
        number = submitted(session, **values).issue_number
        for version, (name, fields) in enumerate(moves, 1):
            moved(session, number, name, version, **fields)
    return number


def send(client: TestClient, number: str, move: str, version: int, **fields: str) -> Any:
    return client.post(f"{PATH}/{number}/moves", data={"move": move, "version": version, **fields})


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


ROUTED: tuple[str, dict[str, str]] = ("route", {})


# --- What it tells --------------------------------------------------------------------------------


def test_a_clock_says_what_is_left_warns_before_the_breach_and_why(
    node: Node, client: TestClient
) -> None:
    late = text_of(client.get(f"{PATH}/{an_issue(node, received_at=NOW - timedelta(days=40))}"))
    assert "Первый ответ 12 октября, 12:30 просрочено на 37 дн." in late
    soon = text_of(client.get(f"{PATH}/{an_issue(node, received_at=NOW - timedelta(hours=22))}"))
    assert "Первый ответ 18 ноября, 14:30 Пора: осталось 2 ч почему такой срок" in soon
    assert re.search(r"почему такой срок Норматив «[^»]+»: .* Итого: до 14:30 среды", soon)
    fresh = text_of(client.get(f"{PATH}/{an_issue(node)}"))
    assert "Первый ответ 19 ноября, 12:30 осталось 1 дн. почему" in fresh
    assert "Пора:" not in fresh


def test_a_paused_clock_stands_and_a_met_one_says_so(node: Node, client: TestClient) -> None:
    number = an_issue(node, ROUTED, ("pause", {"text": "Какой дом?"}))
    assert "стоит: ждём жителя, самое позднее до" in text_of(client.get(f"{PATH}/{number}"))
    answered = an_issue(node, ROUTED, ("answer", {"text": "Засыпали"}))
    assert "19 ноября, 12:30 дан в срок" in text_of(client.get(f"{PATH}/{answered}"))


def test_it_is_said_who_proposed_the_executor_and_why(node: Node, client: TestClient) -> None:
    page = text_of(client.get(f"{PATH}/{an_issue(node)}"))
    assert re.search(r"Кто предложил исполнителя и почему Дирекция автомобильных дорог – ", page)
    assert "Предложен: " in page


def test_what_sets_an_issue_apart_is_a_badge(node: Node, client: TestClient) -> None:
    number = an_issue(
        node,
        ("admit", {"complained_of": "road_directorate", "urgency": "urgent"}),
        kind="formal",
        text="В подъезде пахнет газом третий день",
    )
    head = client.get(f"{PATH}/{number}").text.partition('<div class="issue"')[0]
    for words in ("опасно", "срочно", "по 59-ФЗ", "на кого жалуются: Дирекция автомобильных"):
        assert words in head


def test_the_place_is_a_point_on_the_outline_of_its_region(node: Node, client: TestClient) -> None:
    page = client.get(f"{PATH}/{an_issue(node, lat=68.97, lon=33.08)}").text
    assert 'class="place-point" cx="0" cy="0"' in page
    outline = re.search(r'class="place-outline" d="(M[^"]+Z)"', page)
    assert outline is not None
    ys = [float(one) for one in re.findall(r",(-?[\d.]+)", outline[1])]
    assert min(ys) < 0 < max(ys)  # the town lies within the region, north up
    assert "place-point" not in client.get(f"{PATH}/{an_issue(node)}").text
    assert "place-point" not in client.get(f"{PATH}/{an_issue(node, lat=-50, lon=10)}").text


def test_the_history_tells_details_in_words_and_other_issues_as_links(
    node: Node, client: TestClient
) -> None:
    head = an_issue(node, ROUTED)
    joined = an_issue(node)
    send(client, joined, "merge", 1, into=head)
    assert f'С какой: <a href="/issues/{head}">' in client.get(f"{PATH}/{joined}").text
    assert f'Какая: <a href="/issues/{joined}">' in client.get(f"{PATH}/{head}").text
    rejected = an_issue(node, ("reject", {"ground": "no_matter", "reason": "Где?"}))
    assert "Основание: нет сути: непонятно, что случилось или где" in text_of(
        client.get(f"{PATH}/{rejected}")
    )
    forwarded = an_issue(node, kind="formal")
    send(client, forwarded, "forward", 1, addressee="Прокуратура", way="post", sent_on="2026-11-17")
    page = text_of(client.get(f"{PATH}/{forwarded}"))
    assert "Куда переадресовано: Прокуратура Как отправлено: почтой" in page
    assert "Дата отправки: 17 ноября 2026" in page


def test_a_page_asks_as_often_whatever_hangs_on_the_issue(node: Node, client: TestClient) -> None:
    asked: list[str] = []
    event.listen(node.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries(number: str) -> int:
        client.get(f"{PATH}/{number}")  # which directory is in force is asked now and then
        asked.clear()
        assert client.get(f"{PATH}/{number}").status_code == 200
        return len([sql for sql in asked if not sql.startswith("BEGIN")])

    interim = ("interim", {"text": "Ждём", "until": "2026-11-25"})
    plain = an_issue(node, ROUTED, interim, text="Совсем другая яма у другого дома, глубокая")
    full = an_issue(node, ROUTED, interim, lat=68.97, lon=33.08)
    for n in range(6):
        send(client, an_issue(node, lat=68.97, lon=33.08), "merge", 1, into=full)
        urgency = "urgent" if n % 2 == 0 else "ordinary"
        with node.reading() as session:
            issue = issues.by_number(session, full)
        assert issue is not None
        assert send(client, full, "prioritise", issue.version, urgency=urgency).status_code == 303
    assert text_of(client.get(f"{PATH}/{full}")).count("из объединённой") == 6
    assert queries(full) == queries(plain) <= 26


# --- Repeats and merged ones ----------------------------------------------------------------------


def test_a_repeat_is_offered_in_words_joined_or_put_aside(node: Node, client: TestClient) -> None:
    first = an_issue(node, lat=68.97, lon=33.08)
    same = an_issue(node)
    near = an_issue(
        node, text="Опять эта яма, уже совсем другими словами", lat=68.9702, lon=33.0806
    )
    quoted = an_issue(node, text=f"Писал вам раньше, {first}, ничего не сделано")
    for number, words in ((same, "тот же текст"), (near, "та же тема в 33 м")):
        assert words in text_of(client.get(f"{PATH}/{number}"))
    assert "упомянут номер" in text_of(client.get(f"{PATH}/{quoted}"))
    answer = client.post(f"{PATH}/{same}/repeats/{first}/dismiss")
    assert answer.headers["location"] == f"{PATH}/{same}#repeats"
    assert "тот же текст" not in text_of(client.get(f"{PATH}/{same}"))
    assert send(client, near, "merge", 1, into=first).status_code == 303
    head = client.get(f"{PATH}/{first}").text
    assert f'aria-label="Разъединить: {near}"' in head
    assert "из объединённой" in head
    assert send(client, near, "unmerge", 2).status_code == 303
    assert f"Разъединить: {near}" not in client.get(f"{PATH}/{first}").text


def test_merging_opens_no_closed_sector_to_whoever_sees_the_head(node: Node) -> None:
    head = an_issue(node, ROUTED)
    secret = an_issue(node, text="Не дают лекарство ребёнку", topic="health.free_medicines")
    with node.transaction() as session:
        moved(session, secret, "merge", 1, into=head)
    a_person(node, "coordinator", a_grant("coordinator"))
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        signs_in(client, "coordinator")
        page = text_of(client.get(f"{PATH}/{head}"))
        assert "лекарство" not in page
        assert "Ещё 1 обращение из объединённых проблем закрытых тем" in page
        assert f"{secret} закрытая тема" in page
        for path in ("", "/next", "/deliveries"):
            assert client.get(f"{PATH}/{secret}{path}").status_code == 404
        for path in ("/reply", "/draft", f"/repeats/{head}/dismiss", "/moves"):
            answer = client.post(f"{PATH}/{secret}{path}", data={"move": "answer", "version": 1})
            assert answer.status_code == 404


# --- Approval -------------------------------------------------------------------------------------


def test_an_approver_reads_the_letter_and_what_was_mended(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    send(executor, number, "answer", 2, text="Яму засыпем.")
    page = client.get(f"{PATH}/{number}").text
    assert "Ответ ждёт согласования" in page
    assert "Здравствуйте!" in page
    assert "/status/…" in page  # the link is its resident's
    assert 'aria-label="Согласовать и отправить"' in page
    assert "\nЯму засыпем.</textarea>" in page
    send(client, number, "send_back", 3, reason="Когда?")
    mine = executor.get(f"{PATH}/{number}").text
    assert "\nЯму засыпем.</textarea>" in mine
    assert "Это ваш черновик" in mine
    send(executor, number, "answer", 4, text="Яму засыпем 20 ноября.")
    again = client.get(f"{PATH}/{number}").text
    assert "<del>засыпем.</del>" in again
    assert "<ins>засыпем 20 ноября.</ins>" in again
    send(client, number, "approve", 5, text="Яму засыпем 20 ноября.")
    done = text_of(client.get(f"{PATH}/{number}"))
    assert "Ответ · отправлен" in done
    assert "согласовал operator" in done
    assert "Ответ ждёт согласования" not in done


def test_an_answer_to_be_approved_is_not_told_as_given(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    send(executor, number, "answer", 2, text="Яму засыпем.")
    page = text_of(client.get(f"{PATH}/{number}"))
    assert "Ответ передан на согласование" in page
    assert "Дан ответ" not in page


# --- Writing --------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_there_again(node: Node, executor: TestClient) -> None:
    number = an_issue(node, ROUTED)
    form = {"move": "interim", "version": "2", "text": "Ждём асф", "until": "2026-11-25"}
    kept = executor.post(f"{PATH}/{number}/draft", data=form, headers=HTMX)
    assert "Черновик сохранён в 12:30." in kept.text
    page = executor.get(f"{PATH}/{number}").text
    assert '<details name="move" data-move="interim" open>' in page
    assert "\nЖдём асф</textarea>" in page
    assert 'type="date" id="interim-until" name="until"' in page
    assert 'value="2026-11-25"' in page
    gone = executor.post(f"{PATH}/{number}/draft", data=form | {"text": " "}, headers=HTMX)
    assert "Черновик удалён." in gone.text
    with node.reading() as session:
        issue = issues.by_number(session, number)
        assert issue is not None
        assert issue.version == 2
        assert not replies.drafts_of(session, issue.id, "executor")
        assert journal.last_of(session, number).action == "issue_route"  # type: ignore[union-attr]


def test_a_draft_of_each_kind_stands_in_its_own_form(node: Node, executor: TestClient) -> None:
    number = an_issue(node, ROUTED)
    for move, text in (("answer", "Засыпали щебнем"), ("interim", "Ждём асфальт")):
        form = {"move": move, "version": "2", "text": text}
        executor.post(f"{PATH}/{number}/draft", data=form, headers=HTMX)
    page = executor.get(f"{PATH}/{number}").text
    assert "\nЗасыпали щебнем</textarea>" in page
    assert "\nЖдём асфальт</textarea>" in page
    assert page.count("Это ваш черновик") == 2
    emptied = {"move": "interim", "version": "2", "text": ""}
    executor.post(f"{PATH}/{number}/draft", data=emptied, headers=HTMX)
    assert "\nЗасыпали щебнем</textarea>" in executor.get(f"{PATH}/{number}").text


def test_what_an_approver_mends_in_an_interim_answer_is_kept(
    node: Node, client: TestClient, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    send(executor, number, "interim", 2, text="Ждём асфальт", until="2026-11-25")
    form = {"move": "approve", "version": "3", "text": "Ждём асфальт, привезут к 25 ноября"}
    client.post(f"{PATH}/{number}/draft", data=form, headers=HTMX)
    assert "привезут к 25 ноября</textarea>" in client.get(f"{PATH}/{number}").text


def test_the_history_tells_what_was_erased_and_why(node: Node, client: TestClient) -> None:
    number, issue = closed(node.database)
    run(node.database, NOW + 400 * DAY)
    page = text_of(client.get(f"{PATH}/{issue}"))
    assert "Данные жителя удалены или обезличены" in page
    assert f"Обращение: {number} Контакты: удалено – Контакты: год" in page
    assert "Текст обращения: обезличено – Тексты сообщений: год как есть, 5 лет без" in page
    untouched = an_issue(node)
    assert "обезличен" not in text_of(client.get(f"{PATH}/{untouched}"))


def test_a_draft_that_cannot_be_kept_is_said_beside_the_text(
    node: Node, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    form = {"move": "answer", "version": "2", "text": "я" * 10_001}
    answer = executor.post(f"{PATH}/{number}/draft", data=form, headers=HTMX)
    assert (answer.status_code, "Черновик не сохранён." in answer.text) == (200, True)


def test_a_beginning_is_put_in_and_nothing_typed_is_lost(node: Node, executor: TestClient) -> None:
    number = an_issue(node, ROUTED)
    form = {"move": "answer", "version": "2", "act": "template", "template": "pits"}

    def begun(**fields: str) -> str:
        answer = executor.post(f"{PATH}/{number}/reply", data=form | fields, headers=HTMX)
        assert answer.status_code == 200
        [area] = re.findall(r"<textarea id=\"answer-text\"[^>]*>\n([^<]*)", answer.text)
        assert '<option value="solved" selected>' in answer.text or fields.get("outcome")
        return unescape(area)

    pits = begun()
    assert pits.startswith("Яма заделана [день]")
    assert begun(text="Спасибо, что написали.") == f"Спасибо, что написали.\n\n{pits}"
    # Another one in place of a beginning nobody has touched.
    assert begun(text=begun(template="done"), outcome="explained") == pits
    whole = executor.post(f"{PATH}/{number}/reply", data=form)  # without a script
    assert (whole.status_code, "Яма заделана [день]" in whole.text) == (200, True)
    page = executor.get(f"{PATH}/{number}").text
    listed = re.findall(
        r'<option value="(\w+)">[^<]+</option>', page.partition('id="answer-fields"')[0]
    )
    assert listed[0] == "pits"  # the nearest to the topic first


@pytest.mark.parametrize("template", ["", "no_such", "<script>", "\ud800"])
def test_a_beginning_there_is_not_changes_nothing(
    node: Node, executor: TestClient, template: str
) -> None:
    number = an_issue(node, ROUTED)
    form = {"move": "answer", "version": "2", "act": "template", "text": "Мой текст"}
    form["template"] = template.encode("utf-8", "replace").decode()
    silent = executor.post(f"{PATH}/{number}/reply", data=form, headers=HTMX)
    assert silent.status_code == 204
    told = executor.post(f"{PATH}/{number}/reply", data=form)
    assert told.status_code == 422
    assert "\nМой текст</textarea>" in told.text


def test_the_letter_is_shown_before_it_is_sent_with_what_is_left_open(
    node: Node, executor: TestClient
) -> None:
    number = an_issue(node, ROUTED)
    form = {"move": "answer", "version": "2", "act": "preview", "text": "Готово <b>[день]</b>"}
    part = executor.post(f"{PATH}/{number}/reply", data=form, headers=HTMX).text
    assert "<html" not in part
    assert "Готово &lt;b&gt;[день]&lt;/b&gt;" in part
    assert "Осталось вписать:</strong> [день]" in part
    whole = executor.post(f"{PATH}/{number}/reply", data=form).text
    assert "<html" in whole
    assert "Осталось вписать:" in whole
    assert "\nГотово &lt;b&gt;[день]&lt;/b&gt;</textarea>" in whole


def test_a_date_takes_no_more_than_the_norm_allows(node: Node, client: TestClient) -> None:
    page = client.get(f"{PATH}/{an_issue(node, ROUTED)}").text
    field = re.search(r'<input type="date" id="interim-until"[^>]*>', page)
    assert field is not None
    assert 'min="2026-11-18" max="2026-12-18"' in field[0]
    spent = an_issue(node, ROUTED, ("interim", {"text": "Ждём", "until": "2026-12-18"}))
    for version in range(3, 9):
        answer = send(client, spent, "interim", version, text="Ещё", until="2026-12-18")
        if answer.status_code == 422:
            break
    assert answer.status_code == 422
    assert "промежуточный ответ здесь больше невозможен" in client.get(f"{PATH}/{spent}").text


def test_next_is_the_issue_whose_deadline_comes_after(node: Node, client: TestClient) -> None:
    first = an_issue(node, received_at=NOW - timedelta(days=3))
    second = an_issue(node, received_at=NOW - timedelta(days=2))
    assert client.get(f"{PATH}/{first}/next").headers["location"] == f"{PATH}/{second}"
    assert client.get(f"{PATH}/{second}/next").headers["location"] == PATH
