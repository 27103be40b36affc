"""Appeals with personal data in every text, their retention run, and what is left of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from node.actions.apply_retention import Toll, apply_retention, count_due
from node.actions.erase_person import Erased, erase_person
from node.actions.export_person import export_person
from node.domain.appeal import Contact
from node.domain.person_file import PersonFile
from node.domain.rights import Actor, unlimited
from node.store import tombstones
from node.store.appeals import Appeal
from node.store.session import Database
from tests.support.appeals import NOW, UNIT, moved, submitted, the_rulebook

DAY = timedelta(days=1)
WHO = Contact(
    name="Марфа Посадница",
    phone="+7 911 222-33-44",
    email="marfa@example.org",
    reply_by="phone",
    address="улица Ленина, 5",
    consent_version="abcdef0123456789",
)
TEXT = "Нет света. Звоните Ивановой Марии Петровне, +7 911 222-33-44"
REPLY = "Мария Петровна Иванова, свет дали. Диспетчер: +7 815 200-00-00"
BOSS = unlimited("test", UNIT)


def an_appeal(database: Database, *, at: datetime = NOW, **overrides: Any) -> tuple[str, str]:
    """The numbers of an appeal and of its issue."""
    values: dict[str, Any] = {"text": TEXT, "contact": WHO, "topic": "roads.pits"}
    with database.transaction() as session:
        names = submitted(session, now=at, **values | overrides)
    return names.number, names.issue_number


def closed(database: Database, *, at: datetime = NOW, **overrides: Any) -> tuple[str, str]:
    """The numbers of an appeal and of its issue, which is closed."""
    number, issue = an_appeal(database, at=at, **overrides)
    formal = {"complained_of": "none"} if overrides.get("kind") == "formal" else {}
    moves: list[tuple[str, dict[str, str]]] = [
        ("route", {"reason": "Передано по просьбе Ивановой Марии Петровны", **formal}),
        ("answer", {"text": REPLY, "outcome": "solved"}),
        ("close", {"outcome": "solved"}),
    ]
    for version, (move, fields) in enumerate(moves, 1):
        with database.transaction() as session:
            moved(session, issue, move, version, now=at, **fields)
    return number, issue


def run(database: Database, now: datetime, *, batch: int = 100) -> Toll:
    toll, last = Toll(), 0
    while True:
        with database.transaction() as session:
            reached = apply_retention(
                session, the_rulebook(), toll, unit=UNIT, after=last, limit=batch, now=now
            )
        if reached is None:
            return toll
        last = reached


def counted(database: Database, now: datetime) -> Toll:
    toll, last = Toll(), 0
    with database.reading() as session:
        while (
            reached := count_due(session, the_rulebook(), toll, after=last, limit=2, now=now)
        ) is not None:
            last = reached
    return toll


def told(toll: Toll) -> dict[str, tuple[int, int]]:
    return {f"{one.rule} {one.fate}": (one.numbers, one.items) for one in toll.lines}


def text_of(database: Database, number: str) -> str:
    with database.reading() as session:
        return session.scalars(select(Appeal.text).where(Appeal.number == number)).one()


def stones(database: Database, number: str) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        found = tombstones.of_subjects(session, [number])[number]
        return [(one.data, one.fate, one.rule) for one in found]


REASON = "Заявление № 12 от 17.11.2026"


def export(database: Database, *numbers: str, actor: Actor = BOSS) -> PersonFile:
    with database.transaction() as session:
        return export_person(
            session,
            the_rulebook(),
            unit=UNIT,
            operator="Администрация",
            numbers=numbers,
            reason=REASON,
            actor=actor,
            now=NOW,
        )


def erase(
    database: Database,
    *numbers: str,
    force: bool = False,
    actor: Actor = BOSS,
    after: timedelta = DAY,
) -> tuple[Erased, ...]:
    with database.transaction() as session:
        return erase_person(
            session,
            the_rulebook(),
            unit=UNIT,
            numbers=numbers,
            reason=REASON,
            force=force,
            actor=actor,
            now=NOW + after,
        )
