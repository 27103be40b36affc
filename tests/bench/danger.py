"""How well the words of danger to life are found on labelled messages, and how fast."""

from __future__ import annotations

import time

from node.domain.danger import find_danger
from node.reference import load_rulebook
from tests.bench.figures import Figures, median
from tests.support.danger import HELD_OUT, MAKING, judge, messages

PARTS = (("held out", HELD_OUT), ("to make the rules", MAKING), ("all", None))


def run(quick: bool) -> Figures:
    rules = load_rulebook().danger
    figures = Figures(
        "Danger to life: recall and precision, with Wilson intervals of 95 %",
        ("messages", "dangerous", "recall", "precision", "missed", "false alarms"),
    )
    for name, part in PARTS:
        labelled = messages(part)
        judged = judge(labelled, rules)
        figures.add(
            f"{len(labelled)} {name}",
            str(judged.found + len(judged.missed)),
            _share(judged.recall, judged.recall_interval),
            _share(judged.precision, judged.precision_interval),
            str(len(judged.missed)),
            str(len(judged.false)),
        )
    taken = []
    for _ in range(1 if quick else 5):
        begun = time.perf_counter()
        for message in messages():
            find_danger(message.text, rules)
        taken.append((time.perf_counter() - begun) / len(messages()))
    figures.note = (
        f"{1000 * median(taken):.2f} ms a message, words parsed before. Messages and rules are of "
        "one author; the held-out ones were committed before the rules were finished."
    )
    return figures


def _share(share: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{share:.3f} ({low:.2f}–{high:.2f})"
