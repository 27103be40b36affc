"""Words as a condition: which must stand in a text, in any of their forms, and which must not.

A phrase is one word or several in a row («открытый люк»); it is found where each of its words may
be the word of the text, by any of the lemmas of either (`lemmas.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from node.domain.lemmas import forms, tokens

Word = frozenset[str]
"""Every lemma a word may be of."""

MAX_PHRASES = 50  # of one list
MAX_PHRASE = 100  # characters


@dataclass(frozen=True, slots=True)
class Words:
    """`every` phrase, at least one of `some` (where any are given), and none of `none`."""

    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every or self.some or self.none)

    def fit(self, text: Text) -> bool:
        return (
            all(text.has(phrase) for phrase in self.every)
            and (not self.some or any(text.has(phrase) for phrase in self.some))
            and not any(text.has(phrase) for phrase in self.none)
        )

    def found(self, text: Text) -> tuple[str, ...]:
        """Which of the phrases asked for stand in a text."""
        return tuple(
            dict.fromkeys(phrase for phrase in (*self.every, *self.some) if text.has(phrase))
        )

    def covers(self, other: Words) -> bool:
        """Whether every text the other fits is fitted by these: true only when it is certain."""
        every, needed = _read(self.every), _read(other.every)
        some, others = _read(self.some), _read(other.some)
        return (
            every <= needed
            and (not some or bool(some & needed) or (bool(others) and others <= some))
            and _read(self.none) <= _read(other.none)
        )

    def excludes(self, other: Words) -> bool:
        """Whether no text fits both: true only when it is certain."""
        return _bars(self, other) or _bars(other, self)

    @property
    def contradictory(self) -> bool:
        """Whether no text can fit: what must stand in it must not."""
        return _bars(self, self)


class Text:
    """A text read once: its words in their order, each as every lemma it may be of."""

    def __init__(self, text: str) -> None:
        self._words = tuple(
            frozenset((token.word,)) if token.number else _lemmas(token.word)
            for token in tokens(text)
        )
        self._known = frozenset(lemma for word in self._words for lemma in word)

    def has(self, phrase: str) -> bool:
        """Whether a phrase stands in it; one without a word stands nowhere."""
        wanted = read_phrase(phrase)
        if not wanted or not all(word & self._known for word in wanted):
            return False
        last = len(self._words) - len(wanted)
        return len(wanted) == 1 or any(
            all(word & self._words[start + i] for i, word in enumerate(wanted))
            for start in range(last + 1)
        )


@lru_cache(maxsize=4_000)
def read_phrase(phrase: str) -> tuple[Word, ...]:
    """The words of a phrase; () where there is none in it."""
    return tuple(
        frozenset((token.word,)) if token.number else _lemmas(token.word)
        for token in tokens(phrase)
    )


@lru_cache(maxsize=30_000)
def _lemmas(word: str) -> Word:
    return frozenset(forms(word))


def _read(phrases: Iterable[str]) -> frozenset[tuple[Word, ...]]:
    return frozenset(read_phrase(phrase) for phrase in phrases)


def _bars(one: Words, other: Words) -> bool:
    """Whether what `one` forbids is what `other` cannot do without."""
    barred = _read(one.none)
    some = _read(other.some)
    return bool(barred & _read(other.every)) or (bool(some) and some <= barred)
