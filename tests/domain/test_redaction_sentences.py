"""The labelled sentences of redaction: are the files themselves sound?

The rules are measured elsewhere; what is a span and why stands in redaction/LABELLING.md.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "redaction"
FILES = ("making", "held_out")
KINDS = frozenset(
    ["phone", "mail", "snils", "passport", "card", "flat", "plate", "nickname", "full_name", "name"]
)


@dataclass(frozen=True)
class Labelled:
    text: str
    spans: tuple[tuple[int, int, str], ...]

    def pieces(self, kind: str) -> list[str]:
        return [self.text[start:end] for start, end, of in self.spans if of == kind]

    def without(self, *kinds: str) -> str:
        """The text with the spans of these kinds blanked, one sign per character."""
        text = self.text
        for start, end, kind in self.spans:
            if kind not in kinds:
                continue
            text = text[:start] + "#" * (end - start) + text[end:]
        return text


def sentences(file: str) -> list[Labelled]:
    lines = (FOLDER / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Labelled(row["text"], tuple((start, end, kind) for start, end, kind in row["spans"]))
        for row in rows
    ]


def faults(sentence: Labelled) -> list[str]:
    """What is wrong with the spans of one sentence, empty if nothing."""
    found = []
    reached = 0
    for start, end, kind in sentence.spans:
        piece = sentence.text[start:end]
        if kind not in KINDS:
            found.append(f"unknown kind {kind}")
        if not 0 <= start < end <= len(sentence.text):
            found.append(f"out of bounds {start}:{end}")
        elif piece != piece.strip():
            found.append(f"blank at the edge of {piece!r}")
        if start < reached:
            found.append(f"overlap at {start}")
        reached = end
    return found


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_snils(number: str) -> bool:
    """Eleven digits, the last two the weighted sum of the first nine modulo 101 (100 as 00)."""
    if len(number) != 11:
        return False
    weighted = sum(
        int(digit) * weight for digit, weight in zip(number[:9], range(9, 0, -1), strict=True)
    )
    return weighted % 101 % 100 == int(number[9:])


def is_card(number: str) -> bool:
    """16 to 19 digits that pass Luhn."""
    if not 16 <= len(number) <= 19:
        return False
    twice = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in twice) % 10 == 0


@pytest.mark.parametrize("file", FILES)
def test_every_span_is_in_bounds_of_a_known_kind_and_alone(file: str) -> None:
    assert [(s.text, fault) for s in sentences(file) for fault in faults(s)] == []


def test_a_faulty_span_is_found() -> None:
    text = "тел. 34-56-71 "
    assert faults(Labelled(text, ((5, 13, "phone"),))) == []
    assert faults(Labelled(text, ((5, 14, "phone"),))) == ["blank at the edge of '34-56-71 '"]
    assert faults(Labelled(text, ((5, 15, "phone"),))) == ["out of bounds 5:15"]
    assert faults(Labelled(text, ((5, 13, "number"),))) == ["unknown kind number"]
    assert faults(Labelled(text, ((0, 13, "phone"), (5, 13, "phone")))) == ["overlap at 5"]


@pytest.mark.parametrize("file", FILES)
def test_control_numbers_hold_inside_spans_and_fail_outside(file: str) -> None:
    """A number that passes the check and is not labelled would punish a right rule."""
    written = sentences(file)
    assert [p for s in written for p in s.pieces("snils") if not is_snils(digits(p))] == []
    assert [p for s in written for p in s.pieces("card") if not is_card(digits(p))] == []
    long_number = re.compile(r"(?<!\d)\d(?:[ -]?\d){10,}(?!\d)")
    outside = [digits(piece) for s in written for piece in long_number.findall(s.without(*KINDS))]
    assert len(outside) >= 5
    assert [number for number in outside if is_snils(number) or is_card(number)] == []


def test_the_checks_of_control_numbers_know_good_from_bad() -> None:
    assert is_snils("11223344595")
    assert not is_snils("11223344596")
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")


@pytest.mark.parametrize("file", FILES)
def test_no_word_mixes_alphabets_by_a_slip_of_the_keyboard(file: str) -> None:
    mixed = re.compile(r"[а-яё][a-z]|[a-z][а-яё]", re.IGNORECASE)
    # A mail is spelt as people spell it: «ivan03собакаmail.ru» is meant.
    assert [s.text for s in sentences(file) if mixed.search(s.without("mail"))] == []


def tally(file: str) -> Counter[str]:
    """How many spans of each kind, of phones, mails and documents, and lines without any."""
    written = sentences(file)
    counts = Counter(kind for s in written for _, _, kind in s.spans)
    hard = ("phone", "mail", "snils", "passport", "card")
    counts["contacts_and_documents"] = sum(counts[kind] for kind in hard)
    counts["untouched"] = sum(not s.spans for s in written)
    counts["sentences"] = len(written)
    return counts


def test_the_making_file_is_large_enough_and_has_every_kind() -> None:
    counts = tally("making")
    assert counts["sentences"] >= 240
    assert counts["untouched"] >= 80
    assert counts["full_name"] >= 90
    assert counts["contacts_and_documents"] >= 90
    assert [kind for kind in KINDS if counts[kind] < 7] == []


@pytest.mark.parametrize("file", FILES)
def test_no_sentence_is_written_twice(file: str) -> None:
    texts = Counter(" ".join(s.text.lower().split()) for s in sentences(file))
    assert [text for text, times in texts.items() if times > 1] == []


def test_the_held_out_file_is_large_enough_to_measure_on() -> None:
    counts = tally("held_out")
    assert counts["sentences"] >= 130
    assert counts["untouched"] >= 40
    assert counts["full_name"] >= 100
    assert counts["contacts_and_documents"] >= 100
    assert [kind for kind in KINDS if counts[kind] < 7] == []


def test_the_held_out_file_repeats_nothing_of_the_making_file() -> None:
    making, held_out = sentences("making"), sentences("held_out")
    normal = [{" ".join(s.text.lower().split()) for s in file} for file in (making, held_out)]
    assert normal[0] & normal[1] == set()
    kinds = KINDS - {"name", "flat"}  # «кв. 12» and «Вера» are anybody's
    pieces = [
        {piece.lower() for s in file for kind in kinds for piece in s.pieces(kind)}
        for file in (making, held_out)
    ]
    assert pieces[0] & pieces[1] == set()
