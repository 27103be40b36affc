"""Helps and reports in the database, on both kinds of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from federation.errors import BadStatement
from node.domain.directive import DatedState
from node.domain.help import Answer, Help, HelpKind, HelpReport
from node.store import help_requests
from node.store.help_bodies import body_of, help_of, report_body, report_of
from node.store.session import Database, Session

NOW = datetime(2020, 11, 17, 9, tzinfo=UTC)
TODAY = NOW.date()


def a_help(id: str = "h1", **changed: Any) -> Help:
    help = Help(
        id=id,
        issuer="RU",
        kind=HelpKind.QUESTION,
        to=("RU-STA", "RU-TVE"),
        directive="d1",
        title="Когда?",
        text="Назовите день.",
        asked_on=TODAY,
        due_on=date(2020, 11, 20),
        planned_on=None,
        states=(DatedState("open", NOW),),
    )
    return replace(help, **changed)


def a_report(**changed: Any) -> HelpReport:
    report = HelpReport(
        help="h1",
        unit="RU-TVE",
        origin="RU-TVE",
        on_behalf=False,
        seen_at=NOW,
        answers=(Answer(NOW, "глава", "К 1 декабря"),),
    )
    return replace(report, **changed)


def add(session: Session, *helps: Help) -> None:
    for help in helps:
        help_requests.add_help(session, help, at=NOW, unsealed=True)


def test_bodies_and_values_are_the_same_facts() -> None:
    help = a_help(planned_on=TODAY, kind=HelpKind.TRAINING)
    assert help_of("h1", "RU", body_of(help)) == help
    for report in (a_report(), a_report(held_on=TODAY, attended=12, origin="RU", on_behalf=True)):
        assert report_of(report.origin, report_body(report, "RU")) == report


def test_a_help_is_read_with_all_that_was_said(database: Database) -> None:
    with database.transaction() as session:
        add(session, a_help())
        help_requests.write_report(session, a_report(), issuer="RU", at=NOW)
        for_it = a_report(origin="RU", on_behalf=True, seen_at=None)
        help_requests.write_report(session, for_it, issuer="RU", at=NOW)
    with database.reading() as session:
        file = help_requests.load(session, "h1")
        assert file is not None
        assert file.help == a_help()
        assert [one.origin for one in file.reports["RU-TVE"]] == ["RU-TVE", "RU"]
        assert file.history("RU-TVE").seen_at == NOW
        assert file.history("RU-STA").answers == ()
        assert help_requests.load(session, "h2") is None
        assert help_requests.load(session, "\x00") is None


def test_a_list_is_the_newest_first_and_goes_on_after_an_id(database: Database) -> None:
    days = [TODAY, TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=1)]
    helps = [a_help(f"h{n}", asked_on=day) for n, day in enumerate(days)]
    with database.transaction() as session:
        add(session, *helps)
    with database.reading() as session:
        ids: list[str] = []
        while True:
            found = help_requests.listed(session, after=ids[-1] if ids else None, limit=2)
            ids += [one.help.id for one in found]
            if len(found) < 2 or len(ids) > 10:
                break
    assert ids == ["h3", "h0", "h1", "h2"]


def test_lists_are_narrowed_by_kind_directive_and_unit(database: Database) -> None:
    training = a_help("t1", kind=HelpKind.TRAINING, directive=None, to=("RU-MUR",))
    with database.transaction() as session:
        add(session, a_help(), training)

    def ids(**given: Any) -> list[str]:
        with database.reading() as session:
            return [one.help.id for one in help_requests.listed(session, limit=9, **given)]

    assert ids(kind="training") == ["t1"]
    assert ids(directive="d1") == ["h1"]
    assert ids(unit="RU-MUR") == ["t1"]
    assert ids(unit="\x00") == []


def test_what_awaits_a_unit_is_open_and_the_nearest_day_first(database: Database) -> None:
    closed = (DatedState("open", NOW), DatedState("closed", NOW))
    with database.transaction() as session:
        add(
            session,
            a_help("late", due_on=date(2020, 12, 1)),
            a_help("soon"),
            a_help("whenever", due_on=None),
            a_help("over", states=closed),
            a_help("others", to=("RU-MUR",)),
        )
    with database.reading() as session:
        found = [one.help.id for one in help_requests.awaiting(session, "RU-TVE")]
    assert found == ["soon", "late", "whenever"]


def test_everything_asked_on_a_directive_takes_two_queries(database: Database) -> None:
    with database.transaction() as session:
        for number in range(20):
            add(session, a_help(f"h{number:02}"))
            report = a_report(help=f"h{number:02}")
            help_requests.write_report(session, report, issuer="RU", at=NOW)
    asked: list[str] = []
    with database.reading() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        files = help_requests.of_directive(session, "d1")
    assert [len(one.reports["RU-TVE"]) for one in files] == [1] * 20
    assert sum(text.startswith("SELECT") for text in asked) == 2


def test_another_node_cannot_take_over_an_id(database: Database) -> None:
    with database.transaction() as session:
        add(session, a_help())
        help_requests.note_sealed(session, help_requests.unsealed_helps(session), [])
        help_requests.take_help(session, a_help(issuer="SZFO", title="Чужой"), at=NOW)
        file = help_requests.load(session, "h1")
        assert file is not None
        assert (file.help.title, file.help.issuer) == ("Когда?", "RU")


def test_what_was_changed_here_since_is_not_overwritten_by_what_comes_back(
    database: Database,
) -> None:
    with database.transaction() as session:
        add(session, a_help(title="Новее"))
        help_requests.write_report(session, a_report(), issuer="RU", at=NOW)
        help_requests.take_help(session, a_help(), at=NOW)
        old = a_report(answers=())
        help_requests.take_report(session, old, body=report_body(old, "RU"), at=NOW)
        file = help_requests.load(session, "h1")
        assert file is not None
        assert file.help.title == "Новее"
        assert len(file.history("RU-TVE").answers) == 1


def test_a_new_version_of_a_help_takes_the_place_of_the_old(database: Database) -> None:
    withdrawn = a_help(states=(DatedState("open", NOW), DatedState("withdrawn", NOW, "Не то.")))
    with database.transaction() as session:
        help_requests.take_help(session, a_help(), at=NOW)
        help_requests.take_help(session, withdrawn, at=NOW)
        assert help_requests.awaiting(session, "RU-TVE") == []
        file = help_requests.load(session, "h1")
        assert file is not None
        assert (file.version, file.help.states[-1].reason) == (2, "Не то.")


@pytest.mark.parametrize("title", ["", "\u202e"])
def test_nothing_is_kept_that_a_neighbour_would_refuse(database: Database, title: str) -> None:
    with pytest.raises(BadStatement), database.transaction() as session:
        add(session, a_help(title=title))
