"""The facts of 2020 at the public API of the country's node with the scenario loaded.

One test a fact, by its number in the product's list; live directives, steps, check-ins and rights
of people have tests of their own where they are written.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from node.actions.load_scenario import load_scenario
from node.bootstrap import Node
from node.commands.scenario import compared, load_quietly
from node.commands.scenario_files import read_scenario
from node.domain.directive import DatedState, Directive, Report
from node.domain.new_directive import as_directive
from node.domain.rights import unlimited
from node.domain.scenario import Measure, Scenario
from node.domain.standing import stand
from node.store.session import open_engine
from node.store.tables import Base
from tests.support.appeals import NOW, the_rulebook
from tests.support.web import a_client, a_node

CENTRES, OFFICERS = "cur-2020-centres", "cur-2020-cdto"
OCTOBER, MEETING, DAY_AFTER = date(2020, 10, 27), date(2020, 11, 17), date(2020, 12, 2)
ALL_HALLOWS = date(2020, 10, 31)
TVER, STAVROPOL, SMOLENSK, MOSCOW = "RU-TVE", "RU-STA", "RU-SMO", "RU-MOS"
OPENED = {"RU-MOS", "RU-KLU", "RU-MUR", "RU-NIZ", "RU-ULY", "RU-BA", "RU-TA"}
DAY = timedelta(days=1)
TIER = read_scenario("cur-2020").directives[0].new.tier or ""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Loaded once: nothing below writes to it."""
    folder = tmp_path_factory.mktemp("country")
    url = f"sqlite:///{folder / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    with a_node(folder, url, unit="RU") as node:
        load_quietly(node, "cur-2020")
        yield node


@pytest.fixture(scope="module")
def client(country: Node) -> Iterator[TestClient]:
    with a_client(country) as opened:
        yield opened


def readiness(client: TestClient, as_of: date, id: str = CENTRES) -> Json:
    answer = client.get(f"/api/v1/directives/{id}/readiness", params={"as_of": as_of.isoformat()})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def by_unit(standing: Json) -> dict[str, Json]:
    return {unit["unit"]: unit for unit in standing["units"]}


def zone(standing: Json) -> set[str]:
    return {unit["unit"] for unit in standing["units"] if unit["risk"]}


def rules(unit: Json) -> set[str]:
    return {reason["rule"] for reason in unit["risk"]}


def cut(percent: Decimal) -> Decimal:
    """To two decimals, as the per cent of a whole is: 99.999 is not done."""
    return percent.quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


# --- The facts ------------------------------------------------------------------------------------


def test_fact_01_centres_in_all_regions_by_the_first_of_december(client: TestClient) -> None:
    before = readiness(client, date(2020, 11, 18))
    assert (before["deadline"], before["days_left"]) == ("2020-12-01", 13)
    assert not any(unit["overdue"] for unit in before["units"])
    after = readiness(client, DAY_AFTER)
    assert after["days_left"] == -1
    unfinished = [unit for unit in after["units"] if unit["percent"] != "100"]
    assert {unit["unit"] for unit in unfinished} == {TVER, STAVROPOL}
    assert all(unit["overdue"] and "overdue" in rules(unit) for unit in unfinished)
    assert not any(unit["overdue"] for unit in after["units"] if unit not in unfinished)


@pytest.mark.parametrize("as_of", [OCTOBER, ALL_HALLOWS])
def test_fact_02_fifteen_complete_and_thirty_three_close_at_the_end_of_october(
    client: TestClient, as_of: date
) -> None:
    standing = readiness(client, as_of)
    assert standing["stages"] == {
        "complete": 15,
        "close": 33,
        "in_progress": 35,
        "not_started": 0,
    }
    assert len(standing["units"]) == 83
    by_stage = Counter(unit["stage"] for unit in standing["units"])
    assert by_stage == {name: n for name, n in standing["stages"].items() if n}


@pytest.mark.parametrize("as_of", [OCTOBER, ALL_HALLOWS])
def test_fact_03_the_three_last_in_order_and_exact(client: TestClient, as_of: date) -> None:
    worst = readiness(client, as_of)["units"][:4]
    assert [(unit["unit"], unit["percent"]) for unit in worst[:3]] == [
        (TVER, "41"),
        (STAVROPOL, "47"),
        (SMOLENSK, "52"),
    ]
    assert Decimal(worst[3]["percent"]) > 52


def test_fact_03_what_is_no_fact_is_marked_as_reconstruction(client: TestClient) -> None:
    marked = {u["unit"]: u["reconstructed"] for u in readiness(client, ALL_HALLOWS)["units"]}
    known = OPENED | {TVER, STAVROPOL, SMOLENSK}
    assert {unit for unit, is_marked in marked.items() if not is_marked} == known
    later = by_unit(readiness(client, MEETING))
    assert later[SMOLENSK]["reconstructed"]
    assert not later["RU-VLG"]["reconstructed"]
    assert not later[TVER]["reconstructed"]
    assert not later[STAVROPOL]["reconstructed"]


def test_fact_04_risk_zone_on_17_november_2020(client: TestClient) -> None:
    assert zone(readiness(client, MEETING)) == {STAVROPOL, TVER}


def test_fact_04_risk_zone_on_31_october_2020(client: TestClient) -> None:
    assert zone(readiness(client, ALL_HALLOWS)) == {STAVROPOL, TVER, SMOLENSK}


def test_fact_04_on_no_day_up_to_the_deadline_is_anybody_else_in_the_zone(
    client: TestClient,
) -> None:
    for day in days(date(2020, 10, 20), date(2020, 12, 1)):
        found = zone(readiness(client, day))
        assert found <= {STAVROPOL, TVER, SMOLENSK}, day
        assert day <= OCTOBER or {STAVROPOL, TVER} <= found, day
    # What the past days said is still said after the end.
    assert zone(readiness(client, ALL_HALLOWS)) == {STAVROPOL, TVER, SMOLENSK}


def test_fact_05_a_planned_date_after_the_deadline_is_a_risk_by_itself(
    client: TestClient,
) -> None:
    unit = by_unit(readiness(client, OCTOBER))[STAVROPOL]
    # 35 days are left: the thresholds do not ask yet, the plan does.
    assert rules(unit) == {"planned_late"}
    assert (unit["planned_on"], unit["planned_precision"]) == ("2021-12-31", "year")
    assert "2021" in unit["risk"][0]["why"]
    assert "planned_late" in rules(by_unit(readiness(client, MEETING))[STAVROPOL])


def test_fact_06_in_the_risk_zone_without_a_step_is_flagged(client: TestClient) -> None:
    units = readiness(client, MEETING)["units"]
    assert {unit["unit"] for unit in units if unit["without_step"]} == {STAVROPOL, TVER}
    assert all(unit["steps"] == [] for unit in units)


def test_fact_07_a_check_in_is_asked_every_day_and_each_missing_one_counts(
    client: TestClient,
) -> None:
    first, second = (by_unit(readiness(client, day)) for day in (MEETING, MEETING + DAY))
    for unit in (STAVROPOL, TVER):
        assert second[unit]["missed_check_ins"] == first[unit]["missed_check_ins"] + 1
        assert second[unit]["missed_days"][-1] == MEETING.isoformat()
        assert len(second[unit]["missed_days"]) == second[unit]["missed_check_ins"]
    # From the first day anything is known of, and of nobody who is not in the zone.
    assert first[STAVROPOL]["missed_days"][0] == OCTOBER.isoformat()
    assert first[SMOLENSK]["missed_days"][-1] == "2020-11-02"
    missed = {unit for unit, one in first.items() if one["missed_check_ins"]}
    assert missed == {STAVROPOL, TVER, SMOLENSK}


# Excel draws bars in cells by an extension the reader of the tests passes over with a warning.
@pytest.mark.filterwarnings("ignore:Unknown extension:UserWarning")
def test_fact_08_one_export_has_every_region_with_its_change(client: TestClient) -> None:
    params = {"as_of": MEETING.isoformat(), "since": OCTOBER.isoformat()}
    answer = client.get(f"/directives/{CENTRES}/pack.xlsx", params=params)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    cells = [str(cell) for sheet in book for row in sheet.values for cell in row if cell]
    names = [the_rulebook().directory.name(unit) for unit in the_rulebook().directory.of_tier(TIER)]
    assert all(any(name in cell for cell in cells) for name in names)
    assert any("реконструкц" in cell.lower() for cell in cells)


def test_fact_09_an_appointment_below_the_rank_does_not_count_and_says_why(
    client: TestClient,
) -> None:
    standing = readiness(client, MEETING, OFFICERS)
    complete = standing["stages"]["complete"]
    assert Decimal(standing["percent"]) == cut(Decimal(complete) * 100 / 83)
    report = client.get(f"/api/v1/directives/{OFFICERS}/reports/RU-MUR").json()
    assert (report["readings"][0]["percent"], report["readings"][0]["value"]) == ("100", "minister")
    on_the_day = by_unit(readiness(client, date(2020, 10, 23), OFFICERS))["RU-MUR"]
    assert (on_the_day["percent"], on_the_day["reconstructed"]) == ("0", True)
    [not_counted] = on_the_day["not_counted"]
    assert not_counted["milestone"] == "appointment"
    assert "ниже ступени «заместитель руководителя субъекта»" in not_counted["why"]
    page = client.get(f"/directives/{OFFICERS}/units/RU-MUR", params={"as_of": "2020-10-23"})
    assert "министр: ниже ступени «заместитель руководителя субъекта», не засчитывается" in (
        page.text
    )


def test_fact_09_every_appointment_of_2020_is_a_reconstruction(client: TestClient) -> None:
    standing = readiness(client, DAY_AFTER, OFFICERS)
    assert all(unit["reconstructed"] for unit in standing["units"] if unit["reported"])
    assert sum(not unit["reported"] for unit in standing["units"]) == 4


def test_fact_10_each_directive_has_its_coordinating_body(client: TestClient) -> None:
    cards = {id: client.get(f"/api/v1/directives/{id}").json() for id in (CENTRES, OFFICERS)}
    bodies = {id: card["coordinator"]["name"] for id, card in cards.items()}
    assert bodies == {CENTRES: "АНО «Диалог Регионы»", OFFICERS: "Минцифры России"}


def test_fact_10_nobody_writes_to_history(client: TestClient) -> None:
    entry = {"milestone": "staff", "as_of": "2020-11-20", "percent": "90"}
    put = client.put(
        f"/api/v1/directives/{CENTRES}/reports/{TVER}", json={"version": 1, "readings": [entry]}
    )
    mark = client.post(
        f"/api/v1/directives/{CENTRES}/risk",
        json={"unit": SMOLENSK, "change": "added", "reason": "проверка"},
    )
    assert (put.status_code, mark.status_code) == (409, 409)
    assert "история" in put.json()["detail"]


def test_fact_11_all_who_answer_together_are_listed(client: TestClient) -> None:
    card = client.get(f"/api/v1/directives/{CENTRES}").json()
    assert card["responsible"] == [
        "Правительство Российской Федерации",
        "Высшие должностные лица субъектов Российской Федерации",
        "АНО «Диалог Регионы»",
    ]
    assert card["basis"].endswith("№ Пр-354, пункт 3")
    assert card["scenario"] == "cur-2020"


def test_fact_13_eighty_three_regional_centres_in_eight_districts(
    client: TestClient, country: Node
) -> None:
    directory = country.rulebook.directory
    card = client.get(f"/api/v1/directives/{CENTRES}").json()
    assert len(card["to"]) == len(set(card["to"])) == 83
    districts = Counter(directory.parent(unit) for unit in card["to"])
    expected = (18, 11, 6, 7, 14, 6, 10, 11)
    assert [districts[unit.code] for unit in directory.children("RU")] == [*expected]
    assert country.rulebook.surprises() == ()


def test_the_per_cent_of_each_district_is_made_of_its_regions(client: TestClient) -> None:
    standing = readiness(client, OCTOBER)
    units = by_unit(standing)
    assert len(standing["parents"]) == 8
    assert sum(parent["addressees"] for parent in standing["parents"]) == 83
    directory = the_rulebook().directory
    for parent in standing["parents"]:
        below = [Decimal(units[one.code]["percent"]) for one in directory.children(parent["unit"])]
        assert Decimal(parent["percent"]) == cut(sum(below, Decimal(0)) / len(below))
        assert sum(parent["stages"].values()) == parent["addressees"] == len(below)


def test_fact_31_the_first_centre_is_older_than_the_directive(client: TestClient) -> None:
    dawn = readiness(client, date(2018, 12, 30))
    assert dawn["days_left"] == 702
    assert dawn["stages"]["complete"] == 1
    assert by_unit(dawn)[MOSCOW]["percent"] == "100"
    assert zone(dawn) == set()
    assert by_unit(readiness(client, date(2018, 12, 28)))[MOSCOW]["percent"] == "0"
    for day in (date(2020, 3, 1), OCTOBER, DAY_AFTER):
        standing = readiness(client, day)
        percents = [Decimal(unit["percent"]) for unit in standing["units"]]
        assert by_unit(standing)[MOSCOW]["percent"] == "100"
        assert all(0 <= percent <= 100 for percent in percents)
        assert Decimal(standing["percent"]) == cut(sum(percents, Decimal()) / 83)


# --- What the facts stand on ----------------------------------------------------------------------


def test_the_news_agree_but_for_the_end_and_the_difference_is_named(country: Node) -> None:
    found = compared(country, read_scenario("cur-2020"))
    differing = [one for one in found if not one.agrees]
    assert len(found) == 7
    assert [one.said.measure for one in differing] == [Measure.ALL_COMPLETE]
    assert (differing[0].told, differing[0].found) == (83, 81)
    assert set(differing[0].units) == {STAVROPOL, TVER}


def test_from_the_facts_alone_stavropol_and_tver_are_in_the_zone(
    tmp_path: Path, database_url: str
) -> None:
    bare = replace(read_scenario("cur-2020"), rebuilt=())
    with a_node(tmp_path, database_url, unit="RU") as node:
        with node.transaction() as session:
            load_scenario(
                session,
                node.rulebook,
                me=node.code,
                scenario=bare,
                actor=unlimited("test", node.code),
                now=NOW,
            )
        with a_client(node) as client:
            units = by_unit(readiness(client, MEETING))
    assert rules(units[STAVROPOL]) == {"planned_late", "behind"}
    assert rules(units[TVER]) == {"behind"}
    assert [units[unit]["percent"] for unit in (TVER, STAVROPOL)] == ["41", "47"]
    assert not any(unit["reconstructed"] for unit in units.values())


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_reconstruction_says_of_others_they_stay_in_the_zone(seed: int) -> None:
    """Readings of others are dealt out anew: other units, other days, other per cents."""
    scenario = read_scenario("cur-2020")
    reports = dealt_anew(scenario, seed)
    directive = the_directive(scenario)
    standing = stand(
        directive,
        {unit: (report,) for unit, report in reports.items()},
        {},
        units=directive.to,
        as_of=MEETING,
        populations={},
    )
    found = {one.unit: {reason.rule for reason in one.risk} for one in standing.units}
    assert found[STAVROPOL] == {"planned_late", "behind"}
    assert found[TVER] == {"behind"}


def test_both_databases_tell_the_same(
    client: TestClient, tmp_path: Path, database_url: str
) -> None:
    with a_node(tmp_path, database_url, unit="RU") as node:
        load_quietly(node, "cur-2020")
        with a_client(node) as other:
            for day in (ALL_HALLOWS, MEETING, DAY_AFTER):
                for id in (CENTRES, OFFICERS):
                    assert readiness(other, day, id) == readiness(client, day, id)


def the_directive(scenario: Scenario) -> Directive:
    draft, rulebook = scenario.directives[0], the_rulebook()
    defaults = rulebook.readiness
    return as_directive(
        draft.new,
        id=draft.id,
        issuer="RU",
        to=rulebook.directory.of_tier(TIER),
        states=(DatedState("in_force", datetime.combine(OCTOBER, NOW.timetz())),),
        stages=defaults.stages,
        rollup=defaults.rollup,
        risk_rules=defaults.risk_rules,
    )


def dealt_anew(scenario: Scenario, seed: int) -> dict[str, Report]:
    dice = random.Random(seed)
    told = scenario.reports(CENTRES, "RU")
    others = [unit for unit in told if unit not in (STAVROPOL, TVER)]
    dealt = dict(zip(others, dice.sample(others, len(others)), strict=True))
    for unit, source in dealt.items():
        readings = {
            (reading.milestone, day): replace(
                reading, as_of=day, percent=Decimal(dice.randint(0, 100))
            )
            for reading in told[source].readings
            if (day := reading.as_of + dice.randint(-30, 30) * DAY)
        }
        told[unit] = replace(told[unit], readings=tuple(readings.values()))
    return told
