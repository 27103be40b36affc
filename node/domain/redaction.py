"""Redaction: personal data in a text are found and replaced by marks before others may read it.

`redact` is asked for every text of a resident that is shown publicly, and finds what the texts that
leave a node may not hold (`outgoing_text`). The rules live beside this module, one kind of thing a
file; how well they do is measured on labelled sentences (tests/domain/redaction) and published in
the guide `node/help/redaction.ru.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from node.domain.redaction_contacts import mails_in, nicknames_in
from node.domain.redaction_names import names_in
from node.domain.redaction_numbers import (
    Place,
    cards_in,
    flats_in,
    passports_in,
    phones_in,
    plates_in,
    snils_in,
)
from node.domain.redaction_places import flats_behind_houses_in
from node.domain.redaction_signs import flattened

MARKS = {
    "phone": "[телефон]",
    "mail": "[почта]",
    "snils": "[СНИЛС]",
    "passport": "[паспорт]",
    "card": "[карта]",
    "flat": "[квартира]",
    "plate": "[номер машины]",
    "nickname": "[ник]",
    "full_name": "[имя]",
    "name": "[имя]",
}


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end] of the text as it was written; `kind` is a key of MARKS."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with a mark for everything found; `found` in the order of the text, apart."""

    text: str
    found: tuple[Span, ...]


# What a place is called when two rules find it: the first of them. The number is of the digits a
# text must hold for it to be worth looking.
_FINDERS: tuple[tuple[str, int, Callable[[str], Iterable[Place]]], ...] = (
    ("mail", 0, mails_in),
    ("nickname", 0, nicknames_in),
    ("card", 15, cards_in),
    ("passport", 9, passports_in),
    ("phone", 5, phones_in),
    ("snils", 11, snils_in),
    ("plate", 3, plates_in),
    ("flat", 1, flats_in),
    ("flat", 2, flats_behind_houses_in),
)
_DIGIT = re.compile(r"\d")


def redact(text: str) -> Redacted:
    """The text without personal data. Pure; no error for any text; already redacted text stays."""
    flat = flattened(text)
    ranked = [
        (start, end, rank, kind)
        for rank, (kind, places) in enumerate(_all_places(flat.text))
        for start, end in places
    ]
    spans = tuple(
        Span(*flat.original(start, end), kind) for start, end, kind in _joined(sorted(ranked))
    )
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], MARKS[span.kind]]
        at = span.end
    return Redacted("".join([*parts, text[at:]]), spans)


def _all_places(text: str) -> Iterator[tuple[str, Iterable[Place]]]:
    digits = len(_DIGIT.findall(text))
    for kind, needed, find in _FINDERS:
        yield kind, find(text) if digits >= needed else ()
    full, single = names_in(text)
    yield "full_name", full
    yield "name", single


def _joined(ranked: list[tuple[int, int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Places that overlap as one, called as the best rule calls it: nothing found shows through."""
    begun = ended = -1
    best: tuple[int, str] = (0, "")
    for start, end, rank, kind in ranked:
        if start < ended:
            ended = max(ended, end)
            best = min(best, (rank, kind))
            continue
        if ended > begun:
            yield begun, ended, best[1]
        begun, ended, best = start, end, (rank, kind)
    if ended > begun:
        yield begun, ended, best[1]
