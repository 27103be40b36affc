"""Agencies (ведомства): which body answers for a topic when nothing more exact is known.

Routing by territory, load and history grows elsewhere; this is the floor under it, so that every
topic has somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from node.domain.classifier import UNSORTED, Classifier
from node.domain.suggestions import Suggestions
from node.domain.table import Table


class InvalidAgencies(ValueError):
    """The agencies do not cover the classifier exactly; the message names the code."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A body of the region. `takes`: sectors and topics by code, the longer path winning."""

    code: str
    name: str
    block: str
    takes: tuple[str, ...]


class Agencies:
    """Every agency and what it takes; made against a classifier, whose every topic has one."""

    def __init__(self, agencies: Iterable[Agency], classifier: Classifier) -> None:
        """InvalidAgencies: something stands twice, is unknown, or a topic is left over."""
        self._by_code: dict[str, Agency] = {}
        self._takes: dict[str, Agency] = {}
        self._classifier = classifier
        for agency in agencies:
            if agency.code in self._by_code:
                raise InvalidAgencies(f"agency {agency.code} stands twice")
            if classifier.block(agency.block) is None:
                raise InvalidAgencies(f"agency {agency.code}: block {agency.block} is unknown")
            self._by_code[agency.code] = agency
            for taken in agency.takes:
                if taken != UNSORTED and classifier.nearest_known(taken) != taken:
                    raise InvalidAgencies(f"agency {agency.code} takes unknown {taken!r}")
                if taken in self._takes:
                    other = self._takes[taken].code
                    raise InvalidAgencies(f"{agency.code} and {other} both take {taken}")
                self._takes[taken] = agency
        for code in (UNSORTED, *(topic.code for topic in classifier.topics)):
            if self._taker(code) is None:
                raise InvalidAgencies(f"no agency takes {code}")
        self._suggestions = Suggestions(
            (agency.code, name) for agency in self for name in (agency.code, agency.name)
        )

    @classmethod
    def from_table(cls, values: Mapping[str, object], classifier: Classifier) -> Agencies:
        """From agencies.toml. InvalidTable or InvalidAgencies names the key or code."""
        table = Table(values)
        agencies = []
        for entry in table.tables("agencies"):
            agencies.append(
                Agency(
                    code=entry.text("code"),
                    name=entry.text("name"),
                    block=entry.text("block"),
                    takes=entry.texts("takes"),
                )
            )
            entry.close()
        table.close()
        return cls(agencies, classifier)

    def __iter__(self) -> Iterator[Agency]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Agency | None:
        return self._by_code.get(code)

    def name(self, code: str) -> str:
        """The Russian name, or the code itself when the agency is unknown here."""
        agency = self._by_code.get(code)
        return agency.name if agency else code

    def for_topic(self, code: str) -> Agency:
        """Who answers for a topic: the longest path taken. An unknown code goes by its ancestor."""
        agency = self._taker(self._classifier.nearest_known(code))
        # A sector split among several agencies may have none for the whole: the duty officer's.
        return agency or self._takes[UNSORTED]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """At most `n` agency codes whose code or name is most like what was written."""
        return self._suggestions.nearest(text, n)

    def _taker(self, code: str) -> Agency | None:
        while code:
            if code in self._takes:
                return self._takes[code]
            code = code.rpartition(".")[0]
        return None
