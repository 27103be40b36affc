"""Retention carried out: what goes, what stays, who is told, and that nothing goes twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from node.actions.add_photos import ToAppeal, ToIssue
from node.actions.apply_retention import Toll, count_due
from node.actions.hear_resident import hear_resident
from node.actions.hold_issue import HeldAlready, NotHeld, hold_issue, release_issue
from node.actions.make_summary import make_summary
from node.domain.errors import Invalid
from node.domain.resident_choices import Choice
from node.domain.rights import Actor as Somebody
from node.domain.rights import NoRight, Permit, Right
from node.domain.search_words import search_for
from node.store import journal, tombstones, work_lists
from node.store.appeals import Appeal, Resident
from node.store.issues import IssueState
from node.store.legal_holds import LegalHold
from node.store.replies import Reply
from node.store.resident_messages import ResidentMessage
from node.store.session import Database
from node.store.tables import Base
from node.store.work_lists import Scope, Wanted
from tests.support.appeals import NOW, UNIT, moved, submitted, the_rulebook
from tests.support.photos import added, hung
from tests.support.pictures import a_telephone_jpeg
from tests.support.retention import (
    BOSS,
    DAY,
    REPLY,
    TEXT,
    WHO,
    closed,
    counted,
    run,
    stones,
    text_of,
    told,
)
from tests.support.web import a_node


def test_a_year_after_closing_the_contact_goes_and_texts_are_redacted(database: Database) -> None:
    number, issue = closed(database)
    assert told(run(database, NOW + 364 * DAY)) == {}
    assert text_of(database, number) == TEXT
    expected = {
        "contact erase": (1, 1),
        "text redact": (1, 1),
        "replies redact": (1, 1),
        "reasons redact": (1, 1),
    }
    later = NOW + 365 * DAY
    assert told(counted(database, later)) == expected
    assert told(counted(database, later)) == expected  # a look changes nothing
    assert told(run(database, later)) == expected
    assert text_of(database, number) == "Нет света. Звоните [имя], [телефон]"
    with database.reading() as session:
        assert session.scalars(select(Appeal.text_key)).all() == [None]
        assert session.scalar(select(func.count()).select_from(Resident)) == 0
        [reply] = session.scalars(select(Reply.text))
        reasons = list(session.scalars(select(IssueState.reason).where(IssueState.reason != "")))
        assert reply.startswith("[имя], свет дали.")
        assert reasons == ["Передано по просьбе [имя]"]
    assert stones(database, number) == [
        ("contact", "erase", "contact"),
        ("text", "redact", "text"),
    ]
    assert stones(database, issue) == [
        ("replies", "redact", "replies"),
        ("reasons", "redact", "reasons"),
    ]


def test_the_tombstone_of_a_contact_keeps_the_consent_and_no_more(database: Database) -> None:
    number, _ = closed(database)
    run(database, NOW + 400 * DAY)
    with database.reading() as session:
        stone = tombstones.of_subjects(session, [number])[number][0]
        assert (stone.consent_version, stone.consented_at) == (WHO.consent_version, NOW)
        assert (stone.actor, stone.at) == ("retention", NOW + 400 * DAY)
        assert WHO.name not in str(vars(stone))


def test_what_is_done_is_not_done_twice_and_the_rest_comes_in_its_time(
    database: Database,
) -> None:
    number, _ = closed(database)
    assert run(database, NOW + 365 * DAY).issues == 1
    assert run(database, NOW + 365 * DAY).issues == 0  # nor even looked at again
    assert run(database, NOW + 1825 * DAY).issues == 0
    assert told(run(database, NOW + 1826 * DAY)) == {"text erase": (1, 1)}
    assert text_of(database, number) == (
        "[Текст удалён 18.11.2031: правило «Тексты сообщений: год как есть, 5 лет без "
        "персональных данных»]"
    )
    assert run(database, NOW + 20_000 * DAY).issues == 0


def test_a_run_that_comes_late_erases_at_once_what_it_would_have_redacted(
    database: Database,
) -> None:
    number, _ = closed(database)
    assert "text redact" not in told(run(database, NOW + 4000 * DAY))
    assert stones(database, number) == [("contact", "erase", "contact"), ("text", "erase", "text")]


def test_formal_appeals_are_kept_for_five_years(database: Database) -> None:
    number, _ = closed(database, kind="formal")
    assert told(run(database, NOW + 1825 * DAY)) == {}
    assert text_of(database, number) == TEXT
    done = told(run(database, NOW + 1826 * DAY))
    assert {"formal_contact erase", "formal_text erase", "formal_replies redact"} <= set(done)


def test_a_reopened_issue_is_left_alone_until_its_new_end(database: Database) -> None:
    number, issue = closed(database)
    with database.transaction() as session:
        moved(session, issue, "reopen", 4, now=NOW + 10 * DAY, reason="Снова темно")
    assert told(run(database, NOW + 500 * DAY)) == {}
    with database.transaction() as session:
        moved(session, issue, "answer", 5, now=NOW + 600 * DAY, text=REPLY, outcome="solved")
    with database.transaction() as session:
        moved(session, issue, "close", 6, now=NOW + 600 * DAY, outcome="solved")
    assert told(run(database, NOW + 964 * DAY)) == {}
    assert told(run(database, NOW + 965 * DAY))["contact erase"] == (1, 1)
    assert text_of(database, number) != TEXT


def test_what_is_written_after_a_late_reopening_has_its_own_term(database: Database) -> None:
    _, issue = closed(database)
    run(database, NOW + 365 * DAY)
    reopened = NOW + 400 * DAY
    for version, (move, fields) in enumerate(
        [
            ("reopen", {"reason": "Ивановой Марии Петровне снова темно"}),
            ("answer", {"text": REPLY, "outcome": "solved"}),
            ("close", {"outcome": "solved"}),
        ],
        4,
    ):
        with database.transaction() as session:
            moved(session, issue, move, version, now=reopened, **fields)
    assert told(run(database, reopened + 364 * DAY)) == {}
    assert set(told(run(database, reopened + 365 * DAY))) == {"replies redact", "reasons redact"}
    with database.reading() as session:
        assert all("Мария" not in text for text in session.scalars(select(Reply.text)))
        written = [one for one in session.scalars(select(IssueState.reason)) if one]
        assert all("Ивановой" not in text for text in written)


def test_what_the_resident_said_by_the_link_has_its_term_too(database: Database) -> None:
    number, _ = closed(database)

    def say(text: str, at: datetime) -> None:
        with database.transaction() as session:
            key = session.scalars(select(Appeal.status_key).where(Appeal.number == number)).one()
            hear_resident(
                session,
                the_rulebook(),
                unit=UNIT,
                key=key,
                choice=Choice.MARK,
                mark="satisfied",
                text=text,
                contest_days=14,
                now=at,
            )

    def texts() -> list[str | None]:
        with database.reading() as session:
            query = select(ResidentMessage.text).order_by(ResidentMessage.id)
            return list(session.scalars(query))

    run(database, NOW + 365 * DAY)
    # A mark may come after everything else was redacted.
    say("Спасибо Ивановой Марии Петровне", NOW + 400 * DAY)
    assert told(counted(database, NOW + 401 * DAY)) == {"messages redact": (1, 1)}
    assert told(run(database, NOW + 401 * DAY)) == {"messages redact": (1, 1)}
    assert texts() == ["Спасибо [имя]"]
    assert told(run(database, NOW + 402 * DAY)) == {}
    done = told(run(database, NOW + 1826 * DAY))
    assert done == {"text erase": (1, 1), "messages erase": (1, 1)}
    [left] = texts()
    assert left is not None
    assert left.startswith("[Текст удалён 18.11.2031")


def test_drafts_go_after_ninety_days(database: Database) -> None:
    _, issue = closed(database)
    with database.transaction() as session:
        sent = session.scalars(select(Reply)).one()
        session.add(
            Reply(issue_id=sent.issue_id, state="draft", text="Черновик", actor="test", at=NOW)
        )
    assert told(run(database, NOW + 90 * DAY)) == {"drafts erase": (1, 1)}
    with database.reading() as session:
        assert session.scalars(select(Reply.text)).all() == [REPLY]
    assert stones(database, issue) == [("drafts", "erase", "drafts")]


def test_photos_of_residents_and_of_the_staff_go(tmp_path: Path, database_url: str) -> None:
    with a_node(tmp_path, database_url) as node:
        number, issue = closed(node.database)
        sent = added(
            node, ToAppeal(number), a_telephone_jpeg(), a_telephone_jpeg(1), actor=BOSS
        ).photos
        shown = added(node, ToIssue(issue), actor=BOSS).photos
        assert len(sent) == 2
        assert told(counted(node.database, NOW + 364 * DAY)) == {}
        done = told(run(node.database, NOW + 365 * DAY))
        assert done["photos erase"] == (2, 3)
        assert {hung(node, one.public_id).photo.state for one in (*sent, *shown)} == {"erased"}
        assert ("photos", "erase", "photos") in stones(node.database, number)
        assert ("photos", "erase", "photos") in stones(node.database, issue)
        assert "photos erase" not in told(run(node.database, NOW + 4000 * DAY))


def test_a_merged_issue_goes_with_the_one_that_stands_for_it(database: Database) -> None:
    with database.transaction() as session:
        merged = submitted(session, text=TEXT, contact=WHO)
        head = submitted(session, text=TEXT, contact=WHO)
        moved(
            session,
            merged.issue_number,
            "merge",
            1,
            into=head.issue_number,
        )
    # The merged one has ended by itself, but the resident still waits for the answer.
    assert told(run(database, NOW + 2000 * DAY)) == {}
    late = NOW + 2000 * DAY
    with database.transaction() as session:
        version = moved(
            session, head.issue_number, "reject", 2, now=late, ground="no_matter"
        ).version
    assert version == 3
    assert told(run(database, late + 364 * DAY)) == {}
    assert told(run(database, late + 365 * DAY))["contact erase"] == (2, 2)


def test_batches_of_any_size_come_to_the_same(database: Database) -> None:
    numbers = [closed(database)[0] for _ in range(5)]
    toll = run(database, NOW + 365 * DAY, batch=2)
    assert toll.issues == 5
    assert told(toll)["text redact"] == (5, 5)
    assert {text_of(database, number) for number in numbers} == {
        "Нет света. Звоните [имя], [телефон]"
    }


def test_a_hold_keeps_everything_until_it_is_released(database: Database) -> None:
    number, issue = closed(database)
    _, other = closed(database)
    with database.transaction() as session:
        reason = "Суд: дело Ивановой Марии Петровны"
        held = hold_issue(session, unit=UNIT, number=number, reason=reason, actor=BOSS, now=NOW)
        assert held == issue
    with database.transaction() as session, pytest.raises(HeldAlready):
        hold_issue(session, unit=UNIT, number=issue, reason="Ещё", actor=BOSS, now=NOW)
    late = NOW + 2000 * DAY
    assert run(database, late).issues == 1
    assert text_of(database, number) == TEXT
    assert stones(database, other) != []
    with database.transaction() as session:
        release_issue(session, unit=UNIT, number=issue, actor=BOSS, now=late)
    with database.transaction() as session, pytest.raises(NotHeld):
        release_issue(session, unit=UNIT, number=issue, actor=BOSS, now=late)
    assert run(database, late).issues == 1
    assert text_of(database, number) != TEXT
    with database.reading() as session:
        assert session.scalars(select(LegalHold.reason)).all() == ["Суд: дело [имя]"]


def test_a_hold_is_placed_by_right_and_with_a_reason(database: Database) -> None:
    number, _ = closed(database)
    moderator = Somebody("m", "m", (Permit(frozenset({Right.ISSUES_MODERATE}), UNIT),))
    with database.transaction() as session:
        with pytest.raises(NoRight):
            hold_issue(session, unit=UNIT, number=number, reason="x", actor=moderator, now=NOW)
        with pytest.raises(Invalid, match="reason"):
            hold_issue(session, unit=UNIT, number=number, reason=" ", actor=BOSS, now=NOW)


def test_figures_and_the_chain_of_the_journal_stay(database: Database) -> None:
    number, issue = closed(database)

    def summary(session: Session) -> dict[str, object]:
        return make_summary(
            session,
            the_rulebook(),
            unit=UNIT,
            day=NOW.date(),
            status="final",
            reason=None,
            serves=lambda territory, _day: territory,
            now=NOW,
        )

    with database.reading() as session:
        before = summary(session)
    run(database, NOW + 4000 * DAY)
    with database.reading() as session:
        after = summary(session)
        assert after == before
        assert journal.broken_at(session) is None
        [entry] = [
            one
            for one in journal.page(session, subject=number, limit=9)
            if one.action == "data_erased"
        ]
        assert entry.details == {"contact": "erase:contact", "text": "erase:text"}
        of_issue = journal.last_of(session, issue)
        assert of_issue is not None
        assert of_issue.details == {"replies": "redact:replies", "reasons": "redact:reasons"}


def test_on_sqlite_not_a_byte_of_it_is_left_in_the_file(tmp_path: Path) -> None:
    """PostgreSQL clears dead rows by its VACUUM: see the guide."""
    file = tmp_path / "node.sqlite"
    with a_node(tmp_path, f"sqlite:///{file}") as node:
        Base.metadata.create_all(node.database.engine)
        for _ in range(30):
            closed(node.database)
        node.scrub()

        def stored() -> bytes:
            return b"".join(path.read_bytes() for path in tmp_path.glob("node.sqlite*"))

        traces = ("Посадница", "222-33-44", "marfa@", "Ивановой", "иванов", "Нет света", "звонить")
        for trace in traces:
            assert trace.encode() in stored(), trace
        run(node.database, NOW + 4000 * DAY)
        node.scrub()
        left = stored()
        for trace in traces:
            assert trace.encode() not in left, trace


def test_an_issue_is_found_only_by_words_that_are_left(database: Database) -> None:
    number, issue = closed(database)

    def found(query: str) -> list[str]:
        with database.reading() as session:
            wanted = Wanted(scope=Scope.ALL, words=search_for(query))
            return [one.number for one in work_lists.work_list(session, wanted, limit=9)]

    assert found("свет") == found("Иванова") == found(number) == [issue]
    run(database, NOW + 365 * DAY)
    assert found("свет") == found(number) == [issue]
    assert found("Иванова") == []
    run(database, NOW + 1826 * DAY)
    assert found("звонить") == []  # the answer is left, and with it its own words
    assert found("свет") == found(number) == [issue]


def test_the_number_of_queries_does_not_grow_with_the_issues(database: Database) -> None:
    def asked(issues: int) -> int:
        count = 0

        def counting(*_: Any) -> None:
            nonlocal count
            count += 1

        toll = Toll()
        with database.reading() as session:
            event.listen(database.engine, "before_cursor_execute", counting)
            count_due(session, the_rulebook(), toll, after=0, limit=100, now=NOW + 4000 * DAY)
            event.remove(database.engine, "before_cursor_execute", counting)
        assert toll.issues == issues
        return count

    closed(database)
    one = asked(1)
    for _ in range(6):
        closed(database)
    assert asked(7) == one
