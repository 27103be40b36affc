"""Who proposed the executor of an issue and why: the trace of the routing rules, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from node.bootstrap import Node
from node.domain.routing import Basis, Condition, RuleSet, Step
from node.store import routings
from node.store.routings import IssueRoute
from node.store.session import Session
from node.web.locale import issue_words, routing_words
from node.web.pages.issue_terms import moment


@dataclass(frozen=True, slots=True)
class RouteView:
    """`why`: one sentence; `short` the same in a few words; `trail`: every way that was tried."""

    executor: str
    why: str
    short: str
    at: str
    trail: tuple[str, ...]


def rules_of(session: Session, route: IssueRoute | None, node: Node) -> RuleSet:
    """The rules a decision was made by."""
    if route is None or route.version == 0:
        return node.rulebook.routing
    found = routings.by_version(session, route.version)
    return node.rulebook.routing if found is None else found.rules


def route_view(route: IssueRoute, rules: RuleSet, node: Node, now: datetime) -> RouteView:
    basis = Basis(route.basis)
    name = _name(rules, route.rule)
    executor = routing_words.executor(route.executor, node.rulebook)
    short = f"по правилу «{name}»" if basis is Basis.RULE else issue_words.BASES[basis]
    if route.to_and_fro:
        short = "проблему уже пересылали по кругу: решает координатор"
    by = routing_words.version(route.version)
    return RouteView(
        executor=executor,
        why=f"{executor} – {short} ({by})",
        short=short,
        at=moment(route.decided_at, now, node.zone),
        trail=(*_trail(route, rules, node), *_passed_over(route)),
    )


def _trail(route: IssueRoute, rules: RuleSet, node: Node) -> tuple[str, ...]:
    return tuple(
        routing_words.step(
            Step(
                by=Basis(by),
                executor=executor,
                failed=Condition(failed) if failed else None,
                rule=rule,
                name=_name(rules, rule),
            ),
            node.rulebook,
        )
        for by, rule, executor, failed in route.trail
    )


def _passed_over(route: IssueRoute) -> tuple[str, ...]:
    number = route.passed_over
    return (f"Ещё правил, которые не о том: {number}",) if number else ()


def _name(rules: RuleSet, code: str | None) -> str:
    rule = rules.rule(code or "")
    return (rule.name or rule.code) if rule else (code or "")
