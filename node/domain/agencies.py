"""Agencies (ведомства) and the executors under them: who there is, and who answers for a topic.

An agency is responsible for topics; an executor is the unit of one agency that does the work on an
issue. An agency may do it itself, so the code of either stands where an executor is named. Who
gets an issue by topic, place and words is told in `routing.py`; this is the floor under it, so
that every topic has somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from node.domain.classifier import UNSORTED, Classifier
from node.domain.directory import Directory
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


@dataclass(frozen=True, slots=True)
class Executor:
    """A unit of an agency that does the work. `territories`: where, with all below; () anywhere."""

    code: str
    name: str
    agency: str
    territories: tuple[str, ...] = ()


class Agencies:
    """Every agency and what it takes, made against a classifier, whose every topic has one; and
    the executors of each. Iteration and length are of agencies alone; `in`, `name`, `agency_of`
    and `nearest` know both."""

    def __init__(
        self,
        agencies: Iterable[Agency],
        classifier: Classifier,
        executors: Iterable[Executor] = (),
    ) -> None:
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
        self._executors: dict[str, Executor] = {}
        for executor in executors:
            self._add(executor)
        self._suggestions = Suggestions(
            (one.code, name) for one in self.everyone for name in (one.code, one.name)
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
        executors = []
        for entry in table.tables("executors"):
            executors.append(
                Executor(
                    code=entry.text("code"),
                    name=entry.text("name"),
                    agency=entry.text("agency"),
                    territories=entry.texts("territories"),
                )
            )
            entry.close()
        table.close()
        return cls(agencies, classifier, executors)

    def placed_in(self, directory: Directory) -> Self:
        """These agencies, if every territory of an executor is a unit. InvalidAgencies."""
        for executor in self.executors:
            for unit in executor.territories:
                if unit not in directory:
                    raise InvalidAgencies(
                        f"executor {executor.code}: territory {unit} is not in the directory"
                    )
        return self

    def works_in(self, code: str, unit: str, directory: Directory) -> bool:
        """Whether an executor works in a territory; an agency does everywhere."""
        executor = self._executors.get(code)
        if executor is None or not executor.territories:
            return True
        return any(directory.is_within(unit, own) for own in executor.territories)

    def __iter__(self) -> Iterator[Agency]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        """Whether an issue can be given to it: of an agency and of an executor."""
        return code in self._by_code or code in self._executors

    @property
    def executors(self) -> tuple[Executor, ...]:
        """In the order of the file, without the agencies."""
        return tuple(self._executors.values())

    @property
    def everyone(self) -> tuple[Agency | Executor, ...]:
        """Each agency and after it its executors: what may be chosen where an executor is named."""
        listed: list[Agency | Executor] = []
        for agency in self:
            listed += [agency, *self.executors_of(agency.code)]
        return tuple(listed)

    def get(self, code: str) -> Agency | None:
        """An agency; None also for the code of an executor."""
        return self._by_code.get(code)

    def executor(self, code: str) -> Executor | None:
        """An executor under an agency; None also for the code of an agency."""
        return self._executors.get(code)

    def executors_of(self, agency: str) -> tuple[Executor, ...]:
        return tuple(one for one in self._executors.values() if one.agency == agency)

    def agency_of(self, code: str) -> str:
        """The agency an executor is under; of an agency, and of what is unknown here, itself."""
        executor = self._executors.get(code)
        return executor.agency if executor else code

    def with_executors(self, codes: Iterable[str]) -> frozenset[str]:
        """These codes, and those of the executors under such of them as are agencies."""
        known = frozenset(codes)
        return known | {one.code for one in self._executors.values() if one.agency in known}

    def name(self, code: str) -> str:
        """The Russian name, or the code itself when neither an agency nor an executor has it."""
        known = self._by_code.get(code) or self._executors.get(code)
        return known.name if known else code

    def for_topic(self, code: str) -> Agency:
        """Who answers for a topic: the longest path taken. An unknown code goes by its ancestor."""
        agency = self._taker(self._classifier.nearest_known(code))
        # A sector split among several agencies may have none for the whole: the duty officer's.
        return agency or self._takes[UNSORTED]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """At most `n` codes, of agencies and executors, whose code or name is most like it."""
        return self._suggestions.nearest(text, n)

    def _add(self, executor: Executor) -> None:
        if executor.code in self:
            raise InvalidAgencies(f"executor {executor.code} stands twice, or is an agency's code")
        if executor.agency not in self._by_code:
            raise InvalidAgencies(f"executor {executor.code}: agency {executor.agency} is unknown")
        self._executors[executor.code] = executor

    def _taker(self, code: str) -> Agency | None:
        while code:
            if code in self._takes:
                return self._takes[code]
            code = code.rpartition(".")[0]
        return None
