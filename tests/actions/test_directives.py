"""Directives issued, revised, withdrawn and marked: what is refused by name, and what is left."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.actions.directive_check import NoSuchDirective, OnlyHistory, Stale, Withdrawn
from node.actions.mark_risk import mark_risk
from node.actions.revise_directive import revise_directive
from node.actions.withdraw_directive import withdraw_directive
from node.domain.directive import Condition, Milestone, MilestoneKind, Rank, RiskKind, RiskRule
from node.domain.directory import Directory
from node.domain.errors import Conflict, DomainError, Invalid
from node.domain.new_directive import NewDirective
from node.domain.rights import Actor, NoRight, unlimited
from node.store import directives, journal
from node.store.directives import DirectiveFile, load
from node.store.session import Database
from tests.support.appeals import the_rulebook
from tests.support.coordinators import (
    OTHER_BODY,
    a_coordinator,
    a_draft,
    issued,
    read,
    reported,
)
from tests.support.directives import a_directive

NOW = datetime(2026, 3, 2, 6, 0, 30, 123456, tzinfo=UTC)
TODAY = date(2026, 3, 2)
TOP = "RU"
DEPUTY = Condition((Rank("head", "Глава"), Rank("deputy", "Заместитель")), "deputy")


def the_file(database: Database, id: str) -> DirectiveFile:
    with database.reading() as session:
        file = load(session, id)
    assert file is not None
    return file


def revise(database: Database, id: str, version: int, **overrides: Any) -> None:
    actor = overrides.pop("actor", unlimited("test", TOP))
    with database.transaction() as session:
        revise_directive(
            session,
            the_rulebook(),
            me=overrides.pop("me", TOP),
            id=id,
            version=version,
            new=a_draft(**overrides),
            actor=actor,
            now=NOW,
        )


def withdraw(database: Database, id: str, version: int, reason: str = "Отменено") -> None:
    with database.transaction() as session:
        withdraw_directive(
            session,
            the_rulebook(),
            me=TOP,
            id=id,
            version=version,
            reason=reason,
            actor=unlimited("test", TOP),
            now=NOW,
        )


def mark(database: Database, id: str, **overrides: Any) -> None:
    values: dict[str, Any] = {
        "me": TOP,
        "directive": id,
        "unit": "RU-MUR",
        "added": True,
        "on": None,
        "reason": "Нет помещений",
        "evidence": None,
        "actor": unlimited("test", TOP),
        "now": NOW,
    }
    with database.transaction() as session:
        mark_risk(session, the_rulebook(), **(values | overrides))


def faults(error: DomainError) -> dict[str, str]:
    assert isinstance(error, Invalid)
    return {fault.field: fault.message for fault in error.faults}


# --- Issuing --------------------------------------------------------------------------------------


def test_a_directive_is_issued_with_the_shipped_rules_and_waits_to_be_signed(
    database: Database,
) -> None:
    id = issued(database, now=NOW, title="  Открыть центр  ")
    file = the_file(database, id)
    rules = the_rulebook().readiness
    assert (file.directive.title, file.directive.issuer, file.version) == ("Открыть центр", TOP, 1)
    assert (file.directive.stages, file.directive.rollup) == (rules.stages, rules.rollup)
    assert file.directive.risk_rules == rules.risk_rules
    assert file.directive.states[0].at == NOW.replace(microsecond=0)
    assert len(id) == 32
    with database.reading() as session:
        assert [row.id for row in directives.unsealed_directives(session)] == [id]
        entry = journal.last_of(session, id)
        assert entry is not None
        assert (entry.action, entry.details["addressees"]) == ("directive_issued", 1)
        assert "Открыть" not in str(entry.details)


def test_a_whole_tier_is_resolved_when_it_is_issued(database: Database) -> None:
    directory = the_rulebook().directory
    tier = directory["RU-MUR"].tier
    id = issued(database, now=NOW, addressed="tier", tier=tier, units=())
    assert set(the_file(database, id).directive.to) == set(directory.of_tier(tier))
    id = issued(database, me="SZFO", now=NOW, addressed="tier", tier=tier, units=())
    assert set(the_file(database, id).directive.to) == {
        unit.code for unit in directory.children("SZFO")
    }


def test_everything_below_is_addressed_but_what_is_closed(database: Database) -> None:
    rulebook = the_rulebook()
    units = [
        replace(unit, closed_on=TODAY) if unit.code == "47701000" else unit
        for unit in rulebook.directory.units
    ]
    changed = replace(rulebook, directory=Directory(units))
    id = issued(database, me="RU-MUR", now=NOW, rulebook=changed, addressed="below", units=())
    to = the_file(database, id).directive.to
    assert "47701000" not in to
    assert set(to) == {unit.code for unit in changed.directory.children("RU-MUR")} - {"47701000"}


@pytest.mark.parametrize(
    ("overrides", "field", "says"),
    [
        ({"title": "  "}, "title", "пусто"),
        ({"basis": "a" * 1001}, "basis", "длиннее 1000"),
        ({"note": "звоните 8 900 000 00 00"}, "note", "телефон"),
        ({"deadline": date(2026, 2, 28)}, "deadline", "раньше дня издания"),
        ({"deadline": date(2099, 1, 1)}, "deadline", "20 лет"),
        ({"issued_on": date(1, 1, 1)}, "issued_on", "проверьте год"),
        ({"units": ("RU-MRU",)}, "units.0", "похожие"),
        ({"units": ("RU",)}, "units.0", "не ниже узла"),
        ({"units": ("RU-MUR", "RU-MUR")}, "units", "дважды"),
        ({"units": ()}, "units", "addressed"),
        ({"addressed": "everybody"}, "addressed", "units, tier, below"),
        ({"tier": "x"}, "tier", "addressed = tier"),
        ({"addressed": "tier", "units": (), "tier": "x"}, "tier", "ниже есть уровни"),
        ({"coordinator": "проектный офис"}, "coordinator", "код"),
        ({"coordinator_name": ""}, "coordinator_name", "пусто"),
        ({"responsible": ("Глава", "")}, "responsible.1", "пусто"),
        ({"milestones": ()}, "milestones", "хотя бы одна"),
        ({"milestones": (Milestone("a", "А", 60),)}, "milestones", "сумма весов 60"),
        (
            {"milestones": (Milestone("a", "А", 100), Milestone("b", "Б", 0))},
            "milestones.1.weight",
            "меньше 1",
        ),
        (
            {"milestones": (Milestone("a", "А", 50), Milestone("a", "Б", 50))},
            "milestones",
            "дважды",
        ),
        ({"milestones": (Milestone("whole", "А", 100),)}, "milestones.0.code", "целиком"),
        (
            {"milestones": (Milestone("a", "А", 100, condition=DEPUTY),)},
            "milestones.0.condition",
            "done",
        ),
        (
            {
                "milestones": (
                    Milestone("a", "А", 100, MilestoneKind.DONE, replace(DEPUTY, at_least="chief")),
                )
            },
            "milestones.0.condition.at_least",
            "head, deputy",
        ),
        (
            {"risk_rules": (RiskRule(RiskKind.BEHIND, Decimal(50)),)},
            "risk_rules.0.days",
            "нужно правилу behind",
        ),
        (
            {"risk_rules": (RiskRule(RiskKind.SILENT, Decimal(50), 3),)},
            "risk_rules.0.percent",
            "не бывает",
        ),
    ],
)
def test_what_is_wrong_with_a_draft_is_named_with_its_remedy(
    database: Database, overrides: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        issued(database, now=NOW, **overrides)
    assert says in faults(refused.value)[field]


def test_every_wrong_field_is_named_at_once(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        issued(database, now=NOW, title="", milestones=(), units=("RU",), coordinator="")
    assert set(faults(refused.value)) == {"title", "milestones", "units.0", "coordinator"}


def test_fact_10_another_coordinator_does_not_write(database: Database) -> None:
    id = issued(database, now=NOW, actor=a_coordinator(TOP))
    other = a_coordinator(TOP, body=OTHER_BODY)
    with pytest.raises(NoRight):
        issued(database, now=NOW, actor=other)
    with pytest.raises(NoRight):
        revise(database, id, 1, actor=other)
    with pytest.raises(NoRight):  # nor hands it over to a body of their own
        revise(database, id, 1, actor=a_coordinator(TOP), coordinator=OTHER_BODY)
    with pytest.raises(NoRight, match="координатор другого органа его только читает"):
        mark(database, id, actor=other)
    with pytest.raises(NoRight):
        reported(database, id, "RU-MUR", me=TOP, now=NOW, actor=other, acknowledged=True)
    with pytest.raises(NoRight):  # a right over a unit below is no right over the whole country
        issued(database, now=NOW, actor=a_coordinator("RU-MUR"))
    assert the_file(database, id).version == 1


def test_fact_11_all_who_answer_together_are_listed(database: Database) -> None:
    together = ("Правительство", "Главы субъектов", "АНО «Диалог»")
    id = issued(database, now=NOW, responsible=together)
    assert the_file(database, id).directive.responsible == together


# --- Changing -------------------------------------------------------------------------------------


def test_a_revision_supersedes_and_keeps_what_it_does_not_name(database: Database) -> None:
    rules = (RiskRule(RiskKind.SILENT, days=7),)
    id = issued(database, now=NOW, risk_rules=rules)
    revise(database, id, 1, deadline=date(2026, 12, 31), units=("RU-MUR", "RU-KGD"))
    file = the_file(database, id)
    assert (file.version, file.directive.deadline) == (2, date(2026, 12, 31))
    assert set(file.directive.to) == {"RU-MUR", "RU-KGD"}
    assert file.directive.risk_rules == rules


def test_the_second_of_two_coordinators_is_told_who_changed_it_and_when(
    database: Database,
) -> None:
    id = issued(database, now=NOW)
    revise(database, id, 1, title="Первый", actor=a_coordinator(TOP))
    with pytest.raises(Stale, match=r"координатор office, 02\.03\.2026 09:00 \(версия 2\)") as late:
        revise(database, id, 1, title="Второй")
    assert (late.value.extra["version"], late.value.extra["changed_by"]) == (
        2,
        "координатор office",
    )
    assert the_file(database, id).directive.title == "Первый"


def test_of_two_coordinators_at_the_same_moment_one_wins(database: Database) -> None:
    id = issued(database, now=NOW)
    ready, outcomes = threading.Barrier(2), list[str]()

    def coordinate(title: str) -> None:
        ready.wait()
        try:
            revise(database, id, 1, title=title)
            outcomes.append("changed")
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=coordinate, args=[title]) for title in ("Один", "Другой")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", "stale"]
    assert the_file(database, id).version == 2


def test_a_milestone_that_was_reported_on_does_not_vanish_in_silence(database: Database) -> None:
    id = issued(database, now=NOW)
    reported(database, id, "RU-MUR", me=TOP, now=NOW, readings=(read("premises", TODAY, "50"),))
    left = (Milestone("staff", "Штат", 100),)
    with pytest.raises(Invalid) as refused:
        revise(database, id, 1, milestones=left)
    assert "premises" in faults(refused.value)["milestones"]
    turned = (Milestone("staff", "Штат", 60), Milestone("premises", "П", 40, MilestoneKind.DONE))
    with pytest.raises(Invalid):
        revise(database, id, 1, milestones=turned)
    revise(database, id, 1, milestones=left, note="Помещения передаёт регион")
    file = the_file(database, id)
    assert [one.code for one in file.directive.milestones] == ["staff"]
    assert file.reports["RU-MUR"][0].readings[0].milestone == "premises"


def test_a_withdrawn_directive_stays_and_takes_no_more(database: Database) -> None:
    id = issued(database, now=NOW)
    with pytest.raises(Invalid):
        withdraw(database, id, 1, reason=" ")
    withdraw(database, id, 1)
    file = the_file(database, id)
    assert [one.state for one in file.directive.states] == ["in_force", "withdrawn"]
    for write in (
        lambda: withdraw(database, id, 2),
        lambda: revise(database, id, 2),
        lambda: mark(database, id),
        lambda: reported(database, id, "RU-MUR", me=TOP, now=NOW, acknowledged=True),
    ):
        with pytest.raises(Withdrawn, match=r"02\.03\.2026"):
            write()


def test_history_that_was_loaded_is_written_to_by_nobody(database: Database) -> None:
    with database.transaction() as session:
        directives.add_directive(session, a_directive(), at=NOW, scenario="cur-2020")
    id = a_directive().id
    for write in (
        lambda: withdraw(database, id, 1),
        lambda: revise(database, id, 1),
        lambda: mark(database, id),
        lambda: reported(database, id, "RU-TVE", me=TOP, now=NOW, acknowledged=True),
    ):
        with pytest.raises(OnlyHistory):
            write()


def test_what_is_not_here_or_not_ours_is_said_so(database: Database) -> None:
    for id in ("none", "\0", "x" * 300):
        with pytest.raises(NoSuchDirective):
            withdraw(database, id, 1)
    with database.transaction() as session:
        directives.add_directive(session, a_directive(id="d", issuer="SZFO"), at=NOW)
    with pytest.raises(Conflict, match="Северо-Западный"):
        revise(database, "d", 1)
    with pytest.raises(Conflict, match="SZFO"):
        mark(database, "d", unit="RU-TVE")


# --- The risk zone --------------------------------------------------------------------------------


def test_marks_on_the_risk_zone_are_only_added_to(database: Database) -> None:
    id = issued(database, now=NOW)
    mark(database, id)
    yesterday = TODAY - timedelta(days=1)
    mark(database, id, added=False, on=yesterday, reason="Сдано", evidence="Акт № 1")
    marks = the_file(database, id).marks["RU-MUR"]
    assert [(one.added, one.on, one.post, one.evidence) for one in marks] == [
        (True, TODAY, "администратор узла", None),
        (False, yesterday, "администратор узла", "Акт № 1"),
    ]


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "a@example.org"}, "reason"),
        ({"added": False}, "evidence"),
        ({"added": False, "evidence": "  "}, "evidence"),
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"on": date(1, 1, 1)}, "on"),
        ({"unit": "RU-KGD"}, "unit"),
        ({"unit": "\0"}, "unit"),
    ],
)
def test_a_mark_that_cannot_be_is_refused_by_name(
    database: Database, overrides: dict[str, Any], field: str
) -> None:
    id = issued(database, now=NOW)
    with pytest.raises(Invalid) as refused:
        mark(database, id, **overrides)
    assert set(faults(refused.value)) == {field}


def test_an_actor_is_asked_before_anything_is_looked_at(database: Database) -> None:
    nobody = Actor("никто", "никто", ())
    new: NewDirective = a_draft(title="")
    with pytest.raises(NoRight):
        issued(database, now=NOW, actor=nobody, title=new.title)
    with pytest.raises(NoRight):
        reported(database, "none", "RU-MUR", me=TOP, now=NOW, actor=nobody)
