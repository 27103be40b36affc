"""The report of an addressee, its daily control: what is written down, what a refusal keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from node.bootstrap import Node
from tests.support.appeals import NOW
from tests.support.directive_pages import (
    HERE,
    REGION,
    TODAY,
    TOP,
    come_down,
    file_of,
    keep,
    of_2020,
)
from tests.support.people import a_grant, a_person, signs_in
from tests.support.web import a_client, a_node


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


def test_only_what_was_changed_is_written_down(region: Node) -> None:
    sent = {
        "act": "save",
        "version": "1",
        "as_of": TODAY.isoformat(),
        "percent.staff": "72,5",
        "percent.premises": "0",
        "planned_on": "2026-12-20",
        "precision": "month",
        "step_title": "Принять двоих",
        "step_owner": "Заместитель губернатора",
        "step_due": "2026-11-25",
    }
    with a_client(region) as client:
        answer = client.post(HERE, data=sent)
        assert answer.headers["location"] == f"{HERE}?saved=save"
        page = client.get(answer.headers["location"]).text
    report = file_of(region).reports[REGION][0]
    assert [(one.milestone, one.percent) for one in report.readings] == [
        ("staff", Decimal(50)),
        ("staff", Decimal("72.5")),
    ]
    assert report.planned_on[0].day == date(2026, 12, 31)
    assert report.steps[0].title == "Принять двоих"
    assert "Отчёт записан" in page
    assert 'value="72,5"' in page


def test_a_per_cent_that_goes_down_asks_why_and_keeps_what_was_typed(region: Node) -> None:
    lower = {"version": "1", "percent.staff": "30", "step_title": "Найти помещение"}
    with a_client(region) as client:
        refused = client.post(HERE, data=lower)
        assert refused.status_code == 422
        assert "Исполнитель шага" in refused.text
        complete = lower | {"step_owner": "Министр", "step_due": "2026-11-30"}
        refused = client.post(HERE, data=complete)
        assert refused.status_code == 422
        assert 'value="30"' in refused.text
        assert 'value="Найти помещение"' in refused.text
        assert "объясните причину ниже" in refused.text
        kept = client.post(HERE, data=complete | {"reason.staff": "Двое уволились"})
    assert kept.status_code == 303
    assert file_of(region).reports[REGION][0].readings[-1].reason == "Двое уволились"


def test_an_unchanged_report_is_refused_unless_it_says_that_all_is_as_before(region: Node) -> None:
    same = {"version": "1", "percent.staff": "50"}
    with a_client(region) as client:
        assert client.post(HERE, data=same).status_code == 422
        assert client.post(HERE, data=same | {"same": "1"}).status_code == 303
    readings = file_of(region).reports[REGION][0].readings
    assert [one.as_of for one in readings] == [TODAY - timedelta(days=9), TODAY]


def test_a_report_made_on_an_older_one_is_not_lost(region: Node) -> None:
    with a_client(region) as client:
        client.post(HERE, data={"version": "1", "percent.staff": "60"})
        late = client.post(HERE, data={"version": "1", "percent.staff": "65"})
    assert late.status_code == 409
    assert 'value="65"' in late.text
    assert 'name="version" value="2"' in late.text


def test_a_step_is_done_by_a_tick(region: Node) -> None:
    step = {"step_title": "Нанять", "step_owner": "Министр", "step_due": "2026-11-25"}
    with a_client(region) as client:
        client.post(HERE, data={"version": "1"} | step)
        id = file_of(region).reports[REGION][0].steps[0].id
        client.post(HERE, data={"version": "2", f"done.{id}": "1"})
    assert file_of(region).reports[REGION][0].steps[0].done_on == TODAY


def test_history_is_only_read(top: Node) -> None:
    id = keep(top, *of_2020(), scenario="cur-2020")
    with a_client(top) as client:
        page = client.get(f"/directives/{id}/units/RU-TVE").text
        answer = client.post(f"/directives/{id}/units/RU-TVE", data={"act": "check_in"})
        board = client.get(f"/directives/{id}").text
    assert "report-form" not in page
    assert answer.status_code == 409
    assert "Внести в зону риска" not in board
    assert f"/directives/{id}/edit" not in board


@pytest.mark.parametrize("nonsense", ["сто", "-5", "101", "NaN", "1e9", "50.123"])
def test_what_is_no_per_cent_is_refused_at_its_milestone(region: Node, nonsense: str) -> None:
    with a_client(region) as client:
        answer = client.post(HERE, data={"version": "1", "percent.staff": nonsense})
    assert answer.status_code == 422
    assert 'id="m-staff-error"' in answer.text


def test_todays_check_in_is_asked_for_on_every_page_until_it_is_made(region: Node) -> None:
    with a_client(region) as client:
        assert "Сегодня ещё нет отметки контроля" in client.get("/help").text
        assert client.post(HERE, data={"act": "check_in"}).status_code == 303
        assert "Сегодня ещё нет отметки контроля" not in client.get("/directives").text
    check_in = file_of(region).reports[REGION][0].check_ins[0]
    assert (check_in.day, check_in.at) == (TODAY, NOW)


def test_nobody_is_reminded_at_night_or_of_what_is_not_theirs_to_do(region: Node) -> None:
    a_person(region, "reader", a_grant("analyst", REGION))
    with a_client(region, signed_in=False) as client:
        signs_in(client, "reader")
        assert "отметки контроля" not in client.get("/directives").text
    region.clock.move_to(NOW - timedelta(hours=6))  # type: ignore[attr-defined]
    with a_client(region) as client:
        assert "Сегодня ещё нет отметки" not in client.get("/directives").text


def test_a_unit_the_directory_has_lost_is_refused_and_not_a_fault(top: Node) -> None:
    id = keep(top, to=("RU-OLD", "RU-TVE"), deadline=date(2026, 12, 1))
    with a_client(top) as client:
        assert client.get(f"/directives/{id}").status_code == 200
        assert client.get(f"/directives/{id}/units/RU-OLD").status_code == 200
        answer = client.post(f"/directives/{id}/units/RU-OLD", data={"act": "check_in"})
    assert answer.status_code in (403, 422)
