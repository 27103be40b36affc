"""A text made flat before it is searched: signs that are not seen go, signs that look alike meet.

A zero-width space inside a phone or an accent over a name must not hide it from the redactor, and
what it finds has to be told in places of the text as it was written: `Flat` knows the way back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Soft hyphen, zero-width signs, and accents that readers put over vowels.
_INVISIBLE = re.compile("[\u00ad\u0300\u0301\u200b-\u200f\u2060\ufeff]")
_COMPOSED = {"и\u0306": "й", "И\u0306": "Й", "е\u0308": "ё", "Е\u0308": "Ё"}
_DECOMPOSED = re.compile("|".join(_COMPOSED))
_DASHES, _APOSTROPHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "\u2018\u2019\u02bc\u0060"
_ALIKE = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_APOSTROPHES, "'"),
        "\uff20": "@",
        "\uff0b": "+",
    }
)
_ANY_ALIKE = re.compile(f"[{_DASHES}{_APOSTROPHES}\uff20\uff0b]")
# Latin letters that stand in Russian words by mistake or to deceive.
_LATIN_ALIKE = str.maketrans("aceopxyABCEHKMOPTXY", "асеорхуАВСЕНКМОРТХУ")
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")


@dataclass(frozen=True, slots=True)
class Flat:
    """`text` to be searched; `places[i]` is where its sign i stood, None when nothing was moved."""

    text: str
    places: tuple[int, ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end], not empty, lies in the text as it was written."""
        if self.places is None:
            return start, end
        after = self.places[end] if end < len(self.places) else self.places[end - 1] + 1
        # Accents behind the last sign belong to it.
        return self.places[start], max(after, self.places[end - 1] + 1)


def flattened(text: str) -> Flat:
    """The text with one kind of dash and apostrophe, without invisible signs."""
    alike = text.translate(_ALIKE) if _ANY_ALIKE.search(text) else text
    if not _INVISIBLE.search(alike) and not _DECOMPOSED.search(alike):
        return Flat(alike, None)
    signs: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(alike):
        pair = _COMPOSED.get(alike[at : at + 2])
        if pair or not _INVISIBLE.match(alike[at]):
            signs.append(pair or alike[at])
            places.append(at)
        at += 2 if pair else 1
    return Flat("".join(signs), tuple(places))


def in_cyrillic(word: str) -> str:
    """A word with a few Latin letters among Russian ones, in Russian letters; others unchanged."""
    if word.isascii() or not any(sign.isascii() for sign in word) or not _CYRILLIC.search(word):
        return word
    return word.translate(_LATIN_ALIKE)
