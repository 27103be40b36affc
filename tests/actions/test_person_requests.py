"""What a resident may ask for by the numbers of appeals: a correction, an erasure; and who may."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from node.actions.correct_contact import ContactErased, NoSuchAppeal, correct_contact
from node.actions.erase_person import NotErasable
from node.actions.hold_issue import hold_issue
from node.domain.appeal import Contact
from node.domain.errors import Invalid
from node.domain.retention import Data, Fate
from node.domain.rights import Actor, NoRight, Permit, Right
from node.store import (
    data_requests,
    journal,
    tombstones,
)
from node.store.appeals import Appeal, Resident
from node.store.issues import IssueState
from node.store.journal import JournalEntry
from node.store.replies import Reply
from node.store.session import Database
from tests.support.appeals import NOW, UNIT, moved
from tests.support.retention import BOSS, DAY, REASON, WHO, an_appeal, closed, erase, export


def correct(database: Database, number: str, *, actor: Actor = BOSS, **changes: Any) -> Any:
    with database.transaction() as session:
        return correct_contact(
            session,
            unit=UNIT,
            number=number,
            changes=changes,
            reason=REASON,
            actor=actor,
            now=NOW,
        )


def everything(database: Database) -> str:
    """Every text a resident's data may stand in."""
    with database.reading() as session:
        found: list[object] = []
        for query in (Appeal.text, Reply.text, IssueState.reason):
            found += session.scalars(select(query))
        found += [vars(one) for one in session.scalars(select(Resident))]
        return str(found)


# --- A correction ---------------------------------------------------------------------------------


def test_a_correction_changes_the_contact_and_tells_only_which_fields(database: Database) -> None:
    number, _ = an_appeal(database)
    changed = correct(database, number, phone="+7 900 765-43-21", name=None, address=WHO.address)
    assert changed == ("name", "phone")
    with database.reading() as session:
        resident = session.scalars(select(Resident)).one()
        assert (resident.name, resident.phone) == (None, "+7 900 765-43-21")
        assert (resident.consent_version, resident.consented_at) == (WHO.consent_version, NOW)
        entry = journal.last_of(session, number)
        assert entry is not None
        assert (entry.action, entry.details) == ("contact_corrected", {"fields": "name,phone"})
        [request] = data_requests.of_subjects(session, [number])[number]
        assert (request.fields, request.reason) == (["name", "phone"], REASON)
        for row in session.scalars(select(JournalEntry)):
            assert "765-43-21" not in str(vars(row))


def test_a_reason_is_kept_without_personal_data(database: Database) -> None:
    number, _ = an_appeal(database)
    with database.transaction() as session:
        correct_contact(
            session,
            unit=UNIT,
            number=number,
            changes={"phone": "+7 900 765-43-21"},
            reason="Позвонила Иванова Мария Петровна, новый номер +7 900 765-43-21",
            actor=BOSS,
            now=NOW,
        )
    with database.reading() as session:
        [request] = data_requests.of_subjects(session, [number])[number]
        assert request.reason == "Позвонила [имя], новый номер [телефон]"


def test_an_appeal_without_a_contact_may_be_given_one(database: Database) -> None:
    number, _ = an_appeal(database, contact=Contact())
    assert correct(database, number, email="new@example.org") == ("email",)
    with database.reading() as session:
        assert session.scalars(select(Resident.email)).all() == ["new@example.org"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"phone": "позвоните"}, {"phone"}),
        ({"email": "не адрес", "name": "x" * 201}, {"email", "name"}),
        ({"phone": ""}, {"phone"}),  # the answer was to come by phone
        ({"reply_by": "pigeon"}, {"reply_by"}),
        ({"consent_version": "x"}, {"consent_version"}),
        ({}, {"contact"}),
    ],
)
def test_every_wrong_field_of_a_correction_is_named(
    database: Database, changes: dict[str, str], named: set[str]
) -> None:
    number, _ = an_appeal(database)
    with pytest.raises(Invalid) as refused:
        correct(database, number, **changes)
    assert {fault.field for fault in refused.value.faults} == named
    with database.reading() as session:
        assert session.scalars(select(Resident.phone)).one() == WHO.phone


def test_what_is_erased_or_unknown_is_not_corrected(database: Database) -> None:
    number, _ = closed(database)
    erase(database, number)
    with pytest.raises(ContactErased):
        correct(database, number, phone="+7 900 765-43-21")
    with pytest.raises(NoSuchAppeal):
        correct(database, "RU-MUR-26-009999", phone="+7 900 765-43-21")


# --- An erasure -----------------------------------------------------------------------------------


def test_an_erasure_takes_contact_and_text_and_leaves_a_tombstone(database: Database) -> None:
    number, issue = closed(database)
    assert "Посадница" in everything(database)
    erased = {one.number: set(one.done) for one in erase(database, number)}
    assert erased == {
        number: {(Data.CONTACT, Fate.ERASE), (Data.TEXT, Fate.ERASE)},
        issue: {(Data.REPLIES, Fate.REDACT), (Data.REASONS, Fate.REDACT)},
    }
    left = everything(database)
    for trace in ("Посадница", "222-33-44", "marfa", "Иванов", "Нет света"):
        assert trace not in left
    with database.reading() as session:
        stones = tombstones.of_subjects(session, [number])[number]
        assert {(one.data, one.rule, one.actor) for one in stones} == {
            ("contact", "request", "test"),
            ("text", "request", "test"),
        }
        assert journal.broken_at(session) is None
        actions = [one.action for one in journal.page(session, subject=number, limit=2)]
        assert actions == ["erasure_requested", "data_erased"]
    assert {one.number: one.done for one in erase(database, number)} == {number: ()}


def test_of_a_shared_issue_others_keep_theirs(database: Database) -> None:
    mine, merged = an_appeal(database)
    other, head = an_appeal(database, text="И у нас темно. Борис Годунов")
    with database.transaction() as session:
        moved(session, merged, "merge", 1, into=head)
    with database.transaction() as session:
        moved(session, head, "reject", 2, ground="no_matter", reason="Годунов Борис Фёдорович")
    erase(database, mine)
    with database.reading() as session:
        texts = dict(session.execute(select(Appeal.number, Appeal.text)).all())
        assert texts[other] == "И у нас темно. Борис Годунов"
        assert texts[mine].startswith("[Текст удалён")
        assert len(session.scalars(select(Resident)).all()) == 1


@pytest.mark.parametrize(
    ("kind", "is_closed", "words"),
    [
        ("message", False, "проблема ещё не завершена, жителю должны ответить до 18.12.2026"),
        ("formal", False, "идёт срок ответа по 59-ФЗ до 18.12.2026"),
        ("formal", True, "обращение по 59-ФЗ обязаны хранить до 18.11.2031"),
    ],
)
def test_an_erasure_is_refused_with_the_reason_and_the_day(
    database: Database, kind: str, is_closed: bool, words: str
) -> None:
    number, _ = (closed if is_closed else an_appeal)(database, kind=kind)
    free, _ = closed(database)
    with pytest.raises(NotErasable) as refused:
        erase(database, free, number)
    assert f"{number}: {words}" in refused.value.message
    assert refused.value.extra["refused"] == [number]
    assert "Посадница" in everything(database)
    with database.reading() as session:
        assert tombstones.of_subjects(session, [free]) == {free: []}  # all or nothing
    erase(database, free, number, force=True)
    assert "Посадница" not in everything(database)
    with database.reading() as session:
        entry = journal.last_of(session, number)
        assert entry is not None
        assert entry.details == {"forced": 1}
        [request] = data_requests.of_subjects(session, [number])[number]
        assert request.forced


def test_a_formal_appeal_is_erasable_once_its_years_are_over(database: Database) -> None:
    number, _ = closed(database, kind="formal")
    with pytest.raises(NotErasable):
        erase(database, number, after=1825 * DAY)
    assert erase(database, number, after=1826 * DAY)


def test_a_legal_hold_is_stronger_than_force(database: Database) -> None:
    number, issue = closed(database)
    with database.transaction() as session:
        hold_issue(session, unit=UNIT, number=issue, reason="Суд", actor=BOSS, now=NOW)
    with pytest.raises(NotErasable, match="идёт суд, проверка или спор"):
        erase(database, number, force=True)


def test_of_an_open_issue_force_takes_only_what_is_the_residents(database: Database) -> None:
    number, issue = an_appeal(database)
    erased = {one.number: one.done for one in erase(database, number, force=True)}
    assert set(erased) == {number}
    with database.transaction() as session:
        moved(session, issue, "route", 1)  # the work goes on


# --- Who may, and for which numbers ---------------------------------------------------------------


def test_only_whoever_answers_for_the_data_of_the_whole_node_may(database: Database) -> None:
    number, _ = closed(database)
    others = frozenset(Right) - {Right.RESIDENTS_MANAGE}
    rights = frozenset({Right.RESIDENTS_MANAGE})
    of_sector = Permit(rights, UNIT, sectors=frozenset({"roads"}))
    for permit in (Permit(others, UNIT, closed=True), of_sector):
        actor = Actor("somebody", "должность", (permit,))
        for ask in (
            lambda actor=actor: export(database, number, actor=actor),
            lambda actor=actor: erase(database, number, actor=actor),
            lambda actor=actor: correct(database, number, actor=actor, name="x"),
        ):
            with pytest.raises(NoRight):
                ask()
    officer = Actor("officer", "должность", (Permit(rights, UNIT),))
    assert export(database, number, actor=officer).appeals
    assert erase(database, number, actor=officer)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([], "хотя бы один"),
        (["RU-MUR-26-009999"], "RU-MUR-26-009999"),
        (["Марфа Посадница"], "Марфа Посадница"),
        (["+7 911 222-33-44"], "222-33-44"),
        (["a\0b"], "нет обращений"),
        ([f"RU-MUR-26-{n:06}" for n in range(201)], "не больше 200"),
    ],
)
def test_only_numbers_of_appeals_are_answered(
    database: Database, numbers: list[str], words: str
) -> None:
    an_appeal(database)
    for ask in (export, erase):
        with pytest.raises(Invalid, match=words.replace("+", r"\+")):
            ask(database, *numbers)


def test_a_reason_is_always_asked_for(database: Database) -> None:
    number, _ = an_appeal(database)
    with database.transaction() as session, pytest.raises(Invalid, match="reason"):
        correct_contact(
            session,
            unit=UNIT,
            number=number,
            changes={"name": "x"},
            reason="  ",
            actor=BOSS,
            now=NOW,
        )
