"""Try routing rules without moving anything: one case, or the issues of a period by two sets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.manage_routing import NoDraft
from node.actions.move_issue import NoSuchIssue
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.rights import Actor, Right
from node.domain.routing import Case, Decision, RuleSet, route
from node.domain.routing_comparison import Comparison, compare
from node.domain.routing_trial import checked_case
from node.domain.rulebook import Rulebook
from node.store import issues, routing_cases, routings


@dataclass(frozen=True, slots=True)
class Trial:
    """A case and what a set of rules makes of it. `executor`: of an issue, who has it now."""

    case: Case
    rules: RuleSet
    decision: Decision
    number: str | None = None
    executor: str | None = None


def try_routing(
    session: Session, rulebook: Rulebook, *, unit: str, case: Case, by_draft: bool, actor: Actor
) -> Trial:
    """Which rule fires for a case, and why. Invalid by field; NoDraft."""
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    rules = _rules(session, rulebook, by_draft)
    checked_case(case, rulebook, unit)
    return Trial(case, rules, _decide(rules, case, rulebook))


def try_routing_of_issue(
    session: Session, rulebook: Rulebook, *, unit: str, number: str, by_draft: bool, actor: Actor
) -> Trial:
    """Which rule fires for an issue as it is now. NoSuchIssue, also of one the actor does not see;
    NoRight for who reads no issues; NoDraft."""
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    access = Access(actor, rulebook, unit)
    issue = issues.by_number(session, number) if is_number(number) else None
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    rules = _rules(session, rulebook, by_draft)
    case = routing_cases.case_of(session, issue)
    decision = _decide(rules, case, rulebook)
    return Trial(case, rules, decision, issue.number, issue.executor)


def compare_routing(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    since: datetime,
    before: str | None,
    out_of_time: Callable[[], bool],
    actor: Actor,
) -> Comparison:
    """What publishing the draft would change of the issues that came since a moment and that the
    actor sees: they are decided over again by the rules in force and by the draft.

    `before`: go on from where a comparison stopped. NoDraft; NoRight; Invalid. Queries do not
    grow with the number of issues.
    """
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    shown = Access(actor, rulebook, unit).shown
    proposed = _rules(session, rulebook, by_draft=True)
    current = routings.in_force(session, rulebook.routing)
    cases = routing_cases.cases_since(
        session, since, sets=(current, proposed), before=before, shown=shown
    )
    with closing(cases):
        return compare(
            current,
            proposed,
            cases,
            total=routing_cases.count_since(session, since, before=before, shown=shown),
            agencies=rulebook.agencies,
            directory=rulebook.directory,
            out_of_time=out_of_time,
        )


def _rules(session: Session, rulebook: Rulebook, by_draft: bool) -> RuleSet:
    if not by_draft:
        return routings.in_force(session, rulebook.routing)
    draft = routings.draft(session)
    if draft is None:
        raise NoDraft
    return draft.rules


def _decide(rules: RuleSet, case: Case, rulebook: Rulebook) -> Decision:
    return route(rules, case, agencies=rulebook.agencies, directory=rulebook.directory)
