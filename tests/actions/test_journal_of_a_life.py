"""Whatever is done to an issue and to what is known of its residents: the journal tells that it
was done, and not a word of what anybody wrote or who anybody is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from node.actions.add_photos import ToAppeal, ToIssue
from node.actions.apply_retention import Toll, apply_retention
from node.actions.correct_contact import correct_contact
from node.actions.erase_person import erase_person
from node.actions.export_person import export_person
from node.actions.hear_resident import hear_resident
from node.actions.hold_issue import hold_issue, release_issue
from node.actions.move_issue import move_issue
from node.bootstrap import Node
from node.domain.appeal import Contact
from node.domain.issue import MOVES
from node.domain.resident_choices import Choice
from node.domain.rights import Actor, Permit, Right, unlimited
from node.store import issues, journal
from node.store.journal import JournalEntry
from tests.support.appeals import NOW, UNIT, submitted, the_rulebook
from tests.support.photos import added
from tests.support.web import a_node

SECRET = "Посадница"  # in everything anybody writes
PHONE = "911 222-33-44"
WHO = Contact(
    name=f"Марфа {SECRET}",
    phone=f"+7 {PHONE}",
    email="marfa@example.org",
    reply_by="phone",
    address=f"улица {SECRET}, 5",
    consent_version="abcdef0123456789",
)
SAID = f"Марфа {SECRET}, +7 {PHONE}, marfa@example.org"
BOSS = unlimited("test", UNIT)
EXECUTOR = Actor(
    "executor", "должность", (Permit(frozenset(Right) - {Right.ISSUES_APPROVE}, UNIT, closed=True),)
)
DAY = timedelta(days=1)


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


class Life:
    """An issue that is moved, with something written wherever something may be written."""

    def __init__(self, node: Node, **appeal: Any) -> None:
        self.node, self.made = node, set[str]()
        with node.transaction() as session:
            names = submitted(
                session, text=SAID, contact=WHO, external_id=f"{SAID} {id(self)}", **appeal
            )
        self.appeal, self.number = names.number, names.issue_number
        self.key = names.status_key

    def go(self, name: str, *, actor: Actor = BOSS, **fields: str) -> Life:
        move = MOVES[name]
        spoken = {"text", "reason", "responsible", "addressee"} & {*move.requires, *move.optional}
        with self.node.transaction() as session:
            issue = issues.by_number(session, self.number)
            assert issue is not None
            move_issue(
                session,
                the_rulebook(),
                unit=UNIT,
                number=self.number,
                move=name,
                version=issue.version,
                fields=dict.fromkeys(spoken, SAID) | fields,
                actor=actor,
                now=NOW,
            )
        self.made.add(name)
        return self


def test_a_whole_life_leaves_no_personal_word_in_the_journal(node: Node) -> None:
    later = (NOW + 10 * DAY).date().isoformat()
    head = Life(node, topic="roads.pits")
    life = Life(node, topic="roads.pits")
    rejected = Life(node).go("take").go("reject", ground="not_competent")
    formal = Life(node, kind="formal")
    formal.go("forward", way="post", sent_on=NOW.date().isoformat())
    first, second = [one.code for one in the_rulebook().agencies][:2]
    life.go("take").go("admit").go("prioritise", urgency="urgent").go("route", executor=first)
    life.go("reroute", executor=second).go("return").go("reclassify", topic="roads.snow")
    life.go("route", executor=first).go("pause").go("resume").go("interim", until=later)
    life.go("merge", into=head.number).go("unmerge").go("route", executor=first)
    life.go("answer", actor=EXECUTOR, outcome="solved").go("send_back")
    life.go("answer", actor=EXECUTOR, outcome="solved").go("approve")
    life.go("close", outcome="solved").go("reopen")
    life.go("answer", outcome="explained").go("close", outcome="explained")
    assert head.made | life.made | rejected.made | formal.made == set(MOVES)

    with node.transaction() as session:
        for choice in (Choice.MARK, Choice.CONTEST):
            hear_resident(
                session,
                the_rulebook(),
                unit=UNIT,
                key=life.key,
                choice=choice,
                mark="unsatisfied" if choice is Choice.MARK else "",
                text=SAID,
                contest_days=14,
                now=NOW,
            )
    life.go("answer", outcome="explained").go("close", outcome="explained")

    added(node, ToAppeal(life.appeal), actor=BOSS)
    added(node, ToIssue(life.number), actor=BOSS)
    common: dict[str, Any] = {"unit": UNIT, "actor": BOSS}
    with node.transaction() as session:
        correct_contact(
            session,
            number=life.appeal,
            changes={"name": f"Мария {SECRET}", "phone": "+7 900 765-43-21"},
            reason=SAID,
            now=NOW,
            **common,
        )
        hold_issue(session, number=life.number, reason=SAID, now=NOW, **common)
        release_issue(session, number=life.number, now=NOW, **common)
        export_person(
            session,
            the_rulebook(),
            operator="Администрация",
            numbers=[life.appeal],
            reason=SAID,
            now=NOW,
            **common,
        )
        erase_person(
            session,
            the_rulebook(),
            numbers=[rejected.appeal],
            reason=SAID,
            force=False,
            now=NOW,
            **common,
        )
        apply_retention(
            session,
            the_rulebook(),
            Toll(),
            unit=UNIT,
            after=0,
            limit=100,
            now=NOW + 4000 * DAY,
        )
    with node.reading() as session:
        entries = session.scalars(select(JournalEntry)).all()
        assert len(entries) > 30
        told = str([vars(entry) for entry in entries]).lower()
        for trace in (SECRET, "Марфа", "Мария", PHONE, "222-33", "765-43", "marfa", "улица"):
            assert trace.lower() not in told, trace
        assert journal.broken_at(session) is None
