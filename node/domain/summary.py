"""The figures of one local day, gathered from counted facts: which row each of them stands on.

Pure: what the facts are is read in `actions/make_summary.py`, which also knows the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from node.domain.classifier import Classifier

ENOUGH = 5
"""A sensitive topic is named once one of its counters of the day reaches this."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`count` times `counter` on a topic and a territory; `minutes` each took, if that is timed."""

    territory: str
    topic: str
    counter: str
    count: int
    minutes: int | None = None


@dataclass(slots=True)
class Line:
    """One row of a summary. `minutes` are, by counter, how many took so many minutes."""

    counters: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, dict[int, int]] = field(default_factory=dict)

    def count(self, fact: Fact) -> None:
        self.counters[fact.counter] = self.counters.get(fact.counter, 0) + fact.count
        if fact.minutes is not None:
            # A clock set back between two moves can give less than nothing: that is nothing.
            minutes = max(fact.minutes, 0)
            taken = self.minutes.setdefault(fact.counter, {})
            taken[minutes] = taken.get(minutes, 0) + fact.count

    def absorb(self, other: Line) -> None:
        """Add what another line counted."""
        for counter, count in other.counters.items():
            self.counters[counter] = self.counters.get(counter, 0) + count
        for counter, taken in other.minutes.items():
            own = self.minutes.setdefault(counter, {})
            for minutes, count in taken.items():
                own[minutes] = own.get(minutes, 0) + count


Lines = dict[tuple[str, str], Line]
"""Rows by (territory, topic)."""


def gather(facts: Iterable[Fact], *, serves: Callable[[str], str], classifier: Classifier) -> Lines:
    """The rows of a day. `serves` names the territory that counts for one a fact happened on.

    A sensitive topic goes on its sector's row, territory by territory, while none of its counters
    reaches ENOUGH: "one appeal on tuberculosis in a village of forty" must not leave the node.
    """
    lines: Lines = {}
    for fact in facts:
        if fact.count:
            lines.setdefault((serves(fact.territory), fact.topic), Line()).count(fact)
    shown: Lines = {}
    for (territory, topic), line in lines.items():
        few = max(line.counters.values()) < ENOUGH
        hidden = few and classifier.is_sensitive(topic)
        key = (territory, classifier.sector_of(topic) if hidden else topic)
        shown.setdefault(key, Line()).absorb(line)
    return shown
