"""How well personal data are found in labelled sentences, and how many texts a second.

Two thirds of the sentences served to make the rules; the held-out third was committed before them
and run once. Its rows are those the guide `node/help/redaction.ru.md` quotes. Speed is processor
time on texts as long as real ones (62 words on average in the file of Kursk): one sentence with
personal data among sentences without, with the cache of words cold and warm.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

from node.domain.lemmas import analyser, parses
from node.domain.redaction import MARKS, redact
from node.domain.redaction_readings import reading
from tests.bench.figures import Figures, median
from tests.support.redaction import DOCUMENTS, HELD_OUT, MAKING, Labelled, Score, labelled, score

WORDS_A_TEXT = 60
RUNS = 5


def run(quick: bool = False) -> Figures:
    """One table of both parts; `quick` times one run."""
    figures = Figures(
        "Redaction of personal data",
        ("kind", "labels found, making", "labels found, held out", "precision, held out"),
    )
    making, held_out = labelled(MAKING), labelled(HELD_OUT)
    made, held = score(making), score(held_out)
    for title, kinds in (
        *((kind, (kind,)) for kind in MARKS),
        ("phones, mails, documents", DOCUMENTS),
        ("all", tuple(MARKS)),
    ):
        figures.add(
            title, str(made.recall(kinds)), str(held.recall(kinds)), str(held.precision(kinds))
        )
    texts = _texts([*making, *held_out])
    cold, warm = _speed(texts, 1 if quick else RUNS)
    figures.note = (
        f"{len(making)} sentences made the rules, {len(held_out)} were held out. A label is found "
        "when all its letters and digits are hidden, as whatever kind; in brackets the 95 % "
        f"interval of Wilson. Found as another kind, held out: {_kinds(held)}. "
        f"Speed: {warm:.0f} texts of {_words(texts):.0f} words a second of one processor, "
        f"{cold:.0f} where every word is met for the first time."
    )
    return figures


def _kinds(told: Score) -> str:
    parts = [f"{label} as {found} {count}" for (label, found), count in told.other_kind.items()]
    return ", ".join(parts) or "none"


def _texts(sentences: Sequence[Labelled]) -> list[str]:
    plain = itertools.cycle(one.text for one in sentences if not one.spans)
    texts = []
    for one in sentences:
        if not one.spans:
            continue
        parts = [one.text]
        while sum(len(part.split()) for part in parts) < WORDS_A_TEXT:
            parts.append(next(plain))
        texts.append(". ".join(parts))
    return texts


def _words(texts: Sequence[str]) -> float:
    return sum(len(text.split()) for text in texts) / len(texts)


def _speed(texts: Sequence[str], runs: int) -> tuple[float, float]:
    """Texts a second of processor time: cold, and the median of warm runs."""
    analyser()  # its dictionaries are loaded once a process, and counted nowhere
    parses.cache_clear()
    reading.cache_clear()
    cold = _timed(texts)
    return len(texts) / cold, len(texts) / median(_timed(texts) for _ in range(runs))


def _timed(texts: Sequence[str]) -> float:
    begun = time.process_time()
    for text in texts:
        redact(text)
    return time.process_time() - begun
