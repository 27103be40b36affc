"""The copy of all that is held on a resident, as it is handed over: to the resident, on request.

152-ФЗ, article 14. Texts that others wrote (reasons of moves) are given without personal data, and
of the staff no names: they are not the resident's data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

VERSION = 1
"""Of the form of this copy."""


@dataclass(frozen=True, slots=True)
class ContactCopy:
    """What the resident gave. None: nothing was given. Times are UTC, here and below."""

    name: str | None
    phone: str | None
    email: str | None
    address: str | None
    reply_by: str | None
    consent_version: str | None
    consented_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaceCopy:
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class MoveCopy:
    """One step of the work on the issue."""

    move: str
    state: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReplyCopy:
    """What was answered. `kind`: interim, final or question."""

    kind: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SaidCopy:
    """What the resident said by the status link. `kind`: mark, contest or answer."""

    kind: str
    mark: str | None
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoCopy:
    """A photo or document the resident sent; `state` erased: only that it was."""

    kind: str
    state: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptCopy:
    """One attempt to deliver. `code`: what the other side answered."""

    way: str
    result: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryCopy:
    """What was handed over to be told: an answer or a notice of a stage. `state`: waiting,
    delivered or failed."""

    kind: str
    stage: str
    way: str
    state: str
    failure: str | None
    created_at: datetime
    delivered_at: datetime | None
    attempts: tuple[AttemptCopy, ...]


@dataclass(frozen=True, slots=True)
class RequestCopy:
    """A request about these data that was served. `kind`: export, correct or erase."""

    kind: str
    fields: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureCopy:
    """What was erased or redacted, by which rule and when; of a contact also the consent."""

    number: str
    data: str
    fate: str
    rule: str
    rule_name: str
    at: datetime
    consent_version: str | None
    consented_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryCopy:
    """An entry of the journal on a number of the appeal or of its issue."""

    id: int
    at: datetime
    action: str
    subject: str
    details: dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class AppealCopy:
    """One appeal with everything that hangs on it."""

    number: str
    channel: str
    external_id: str | None
    kind: str
    territory: str
    topic: str | None
    text: str
    place: PlaceCopy | None
    received_at: datetime
    registered_at: datetime
    contact: ContactCopy | None
    issue: str
    issue_state: str
    issue_outcome: str | None
    issue_closed_at: datetime | None
    merged_into: str | None
    moves: tuple[MoveCopy, ...]
    replies: tuple[ReplyCopy, ...]
    said: tuple[SaidCopy, ...]
    deliveries: tuple[DeliveryCopy, ...]
    photos: tuple[PhotoCopy, ...]
    requests: tuple[RequestCopy, ...]
    erased: tuple[ErasureCopy, ...]
    journal: tuple[EntryCopy, ...]


@dataclass(frozen=True, slots=True)
class PersonFile:
    """The whole copy. `warnings`: what whoever hands it over has to look at first."""

    version: int
    made_at: datetime
    unit: str
    operator: str
    warnings: tuple[str, ...]
    appeals: tuple[AppealCopy, ...]


def strangers(appeals: Iterable[AppealCopy]) -> tuple[str, ...]:
    """Sentences on appeals whose contacts have nothing in common with the one before: are they of
    one person at all?"""
    known = [(one.number, _marks(one.contact)) for one in appeals if one.contact is not None]
    return tuple(
        f"Контакты обращений {first} и {second} не совпадают ни именем, ни телефоном, ни почтой: "
        "убедитесь, что их подал один человек, прежде чем отдавать копию."
        for (first, one), (second, other) in pairwise(known)
        if one and other and not one & other
    )


def _marks(contact: ContactCopy | None) -> set[str]:
    if contact is None:
        return set()
    digits = "".join(char for char in contact.phone or "" if char.isdigit())[-10:]
    given = (contact.name, contact.email)
    return {" ".join(text.lower().split()) for text in given if text} | ({digits} - {""})
