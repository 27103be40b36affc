"""Directives as they are kept: exact both ways, few queries, and whose word replaces whose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from federation.errors import BadStatement
from federation.incarnation import keep, seal_own, start
from federation.keys import KeyPair
from federation.statement import seal
from node.actions.seal_directives import seal_directives
from node.domain.directive import (
    CheckIn,
    Condition,
    Directive,
    Milestone,
    MilestoneKind,
    Rank,
    Report,
    RiskKind,
    RiskRule,
)
from node.store import directives, received_directives
from node.store.directive_bodies import (
    body_of,
    directive_of,
    marks_body,
    marks_of,
    percent_text,
    report_body,
    report_of,
)
from node.store.directives import DirectiveAddresseeRow, listed, load, load_all
from node.store.ledger import SqlLedger
from node.store.session import Database, Session
from tests.support.appeals import the_rulebook
from tests.support.directives import (
    DIRECTIVE,
    a_check_in,
    a_directive,
    a_report,
    a_step,
    added,
    planned,
    reading,
    removed,
    withdrawn,
)

NOW = datetime(2020, 11, 17, 9, tzinfo=UTC)
DAY = date(2020, 11, 16)
REGIONS = the_rulebook().directory.of_tier(the_rulebook().directory["RU-TVE"].tier)
KEY = KeyPair.from_seed(b"k" * 32)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent to the database inside the block."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def issued(database: Database, directive: Directive, **options: Any) -> None:
    with database.transaction() as session:
        directives.add_directive(session, directive, at=NOW, **options)


def written(session: Session, report: Report) -> None:
    directives.write_report(session, report, issuer="RU", at=NOW, unsealed=True)


# --- Bodies ---------------------------------------------------------------------------------------


def test_a_directive_comes_back_from_its_body_as_it_was() -> None:
    deputy = Condition((Rank("head", "Глава"), Rank("deputy", "Заместитель")), "deputy")
    directive = a_directive(
        milestones=(
            Milestone("cdo", "Назначен", 40, MilestoneKind.DONE, deputy),
            Milestone("staff", "Штат", 60),
        ),
        risk_rules=(
            RiskRule(RiskKind.BEHIND, Decimal("52.5"), 30),
            RiskRule(RiskKind.FORECAST, weeks=6),
        ),
        responsible=("Правительство", "Главы регионов", "АНО"),
        note="Пояснение",
    )
    directive = withdrawn(directive, DAY)
    assert directive_of(directive.id, "RU", body_of(directive)) == directive


def test_a_report_and_marks_come_back_from_their_bodies_as_they_were() -> None:
    report = replace(
        a_report(
            readings=[reading("staff", DAY, "52.5", reason="пересчёт", reconstructed=True)],
            planned_on=[planned(DAY, date(2021, 12, 31), "year")],
            steps=[a_step(added_on=DAY, done_on=DAY)],
            check_ins=[a_check_in(DAY)],
        ),
        acknowledged_at=NOW,
    )
    assert report_of("RU-TVE", report_body(report, "RU")) == report
    marks = (added(DAY), removed(DAY))
    assert marks_of(marks_body(DIRECTIVE, "RU-TVE", marks)) == marks


@pytest.mark.parametrize(
    ("percent", "text"),
    [("100", "100"), ("0.00", "0"), ("41.0", "41"), ("52.50", "52.5"), ("1E+1", "10")],
)
def test_a_per_cent_is_written_one_way(percent: str, text: str) -> None:
    assert percent_text(Decimal(percent)) == text


def test_what_a_neighbour_would_refuse_is_never_kept() -> None:
    with pytest.raises(BadStatement, match="weights"):
        body_of(a_directive(milestones=(Milestone("staff", "Штат", 99),)))


# --- Reading --------------------------------------------------------------------------------------


def test_a_directive_of_83_units_is_loaded_in_three_queries(database: Database) -> None:
    issued(database, a_directive(to=REGIONS))
    with database.transaction() as session:
        for unit in REGIONS:
            written(session, a_report(unit, on_behalf=True, readings=[reading("staff", DAY, "41")]))
            directives.write_marks(session, DIRECTIVE, unit, [added(DAY)], at=NOW, unsealed=True)
    with database.reading() as session, counted(database) as sent:
        file = load(session, DIRECTIVE)
    assert len([one for one in sent if one.startswith("SELECT")]) == 3
    assert file is not None
    assert len(REGIONS) >= 83
    assert set(file.reports) == set(file.marks) == set(REGIONS)
    assert set(file.report_versions.values()) == {1}


def test_many_directives_are_loaded_in_three_queries_too(database: Database) -> None:
    for number in range(5):
        issued(database, a_directive(id=f"d{number}"))
    with database.reading() as session, counted(database) as sent:
        files = load_all(session, [f"d{number}" for number in range(5)])
    assert len([one for one in sent if one.startswith("SELECT")]) == 3
    assert len(files) == 5


def test_directives_are_listed_newest_first_and_by_addressee(database: Database) -> None:
    issued(database, a_directive(id="old", issued_on=date(2020, 1, 1)))
    issued(database, a_directive(id="new", to=("RU-SMO",)), scenario="cur-2020")
    with database.reading() as session:
        assert [(one.directive.id, one.scenario) for one in listed(session)] == [
            ("new", "cur-2020"),
            ("old", None),
        ]
        assert [one.directive.id for one in listed(session, unit="RU-TVE")] == ["old"]
        assert load(session, "none") is None


def test_reports_of_a_unit_stand_nearest_origin_first(database: Database) -> None:
    town = "47701000"
    issued(database, a_directive(to=(town,)))
    hour = timedelta(hours=1)
    with database.transaction() as session:
        for number, origin in enumerate(("RU", "SZFO", "RU-MUR", town)):
            report = a_report(town, origin=origin, on_behalf=origin != town)
            body = report_body(report, "RU")
            received_directives.take_report(session, report, body=body, at=NOW + number * hour)
    with database.reading() as session:
        file = load(session, DIRECTIVE)
    assert file is not None
    assert [one.origin for one in file.reports[town]] == [town, "RU-MUR", "SZFO", "RU"]
    assert file.report_versions == {}  # nothing of it was written here


# --- What others stated ---------------------------------------------------------------------------


def test_a_newer_version_replaces_the_row_and_its_addressees(database: Database) -> None:
    with database.transaction() as session:
        received_directives.take_directive(session, a_directive(), at=NOW)
        newer = a_directive(title="Иначе", to=("RU-SMO", "RU-KGD"))
        received_directives.take_directive(session, newer, at=NOW)
    with database.reading() as session:
        file = load(session, DIRECTIVE)
        units = {row.unit for row in session.query(DirectiveAddresseeRow)}
    assert file is not None
    assert (file.directive.title, file.version) == ("Иначе", 2)
    assert units == {"RU-SMO", "RU-KGD"}


@pytest.mark.parametrize("scenario", [None, "cur-2020"])
def test_nobody_takes_over_the_directive_of_another(
    database: Database, scenario: str | None
) -> None:
    issued(database, a_directive(), scenario=scenario)
    with database.transaction() as session:
        foreign = a_directive(issuer="SZFO", title="Чужое")
        received_directives.take_directive(session, foreign, at=NOW)
        if scenario is not None:
            received_directives.take_directive(session, a_directive(title="Чужое"), at=NOW)
    with database.reading() as session:
        file = load(session, DIRECTIVE)
    assert file is not None
    assert file.directive == a_directive()


def test_what_comes_back_never_replaces_what_was_changed_since(database: Database) -> None:
    issued(database, a_directive(title="Новое"), unsealed=True)
    newer = a_report(readings=[reading("staff", DAY, "60")])
    older = a_report(readings=[reading("staff", DAY, "50")])
    with database.transaction() as session:
        written(session, newer)
        received_directives.take_directive(session, a_directive(title="Старое"), at=NOW)
        body = report_body(older, "RU")
        received_directives.take_report(session, older, body=body, at=NOW)
    with database.reading() as session:
        file = load(session, DIRECTIVE)
    assert file is not None
    assert file.directive.title == "Новое"
    assert file.reports["RU-TVE"] == (newer,)


def test_only_the_issuer_marks_the_risk_zone(database: Database) -> None:
    issued(database, a_directive())
    body = marks_body(DIRECTIVE, "RU-TVE", [added(DAY)])
    with database.transaction() as session:
        received_directives.take_marks(
            session, DIRECTIVE, "RU-TVE", origin="CFO", body=body, at=NOW
        )
    with database.reading() as session:
        file = load(session, DIRECTIVE)
    assert file is not None
    assert not file.marks


def test_marks_that_come_before_their_directive_wait_for_it(database: Database) -> None:
    statement = seal(
        type="directive_risk",
        origin="RU",
        key=f"{DIRECTIVE}.RU-TVE",
        epoch=1,
        rev=1,
        made_at=NOW,
        body=marks_body(DIRECTIVE, "RU-TVE", [added(DAY)]),
        signer=KEY,
    )
    with database.transaction() as session:
        keep(SqlLedger(session), statement, received_from="RU", parent=None, now=NOW)
        received_directives.take_marks(
            session, DIRECTIVE, "RU-TVE", origin="RU", body=statement.body or {}, at=NOW
        )
        received_directives.take_directive(session, a_directive(), at=NOW)
    with database.reading() as session:
        file = load(session, DIRECTIVE)
    assert file is not None
    assert file.marks == {"RU-TVE": (added(DAY),)}


# --- Sealing and versions -------------------------------------------------------------------------


def test_everything_unsealed_is_sealed_once_and_versions_stay(database: Database) -> None:
    directive = a_directive()
    issued(database, directive, unsealed=True)
    with database.transaction() as session:
        start(SqlLedger(session), me="RU", parent=None, now=NOW)
        written(session, a_report("RU-TVE", on_behalf=True))
        directives.write_marks(session, DIRECTIVE, "RU-TVE", [added(DAY)], at=NOW, unsealed=True)
        assert seal_directives(session, me="RU", signer=KEY, now=NOW) == 3
        assert seal_directives(session, me="RU", signer=KEY, now=NOW) == 0
    with database.transaction() as session:
        row = directives.for_change(session, DIRECTIVE)
        assert row is not None
        directives.replace_directive(session, row, withdrawn(directive, DAY), at=NOW, unsealed=True)
        seal_directives(session, me="RU", signer=KEY, now=NOW + timedelta(hours=1))
    with database.reading() as session:
        kept = directives.versions(session, DIRECTIVE)
        assert directives.versions(session, "none") == []
        assert not directives.something_unsealed(session)
    assert [(one.made_at, one.directive.withdrawn) for one in kept] == [
        (NOW, False),
        (NOW + timedelta(hours=1), True),
    ]


def test_a_report_sealed_is_the_report_kept(database: Database) -> None:
    issued(database, a_directive())
    report = a_report(check_ins=[CheckIn(DAY, NOW, "глава")])
    with database.transaction() as session:
        start(SqlLedger(session), me="RU-TVE", parent=None, now=NOW)
        written(session, report)
        seal_directives(session, me="RU-TVE", signer=KEY, now=NOW)
        again = seal_own(
            SqlLedger(session),
            me="RU-TVE",
            parent=None,
            type="directive_report",
            key=f"{DIRECTIVE}.RU-TVE",
            body=report_body(report, "RU"),
            signer=KEY,
            now=NOW,
        )
    assert again.rev == 1  # the same bytes: nothing was sealed anew
