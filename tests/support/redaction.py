"""The labelled sentences of redaction, and how the redactor does on them.

Counted as the guide says (`node/help/redaction.ru.md`): a label is found when each of its letters
and digits lies in something found, of whatever kind; what is found is false when it touches no
label.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from node.domain.redaction import MARKS, Span, redact
from tests.support.danger import wilson

FOLDER = Path(__file__).resolve().parents[1] / "domain" / "redaction"
MAKING, HELD_OUT = "making", "held_out"
DOCUMENTS = ("phone", "mail", "snils", "passport", "card")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sentence with the personal data its writer put in; none for a sentence without."""

    text: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Score:
    """Counts by kind: of labels for found and missed, of what was found for right and false."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    other_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def recall(self, kinds: Iterable[str] = MARKS) -> Share:
        every = tuple(kinds)
        found = sum(self.found[kind] for kind in every)
        return Share(found, found + sum(self.missed[kind] for kind in every))

    def precision(self, kinds: Iterable[str] = MARKS) -> Share:
        every = tuple(kinds)
        right = sum(self.right[kind] for kind in every)
        return Share(right, right + sum(self.false[kind] for kind in every))


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`; `value` is 1.0 of nothing."""

    part: int
    of: int

    @property
    def value(self) -> float:
        return self.part / self.of if self.of else 1.0

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = wilson(self.part, self.of)
        return f"{self.part} / {self.of} = {self.value:.3f} ({low:.3f}–{high:.3f})"


def labelled(part: str) -> list[Labelled]:
    """The sentences of MAKING or HELD_OUT in the order of the file."""
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Labelled(row["text"], tuple(Span(*span) for span in row["spans"])) for row in rows]


def score(sentences: Sequence[Labelled]) -> Score:
    """The redactor against labels."""
    told = Score()
    for one in sentences:
        _count(told, one, redact(one.text).found)
    return told


def _count(told: Score, one: Labelled, found: Sequence[Span]) -> None:
    hidden = {place for span in found for place in range(span.start, span.end)}
    for label in one.spans:
        signs = {place for place in range(label.start, label.end) if one.text[place].isalnum()}
        if signs <= hidden:
            told.found[label.kind] += 1
        else:
            told.missed[label.kind] += 1
            told.errors.append(f"missed {label.kind}: {one.text[label.start : label.end]!r}")
    for span in found:
        touched = [
            label for label in one.spans if span.start < label.end and label.start < span.end
        ]
        if touched:
            told.right[span.kind] += 1
            if span.kind not in {label.kind for label in touched}:
                told.other_kind[touched[0].kind, span.kind] += 1
        else:
            told.false[span.kind] += 1
            told.errors.append(f"false {span.kind}: {one.text[span.start : span.end]!r}")
