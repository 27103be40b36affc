"""What no text that leaves this node may hold: ways to reach or to name a person by a number.

Every text that goes into a statement is asked here by the action that takes it in. What is caught
is what has a shape: phones, e-mail addresses, СНИЛС, passports, bank cards. Names and addresses of
people have none; the redactor that looks for those comes with the issue on replies and will stand
before this one. Until then a person with the right reads what they send, and that is their word.
"""

from __future__ import annotations

import re

from node.domain.errors import Fault

MAX_TITLE = 300
MAX_TEXT = 1000
MAX_NAME = 200

# As `federation.schemas.fields`: control characters, halves of surrogate pairs and marks that turn
# the direction of writing. A line break and a tab are text.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")

# One sign before the @ is enough: a long word without any is then read only once.
_EMAIL = re.compile(r"[^\s@<>(),;:]@[^\s@<>(),;:.][^\s@<>(),;:]*\.[^\s@<>(),;:.]{2}")
_SEP = r"[\s().-]{0,3}"
# After +7 or 8 Russian numbers go on with 3, 4, 8 or 9: codes of the directory go on with others.
_PHONES = (
    re.compile(rf"(?<!\d)(?:\+\s?7|[78]){_SEP}[3489](?:{_SEP}\d){{9}}(?!\d)"),
    re.compile(rf"(?<!\d)9(?:{_SEP}\d){{9}}(?!\d)"),
    re.compile(rf"\+\s?[1-9](?:{_SEP}\d){{7,14}}(?!\d)"),
    re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])"),
    re.compile(rf"(?i)\bтел(?:ефон\w*)?\b[.:\s№]{{0,4}}\(?\d(?:{_SEP}\d){{4,10}}(?!\d)"),
)
_SNILS = re.compile(r"(?<!\d)(\d{3})[-\s]?(\d{3})[-\s]?(\d{3})[-\s]?(\d{2})(?!\d)")
_PASSPORTS = (
    re.compile(r"(?<![\d.-])\d{2}\s?\d{2}(?:\s|\s?(?:№|N|номер)\s?)\d{6}(?![\d.-])"),
    re.compile(r"(?i)паспорт\D{0,30}\d{2}\s?\d{2}\s?\d{6}(?!\d)"),
)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


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
        for what in _personal(_DASHES.sub("-", _INVISIBLE.sub("", text)))
    ]


def faults_of_outgoing_name(field: str, text: str) -> list[Fault]:
    """As of a text, of the name of a body or a post: one short line."""
    faults = faults_of_outgoing_text(field, text, at_most=MAX_NAME)
    if not faults and ("\n" in text or "\t" in text):
        return [Fault(field, "в одну строку: уберите переносы и табуляции")]
    return faults


def _personal(text: str) -> list[str]:
    found = []
    if _EMAIL.search(text):
        found.append("адрес электронной почты")
    snils = any(_is_snils("".join(match.groups())) for match in _SNILS.finditer(text))
    if snils:
        found.append("СНИЛС")
    card = any(_is_card(re.sub(r"\D", "", match[0])) for match in _CARD.finditer(text))
    if card:
        found.append("номер банковской карты")
    if any(pattern.search(text) for pattern in _PASSPORTS):
        found.append("серию и номер паспорта (если это просто числа, разделите разряды: 150 000)")
    # A СНИЛС or a card may look like a phone inside: it is named once, as what it is.
    if not (snils or card) and any(pattern.search(text) for pattern in _PHONES):
        found.append("номер телефона")
    return found


def _is_snils(digits: str) -> bool:
    """Whether eleven digits carry the control number of a СНИЛС (Pension Fund's rule): the sum of
    digit × place, 9 to 1, modulo 101, and 100 is written 00."""
    if digits[:9] <= "001001998":  # numbers up to this one were given without a control number
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def _is_card(digits: str) -> bool:
    """Whether digits pass the Luhn check (ISO/IEC 7812-1). All zeros pass it and are no card."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1
