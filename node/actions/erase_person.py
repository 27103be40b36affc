"""Erase what is held on a resident, who has asked for it by the numbers of appeals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.erase_data import Order, erase_data
from node.actions.hold_issue import checked_reason
from node.domain.appeal import is_number
from node.domain.erasure_request import Asked, Hindrance, Obstacle, hindrance
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.local_day import day_of
from node.domain.retention import ON_REQUEST, REDACTABLE, Data, Fate, Held
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import data_requests, holdings, journal, legal_holds, person_files
from node.store.person_files import Owned

MOST = 200
"""Numbers in one request."""
WHY = "по запросу жителя"
WORDS = {
    Obstacle.HELD: "удаление запрещено: идёт суд, проверка или спор",
    Obstacle.TERM: "идёт срок ответа по 59-ФЗ",
    Obstacle.OPEN: "проблема ещё не завершена, жителю должны ответить",
    Obstacle.KEPT: "обращение по 59-ФЗ обязаны хранить",
}


class NotErasable(Conflict):
    """Удалить сейчас нельзя."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased or redacted under a number of an appeal or an issue; empty: nothing was
    left."""

    number: str
    done: tuple[tuple[Data, Fate], ...]


def erase_person(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    numbers: Sequence[str],
    reason: str,
    force: bool,
    actor: Actor,
    now: datetime,
) -> tuple[Erased, ...]:
    """Erase contact, text and photos of these appeals, and redact what was written of them under
    ended issues. All or nothing.

    `force`: also while an issue is open or a formal appeal has to be kept; a legal hold stops it
    even then. NoRight; Invalid names numbers nobody knows; NotErasable says of each number why not
    and until when.
    """
    actor.require_whole(Right.RESIDENTS_MANAGE, unit)
    told = checked_reason(reason)
    owned = owned_by(session, numbers)
    groups = holdings.gather(session, {one.head.id for one in owned}, lock=True, open_at=now)
    held = {(one.of_issue, one.id): one for group in groups for one in group.held}
    zone = rulebook.directory.zone(unit)
    hindered: dict[str, Hindrance] = {}
    for one in owned:
        asked = _asked(session, one)
        why = hindrance(asked, held[False, one.appeal.id], rulebook.retention, zone, now)
        if why is not None and not (force and why.obstacle is not Obstacle.HELD):
            hindered[one.appeal.number] = why
    if hindered:
        raise _not_erasable(hindered)
    orders = [order for one in owned for order in _of_appeal(held[False, one.appeal.id])]
    ended = {id for one in owned if one.head.closed_at for id in (one.issue.id, one.head.id)}
    orders += [order for id in sorted(ended) for order in _of_issue(held[True, id])]
    data_requests.write(
        session,
        kind="erase",
        subjects=[one.appeal.number for one in owned],
        reason=told,
        forced=force,
        actor=actor.name,
        now=now,
    )
    erase_data(session, orders, day=f"{day_of(now, zone):%d.%m.%Y}", actor=actor.name, now=now)
    for one in owned:
        journal.write(
            session,
            action="erasure_requested",
            subject=one.appeal.number,
            actor=actor.name,
            now=now,
            forced=int(force),
        )
    return _told(owned, orders)


def owned_by(session: Session, numbers: Sequence[str]) -> Sequence[Owned]:
    """The appeals of these numbers, in this order. Invalid: there are none, too many, or nobody
    knows one of them."""
    wanted = list(dict.fromkeys(number.strip() for number in numbers))
    if not wanted:
        raise Invalid(Fault("appeals", "назовите хотя бы один номер обращения"))
    if len(wanted) > MOST:
        raise Invalid(Fault("appeals", f"не больше {MOST} номеров за один запрос"))
    found = {
        one.appeal.number: one
        for one in person_files.owned(session, [n for n in wanted if is_number(n)])
    }
    if unknown := [number[:80] for number in wanted if number not in found]:
        raise Invalid(
            Fault("appeals", f"нет обращений с такими номерами: {', '.join(unknown[:20])}")
        )
    return [found[number] for number in wanted]


def _asked(session: Session, one: Owned) -> Asked:
    return Asked(
        number=one.appeal.number,
        formal=one.appeal.kind == "formal",
        ended_at=one.head.closed_at,
        due_at=one.head.final_due_at,
        held=legal_holds.in_force(session, one.head.id) is not None,
    )


def _not_erasable(hindered: Mapping[str, Hindrance]) -> NotErasable:
    told = []
    for number, why in hindered.items():
        until = f" до {why.until:%d.%m.%Y}" if why.until else ""
        told.append(f"{number}: {WORDS[why.obstacle]}{until}")
    return NotErasable(f"Удалить сейчас нельзя. {'; '.join(told)}.", refused=list(hindered))


def _of_appeal(held: Held) -> list[Order]:
    return [
        Order(held, data, Fate.ERASE, ON_REQUEST, WHY)
        for data, items in held.items.items()
        if items
    ]


def _of_issue(held: Held) -> list[Order]:
    """Others may have written of the same: what was written under an issue is only redacted."""
    return [
        Order(held, data, Fate.REDACT, ON_REQUEST, WHY)
        for data, items in held.items.items()
        if items and data in REDACTABLE and data not in held.redacted
    ]


def _told(owned: Sequence[Owned], orders: Sequence[Order]) -> tuple[Erased, ...]:
    done: dict[str, list[tuple[Data, Fate]]] = {one.appeal.number: [] for one in owned}
    for order in orders:
        done.setdefault(order.held.subject, []).append((order.data, order.fate))
    return tuple(Erased(number, tuple(what)) for number, what in done.items())
