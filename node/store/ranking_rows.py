"""The rows of a ranking, read from cells: topics of a scope, or territories within it.

Cells are made only of leaf summaries, so that what is summed here is what the leaves signed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from federation.histogram import Histogram
from federation.schemas.summary import FLOWS, STOCKS
from node.domain.cells import TOTAL
from node.domain.classifier import UNSORTED, Classifier
from node.domain.ranking import Figures, Period, Question
from node.domain.rulebook import Rulebook
from node.store import cells

RECEIVED = ("received",)
ROW_OF: Mapping[str, Callable[[Classifier, str], str]] = {
    "topic": lambda _classifier, topic: topic,
    "sector": Classifier.sector_of,
    "block": Classifier.block_of,
}
"""By kind of row → on which row a topic counts."""

Durations = Mapping[str, Histogram]


class StockRow(NamedTuple):
    """Stocks of a leaf whose latest day is not the period's last."""

    territory: str
    topic: str
    counters: Mapping[str, int]


class Rows(ABC):
    """The rows a question may be answered with. Each method is one or a few queries."""

    def __init__(self, session: Session, rulebook: Rulebook, question: Question) -> None:
        self.session = session
        self.directory = rulebook.directory
        self.rulebook = rulebook
        self.question = question
        self.period = question.period
        self.scope = question.scope

    @abstractmethod
    def figures(self, late_stocks: Sequence[StockRow]) -> Mapping[str, Figures]:
        """Every row by its key."""

    @abstractmethod
    def unsorted(self) -> int:
        """`received` on no topic yet; after `figures`."""

    @abstractmethod
    def by_child(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Of the chosen rows: `received` by the units below, zeros left out."""

    @abstractmethod
    def durations(self, keys: Sequence[str]) -> Mapping[str, Durations]:
        """Of the chosen rows: merged histograms."""

    @abstractmethod
    def name(self, key: str) -> str: ...

    def _received(
        self, period: Period, scopes: Sequence[str], topics: Sequence[str] | None = None
    ) -> list[cells.Sums]:
        return cells.sums(
            self.session, scopes, period.first, period.last, columns=RECEIVED, topics=topics
        )

    def _sums(
        self, scopes: Sequence[str], topics: Sequence[str] | None = None
    ) -> Iterator[tuple[str, str, Figures]]:
        """(scope, topic, figures) of every cell over the period, without stocks of late leaves."""
        found: dict[tuple[str, str], Figures] = {}
        first, last = self.period.first, self.period.last
        for scope, topic, counters in (
            *cells.sums(self.session, scopes, first, last, columns=FLOWS, topics=topics),
            *cells.sums(self.session, scopes, last, last, columns=STOCKS, topics=topics),
        ):
            found.setdefault((scope, topic), Figures()).add(counters)
        for scope, topic, counters in self._received(self.period.previous, scopes, topics):
            found.setdefault((scope, topic), Figures()).previous = counters.get("received", 0)
        for (scope, topic), figures in found.items():
            yield scope, topic, figures


class TopicRows(Rows):
    """Topics of a scope, or the sectors or blocks they count under."""

    def __init__(self, session: Session, rulebook: Rulebook, question: Question) -> None:
        super().__init__(session, rulebook, question)
        self._row_of = ROW_OF[question.by]
        self._topics: dict[str, list[str]] = {}  # by key
        self._unsorted = 0

    def figures(self, late_stocks: Sequence[StockRow]) -> Mapping[str, Figures]:
        rows: dict[str, Figures] = {}
        for _, topic, figures in self._sums([self.scope]):
            if topic == UNSORTED:
                self._unsorted = figures["received"]
            else:
                self._at(rows, topic).absorb(figures)
        for row in late_stocks:
            if row.topic != UNSORTED:
                self._at(rows, row.topic).add(row.counters)
        return {key: figures for key, figures in rows.items() if not figures.is_empty}

    def unsorted(self) -> int:
        return self._unsorted

    def by_child(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {key: {} for key in keys}
        children = [unit.code for unit in self.directory.children(self.scope)]
        for child, topic, counters in self._received(self.period, children, self._of(keys)):
            if received := counters.get("received", 0):
                by_child = found[self._key(topic)]
                by_child[child] = by_child.get(child, 0) + received
        return {key: dict(sorted(children.items())) for key, children in found.items()}

    def durations(self, keys: Sequence[str]) -> Mapping[str, Durations]:
        found: dict[str, dict[str, Histogram]] = {key: {} for key in keys}
        merged = cells.histograms(
            self.session, [self.scope], self.period.first, self.period.last, self._of(keys)
        )
        for (_, topic), histograms in merged.items():
            of_key = found[self._key(topic)]
            for name, histogram in histograms.items():
                of_key[name] = of_key.get(name, Histogram()) + histogram
        return found

    def name(self, key: str) -> str:
        return self.rulebook.classifier.name(key)

    def _key(self, topic: str) -> str:
        return self._row_of(self.rulebook.classifier, topic)

    def _at(self, rows: dict[str, Figures], topic: str) -> Figures:
        key = self._key(topic)
        known = self._topics.setdefault(key, [])
        if topic not in known:
            known.append(topic)
        return rows.setdefault(key, Figures())

    def _of(self, keys: Sequence[str]) -> list[str]:
        return [topic for key in keys for topic in self._topics[key]]


class TerritoryRows(Rows):
    """The units `depth` levels below, and what lies between: the own territory of each unit on
    the way down, under its own code, so that the rows add up to the whole.

    No cell holds an own territory: it is a unit's cell less those of the units directly below.
    """

    def __init__(self, session: Session, rulebook: Rulebook, question: Question) -> None:
        super().__init__(session, rulebook, question)
        directory, depth = self.directory, question.depth
        self._below = directory.at_depth(self.scope, depth)
        self._between = [
            code for level in range(depth) for code in directory.at_depth(self.scope, level)
        ]
        self._scopes = [*self._between, *self._below]

    def figures(self, late_stocks: Sequence[StockRow]) -> Mapping[str, Figures]:
        whole = {code: Figures() for code in self._scopes}
        for scope, _, figures in self._sums(self._scopes, [TOTAL]):
            whole[scope].absorb(figures)
        for row in late_stocks:
            for code in (row.territory, *self.directory.ancestors(row.territory)):
                if code in whole:
                    whole[code].add(row.counters)
        rows = {code: whole[code] for code in self._below}
        for code in self._between:
            own = Figures()
            own.absorb(whole[code])
            for child in self.directory.children(code):
                own.absorb(whole[child.code], sign=-1)
            # A tier without intake has no territory of its own to speak of, and no zero row.
            if not own.is_empty or self.rulebook.tier_of(code).intake:
                rows[code] = own
        return rows

    def unsorted(self) -> int:
        found = self._received(self.period, [self.scope], [UNSORTED])
        return sum(row.counters.get("received", 0) for row in found)

    def by_child(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {key: {} for key in keys}
        below = {
            child.code: key
            for key in keys
            if key in self._below
            for child in self.directory.children(key)
        }
        for child, _, counters in self._received(self.period, sorted(below), [TOTAL]):
            if received := counters.get("received", 0):
                found[below[child]][child] = received
        return {key: dict(sorted(children.items())) for key, children in found.items()}

    def durations(self, keys: Sequence[str]) -> Mapping[str, Durations]:
        less = {
            key: [child.code for child in self.directory.children(key)]
            for key in keys
            if key not in self._below
        }
        scopes = {*keys, *(child for children in less.values() for child in children)}
        merged = cells.histograms(
            self.session, scopes, self.period.first, self.period.last, [TOTAL]
        )
        found = {}
        for key in keys:
            of_key = dict(merged.get((key, TOTAL), {}))
            for child in less.get(key, ()):
                for name, histogram in merged.get((child, TOTAL), {}).items():
                    of_key[name] = of_key[name] - histogram
            found[key] = of_key
        return found

    def name(self, key: str) -> str:
        return self.directory.name(key)
