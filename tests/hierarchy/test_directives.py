"""Directives down and reports up through four tiers of real nodes, in order and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation import schemas
from federation.ledger import State
from federation.statement import StatementId
from node.actions.directive_check import Withdrawn
from node.actions.mark_risk import mark_risk
from node.actions.report_directive import LedByAnother
from node.actions.revise_directive import revise_directive
from node.actions.withdraw_directive import withdraw_directive
from node.dashboards.directive_board import standing_of
from node.domain.delivery import Delivered, DeliveryState
from node.domain.directive import Condition, Milestone, MilestoneKind, Rank, Report, Rollup
from node.domain.history import one_history
from node.domain.local_day import day_of
from node.domain.readiness import Stage
from node.domain.rights import Actor, NoRight, Right, unlimited
from node.domain.standing import Standing
from node.jobs import exchange, seal_directives
from node.store import deliveries, directives
from node.store.directives import DirectiveFile
from node.store.statements import history
from tests.support.coordinators import (
    OTHER_BODY,
    a_coordinator,
    a_draft,
    issued,
    looked,
    read,
    reported,
)
from tests.support.country import CHAIN, START, Country
from tests.support.web import a_client

TOP, DISTRICT, REGION, TOWN = CHAIN
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
DEPUTY = Condition(
    (Rank("head", "Глава"), Rank("deputy", "Заместитель главы"), Rank("chief", "Начальник")),
    "deputy",
)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play(2)
    yield country
    country.close()


def down(country: Country, *units: str) -> None:
    """Every tier below the top calls once, the upper before the lower."""
    seal_directives.run(country.nodes[TOP])
    for unit in units or CHAIN[1:]:
        exchange.run(country.nodes[unit])


def give(country: Country, **overrides: Any) -> str:
    """A directive of the top."""
    return issued(country.nodes[TOP], me=TOP, now=country.clock(), **overrides)


def say(country: Country, unit: str, id: str, *, me: str | None = None, **entries: Any) -> None:
    """A report on a unit, at its own node unless `me` names another."""
    writer = me or unit
    reported(country.nodes[writer], id, unit, me=writer, now=country.clock(), **entries)


def the_file(country: Country, at: str, id: str) -> DirectiveFile | None:
    with country.nodes[at].reading() as session:
        return directives.load(session, id)


def known(country: Country, at: str, id: str, unit: str) -> Report:
    file = the_file(country, at, id)
    assert file is not None
    return one_history(file.reports.get(unit, ()))


def standing(country: Country, id: str, as_of: date) -> Standing:
    file = the_file(country, TOP, id)
    assert file is not None
    return standing_of(country.nodes[TOP].rulebook, file, TOP, as_of)


def delivery(country: Country, id: str, unit: str) -> Delivered:
    node = country.nodes[TOP]
    with node.reading() as session:
        found = deliveries.delivery_of(
            session, node.rulebook.directory, TOP, StatementId(TOP, "directive", id)
        )
    return found[unit]


def test_a_directive_to_a_whole_tier_comes_down_is_acknowledged_and_reported_on(
    country: Country,
) -> None:
    tier = country.rulebook.directory[TOWN].tier
    id = give(country, addressed="tier", tier=tier, units=())
    down(country)
    # The district and the region relay it: neither is addressed, both hold it for those below.
    for unit in CHAIN:
        file = the_file(country, unit, id)
        assert file is not None
        assert file.directive.to == the_top(country, id).directive.to
    country.play(4)  # word of it climbs hop by hop
    assert delivery(country, id, TOWN).state is DeliveryState.STORED
    assert delivery(country, id, "47712000").state is DeliveryState.NO_NODE
    say(
        country,
        TOWN,
        id,
        acknowledged=True,
        readings=(read("staff", TODAY, "52.5"), read("premises", TODAY, "10")),
        check_ins=looked([TODAY], country.clock()),
    )
    country.play(2)
    for unit in CHAIN:
        report = known(country, unit, id, TOWN)
        assert report.acknowledged_at == START
        assert [str(one.percent) for one in report.readings] == ["10", "52.5"]
        assert [one.day for one in report.check_ins] == [TODAY]
    assert not known(country, TOP, id, TOWN).on_behalf


def the_top(country: Country, id: str) -> DirectiveFile:
    file = the_file(country, TOP, id)
    assert file is not None
    return file


def test_a_new_version_supersedes_and_a_withdrawal_reaches_everybody(country: Country) -> None:
    id = give(country, units=(REGION, TOWN))
    down(country)
    node = country.nodes[TOP]
    actor = unlimited("test", TOP)
    country.clock.advance(minutes=5)
    with node.transaction() as session:
        new = a_draft(title="Открыть два центра", units=(REGION, TOWN))
        revise_directive(
            session,
            node.rulebook,
            me=TOP,
            id=id,
            version=1,
            new=new,
            actor=actor,
            now=country.clock(),
        )
    down(country)
    told = the_file(country, TOWN, id)
    assert told is not None
    assert told.directive.title == "Открыть два центра"
    with country.nodes[TOWN].reading() as session:
        titles = [one.directive.title for one in directives.versions(session, id)]
    assert titles == ["Открыть центр управления", "Открыть два центра"]
    with node.transaction() as session:
        withdraw_directive(
            session,
            node.rulebook,
            me=TOP,
            id=id,
            version=2,
            reason="Исполнено иначе",
            actor=actor,
            now=country.clock(),
        )
    down(country)
    for unit in CHAIN:
        file = the_file(country, unit, id)
        assert file is not None
        assert file.directive.withdrawn
    with pytest.raises(Withdrawn):
        say(country, TOWN, id, acknowledged=True)


def test_fact_07_check_ins_of_ten_days_cut_off_in_the_middle_of_a_cascade_all_arrive(
    country: Country,
) -> None:
    id = give(country, units=(REGION, TOWN))
    down(country, DISTRICT, REGION)
    country.network.cut.update({country.nodes[DISTRICT].url, country.nodes[TOP].url})
    assert the_file(country, REGION, id) is not None
    days = []
    for number in range(10):
        days.append(TODAY + number * DAY)
        country.play(2)
        for unit in (REGION, TOWN):
            say(country, unit, id, check_ins=looked([days[-1]], country.clock()))
        say(country, TOWN, id, readings=(read("staff", days[-1], str(10 * number)),))
        country.clock.advance(days=1)
    assert known(country, TOP, id, TOWN).check_ins == ()
    country.restart(REGION)  # and a start in the outage, which has no epoch to sign under
    say(country, REGION, id, readings=(read("staff", days[-1], "41"),))
    country.play()
    country.network.cut.clear()
    country.clock.advance(hours=1)
    country.play(4)
    for unit in (REGION, TOWN):
        report = known(country, TOP, id, unit)
        for number, day in enumerate(days):
            assert report.check_ins[number].day == day
            assert day_of(report.check_ins[number].at, country.rulebook.directory.zone(unit)) == day
        assert len(report.check_ins) == 10
    assert [str(one.percent) for one in known(country, TOP, id, TOWN).readings] == [
        str(10 * number) for number in range(10)
    ]
    assert [str(one.percent) for one in known(country, TOP, id, REGION).readings] == ["41"]


def test_fact_07_a_missed_day_of_control_is_seen_above(country: Country) -> None:
    id = give(country, units=(REGION,))
    country.play(2)
    node = country.nodes[TOP]
    with node.transaction() as session:
        mark_risk(
            session,
            node.rulebook,
            me=TOP,
            directive=id,
            unit=REGION,
            added=True,
            on=None,
            reason="Нет помещений",
            evidence=None,
            actor=unlimited("test", TOP),
            now=country.clock(),
        )
    down(country)
    told = the_file(country, REGION, id)
    assert told is not None
    assert [one.reason for one in told.marks[REGION]] == ["Нет помещений"]
    missed = TODAY + DAY
    for number in range(4):
        if TODAY + number * DAY != missed:
            say(country, REGION, id, check_ins=looked([TODAY + number * DAY], country.clock()))
        country.play(2)
        country.clock.advance(days=1)
    [unit] = standing(country, id, TODAY + 4 * DAY).units
    assert unit.missed_check_ins == (missed,)


def test_fact_09_an_appointment_below_the_rank_does_not_count_and_says_why(
    country: Country,
) -> None:
    milestones = (Milestone("cdo", "Назначен ответственный", 100, MilestoneKind.DONE, DEPUTY),)
    id = give(country, units=(REGION, TOWN), milestones=milestones, rollup=Rollup.SHARE_COMPLETE)
    down(country)
    say(country, REGION, id, readings=(read("cdo", TODAY, "100", value="deputy"),))
    say(country, TOWN, id, readings=(read("cdo", TODAY, "100", value="chief"),))
    country.play()
    seen = standing(country, id, TODAY)
    by_unit = {one.unit: one for one in seen.units}
    assert by_unit[REGION].stage is Stage.COMPLETE
    assert (by_unit[TOWN].percent, by_unit[TOWN].stage) == (0, Stage.NOT_STARTED)
    assert "Начальник" in (by_unit[TOWN].milestones[0].why_not or "")
    assert seen.percent == 50


def test_fact_10_another_coordinator_reads_and_does_not_write(country: Country) -> None:
    id = issued(
        country.nodes[TOP], me=TOP, now=country.clock(), actor=a_coordinator(TOP), units=("RU-KGD",)
    )
    other: Actor = a_coordinator(TOP, body=OTHER_BODY)
    other.require(Right.DIRECTIVES_READ)
    assert the_file(country, TOP, id) is not None
    with pytest.raises(NoRight):
        say(country, "RU-KGD", id, me=TOP, actor=other, acknowledged=True)
    say(country, "RU-KGD", id, me=TOP, actor=a_coordinator(TOP), acknowledged=True)


def test_fact_11_all_who_answer_together_are_told_below(country: Country) -> None:
    together = ("Правительство", "Главы субъектов", "АНО «Диалог»")
    id = give(country, units=(TOWN,), responsible=together)
    down(country)
    file = the_file(country, TOWN, id)
    assert file is not None
    assert file.directive.responsible == together


def test_83_reports_on_behalf_and_the_units_own_are_one_history(country: Country) -> None:
    directory = country.rulebook.directory
    joins = "RU-KGD"
    tier = directory[REGION].tier
    id = give(country, addressed="tier", tier=tier, units=())
    alone = [unit for unit in directory.of_tier(tier) if unit != REGION]
    for unit in alone:
        say(country, unit, id, me=TOP, readings=(read("staff", TODAY, "20"),))
    country.play(2)
    assert len(the_top(country, id).reports) == len(alone) >= 82
    country.clock.advance(days=3)
    country.add(joins)
    country.play(4)
    file = the_file(country, joins, id)
    assert file is not None
    assert file.directive.to == the_top(country, id).directive.to
    own_day = TODAY + 3 * DAY
    say(country, joins, id, readings=(read("staff", own_day, "60"),))
    country.play()
    reports = the_top(country, id).reports
    assert [(one.origin, one.on_behalf) for one in reports[joins]] == [(joins, False), (TOP, True)]
    assert [(one.as_of, str(one.percent)) for one in known(country, TOP, id, joins).readings] == [
        (TODAY, "20"),
        (own_day, "60"),
    ]
    with pytest.raises(LedByAnother, match="подключён"):
        say(country, joins, id, me=TOP, readings=(read("staff", own_day, "70"),))
    say(country, alone[0], id, me=TOP, readings=(read("staff", own_day, "30"),))


@contextmanager
def older_by(type: str) -> Iterator[None]:
    """What an older version lacks is a line of this table, and nothing else of the protocol."""
    schema = schemas.SCHEMAS.pop(type)
    try:
        yield
    finally:
        schemas.SCHEMAS[type] = schema


def test_a_node_of_an_older_version_quarantines_it_and_the_sender_sees_not_understood(
    country: Country,
) -> None:
    id = give(country, units=(REGION, TOWN))
    down(country, DISTRICT, REGION)
    with older_by("directive"):
        exchange.run(country.nodes[TOWN])
    with country.nodes[TOWN].reading() as session:
        [held] = history(session, TOP, "directive", id)
    assert (held.state, held.code) == (State.QUARANTINED, "unsupported_type")
    assert the_file(country, TOWN, id) is None
    country.play(4)
    assert delivery(country, id, REGION).state is DeliveryState.STORED
    unread = delivery(country, id, TOWN)
    assert (unread.state, unread.code, unread.stuck_at) == (
        DeliveryState.QUARANTINED,
        "unsupported_type",
        TOWN,
    )
    country.restart(TOWN)  # upgraded: what it did not understand is judged again
    country.play(4)
    assert the_file(country, TOWN, id) is not None
    assert delivery(country, id, TOWN).state is DeliveryState.STORED


def test_two_coordinators_at_once_at_the_public_api(country: Country) -> None:
    id = give(country, units=(REGION,))
    with a_client(country.nodes[TOP]) as client:
        shown = client.get(f"/api/v1/directives/{id}").json()
        body = {
            "title": "Первый",
            "basis": shown["basis"],
            "issued_on": shown["issued_on"],
            "deadline": shown["deadline"],
            "units": shown["to"],
            "coordinator": shown["coordinator"],
            "milestones": shown["milestones"],
            "version": shown["version"],
        }
        path = f"/api/v1/directives/{id}"
        assert client.put(path, json=body).status_code == 200
        second = client.put(path, json=body | {"title": "Второй"})
    assert second.status_code == 409
    assert second.json()["version"] == 2
    assert second.json()["changed_by"] == "operator"
