"""Correct the contact of a resident, who has asked for it under the number of an appeal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.hold_issue import checked_reason
from node.domain.appeal import Contact, checked_contact, is_number
from node.domain.errors import Conflict, Fault, Invalid, NotFound
from node.domain.retention import Data
from node.domain.rights import Actor, Right
from node.store import appeals, data_requests, journal, tombstones
from node.store.appeals import Resident

FIELDS = ("name", "phone", "email", "address", "reply_by")


class NoSuchAppeal(NotFound):
    """Обращения с таким номером на этом узле нет: проверьте номер."""


class ContactErased(Conflict):
    """Контакты по этому обращению удалены: исправлять нечего. Пусть житель подаст новое."""


def correct_contact(
    session: Session,
    *,
    unit: str,
    number: str,
    changes: Mapping[str, str | None],
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[str, ...]:
    """Put other values into fields of a contact; the names of those that have become others.

    None and an empty text take a value away. What the resident consented to stays as it was.
    NoRight, NoSuchAppeal, ContactErased. Invalid names every bad field by its own name, and
    `reason`. The journal is told which fields, never what stood or stands in them.
    """
    actor.require_whole(Right.RESIDENTS_MANAGE, unit)
    told = checked_reason(reason)
    found = appeals.by_number(session, number) if is_number(number) else None
    if found is None:
        raise NoSuchAppeal
    appeal, _ = found
    resident = session.get(Resident, appeal.id)
    if resident is None:
        stones = tombstones.of_subjects(session, [number])[number]
        if any(stone.data == Data.CONTACT for stone in stones):
            raise ContactErased
        resident = Resident(appeal_id=appeal.id)
    changed = _changed(resident, changes)
    if changed:
        for field, value in changed.items():
            setattr(resident, field, value)
        session.add(resident)
        session.flush()
    data_requests.write(
        session,
        kind="correct",
        subjects=[number],
        fields=tuple(changed),
        reason=told,
        actor=actor.name,
        now=now,
    )
    journal.write(
        session,
        action="contact_corrected",
        subject=number,
        actor=actor.name,
        now=now,
        fields=",".join(changed),
    )
    return tuple(changed)


def _changed(resident: Resident, changes: Mapping[str, str | None]) -> dict[str, str | None]:
    """The fields that get another value, and that value."""
    if not changes:
        known = ", ".join(FIELDS)
        raise Invalid(Fault("contact", f"назовите, что исправить: хоть одно из {known}"))
    if unknown := [name for name in changes if name not in FIELDS]:
        raise Invalid(
            *(Fault(name, f"нет такого поля; есть: {', '.join(FIELDS)}") for name in unknown)
        )
    before = {name: getattr(resident, name) for name in FIELDS}
    try:
        after = checked_contact(Contact(**{**before, **changes}))
    except Invalid as refusal:
        faults = (
            Fault(fault.field.removeprefix("contact."), fault.message) for fault in refusal.faults
        )
        raise Invalid(*faults) from None
    values = asdict(after)
    return {name: values[name] for name in FIELDS if values[name] != before[name]}
