"""Reports on an addressee: who writes, what is laid over what, what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from federation.incarnation import keep
from federation.keys import KeyPair
from federation.statement import seal
from node.actions.directive_check import Stale
from node.actions.report_directive import LedByAnother
from node.domain.directive import (
    CheckIn,
    Condition,
    Milestone,
    MilestoneKind,
    PlannedDate,
    Rank,
    Report,
    Step,
)
from node.domain.errors import Forbidden, Invalid
from node.domain.report_entries import MAX_CHECK_INS, faults_of_fullness
from node.domain.rights import NoRight
from node.store import directives, journal
from node.store.directives import DirectiveFile, load
from node.store.ledger import SqlLedger
from node.store.received_directives import take_report
from node.store.session import Database
from tests.support.appeals import the_rulebook
from tests.support.bodies import a_certificate
from tests.support.coordinators import a_coordinator, issued, looked, read, reported
from tests.support.directives import a_report

NOW = datetime(2026, 3, 20, 6, tzinfo=UTC)
TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)
REGION = "RU-MUR"
CONDITION = Condition(
    (Rank("head", "Глава"), Rank("deputy", "Заместитель"), Rank("chief", "Начальник")), "deputy"
)
MILESTONES = (
    Milestone("staff", "Штат", 50),
    Milestone("premises", "Помещение", 30, MilestoneKind.DONE),
    Milestone("cdo", "Назначен", 20, MilestoneKind.DONE, CONDITION),
)


@pytest.fixture
def id(database: Database) -> str:
    return issued(database, now=NOW, milestones=MILESTONES)


def enter(database: Database, id: str, **entries: Any) -> None:
    options = {"me": "RU", "now": NOW}
    reported(database, id, REGION, **(options | entries))


def the_file(database: Database, id: str) -> DirectiveFile:
    with database.reading() as session:
        file = load(session, id)
    assert file is not None
    return file


def the_report(database: Database, id: str) -> Report:
    [report] = the_file(database, id).reports[REGION]
    return report


def faults(error: Invalid) -> dict[str, str]:
    return {fault.field: fault.message for fault in error.faults}


def refused(database: Database, id: str, **entries: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        enter(database, id, **entries)
    return faults(error.value)


def a_step(**overrides: Any) -> Step:
    values: dict[str, Any] = {
        "id": "",
        "title": "Принять помещения",
        "owner": "Заместитель главы",
        "added_on": TODAY,
        "due_on": TODAY + 10 * DAY,
    }
    return Step(**(values | overrides))


# --- What is written ------------------------------------------------------------------------------


def test_entries_are_laid_over_what_is_there_and_nothing_is_removed(
    database: Database, id: str
) -> None:
    enter(
        database,
        id,
        readings=(read("staff", TODAY - DAY, "41"),),
        planned_on=(PlannedDate(TODAY - DAY, date(2026, 12, 31), "year"),),
        steps=(a_step(),),
        check_ins=looked([TODAY - DAY], NOW),
        acknowledged=True,
    )
    first = the_report(database, id)
    [step] = first.steps
    later = NOW + timedelta(hours=1)
    enter(
        database,
        id,
        now=later,
        readings=(read("staff", TODAY, "52.5"), read("staff", TODAY - DAY, "45")),
        steps=(replace(step, done_on=TODAY, added_on=TODAY - 9 * DAY),),
        check_ins=looked([TODAY - DAY, TODAY], NOW - DAY),
        acknowledged=True,
    )
    report = the_report(database, id)
    assert [(one.as_of, one.percent) for one in report.readings] == [
        (TODAY - DAY, Decimal(45)),
        (TODAY, Decimal("52.5")),
    ]
    assert report.planned_on == first.planned_on
    # The day it was added is a fact; who looked and when is written down, never chosen.
    assert report.steps == (replace(step, done_on=TODAY),)
    assert report.check_ins == (
        CheckIn(TODAY - DAY, NOW, "администратор узла"),
        CheckIn(TODAY, later, "администратор узла"),
    )
    assert report.acknowledged_at == NOW
    assert report.on_behalf
    assert the_file(database, id).report_versions == {REGION: 2}


def test_the_same_again_changes_nothing(database: Database, id: str) -> None:
    entries = {"readings": (read("staff", TODAY, "41.0"),), "acknowledged": True}
    enter(database, id, **entries)
    enter(database, id, **entries)
    enter(database, id)
    assert the_file(database, id).report_versions == {REGION: 1}
    with database.reading() as session:
        entry = journal.last_of(session, id)
        assert entry is not None
        assert (entry.action, entry.details["version"]) == ("directive_reported", 1)


def test_the_second_of_two_reporters_is_told(database: Database, id: str) -> None:
    enter(database, id, version=0, acknowledged=True)
    with pytest.raises(Stale) as late:
        enter(database, id, version=0, readings=(read("staff", TODAY, "10"),))
    assert late.value.extra["version"] == 1
    enter(database, id, version=1, readings=(read("staff", TODAY, "10"),))


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "field", "says"),
    [
        ({"readings": (read("rooms", TODAY, "1"),)}, "readings.0.milestone", "staff, premises"),
        ({"readings": (read("staff", TODAY, "101"),)}, "readings.0.percent", "от 0 до 100"),
        ({"readings": (read("staff", TODAY, "-1"),)}, "readings.0.percent", "от 0 до 100"),
        ({"readings": (read("staff", TODAY, "NaN"),)}, "readings.0.percent", "от 0 до 100"),
        ({"readings": (read("staff", TODAY, "1.005"),)}, "readings.0.percent", "двух знаков"),
        ({"readings": (read("staff", TODAY + DAY, "1"),)}, "readings.0.as_of", "в будущем"),
        ({"readings": (read("staff", date(1, 1, 1), "1"),)}, "readings.0.as_of", "год"),
        ({"readings": (read("premises", TODAY, "50"),)}, "readings.0.percent", "0 или 100"),
        ({"readings": (read("cdo", TODAY, "100"),)}, "readings.0.value", "deputy"),
        (
            {"readings": (read("cdo", TODAY, "100", value="king"),)},
            "readings.0.value",
            "ступени «king» нет",
        ),
        (
            {"readings": (read("staff", TODAY, "1", value="deputy"),)},
            "readings.0.value",
            "нет условия",
        ),
        (
            {"readings": (read("staff", TODAY, "1", reason="a@example.org"),)},
            "readings.0.reason",
            "почты",
        ),
        (
            {"readings": (read("staff", TODAY, "1"), read("staff", TODAY, "2"))},
            "readings.1.as_of",
            "два замера",
        ),
        (
            {"planned_on": (PlannedDate(TODAY + DAY, TODAY),)},
            "planned_on.0.as_of",
            "в будущем",
        ),
        (
            {"planned_on": (PlannedDate(TODAY, date(2027, 2, 1), "year"),)},
            "planned_on.0.day",
            "2027-12-31",
        ),
        (
            {"planned_on": (PlannedDate(TODAY, date(2027, 2, 1), "quarter"),)},
            "planned_on.0.day",
            "2027-03-31",
        ),
        (
            {"planned_on": (PlannedDate(TODAY, date(2028, 2, 28), "month"),)},
            "planned_on.0.day",
            "2028-02-29",
        ),
        ({"planned_on": (PlannedDate(TODAY, TODAY, "age"),)}, "planned_on.0.precision", "year"),
        ({"planned_on": (PlannedDate(TODAY, date(9999, 1, 1)),)}, "planned_on.0.day", "год"),
        ({"steps": (a_step(title=" "),)}, "steps.0.title", "пусто"),
        ({"steps": (a_step(owner="a\nb"),)}, "steps.0.owner", "строку"),
        ({"steps": (a_step(id="\0"),)}, "steps.0.id", "номер шага"),
        ({"steps": (a_step(id="s"), a_step(id="s"))}, "steps.1.id", "дважды"),
        ({"steps": (a_step(done_on=TODAY + DAY),)}, "steps.0.done_on", "в будущем"),
        ({"check_ins": looked([TODAY + DAY], NOW)}, "check_ins.0.day", "в будущем"),
        ({"check_ins": looked([TODAY, TODAY], NOW)}, "check_ins.1.day", "дважды"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_by_name(
    database: Database, id: str, entries: dict[str, Any], field: str, says: str
) -> None:
    assert says in refused(database, id, **entries)[field]
    assert the_file(database, id).reports == {}


def test_the_future_begins_with_the_units_own_midnight(database: Database) -> None:
    late = datetime(2026, 3, 20, 13, tzinfo=UTC)  # in Kamchatka the 21st has begun, in Moscow not
    id = issued(database, now=NOW, units=("RU-KAM", REGION))
    entries = {"me": "RU", "now": late, "readings": (read("staff", date(2026, 3, 21), "1"),)}
    reported(database, id, "RU-KAM", **entries)
    with pytest.raises(Invalid, match=r"сегодня 20\.03\.2026"):
        reported(database, id, REGION, **entries)


def test_a_rank_too_low_is_written_down_all_the_same(database: Database, id: str) -> None:
    enter(database, id, readings=(read("cdo", TODAY, "100", value="chief"),))
    enter(database, id, readings=(read("cdo", TODAY - DAY, "0"),))
    assert len(the_report(database, id).readings) == 2


def test_a_per_cent_goes_down_only_with_a_reason(database: Database, id: str) -> None:
    enter(database, id, readings=(read("staff", TODAY - 4 * DAY, "50"),))
    down = read("staff", TODAY - 2 * DAY, "40")
    message = refused(database, id, readings=(down,))["readings.0.percent"]
    assert "40 % меньше замера от 16.03.2026 (50 %)" in message
    assert "reason" in message
    enter(database, id, readings=(replace(down, reason="Двое уволились"),))
    corrected = read("staff", TODAY - 4 * DAY, "45")
    assert (
        "на тот же день (50 %)"
        in refused(database, id, readings=(corrected,))["readings.0.percent"]
    )
    enter(database, id, readings=(replace(corrected, reason="Ошибка ввода"),))
    # Put in between: the reading after it says why it is lower, so that nothing is hidden.
    enter(database, id, readings=(read("staff", TODAY - 3 * DAY, "60"),))
    enter(database, id, readings=(read("staff", TODAY, "40"),))
    after = refused(database, id, readings=(read("staff", TODAY - DAY, "70"),))
    assert "больше следующего замера от 20.03.2026 (40 %)" in after["readings.0.percent"]


def test_what_goes_down_within_one_call_is_seen_too(database: Database, id: str) -> None:
    entered = (read("staff", TODAY, "10"), read("staff", TODAY - DAY, "20"))
    assert "readings.0.percent" in refused(database, id, readings=entered)


def test_a_whole_is_compared_with_the_readiness_before_it(database: Database, id: str) -> None:
    enter(database, id, readings=(read("whole", TODAY - 5 * DAY, "41"),))
    assert (
        "с 41 % до 40 %"
        in refused(database, id, readings=(read("whole", TODAY, "40"),))["readings.0.percent"]
    )
    # Of the parts nothing was known: the first reading of one may be anything that keeps the sum.
    parts = (
        read("staff", TODAY - DAY, "22"),
        read("premises", TODAY - DAY, "100"),
        read("cdo", TODAY - DAY, "0"),
    )
    enter(database, id, readings=parts)
    falls = refused(database, id, readings=(read("whole", TODAY, "40"),))["readings.0.percent"]
    assert "с 41 % до 40 %" in falls


def test_a_report_from_a_unit_not_addressed_is_refused_by_name(database: Database, id: str) -> None:
    with pytest.raises(Invalid) as error:
        reported(database, id, "RU-KGD", me="RU-KGD", now=NOW, acknowledged=True)
    assert "Калининградская область (RU-KGD)" in faults(error.value)["unit"]
    for unit in ("RU-MRU", "\0"):
        with pytest.raises(Invalid) as error:
            reported(database, id, unit, me="RU", now=NOW, acknowledged=True)
        assert "нет в справочнике" in faults(error.value)["unit"]


def test_a_report_too_long_for_a_statement_is_refused(database: Database, id: str) -> None:
    long = "ъ" * 1000
    first = TODAY - 1100 * DAY
    days = [first + number * DAY for number in range(1000)]
    full = a_report(check_ins=looked([date(2000, 1, 1) + n * DAY for n in range(5001)], NOW))
    assert [fault.field for fault in faults_of_fullness(full)] == ["check_ins"]
    assert len(full.check_ins) > MAX_CHECK_INS
    with pytest.raises(Invalid, match="4 МиБ"):
        enter(
            database,
            id,
            readings=tuple(
                read(milestone, day, "10", reason=long)
                for milestone in ("staff", "whole")
                for day in days
            )
            + tuple(read("premises", day, "0", reason=long) for day in days),
        )


# --- Who writes -----------------------------------------------------------------------------------


def test_a_unit_writes_for_itself_and_nobody_beside_it(database: Database, id: str) -> None:
    reported(database, id, REGION, me=REGION, now=NOW, acknowledged=True)
    report = the_report(database, id)
    assert (report.origin, report.on_behalf) == (REGION, False)
    with pytest.raises(Forbidden):
        reported(database, id, REGION, me="RU-KGD", now=NOW, acknowledged=True)
    with pytest.raises(NoRight):
        actor = a_coordinator("RU-KGD")
        reported(database, id, REGION, me="RU", now=NOW, actor=actor, acknowledged=True)


@pytest.mark.parametrize(("status", "leads"), [("valid", True), ("revoked", False)])
def test_once_the_units_node_has_joined_the_coordinator_only_reads(
    database: Database, id: str, status: str, leads: bool
) -> None:
    enter(database, id, readings=(read("staff", TODAY, "10"),))
    certificate = seal(
        type="certificate",
        origin="SZFO",
        key=REGION,
        epoch=1,
        rev=1,
        made_at=NOW,
        body=a_certificate(status=status).to_body(),
        signer=KeyPair.from_seed(b"k" * 32),
    )
    with database.transaction() as session:
        keep(SqlLedger(session), certificate, received_from="SZFO", parent=None, now=NOW)
    if not leads:
        enter(database, id, readings=(read("staff", TODAY, "20"),))
        own = a_report(REGION, readings=[read("staff", TODAY, "20")])
        own = replace(own, directive=id)
        with database.transaction() as session:
            take_report(session, own, body=directives.report_body(own, "RU"), at=NOW)
    with pytest.raises(LedByAnother, match="подключён") as error:
        enter(database, id, readings=(read("staff", TODAY, "30"),))
    assert error.value.extra["led_by"] == REGION


def test_a_nearer_coordinator_takes_over(database: Database, id: str) -> None:
    enter(database, id, readings=(read("staff", TODAY, "10"),))
    reported(database, id, REGION, me="SZFO", now=NOW, readings=(read("staff", TODAY, "20"),))
    with pytest.raises(LedByAnother, match="SZFO"):
        enter(database, id, readings=(read("staff", TODAY, "30"),))
    origins = [one.origin for one in the_file(database, id).reports[REGION]]
    assert origins == ["SZFO", "RU"]


def test_83_reports_of_one_coordinator_stand_side_by_side(database: Database) -> None:
    directory = the_rulebook().directory
    tier = directory[REGION].tier
    id = issued(database, now=NOW, addressed="tier", tier=tier, units=())
    file = the_file(database, id)
    for number, unit in enumerate(file.directive.to):
        reading = read("whole", TODAY, str(number % 100))
        reported(database, id, unit, me="RU", now=NOW, readings=(reading,))
    file = the_file(database, id)
    assert len(file.reports) == len(directory.of_tier(tier)) >= 83
    assert all(len(reports) == 1 and reports[0].on_behalf for reports in file.reports.values())
