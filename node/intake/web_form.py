"""Channel: the public form, filled in by a resident in any browser.

What the form must say of personal data, how its fields are read, what of them is wrong. The page
itself is in `web/pages/appeal_form.py`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from node.domain.appeal import Contact, NewAppeal, checked
from node.domain.errors import Fault, Invalid
from node.domain.rulebook import Rulebook

CHANNEL = "web_form"
TYPED = ("text", "territory", "topic", "address", "name", "phone", "email", "reply_by")
"""What a resident fills in; the form also sends `consent`, `form_id` and the trap."""

TRAP = "website"
"""Hidden from people, tempting to programs that fill in every field."""

FORM_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Consent:
    """What a resident agrees to. `version` names exactly this wording and is kept with the data."""

    text: str
    version: str


def consent(operator: str, address: str, email: str, term: str) -> Consent:
    """The consent as 152-ФЗ wants it: operator, purpose, what is done, term, how to take it back.

    The version is a fingerprint of the wording, so that it cannot be forgotten when the operator's
    name, address or the term changes in the settings.
    """
    where = f" ({address})" if address else ""
    contact = f"; отозвать его можно письмом на {email}" if email else ""
    text = (
        f"Оператор персональных данных: {operator}{where}. "
        "Цель: рассмотреть обращение и ответить на него. "
        "Данные: имя, телефон, электронная почта и адрес, если вы их указали, и то, что написано "
        "в обращении и видно на приложенных файлах. Их записывают, хранят, используют для ответа "
        "и передают исполнителю, который решает проблему; имя и контакты наверх по вертикали "
        "не передаются. "
        f"Срок: {term}, затем данные удаляются. "
        f"Согласие действует до удаления данных{contact}."
    )
    return Consent(text, hashlib.sha256(text.encode()).hexdigest()[:16])


def new_form_id() -> str:
    """A name for one page with the form, carried in a hidden field."""
    return secrets.token_urlsafe(16)


def _external_id(values: Mapping[str, str]) -> str:
    """One page sent twice as it is (a second click, a reload) is one appeal.

    What was typed is part of the name: whoever goes back and writes of something else on the same
    page must not be handed the first number.
    """
    form_id = values.get("form_id", "")
    typed = "\0".join(values.get(name, "") for name in TYPED)
    written = hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{form_id if FORM_ID.fullmatch(form_id) else new_form_id()}.{written}"


def read(
    values: Mapping[str, str], *, agreed_to: Consent, rulebook: Rulebook, unit: str, now: datetime
) -> NewAppeal:
    """The appeal a form holds. Invalid names every bad field, the form's own included."""
    faults: list[Fault] = []
    if values.get(TRAP):
        # Said aloud and not dropped in silence: a browser may have filled it in for a person.
        faults.append(
            Fault(TRAP, "скрытое поле было заполнено, мы его очистили: отправьте форму ещё раз")
        )
    if not values.get("consent"):
        faults.append(Fault("consent", "без согласия обращение принять нельзя: отметьте поле"))
    appeal = NewAppeal(
        # Browsers send line ends as CR LF; one line end is one character to the one who typed it.
        text=values.get("text", "").replace("\r\n", "\n").strip(),
        territory=values.get("territory", ""),
        channel=CHANNEL,
        topic=values.get("topic") or None,
        external_id=_external_id(values),
        contact=Contact(
            name=values.get("name") or None,
            phone=values.get("phone") or None,
            email=values.get("email") or None,
            reply_by=values.get("reply_by") or None,
            address=values.get("address") or None,
            consent_version=agreed_to.version,
        ),
        link_shown=True,  # the answer to the form is the link
    )
    if not appeal.territory:
        faults.append(Fault("territory", "выберите, где это произошло"))
    try:
        checked(
            appeal,
            directory=rulebook.directory,
            classifier=rulebook.classifier,
            unit=unit,
            now=now,
        )
    except Invalid as refusal:
        named = {fault.field for fault in faults}
        faults += [fault for fault in refusal.faults if fault.field not in named]
    if faults:
        raise Invalid(*faults)
    return appeal


def by_form_field(refusal: Invalid) -> dict[str, str]:
    """Faults under the names of the form's fields: `contact.email` of the API is `email` here."""
    return {fault.field.rpartition(".")[2]: fault.message for fault in refusal.faults}
