"""Signs: combinations of words, written in a reference file, that are looked for in a text.

A sign is words parted by spaces: all of them must stand near one another, in any order.

    открыть|открытый люк        either of the first two, and «люк», in any of their forms
    искр*                       a word that begins so
    !закрыть люк                «не закрыт люк»; without `!` a negated word does not count
    газ:ablt тянуть             only forms with this grammeme of OpenCorpora: «тянет газом»
    (убрать|сбить):past         the same for each of them
    @child стройка              any word of the set `child`
    ждать скорый:femn /3        at most 3 words apart, whatever the rule's own distance is

What the signs mean is told by whoever keeps them (`danger.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from node.domain.lemmas import Parse, Token, fold, forms, parses, tokens

MAX_APART = 40
LEAST_SLIP = 5  # letters a word must have for one of them to be taken as mistyped
SENTENCE_GAP, COMMA_GAP = 3, 1  # words that a stop or a comma counts for in a distance
# «чуть не упала», «как бы не рухнуло», «пока не обвалилось»: a «не» that denies nothing.
FEARS = frozenset(("чуть", "едва", "бы", "чтобы", "чтоб", "пока", "пор", "ли"))
BETWEEN = frozenset(("быть", "стать", "еще", "до", "конец", "совсем", "очень"))
_STOP = re.compile(r"[.!?;…\n]")
_COMMA = re.compile(r"[,:()«»\"]|\s[-–—]\s|[–—]")
_ELEMENT = re.compile(r"(?P<denied>!?)(?:\((?P<group>[^()]+)\):(?P<tag>\w+)|(?P<words>[^()]+))")
_WORD = re.compile(
    r"(?:@(?P<set>[a-z_]+)|(?P<lemma>[а-яёa-z0-9]+)(?P<begins>\*?))(?::(?P<tag>\w+))?"
)


class InvalidSign(ValueError):
    """A sign cannot be read; the message repeats it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of a sign: any of these lemmas, each with the grammeme its form must have, if one
    matters; or any of these beginnings of a form or a lemma."""

    lemmas: Mapping[str, str | None]
    beginnings: tuple[str, ...] = ()
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """Words that must stand at most `apart` from one another."""

    words: tuple[Wanted, ...]
    apart: int

    @classmethod
    def read(cls, written: str, *, apart: int, sets: Mapping[str, tuple[str, ...]]) -> Sign:
        """From its line in a file. InvalidSign repeats what cannot be read and says why."""
        *parts, last = written.split() or [""]
        if last.startswith("/"):
            if not last[1:].isdigit() or int(last[1:]) > MAX_APART:
                raise InvalidSign(f"{written!r}: /N is a whole number up to {MAX_APART}")
            apart = int(last[1:])
        else:
            parts.append(last)
        words = tuple(_wanted(part, written, sets) for part in parts)
        if not words:
            raise InvalidSign(f"{written!r} holds no words")
        return cls(words, apart)

    def places(self, text: ReadText) -> Iterator[tuple[int, ...]]:
        """Indices of the words that fit, in the order of the text; each place once."""
        fitting = []
        for wanted in self.words:
            if not (found := text.fitting(wanted)):
                return
            fitting.append(found)
        first, *others = sorted(fitting, key=len)
        for anchor in first:
            taken = [anchor]
            for found in others:
                near = [index for index in found if index not in taken]
                if not near:
                    break
                taken.append(min(near, key=lambda index: (text.apart(anchor, index), index)))
            else:
                if text.apart(min(taken), max(taken)) <= self.apart:
                    yield tuple(sorted(taken))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, counted with the gaps, and whether «не» denies it."""

    token: Token
    position: int
    readings: tuple[Parse, ...]
    lemmas: frozenset[str]
    denied: bool

    def has(self, lemma: str, tag: str | None) -> bool:
        """Whether some reading under this lemma has the grammeme; without a grammeme, always."""
        return tag is None or any(
            reading.lemma == lemma and tag in reading.grammemes for reading in self.readings
        )


class Spelling:
    """Words a slip of the finger may have been meant for: one letter more, less, other, swapped."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    @cached_property
    def _meant(self) -> dict[str, set[str]]:
        """Made at the first text: a start without texts does not pay for it."""
        meant: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            if len(word) >= LEAST_SLIP:
                for variant in _without_a_letter(word):
                    meant[variant].add(word)
        return meant

    def meant(self, word: str) -> set[str]:
        """The known words at most one slip from `word`."""
        if len(word) < LEAST_SLIP:
            return set()
        near = chain.from_iterable(self._meant.get(v, ()) for v in _without_a_letter(word))
        return {known for known in near if _one_slip(word, known)}


class ReadText:
    """A text read once for many signs."""

    def __init__(self, text: str, spelling: Spelling) -> None:
        self.words: tuple[Word, ...] = tuple(_words(text, spelling))
        self._by_lemma: dict[str, list[int]] = defaultdict(list)
        for index, word in enumerate(self.words):
            for lemma in word.lemmas:
                self._by_lemma[lemma].append(index)

    def fitting(self, wanted: Wanted) -> Sequence[int]:
        """Indices of the words that fit one word of a sign, in the order of the text."""
        found: set[int] = set()
        for lemma in wanted.lemmas.keys() & self._by_lemma.keys():
            tag = wanted.lemmas[lemma]
            found.update(i for i in self._by_lemma[lemma] if self.words[i].has(lemma, tag))
        if wanted.beginnings:
            for lemma, indices in self._by_lemma.items():
                if lemma.startswith(wanted.beginnings):
                    found.update(indices)
        return sorted(index for index in found if self.words[index].denied == wanted.denied)

    def apart(self, one: int, other: int) -> int:
        """How many words lie between two, stops and commas counted as some; neighbours are 1."""
        return abs(self.words[one].position - self.words[other].position)


def _wanted(part: str, written: str, sets: Mapping[str, tuple[str, ...]]) -> Wanted:
    element = _ELEMENT.fullmatch(part)
    if element is None:
        raise InvalidSign(f"{written!r}: {part!r} is no word of a sign")
    lemmas: dict[str, str | None] = {}
    beginnings: list[str] = []
    for name in (element["group"] or element["words"]).split("|"):
        found = _WORD.fullmatch(name)
        if found is None:
            raise InvalidSign(f"{written!r}: {name!r} is no word of a sign")
        tag = found["tag"] or element["tag"]
        if found["begins"]:
            beginnings.append(fold(found["lemma"]))
        elif found["lemma"]:
            lemmas[fold(found["lemma"])] = tag
        elif found["set"] in sets:
            lemmas |= dict.fromkeys(map(fold, sets[found["set"]]), tag)
        else:
            raise InvalidSign(f"{written!r}: there is no set {found['set']!r}")
    return Wanted(lemmas, tuple(beginnings), denied=bool(element["denied"]))


def _words(text: str, spelling: Spelling) -> Iterator[Word]:
    position = 0
    before: list[Token] = []
    for token in tokens(text):
        if before:
            position += 1 + _gap(text[before[-1].end : token.start], before[-1])
        readings = () if token.number else parses(token.word)
        lemmas = {token.word, *forms(token.word)} if not token.number else {token.word}
        if readings and not readings[0].known:
            lemmas |= {meant for lemma in tuple(lemmas) for meant in spelling.meant(lemma)}
        yield Word(token, position, readings, frozenset(lemmas), _denied(before))
        before = [*before[-3:], token]


def _gap(between: str, before: Token) -> int:
    """A stop after a short word is an abbreviation's: «ул. Ленина, д. 5»."""
    if found := _STOP.search(between):
        abbreviated = found[0] == "." and (len(before.word) <= 3 or before.number)
        return 0 if abbreviated else SENTENCE_GAP
    return COMMA_GAP if _COMMA.search(between) else 0


def _denied(before: Sequence[Token]) -> bool:
    """Whether a word after these is denied: «не закрыт», «не был закрыт», not «чуть не упал»."""
    words = [token.word for token in before]
    if "не" not in words and "ни" not in words:
        return False
    while words and forms(words[-1])[0] in BETWEEN:
        words.pop()
    if not words or words[-1] not in ("не", "ни"):
        return False
    return not FEARS.intersection(words[-3:-1])


def _without_a_letter(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) == 1:
        short, long = sorted((one, other), key=len)
        return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    if len(one) != len(other):
        return False
    differing = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differing) <= 1:
        return True
    return len(differing) == 2 and any(
        differing == [i, j] and one[i] == other[j] and one[j] == other[i]
        for i, j in pairwise(range(len(one)))
    )
