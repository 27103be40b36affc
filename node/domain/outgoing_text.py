"""What no text that leaves this node may hold: names of people and ways to reach them.

Every text that goes into a statement is asked here by the action that takes it in, and passes only
when the redactor (`redaction`) finds nothing in it. Beyond that, hot lines and numbers that look
like phones are refused: readers may see them, but an instruction needs none. No rule finds all:
a person with the right still reads what they send, and that is their word.
"""

from __future__ import annotations

import re

from node.domain.errors import Fault
from node.domain.redaction import redact
from node.domain.redaction_numbers import public_phones_in
from node.domain.redaction_signs import flattened

MAX_TITLE = 300
MAX_TEXT = 1000
MAX_NAME = 200

# As `federation.schemas.fields`: control characters, halves of surrogate pairs and marks that turn
# the direction of writing. A line break and a tab are text.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# What is said of each kind the redactor finds; kinds said alike are said once.
_SAID = {
    "mail": "адрес электронной почты",
    "snils": "СНИЛС",
    "card": "номер банковской карты",
    "passport": "серию и номер паспорта (если это просто числа, разделите разряды: 150 000)",
    "phone": "номер телефона",
    "flat": "номер квартиры",
    "plate": "номер машины",
    "nickname": "ник или личную страницу",
    "full_name": "имя человека (назовите должность или «житель»)",
    "name": "имя человека (назовите должность или «житель»)",
}


def tidy(text: str) -> str:
    """A text as it is kept: line breaks of one kind, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def faults_of_outgoing_text(field: str, text: str, *, at_most: int = MAX_TEXT) -> list[Fault]:
    """What is wrong with a text that is to leave the node; empty when nothing is.

    The faults never repeat what was found: they are shown, and may be logged.
    """
    if not text.strip():
        return [Fault(field, "пусто: напишите текст")]
    if len(text) > at_most:
        return [Fault(field, f"длиннее {at_most} знаков ({len(text)}): сократите")]
    if _UNWRITABLE.search(text):
        return [Fault(field, "содержит управляющие символы: уберите их")]
    return [
        Fault(field, f"содержит {what}: такие сведения не покидают узел, уберите их")
        for what in _personal(text)
    ]


def faults_of_outgoing_name(field: str, text: str) -> list[Fault]:
    """As of a text, of the name of a body or a post: one short line."""
    faults = faults_of_outgoing_text(field, text, at_most=MAX_NAME)
    if not faults and ("\n" in text or "\t" in text):
        return [Fault(field, "в одну строку: уберите переносы и табуляции")]
    return faults


def _personal(text: str) -> list[str]:
    kinds = {span.kind for span in redact(text).found}
    # A СНИЛС or a card may look like a phone inside: it is named once, as what it is.
    if not kinds & {"snils", "card"} and any(public_phones_in(flattened(text).text)):
        kinds.add("phone")
    return list(dict.fromkeys(said for kind, said in _SAID.items() if kind in kinds))
