"""Loading a scenario: where it may be, that twice is once, and that it stays where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from node.actions.directive_check import OnlyHistory
from node.actions.load_scenario import Fate, Loaded, NotAbove, TakenId, load_scenario
from node.actions.mark_risk import mark_risk
from node.commands.scenario_files import read_scenario
from node.domain.errors import Invalid
from node.domain.rights import Actor, NoRight, unlimited
from node.domain.scenario import Fact, Known, Scenario
from node.store import directives
from node.store.directives import DirectiveFile
from node.store.journal import JournalEntry
from node.store.session import Database
from tests.support.appeals import the_rulebook
from tests.support.coordinators import a_coordinator, issued
from tests.support.directives import a_directive

NOW = datetime(2026, 11, 18, 9, 30, 0, 123456, tzinfo=UTC)
TOP = "RU"
CENTRES, OFFICERS = "cur-2020-centres", "cur-2020-cdto"
SHIPPED = read_scenario("cur-2020")
# A few readings load as all of them do.
SHORT = replace(SHIPPED, rebuilt=SHIPPED.rebuilt[:30])


def load(
    database: Database,
    scenario: Scenario = SHORT,
    *,
    me: str = TOP,
    actor: Actor | None = None,
) -> Loaded:
    with database.transaction() as session:
        return load_scenario(
            session,
            the_rulebook(),
            me=me,
            scenario=scenario,
            actor=actor or unlimited("test", me),
            now=NOW,
        )


def held(database: Database, id: str = CENTRES) -> DirectiveFile:
    with database.reading() as session:
        file = directives.load(session, id)
    assert file is not None
    return file


def journal(database: Database) -> list[str]:
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id))
        return [f"{entry.action} {entry.subject}" for entry in entries]


def test_both_directives_stand_with_every_region_and_every_reading(database: Database) -> None:
    loaded = load(database, SHIPPED)
    assert [one.id for one in loaded.directives] == [CENTRES, OFFICERS]
    file = held(database)
    assert file.scenario == "cur-2020"
    assert len(file.directive.to) == 83
    assert file.directive.risk_rules == the_rulebook().readiness.risk_rules
    assert sum(len(one.readings) for (one,) in file.reports.values()) == sum(
        entry.directive == CENTRES for entry in SHIPPED.rebuilt
    ) + sum(fact.directive == CENTRES and fact.reading() is not None for fact in SHIPPED.facts)
    for (report,) in file.reports.values():
        assert (report.origin, report.on_behalf, report.check_ins) == (TOP, True, ())
    assert file.marks == {}
    assert journal(database) == ["scenario_loaded cur-2020"]


def test_loading_again_changes_nothing_and_says_so(database: Database) -> None:
    first = load(database)
    again = load(database)
    assert not first.nothing_new
    assert again.nothing_new
    assert again.fates[Fate.UNCHANGED] == first.fates[Fate.ADDED]
    assert held(database).version == 1
    assert journal(database) == ["scenario_loaded cur-2020"]


def test_a_mended_file_changes_what_it_says_and_no_more(database: Database) -> None:
    load(database)
    facts = tuple(
        replace(fact, value="53") if fact.unit == "RU-SMO" else fact for fact in SHORT.facts
    )
    again = load(database, replace(SHORT, facts=facts))
    assert (again.fates[Fate.CHANGED], again.fates[Fate.ADDED]) == (1, 0)
    ((reading,),) = (one.readings for one in held(database).reports["RU-SMO"])
    assert reading.percent == Decimal(53)


def test_what_the_file_no_longer_says_is_no_longer_held(database: Database) -> None:
    load(database)
    facts = tuple(fact for fact in SHORT.facts if fact.unit != "RU-SMO")
    shorter = replace(SHORT, facts=facts)
    assert load(database, shorter).fates[Fate.CHANGED] == 1
    ((smolensk),) = held(database).reports["RU-SMO"]
    assert smolensk.readings == ()


def test_a_mended_directive_takes_the_place_of_the_old_one(database: Database) -> None:
    load(database)
    draft = SHORT.directives[0]
    mended = replace(draft, new=replace(draft.new, title="Создать центры"))
    again = load(database, replace(SHORT, directives=(mended, *SHORT.directives[1:])))
    assert again.fates[Fate.CHANGED] == 1
    file = held(database)
    assert (file.version, file.directive.title) == (2, "Создать центры")
    assert file.scenario == "cur-2020"


@pytest.mark.parametrize("me", ["SZFO", "RU-MUR", "47701000"])
def test_only_above_all_addressees_and_the_refusal_says_where(database: Database, me: str) -> None:
    with pytest.raises(NotAbove, match=r"Здесь это Российская Федерация \(RU\)"):
        load(database, me=me)
    with database.reading() as session:
        assert directives.listed(session) == []


def test_an_id_that_another_directive_has_is_left_alone(database: Database) -> None:
    with database.transaction() as session:
        directives.add_directive(session, a_directive(id=CENTRES), at=NOW)
    with pytest.raises(TakenId, match=CENTRES):
        load(database)
    assert held(database).scenario is None


def test_the_coordinator_of_one_body_may_not_load_what_belongs_to_two(database: Database) -> None:
    body = SHIPPED.directives[0].new.coordinator
    with pytest.raises(NoRight):
        load(database, actor=a_coordinator(TOP, body=body))


def test_a_fact_on_whoever_is_no_addressee_is_refused_by_name(database: Database) -> None:
    stray = Fact(CENTRES, "SZFO", NOW.date(), Known.READINESS, "50", "газета")
    with pytest.raises(Invalid, match="SZFO"):
        load(database, replace(SHORT, facts=(*SHORT.facts, stray)))


def test_history_waits_for_no_seal_and_takes_no_word(database: Database) -> None:
    load(database)
    with database.reading() as session:
        assert not directives.something_unsealed(session)
    with pytest.raises(OnlyHistory), database.transaction() as session:
        mark_risk(
            session,
            the_rulebook(),
            me=TOP,
            directive=CENTRES,
            unit="RU-SMO",
            added=True,
            on=None,
            reason="проверка",
            evidence=None,
            actor=unlimited("test", TOP),
            now=NOW,
        )
    load(database)


def test_it_stands_beside_directives_in_force(database: Database) -> None:
    live = issued(database, me=TOP, now=NOW)
    load(database)
    with database.reading() as session:
        listed = {one.directive.id: one.scenario for one in directives.listed(session)}
        rows = session.scalar(select(func.count()).select_from(directives.DirectiveRow))
    assert listed == {live: None, CENTRES: "cur-2020", OFFICERS: "cur-2020"}
    assert rows == 3


def test_progress_is_told_report_by_report(database: Database) -> None:
    told: list[tuple[int, int]] = []
    with database.transaction() as session:
        load_scenario(
            session,
            the_rulebook(),
            me=TOP,
            scenario=SHORT,
            actor=unlimited("test", TOP),
            now=NOW,
            progress=lambda done, total: told.append((done, total)),
        )
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]
