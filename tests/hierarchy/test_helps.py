"""Questions and trainings over four tiers: down to whoever is asked, and what they say up again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from node.actions.answer_help import HelpEntries, answer_help
from node.actions.help_check import NotOpen, SpeaksForItself
from node.domain.delivery import DeliveryState
from node.domain.help_progress import Step, Totals
from node.domain.rights import unlimited
from node.store import help_requests
from node.store.journal import broken_at
from tests.support.country import CHAIN, Country
from tests.support.helps import a_question, a_training, answered, asked, followed, seen
from tests.support.web import a_client

MEETING = datetime(2020, 11, 17, 9, 0, tzinfo=UTC)  # the day heads of regions were heard
TOWN = "47701000"


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path, start=MEETING)
    for unit in CHAIN:
        country.add(unit)
    country.play(2)
    yield country
    country.close()


def pass_time(country: Country, rounds: int = 3, *, minutes: int = 11) -> None:
    for _ in range(rounds):
        country.clock.advance(minutes=minutes)
        country.play()


def test_fact_06_a_question_of_the_meeting_reaches_the_region_and_its_answer_climbs(
    country: Country,
) -> None:
    top, district, region = (country.nodes[unit] for unit in CHAIN[:3])
    with a_client(top) as client:
        sent = client.post(
            "/api/v1/helps",
            json={
                "kind": "question",
                "title": "Что мешает закончить к 1 декабря?",
                "units": ["RU-MUR"],
                "due_on": "2020-11-20",
            },
        )
        assert sent.status_code == 201, sent.text
        id = sent.json()["id"]
        pass_time(country)
        with a_client(region) as below:
            [waiting] = below.get("/api/v1/helps").json()["helps"]
            assert (waiting["id"], waiting["issuer"], waiting["due_on"]) == (id, "RU", "2020-11-20")
            answer = {"answer": "Нет помещения, передадут 25 ноября."}
            said = below.put(f"/api/v1/helps/{id}/reports/RU-MUR", json=answer)
            assert said.status_code == 200, said.text
        pass_time(country)
        card = client.get(f"/api/v1/helps/{id}").json()
    assert card["totals"] == {
        "asked": 1,
        "received": 1,
        "seen": 1,
        "answered": 1,
        "overdue": 0,
        "held": None,
        "attended": None,
    }
    [unit] = card["units"]
    assert [one["text"] for one in unit["answers"]] == ["Нет помещения, передадут 25 ноября."]
    assert (unit["step"], unit["delivery"], unit["on_behalf"]) == ("done", "stored", False)
    assert followed(district, id).totals.answered == 1  # the tier between holds it too


def test_whoever_asked_sees_it_fetched_then_seen_then_answered(country: Country) -> None:
    top, region = country.nodes["RU"], country.nodes["RU-MUR"]
    country.network.cut.add(country.nodes["SZFO"].url)
    id = asked(top, a_question())
    pass_time(country)
    [waiting] = followed(top, id).units
    assert waiting.delivered is not None
    assert waiting.delivered.state is DeliveryState.WAITING
    assert waiting.delivered.stuck_at == "RU-MUR"
    country.network.cut.clear()
    pass_time(country)
    assert followed(top, id).totals == Totals(1, 1, 0, 0, 0, 0)
    seen(region, id)
    pass_time(country)
    assert followed(top, id).totals == Totals(1, 1, 1, 0, 0, 0)
    assert followed(top, id).units[0].step is Step.SEEN
    answered(region, id, answer="Назначен 10 ноября.")
    pass_time(country)
    assert followed(top, id).totals == Totals(1, 1, 1, 1, 0, 0)


def test_ten_days_of_outage_lose_neither_the_question_nor_any_answer(country: Country) -> None:
    top, region = country.nodes["RU"], country.nodes["RU-MUR"]
    before = asked(top, a_question(due_on=date(2020, 11, 20)))
    pass_time(country)
    country.network.cut.add(country.nodes["SZFO"].url)
    later = asked(top, a_question(title="Кто будет отвечать на обращения?"))
    for day in range(1, 11):
        country.clock.advance(days=1)
        answered(region, before, answer=f"Ответ дня {day}", post="заместитель главы")
        country.play()
    late = followed(top, before)
    assert (late.totals.answered, late.totals.overdue, late.units[0].step) == (0, 1, Step.OVERDUE)
    country.network.cut.clear()
    pass_time(country)
    found = followed(top, before)
    assert [one.text for one in found.units[0].report.answers] == [
        f"Ответ дня {day}" for day in range(1, 11)
    ]
    assert (found.totals.answered, found.totals.overdue, found.units[0].late) == (1, 0, False)
    assert followed(region, later).help.title == "Кто будет отвечать на обращения?"
    with region.reading() as session:
        assert broken_at(session) is None


def test_a_restarted_node_still_sends_what_was_said_before_it_could_sign(country: Country) -> None:
    id = asked(country.nodes["RU"], a_question())
    pass_time(country)
    country.network.cut.add(country.nodes["SZFO"].url)
    region = country.restart("RU-MUR")  # cut off: it has no epoch to sign under
    answered(region, id, answer="Готово.")
    pass_time(country)
    assert followed(country.nodes["RU"], id).totals.answered == 0
    country.network.cut.clear()
    pass_time(country)
    assert followed(country.nodes["RU"], id).totals.answered == 1


def test_fact_12_trainings_are_planned_held_and_counted_upward(country: Country) -> None:
    top, district, region, town = (country.nodes[unit] for unit in CHAIN)
    country.clock.move_to(datetime(2020, 12, 7, 9, tzinfo=UTC))
    id = asked(top, a_training(date(2020, 12, 9), addressed="units", to=CHAIN[1:]))
    pass_time(country)
    country.clock.move_to(datetime(2020, 12, 10, 9, tzinfo=UTC))
    country.play()
    planned = followed(top, id).totals
    assert (planned.asked, planned.answered, planned.overdue) == (3, 0, 3)
    for node, attended in ((district, 12), (region, 25), (town, 7)):
        answered(node, id, held_on=date(2020, 12, 9), attended=attended)
    pass_time(country)
    assert followed(top, id).totals == Totals(3, 3, 3, 3, 0, 44)
    assert followed(district, id).totals.attended == 44
    assert followed(region, id).totals.attended == 32
    with a_client(top) as client:
        [listed] = client.get("/api/v1/helps", params={"kind": "training"}).json()["helps"]
    assert (listed["totals"]["asked"], listed["totals"]["held"]) == (3, 3)
    assert listed["totals"]["attended"] == 44


def test_a_unit_without_a_node_is_answered_for_and_later_speaks_for_itself(
    country: Country,
) -> None:
    top, district = country.nodes["RU"], country.nodes["SZFO"]
    id = asked(top, a_question(to=("RU-KGD", "RU-MUR")))
    pass_time(country)
    answered(district, id, "RU-KGD", answer="По телефону: к 25 ноября.")
    pass_time(country)
    found = {one.unit: one for one in followed(top, id).units}
    assert found["RU-KGD"].report.on_behalf
    assert found["RU-KGD"].report.seen_at is None  # nobody of Kaliningrad has seen it
    kaliningrad = country.add("RU-KGD")
    pass_time(country, 4)
    with pytest.raises(SpeaksForItself):
        answered(district, id, "RU-KGD", answer="Ещё раз по телефону.")
    answered(kaliningrad, id, answer="Открыли 24 ноября.")
    pass_time(country)
    spoken = {one.unit: one for one in followed(top, id).units}["RU-KGD"].report
    assert [one.text for one in spoken.answers] == [
        "По телефону: к 25 ноября.",
        "Открыли 24 ноября.",
    ]
    assert not spoken.on_behalf


def test_a_withdrawn_question_is_withdrawn_everywhere_and_takes_no_answer(
    country: Country,
) -> None:
    top, region = country.nodes["RU"], country.nodes["RU-MUR"]
    id = asked(top, a_question())
    pass_time(country)
    with a_client(top) as client:
        body = {"state": "withdrawn", "version": 1, "reason": "Уже отвечено в отчёте."}
        assert client.post(f"/api/v1/helps/{id}/close", json=body).status_code == 200
        assert client.post(f"/api/v1/helps/{id}/close", json=body).status_code == 409
    pass_time(country)
    assert not followed(region, id).help.is_open
    with pytest.raises(NotOpen), region.transaction() as session:
        answer_help(
            session,
            region.rulebook,
            me="RU-MUR",
            help=id,
            unit="RU-MUR",
            entries=HelpEntries(answer="Поздно"),
            actor=unlimited("сотрудник", "RU-MUR"),
            now=region.clock(),
        )


def test_a_sibling_and_those_not_asked_do_not_get_to_hold_it(country: Country) -> None:
    country.add("RU-KGD")
    pass_time(country)
    id = asked(country.nodes["RU"], a_question())
    pass_time(country)
    for unit in ("RU-KGD", TOWN):
        with country.nodes[unit].reading() as session:
            assert help_requests.load(session, id) is None


def test_a_district_asks_its_regions_without_the_top_knowing(country: Country) -> None:
    id = asked(country.nodes["SZFO"], a_question())
    pass_time(country)
    answered(country.nodes["RU-MUR"], id, answer="Да.")
    pass_time(country)
    assert followed(country.nodes["SZFO"], id).totals.answered == 1
    with country.nodes["RU"].reading() as session:
        assert help_requests.load(session, id) is None


def test_opening_the_page_is_what_tells_that_it_was_seen(country: Country) -> None:
    top, region = country.nodes["RU"], country.nodes["RU-MUR"]
    id = asked(top, a_question(due_on=date(2020, 11, 19)))
    pass_time(country)
    with a_client(region) as client:
        client.headers["Accept"] = "text/html"
        page = client.get("/questions")
        assert "Ждут ответа" in page.text
        assert client.get(f"/questions/{id}").status_code == 200
        opened = region.clock()
        country.clock.advance(hours=1)
        assert client.get(f"/questions/{id}").status_code == 200
        _answer_on_the_page(client, id)
    country.clock.advance(minutes=11)
    pass_time(country)
    report = followed(top, id).units[0].report
    assert report.seen_at == opened
    assert report.answers[0].post


def _answer_on_the_page(client: TestClient, id: str) -> None:
    sent = client.post(
        f"/questions/{id}/answer",
        data={"unit": "RU-MUR", "answer": "Первая строка\r\nВторая"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code == 303, sent.text
    assert "Первая строка\nВторая" in client.get(f"/questions/{id}").text


def test_an_answer_is_late_by_the_day_of_the_unit(country: Country) -> None:
    """A last day lasts until midnight where the unit lies, not where the question came from."""
    id = asked(country.nodes["RU"], a_question(due_on=date(2020, 11, 17)))
    pass_time(country)
    country.clock.move_to(datetime(2020, 11, 17, 20, 30, tzinfo=UTC))  # 23:30 in Murmansk
    assert followed(country.nodes["RU"], id).totals.overdue == 0
    country.clock.advance(minutes=31)
    assert followed(country.nodes["RU"], id).totals.overdue == 1
    answered(country.nodes["RU-MUR"], id, answer="Готово")
    pass_time(country)
    found = followed(country.nodes["RU"], id)
    assert (found.totals.overdue, found.units[0].late) == (0, True)
