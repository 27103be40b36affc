"""Lemmas: words of a Russian text in their dictionary form, the same for texts and for queries.

One analyser a process, loaded at the first word (0.3 s), never when this module is imported: a
start without texts does not pay for it. What is said of a text (danger, redaction, topics) is
told by the modules that ask here.

A word form may belong to several lemmas («стали»: стать, сталь). A text is stored under all of
them and a query looks for any of its own, so that two forms of one word always meet, whichever of
the readings was meant. ё is written е everywhere: residents rarely type it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

CACHED_WORDS = 30_000  # about 25 MB when full; a day's texts of a region hold some 20 000 forms
MAX_WORD = 40  # letters; longer runs are no words and are not parsed
MAX_GUESSES = 2  # lemmas kept of a word the dictionary does not know
RARE = 0.005  # a reading rarer than this share of a form's uses is left out («при»: переть)
MAX_QUERY = 1_000  # characters of a query that are read
MAX_TERMS = 16  # words of a query that are looked for
SHORT = 3  # letters; so short a form of another word may be the beginning of a third
SHORTEST_PREFIX = 2

# A number keeps what belongs to it: «5а», «12/3», «2026-02-14», «3,5». «5-а» is «5а».
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[/\-.,]\d+)*)(?:-?(?P<letter>[^\W\d_])(?![^\W_]))?|(?P<word>[^\W\d_]+)"
)
# Cyrillic and Latin letters: the analyser breaks on signs that Unicode has no name for.
_READABLE = re.compile("[a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u0481\u048a-\u052f]+")
# Words that stand in any text and tell nothing apart; «нет» and «без» do («нет воды», «без света»).
_STOP = """
а в во да для до же за и из или иначе ибо к ко как кто ли лишь на над не ни но о об обо от ото
по под подо при про ради с со там то тоже тот так также такой тем того тут у уж уже хотя чем
что чтоб чтобы это этот бы быть весь все вот вы где даже еще если есть здесь здравствовать
здравствуйте его ее их он она они оно каждый какой который когда куда мой мы наш ваш свой сам
самый себя твой ты я только очень просто прошу просить пожалуйста спасибо уважаемый добрый день
ведь между мочь нам нас мне меня вам вас ним ней него нее них
"""
STOP_WORDS = frozenset(_STOP.split())


class Tag(Protocol):
    """Grammemes of one reading: `"Surn" in tag`, `"VERB" in tag`."""

    @property
    def grammemes(self) -> frozenset[str]: ...


class Reading(Protocol):
    """One parse as pymorphy3 gives it."""

    @property
    def normal_form(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def tag(self) -> Tag: ...
    @property
    def is_known(self) -> bool: ...


class Analyser(Protocol):
    """What is used of pymorphy3.MorphAnalyzer; safe to be asked by several threads."""

    def parse(self, word: str) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class Parse:
    """One reading of a word form. `lemma` in lower case without ё; `score` from 0 to 1.

    `grammemes` are OpenCorpora's: NOUN, VERB, Name, Surn, Patr, Geox, sing … `known`: the
    dictionary has the form; otherwise it is guessed by the ending.
    """

    lemma: str
    score: float
    grammemes: frozenset[str]
    known: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a number of a text: lower case, ё as е; `text[start:end]` is how it was written."""

    word: str
    start: int
    end: int
    number: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: an issue fits when its text has any of `lemmas`, or, where `prefix` is
    given, any word that begins with it. All terms of a query must fit."""

    lemmas: tuple[str, ...]
    prefix: str | None = None

    @property
    def needles(self) -> tuple[str, ...]:
        """What to look for in a `search_text`, any of: ' яма ', or ' сосул' for a prefix.

        Letters, digits and . , / - only: no sign means anything to LIKE.
        """
        whole = tuple(f" {lemma} " for lemma in self.lemmas)
        return whole if self.prefix is None else (*whole, f" {self.prefix}")


_loading = threading.Lock()
_loaded: list[Analyser] = []


def analyser() -> Analyser:
    """The analyser of this process, loaded once by whoever asks first."""
    if not _loaded:
        with _loading:
            if not _loaded:
                # Here and not above: the dictionaries cost a third of a second.
                from pymorphy3 import MorphAnalyzer

                _loaded.append(MorphAnalyzer(lang="ru"))
    return _loaded[0]


@lru_cache(maxsize=CACHED_WORDS)
def parses(word: str) -> tuple[Parse, ...]:
    """Every reading of a word form, the likeliest first; () for what is no word.

    `word` in any case, with ё or without; ties keep the dictionary's own order, so the answer is
    the same in every process.
    """
    plain = fold(word)
    if len(plain) > MAX_WORD or not _READABLE.fullmatch(plain):
        return ()
    return tuple(
        Parse(
            # An abbreviation is no form of what it stands for: «см» is not «смотреть».
            lemma=plain if "Abbr" in reading.tag.grammemes else fold(reading.normal_form),
            score=reading.score,
            grammemes=reading.tag.grammemes,
            known=reading.is_known,
        )
        for reading in sorted(analyser().parse(plain), key=lambda reading: -reading.score)
    )


def fold(word: str) -> str:
    """Lower case, ё as е."""
    return word.lower().replace("ё", "е")


def tokens(text: str) -> Iterator[Token]:
    """Words and numbers of a text in their order. A hyphen parts words: «пр-т» is «пр», «т»."""
    for found in _TOKEN.finditer(text):
        if found["word"] is not None:
            yield Token(fold(found["word"]), found.start(), found.end())
        else:
            word = found["number"] + fold(found["letter"] or "")
            yield Token(word, found.start(), found.end(), number=True)


@lru_cache(maxsize=CACHED_WORDS)
def forms(word: str) -> tuple[str, ...]:
    """Every plausible lemma of a word form, the likeliest first; a number is its own.

    A form the dictionary does not know is among its own lemmas, so that its beginning is found.
    """
    readings = parses(word)
    if not readings:
        return (fold(word)[:MAX_WORD],)
    if readings[0].known:
        return tuple(dict.fromkeys(p.lemma for p in readings if p.score >= RARE)) or (
            readings[0].lemma,
        )
    guessed = list(dict.fromkeys(p.lemma for p in readings))[:MAX_GUESSES]
    return tuple(dict.fromkeys([*guessed, fold(word)]))


def lemmas(text: str) -> tuple[str, ...]:
    """The likeliest lemma of every word in its order, stop words among them; numbers as written."""
    return tuple(token.word if token.number else forms(token.word)[0] for token in tokens(text))


def meaningful(words: Iterable[str]) -> tuple[str, ...]:
    """Without the stop words."""
    return tuple(word for word in words if word not in STOP_WORDS)


def search_text(text: str) -> str:
    """What is stored in a column to be searched: every plausible lemma once, in the order of the
    text, each between single spaces: ' яма дорога 5а '. ' ' when nothing is left to look for."""
    found = meaningful(
        lemma
        for token in tokens(text)
        if token.word not in STOP_WORDS
        for lemma in ((token.word,) if token.number else forms(token.word))
    )
    return f" {' '.join(dict.fromkeys(found))} " if found else " "


def search_terms(query: str) -> tuple[Term, ...]:
    """The terms a query asks for; () when it holds none (blank, signs, stop words only).

    Read like a text: quotes, wildcards and other signs only part words, so no query is wrong.
    The first MAX_QUERY characters and MAX_TERMS different words count. A prefix goes with a form
    the dictionary does not know (a name, a slip, a word not finished: «сосул») and with one of
    two or three letters whose likeliest lemma is another word («гор», but not «дом»). A number is
    looked for whole.
    """
    found: dict[Term, None] = {}
    if len(query) > MAX_QUERY:
        query = re.sub(r"\w+$", "", query[:MAX_QUERY])  # not half of a word
    for token in tokens(query):
        if token.word in STOP_WORDS:
            continue
        if token.number:
            found[Term((token.word[:MAX_WORD],))] = None
        elif wanted := meaningful(forms(token.word)):
            found[Term(wanted, token.word if _may_begin(token.word, wanted) else None)] = None
        if len(found) == MAX_TERMS:
            break
    return tuple(found)


def _may_begin(word: str, wanted: tuple[str, ...]) -> bool:
    """Whether a word of a query may be the beginning of the word meant."""
    if not SHORTEST_PREFIX <= len(word) <= MAX_WORD:
        return False
    readings = parses(word)
    known = bool(readings) and readings[0].known
    return not known or (len(word) <= SHORT and word != wanted[0])
