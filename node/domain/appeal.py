"""An appeal as somebody hands it in, and what makes it acceptable: the same for every channel.

A channel turns its own form (JSON, a web form, a CSV row) into a `NewAppeal` and leaves judging
it to `checked`. Names of fields in faults are those of the public API; a channel with other names
translates them. Texts of faults are read by residents, so they are Russian and say what to do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from node.domain.agencies import Agencies
from node.domain.classifier import Classifier
from node.domain.directory import Directory
from node.domain.errors import Fault, Forbidden, Invalid
from node.domain.tier import TierPolicy

MAX_TEXT = 10_000
MAX_EXTERNAL_ID = 200
MAX_NAME = 200
MAX_ADDRESS = 500
MAX_EMAIL = 254
MAX_SHOWN = 80  # of what a refusal repeats and looks for the like of
# A sender's clock may run ahead of ours by this much; the moment is then taken as now.
SKEW = timedelta(minutes=5)
# The first centre opened in late 2018: anything older is a typing slip or a broken clock.
EARLIEST = datetime(2018, 1, 1, tzinfo=UTC)

KINDS = ("message", "formal")
REPLY_BY = {"email": "email", "phone": "phone", "status_page": None}
"""How a resident may ask to be answered → which contact that needs."""

CHANNEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NUMBER = re.compile(r"[A-Za-z0-9._-]{1,80}")
PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{4,38}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class NoIntake(Forbidden):
    """Этот узел обращений не принимает: отправьте обращение узлу своего региона или города."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who wrote and where to answer: personal data, kept apart from the appeal."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    reply_by: str | None = None
    address: str | None = None
    consent_version: str | None = None

    def __bool__(self) -> bool:
        return any(
            (self.name, self.phone, self.email, self.reply_by, self.address, self.consent_version)
        )


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """What one resident sent through one channel.

    `topic` None: nobody said. `received_at` None: now. `external_id`: how the channel itself
    names the appeal; the same one twice is one appeal. `lat`, `lon`: degrees of the place written
    about. `link_shown`: whether the resident is shown the link to the appeal's status page, without
    which an answer there reaches nobody.
    """

    text: str
    territory: str
    channel: str
    topic: str | None = None
    received_at: datetime | None = None
    external_id: str | None = None
    kind: str = "message"
    lat: float | None = None
    lon: float | None = None
    contact: Contact = Contact()
    link_shown: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedAppeal:
    """An appeal nothing is wrong with; `received_at` is known, aware and not in the future."""

    appeal: NewAppeal
    received_at: datetime


def require_intake(policy: TierPolicy) -> None:
    """NoIntake where the tier's policy has no intake: its figures come only from below."""
    if not policy.intake:
        raise NoIntake


def checked(
    appeal: NewAppeal,
    *,
    directory: Directory,
    classifier: Classifier,
    unit: str,
    now: datetime,
) -> AcceptedAppeal:
    """The appeal, fit to be registered at the node of `unit`. Invalid names every bad field."""
    faults = (
        *_faults_of_text(appeal.text),
        *faults_of_territory(appeal.territory, directory, unit),
        *(faults_of_topic(appeal.topic, classifier) if appeal.topic is not None else ()),
        *_faults_of_origin(appeal, now),
        *_faults_of_place(appeal),
        *_faults_of_contact(appeal.contact),
    )
    if faults:
        raise Invalid(*faults)
    contact = _trimmed_contact(appeal.contact)
    received_at = now if appeal.received_at is None else min(appeal.received_at, now)
    return AcceptedAppeal(replace(appeal, contact=contact), received_at.astimezone(UTC))


def checked_contact(contact: Contact) -> Contact:
    """A contact corrected by itself, trimmed. Invalid names every bad field as `contact.…`."""
    faults = (
        *_faults_of_contact(contact),
        *faults_of_line("contact.address", contact.address, MAX_ADDRESS),
    )
    if faults:
        raise Invalid(*faults)
    return _trimmed_contact(contact)


def faults_of_line(field: str, text: str | None, limit: int) -> Iterator[Fault]:
    """What is wrong with a text of one line: characters no database or page can hold, length."""
    if text is None:
        return
    if unstorable(text):
        yield Fault(field, "содержит недопустимые символы (NUL или часть символа): уберите их")
    if len(text) > limit:
        yield Fault(field, f"длиннее {limit} знаков: сократите")


def unstorable(text: str) -> bool:
    """Whether a text holds what UTF-8 and PostgreSQL cannot: NUL or half of a surrogate pair."""
    return "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


def is_number(text: str) -> bool:
    """Whether a text can be the number of an appeal or an issue at all."""
    return NUMBER.fullmatch(text) is not None


def _faults_of_text(text: str) -> Iterator[Fault]:
    if not text.strip():
        yield Fault("text", "пустой: опишите, что случилось и где")
    elif unstorable(text):
        yield Fault("text", "содержит недопустимые символы (NUL или часть символа): уберите их")
    elif len(text) > MAX_TEXT:
        yield Fault("text", f"длиннее {MAX_TEXT} знаков ({len(text)}): сократите")


def faults_of_territory(code: str, directory: Directory, unit: str) -> Iterator[Fault]:
    """What is wrong with a territory for the node of `unit`: it serves itself and what is below."""
    if directory.is_within(code, unit):
        return
    if code in directory:
        yield Fault(
            "territory",
            f"{directory.name(code)} ({code}) не относится к территории этого узла — "
            f"{directory.name(unit)} ({unit}): отправьте обращение узлу той территории",
        )
        return
    near = _named(directory.nearest(code[:MAX_SHOWN]), directory)
    yield Fault("territory", f"территории {_quoted(code)} нет в справочнике{near}")


def faults_of_topic(code: str, classifier: Classifier) -> Iterator[Fault]:
    """What is wrong with a topic: only a leaf of the classifier, or `unsorted`, is one."""
    if classifier.accepts(code):
        return
    near = _named(classifier.nearest(code[:MAX_SHOWN]), classifier)
    yield Fault("topic", f"темы {_quoted(code)} нет в классификаторе{near}")


def faults_of_executor(code: str, agencies: Agencies) -> Iterator[Fault]:
    """What is wrong with an executor: it must be one known here, or an agency."""
    if code in agencies:
        return
    near = _named(agencies.nearest(code[:MAX_SHOWN]), agencies)
    yield Fault("executor", f"исполнителя {_quoted(code)} нет среди ведомств и исполнителей{near}")


def _faults_of_origin(appeal: NewAppeal, now: datetime) -> Iterator[Fault]:
    if not CHANNEL.fullmatch(appeal.channel):
        yield Fault(
            "channel", "должен быть кодом: до 64 строчных латинских букв, цифр и знаков . _ -"
        )
    if appeal.kind not in KINDS:
        yield Fault("kind", f"должен быть одним из: {', '.join(KINDS)}")
    if appeal.external_id is not None:
        if not appeal.external_id.strip():
            yield Fault("external_id", "пустой: уберите поле или дайте номер из канала")
        yield from faults_of_line("external_id", appeal.external_id, MAX_EXTERNAL_ID)
    moment = appeal.received_at
    if moment is None:
        return
    if moment.tzinfo is None:
        yield Fault("received_at", "без часового пояса: допишите смещение, например +03:00 или Z")
    elif moment > now + SKEW:
        yield Fault("received_at", "в будущем: проверьте дату и часовой пояс")
    elif moment < EARLIEST:
        yield Fault("received_at", f"раньше {EARLIEST.year} года: проверьте дату")


def _faults_of_place(appeal: NewAppeal) -> Iterator[Fault]:
    if (appeal.lat is None) != (appeal.lon is None):
        missing = "lat" if appeal.lat is None else "lon"
        yield Fault(f"location.{missing}", "широта и долгота указываются вместе")
    for field, value, limit in (("lat", appeal.lat, 90), ("lon", appeal.lon, 180)):
        if value is not None and not (math.isfinite(value) and -limit <= value <= limit):
            yield Fault(f"location.{field}", f"должна быть числом от −{limit} до {limit} градусов")
    yield from faults_of_line("location.address", appeal.contact.address, MAX_ADDRESS)


def _faults_of_contact(contact: Contact) -> Iterator[Fault]:
    yield from faults_of_line("contact.name", contact.name, MAX_NAME)
    phone, email = _trimmed(contact.phone), _trimmed(contact.email)
    if phone is not None and not (
        PHONE.fullmatch(phone) and sum(char.isdigit() for char in phone) >= 5
    ):
        yield Fault("contact.phone", "не похож на номер: цифры, например +7 900 000-00-00")
    if email is not None and (
        unstorable(email) or len(email) > MAX_EMAIL or not EMAIL.fullmatch(email)
    ):
        yield Fault("contact.email", "не похож на адрес: нужен вид имя@домен.ru")
    if contact.reply_by is None:
        return
    if contact.reply_by not in REPLY_BY:
        yield Fault("contact.reply_by", f"должен быть одним из: {', '.join(REPLY_BY)}")
        return
    needed = REPLY_BY[contact.reply_by]
    if needed and not {"phone": phone, "email": email}[needed]:
        what = {"phone": "телефон", "email": "адрес электронной почты"}[needed]
        yield Fault(f"contact.{needed}", f"чтобы ответить так, нужен {what}: укажите его")


def _trimmed_contact(contact: Contact) -> Contact:
    return replace(
        contact,
        name=_trimmed(contact.name),
        phone=_trimmed(contact.phone),
        email=_trimmed(contact.email),
        address=_trimmed(contact.address),
    )


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def _quoted(code: str) -> str:
    """What somebody sent, short enough to repeat and safe to print."""
    shown = code if len(code) <= MAX_SHOWN else code[:MAX_SHOWN] + "…"
    return f"«{shown.encode('utf-8', 'replace').decode()}»"


def _named(codes: list[str], known: Directory | Classifier | Agencies) -> str:
    if not codes:
        return ""
    return "; похожие: " + ", ".join(f"{code} ({known.name(code)})" for code in codes)
