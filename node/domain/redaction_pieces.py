"""A text as pieces: its words with what lies between them and what each may be in a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from node.domain.redaction_readings import Reading, reading

# Apostrophes and hyphens inside a word belong to it: «Лук'янова», «Римская-Коваль».
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]|\n")
_BLANK = re.compile(r"[ \t\u00a0]{0,3}\n?[ \t\u00a0]{0,3}")
_INITIAL_GAP = re.compile(r"\.?\s{0,2}")
LOUD = 0.7  # share of capital letters from which they mean nothing


@dataclass(slots=True)
class Piece:
    """One word. `gap` is the text between the piece before and this one; `capital`: written with a
    capital letter that means something; `opens`: the capital may be that of a sentence."""

    start: int
    end: int
    word: str
    gap: str
    capital: bool
    opens: bool
    read: Reading

    @property
    def joined(self) -> bool:
        """Whether only blanks part it from the piece before."""
        return self.gap == " " or (bool(self.gap) and _BLANK.fullmatch(self.gap) is not None)

    @property
    def abbreviation(self) -> bool:
        """«ФОКа», «ЛИАЗов», «УК» among small letters: no name is written so."""
        word = self.word
        if not self.capital or "-" in word or not word[:2].isupper():
            return False
        return not word.isupper() or (len(word) < 4 and not self.read.is_surname)

    @property
    def initial(self) -> bool:
        """One letter, as of «И. И. Иванов»."""
        return len(self.word) == 1

    @property
    def after_initial(self) -> bool:
        """Whether it may follow an initial: «И.И.Иванов», «И. Иванов», «А С»."""
        return _INITIAL_GAP.fullmatch(self.gap) is not None and bool(self.gap)


def pieces_of(text: str) -> list[Piece]:
    """Every word of a flat text in its order."""
    places = [match.span() for match in _WORD.finditer(text)]
    words = [text[start:end] for start, end in places]
    shouted = sum(len(word) for word in words if word.isupper())
    loud = shouted > LOUD * sum(map(len, words))
    found: list[Piece] = []
    before, behind = "", 0
    for word, (start, end) in zip(words, places, strict=True):
        gap = text[behind:start]
        capital = not loud and word[0].isupper()
        opens = capital and (not before or _opens(gap, before))
        found.append(Piece(start, end, word, gap, capital, opens, reading(word)))
        before, behind = word, end
    return found


def _opens(gap: str, word: str) -> bool:
    if not _SENTENCE_END.search(gap):
        return False
    # A dot behind «ул», «гр», «И» is that of an abbreviation.
    return not (gap.strip() == "." and len(word) <= 4 and (word.islower() or len(word) == 1))
