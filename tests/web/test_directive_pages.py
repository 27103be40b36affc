"""The pages of directives: what is shown to whom, what is taken, and what a refusal keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from node.bootstrap import Node
from tests.support.appeals import NOW, the_rulebook
from tests.support.coordinators import issued
from tests.support.directive_pages import HERE, REGION, TOP, come_down, file_of, keep, of_2020
from tests.support.directives import a_report, whole
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node

HTML = {"accept": "text/html"}
DRAFT: dict[str, Any] = {
    "title": "Открыть центр управления",
    "basis": "Перечень поручений, пункт 3",
    "issued_on": "2026-03-01",
    "deadline": "2026-12-01",
    "addressed": "units",
    "units": [REGION, "RU-KGD"],
    "coordinator": "office",
    "coordinator_name": "Проектный офис",
    "responsible": "Правительство\r\nГлавы регионов",
    "rows": "6",
    "title.0": "Штат",
    "weight.0": "60",
    "kind.0": "progress",
    "title.1": "Назначен руководитель",
    "weight.1": "40",
    "kind.1": "done",
    "scale.1": "Заместитель главы\r\nМинистр\r\nНачальник отдела",
    "least.1": "Министр",
    "rollup": "mean",
    "complete": "100",
    "close": "60",
    "rule_rows": "2",
    "rule.0": "behind",
    "rule_percent.0": "62,5",
    "rule_days.0": "20",
}


@pytest.fixture
def top(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit=TOP) as node:
        yield node


@pytest.fixture
def region(tmp_path: Path, database_url: str) -> Iterator[Node]:
    """The node of a region to which a directive has come down, half a month before its deadline."""
    with a_node(tmp_path, database_url, unit=REGION) as node:
        come_down(node)
        yield node


def rows(page: str) -> list[str]:
    return re.findall(r'<tr role="row" id="row-([^"]+)"', page)


@contextmanager
def selects(node: Node) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(node.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(node.database.engine, "before_cursor_execute", note)


# --- The list -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(top: Node) -> None:
    with a_client(top) as client:
        assert "Дать первое поручение" in client.get("/directives").text


def test_below_an_empty_list_says_that_nothing_has_come(tmp_path: Path, database_url: str) -> None:
    with a_node(tmp_path, database_url, unit="47701000") as node, a_client(node) as client:
        assert "Сверху пока ничего не поступало" in client.get("/directives").text


def test_what_is_in_force_stands_before_history(top: Node) -> None:
    keep(top, scenario="cur-2020")
    issued(top, now=NOW, title="Подключить муниципалитеты")
    with a_client(top) as client:
        page = client.get("/directives").text
    assert page.index("Подключить муниципалитеты") < page.index("История")
    assert page.index("История") < page.index("Создать центры управления")
    assert "Осталось 13" in page.replace("\xa0", " ")


def test_a_new_directive_asks_its_addressee_to_acknowledge_it(region: Node) -> None:
    with a_client(region) as client:
        assert f'href="{HERE}">новое: подтвердить' in client.get("/directives").text
        client.post(HERE, data={"act": "acknowledge", "version": "1"})
        page = client.get("/directives").text
    assert "новое: подтвердить" not in page
    assert f'href="{HERE}">Отчитаться' in page
    report = file_of(region).reports[REGION][0]
    assert report.acknowledged_at == NOW


# --- The board ------------------------------------------------------------------------------------


def test_the_board_stands_as_of_the_day_asked_for(top: Node) -> None:
    id = keep(top, *of_2020(), scenario="cur-2020")
    with a_client(top) as client:
        page = client.get(f"/directives/{id}?as_of=2020-10-31").text
        before = client.get(f"/directives/{id}?as_of=2020-10-01").text
    assert rows(page) == ["RU-TVE", "RU-STA", "RU-SMO"]
    assert "На 31\xa0октября\xa02020" in page
    assert "2021\xa0год" in page
    assert "нет шага" in page
    assert "замеров нет" in before


def test_history_opens_at_its_deadline_and_the_future_at_today(top: Node) -> None:
    old = keep(top, scenario="cur-2020")
    live = issued(top, now=NOW)
    with a_client(top) as client:
        assert "На 1\xa0декабря\xa02020" in client.get(f"/directives/{old}").text
        assert "На 18\xa0ноября\xa02026" in client.get(f"/directives/{live}?as_of=2030-01-01").text


def test_the_slider_leads_to_the_address_of_its_day(top: Node) -> None:
    id = keep(top, *of_2020(), scenario="cur-2020")
    days = (date(2020, 11, 17) - date(2020, 3, 1)).days
    with a_client(top) as client:
        plain = client.get(f"/directives/{id}?day={days}&risk=1")
        part = client.get(f"/directives/{id}?day={days}", headers={"hx-target": "board"})
    assert plain.headers["location"] == f"/directives/{id}?as_of=2020-11-17&risk=1"
    assert part.headers["hx-replace-url"] == f"/directives/{id}?as_of=2020-11-17"
    assert "<html" not in part.text
    assert 'id="board"' in part.text
    assert rows(part.text)[0] == "RU-TVE"


def test_the_table_is_narrowed_and_turned_by_its_address(top: Node) -> None:
    id = keep(top, *of_2020(), scenario="cur-2020")
    with a_client(top) as client:
        base = f"/directives/{id}?as_of=2020-11-17"
        assert rows(client.get(f"{base}&sort=name").text) == ["RU-SMO", "RU-STA", "RU-TVE"]
        assert rows(client.get(f"{base}&reverse=1").text)[0] == "RU-SMO"
        assert rows(client.get(f"{base}&stage=complete").text) == []
        district = the_rulebook().directory.parent("RU-STA")
        assert rows(client.get(f"{base}&within={district}").text) == ["RU-STA"]


def test_a_map_stands_where_units_have_outlines_and_tiles_where_they_have_none(top: Node) -> None:
    regions = keep(top, *of_2020(), scenario="cur-2020")
    towns = issued(top, now=NOW, units=("47701000",))
    with a_client(top) as client:
        page = client.get(f"/directives/{regions}").text
        outlines = re.findall(r'<use href="(/directives/map\.svg\?v=\w+)#RU-TVE"', page)
        assert outlines
        svg = client.get(outlines[0])
        tiles = client.get(f"/directives/{towns}").text
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "immutable" in svg.headers["cache-control"]
    assert 'id="RU-TVE"' in svg.text
    assert "Natural Earth" in svg.text
    assert "unit-tile" in tiles
    assert "map.svg" not in tiles


def test_the_number_of_queries_does_not_grow_with_the_addressees(top: Node) -> None:
    counted = []
    with a_client(top) as client:
        client.get("/directives")  # a new connection asks questions of its own
        for units in (("RU-MUR",), tuple(the_rulebook().directory.of_tier(_tier()))):
            id = issued(top, now=NOW, units=units)
            with selects(top) as sent:
                assert client.get(f"/directives/{id}").status_code == 200
            counted.append(len(sent))
    assert counted[0] == counted[1]
    assert counted[1] < 20


def _tier() -> str:
    return the_rulebook().directory["RU-MUR"].tier


def test_what_is_reconstructed_says_so(top: Node) -> None:
    filled = a_report(
        "RU-SMO", on_behalf=True, readings=[whole(date(2020, 10, 27), "52", reconstructed=True)]
    )
    id = keep(top, filled, scenario="cur-2020")
    with a_client(top) as client:
        assert "Реконструкция: 1\xa0территория из 3" in client.get(f"/directives/{id}").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/directives/nothing", 404),
        ("/directives/centres-2020/units/RU-KGD", 404),  # its reports are not held here
        ("/directives/centres-2020/units/nowhere", 404),
        ("/directives/centres-2020?as_of=yesterday", 422),
        ("/directives/centres-2020?day=many", 422),
        ("/directives/centres-2020/edit", 403),
    ],
)
def test_what_is_not_there_is_refused_by_name(region: Node, path: str, status: int) -> None:
    with a_client(region) as client:
        answer = client.get(path, headers=HTML)
    assert answer.status_code == status


# --- Issuing --------------------------------------------------------------------------------------


def test_a_directive_is_issued_changed_and_withdrawn_by_forms(top: Node) -> None:
    with a_client(top) as client:
        answer = client.post("/directives/new", data=DRAFT)
        assert answer.status_code == 303, answer.text
        id = answer.headers["location"].rsplit("/", 1)[1]
        told = file_of(top, id).directive
        assert told.to == ("RU-KGD", REGION)
        assert told.responsible == ("Правительство", "Главы регионов")
        assert [one.weight for one in told.milestones] == [60, 40]
        condition = told.milestones[1].condition
        assert condition is not None
        assert [rank.code for rank in condition.scale] == ["r1", "r2", "r3"]
        assert condition.at_least == "r2"
        assert told.risk_rules[0].percent == Decimal("62.5")
        edited = client.get(f"/directives/{id}/edit").text
        assert "Начальник отдела" in edited
        codes = {f"code.{n}": one.code for n, one in enumerate(told.milestones)}
        ranks = {"ranks.1": "r1=Заместитель главы\nr2=Министр\nr3=Начальник отдела"}
        changed = DRAFT | codes | ranks | {"version": "1", "deadline": "2026-12-15"}
        assert client.post(f"/directives/{id}/edit", data=changed).status_code == 303
        assert file_of(top, id).directive.milestones == told.milestones
        stale = client.post(f"/directives/{id}/edit", data=changed)
        assert stale.status_code == 409
        gone = client.post(f"/directives/{id}/withdraw", data={"version": "2", "reason": "Отпало"})
        assert gone.status_code == 303
        assert "Поручение отозвано" in client.get(f"/directives/{id}").text


def test_a_draft_with_faults_comes_back_as_it_was_typed(top: Node) -> None:
    with a_client(top) as client:
        answer = client.post("/directives/new", data=DRAFT | {"weight.1": "30", "basis": ""})
    assert answer.status_code == 422
    assert "сумма весов 90" in answer.text
    assert 'value="Назначен руководитель"' in answer.text
    assert 'value="RU-KGD" checked' in answer.text


def test_rows_are_added_without_a_script_and_nothing_is_issued(top: Node) -> None:
    with a_client(top) as client:
        answer = client.post("/directives/new", data=DRAFT | {"act": "more"})
        assert answer.status_code == 200
        assert 'name="title.9"' in answer.text
        assert "Действующих поручений нет" in client.get("/directives").text


def test_the_form_opens_with_the_shipped_rules(top: Node) -> None:
    with a_client(top) as client:
        page = client.get("/directives/new").text
    assert (
        len(re.findall(r'name="rule\.\d+"', page)) == len(the_rulebook().readiness.risk_rules) + 1
    )


# --- The risk zone and rights ---------------------------------------------------------------------


def test_a_unit_enters_the_risk_zone_with_a_reason_and_leaves_with_evidence(top: Node) -> None:
    id = issued(top, now=NOW)
    with a_client(top) as client:
        sent = {"unit": REGION, "decision": "add", "reason": "Срывают ремонт"}
        assert client.post(f"/directives/{id}/risk", data=sent).status_code == 303
        assert "Срывают ремонт" in client.get(f"/directives/{id}").text
        leave = {"unit": REGION, "decision": "remove", "reason": "Наверстали"}
        refused = client.post(f"/directives/{id}/risk", data=leave)
        assert refused.status_code == 422
        done = client.post(f"/directives/{id}/risk", data=leave | {"evidence": "Акт № 5"})
        assert done.status_code == 303
        assert "Акт № 5" in client.get(f"/directives/{id}").text


def test_another_coordinator_reads_and_does_not_write(top: Node) -> None:
    id = issued(top, now=NOW)
    a_person(top, "other", a_grant("directive_coordinator", TOP, bodies=frozenset({"another"})))
    with a_client(top, signed_in=False) as client:
        signs_in(client, "other")
        page = client.get(f"/directives/{id}")
        assert page.status_code == 200
        assert "Внести в зону риска" not in page.text
        assert "report-form" not in client.get(f"/directives/{id}/units/{REGION}").text
        for path, sent in (
            (f"/directives/{id}/risk", {"unit": REGION, "reason": "так"}),
            (f"/directives/{id}/edit", DRAFT | {"version": "1"}),
            (f"/directives/{id}/withdraw", {"version": "1", "reason": "так"}),
            (f"/directives/{id}/units/{REGION}", {"act": "check_in"}),
        ):
            answer = client.post(path, data=sent, headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 403, path


def test_who_may_not_read_directives_sees_neither_them_nor_their_name(region: Node) -> None:
    a_person(region, "clerk", a_grant("executor", REGION))
    with a_client(region, signed_in=False) as client:
        signs_in(client, "clerk")
        assert 'href="/directives"' not in client.get("/help").text
        for path in ("/directives", "/directives/centres-2020", HERE, "/directives/new"):
            assert client.get(path, headers=HTML).status_code == 403, path


def test_a_coordinator_reports_for_a_unit_without_a_node(top: Node) -> None:
    id = issued(top, now=NOW)
    with a_client(top) as client:
        page = client.get(f"/directives/{id}/units/{REGION}").text
        assert "Отчёт за территорию" in page
        sent = {"version": "0", "percent.staff": "40"}
        assert client.post(f"/directives/{id}/units/{REGION}", data=sent).status_code == 303
    report = file_of(top, id).reports[REGION][0]
    assert report.on_behalf
