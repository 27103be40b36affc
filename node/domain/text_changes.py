"""What was changed in a text, word by word: for whoever checks an answer a second time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

KEPT, ADDED, REMOVED = "kept", "added", "removed"
MOST_WORDS = 4_000
"""Of either text: comparing takes time with the square of them."""
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words. `change`: kept, added or removed."""

    change: str
    text: str


def text_changes(before: str, after: str) -> tuple[Piece, ...]:
    """Every run of words of both texts in their order; the kept and added ones give `after`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return (Piece(REMOVED, before), Piece(ADDED, after))
    pieces: list[Piece] = []
    for what, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if what == "equal":
            _add(pieces, KEPT, new[from_new:to_new])
        else:
            _add(pieces, REMOVED, old[from_old:to_old])
            _add(pieces, ADDED, new[from_new:to_new])
    return tuple(pieces)


def _add(pieces: list[Piece], change: str, words: Sequence[str]) -> None:
    if words:
        pieces.append(Piece(change, "".join(words)))
