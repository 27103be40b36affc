"""A set of routing rules as a page shows it: its lines, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from node.bootstrap import Node
from node.domain.agencies import Executor
from node.domain.routing import Basis, RuleSet
from node.domain.routing_check import Problem, problems
from node.domain.rulebook import Rulebook
from node.store import routings
from node.store.routings import Hits
from node.store.session import Session
from node.web.locale import routing_words, russian

PATH = "/routing"
HIT_DAYS = 30

Option = tuple[str, str]
"""A code and its name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as a line. `at`: the address of its form. `wrong`: what keeps the set from being
    published; `doubtful`: what is worth a look."""

    position: int
    code: str
    name: str
    conditions: tuple[tuple[str, str], ...]
    executor: str
    to_queue: bool
    reserve: bool
    hits: int
    at: str
    wrong: tuple[str, ...]
    doubtful: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetLines:
    """`general`: what is wrong with the set as a whole. `wrong` and `doubtful` count the rest."""

    lines: tuple[Line, ...]
    fallback: str
    general: tuple[str, ...]
    wrong: int
    doubtful: int
    otherwise: Mapping[str, int]


def set_lines(rules: RuleSet, node: Node, hits: Hits) -> SetLines:
    rulebook = node.rulebook
    found = problems(rules, rulebook, node.code)
    lines = tuple(
        Line(
            position=row + 1,
            code=rule.code,
            name=rule.name,
            conditions=routing_words.conditions(rule, rulebook),
            executor=routing_words.executor(rule.executor, rulebook),
            to_queue=rule.executor is None,
            reserve=rule.reserve,
            hits=hits.rules.get(rule.code, 0),
            at=f"{PATH}/draft/rules/{quote(rule.code, safe='')}",
            wrong=_texts(found, row, serious=True),
            doubtful=_texts(found, row, serious=False),
        )
        for row, rule in enumerate(rules.rules)
    )
    return SetLines(
        lines=lines,
        fallback=routing_words.executor(rules.fallback, rulebook),
        general=_texts(found, None, serious=True),
        wrong=sum(bool(line.wrong) for line in lines),
        doubtful=sum(bool(line.doubtful) for line in lines),
        otherwise={
            "topic": hits.otherwise.get(Basis.TOPIC, 0),
            "fallback": hits.otherwise.get(Basis.FALLBACK, 0),
            "queue": hits.otherwise.get(Basis.QUEUE, 0),
        },
    )


def recent_hits(session: Session, node: Node) -> Hits:
    return routings.hits(session, since=node.clock() - timedelta(days=HIT_DAYS))


def executor_groups(rulebook: Rulebook) -> list[tuple[str, list[Option]]]:
    """Agencies without executors first, then each agency that has them with its executors."""
    agencies = rulebook.agencies
    alone: list[Option] = []
    groups: list[tuple[str, list[Option]]] = []
    for agency in agencies:
        below: tuple[Executor, ...] = agencies.executors_of(agency.code)
        if not below:
            alone.append((agency.code, agency.name))
            continue
        whole = (agency.code, f"{agency.name}: само ведомство")
        groups.append((agency.name, [whole, *((one.code, one.name) for one in below)]))
    return [*groups, ("Ведомства без исполнителей", alone)] if alone else groups


def _texts(found: tuple[Problem, ...], row: int | None, *, serious: bool) -> tuple[str, ...]:
    return tuple(
        f"{routing_words.field(one.field)}: {one.message}"
        if one.serious and one.field not in ("name", "reserve")
        else russian.headline(one.message)
        for one in found
        if one.row == row and one.serious is serious
    )
