"""Find the executor of an issue by the rules in force, and keep how it was found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.routing import Case, Decision, route
from node.domain.rulebook import Rulebook
from node.store import routings


def decide_route(session: Session, rulebook: Rulebook, *, case: Case) -> Decision:
    """Who gets an issue now. Nothing is written: `record_route` does, where the decision is used.

    For many cases take `routings.in_force` once and `domain.routing.route` for each.
    """
    rules = routings.in_force(session, rulebook.routing)
    return route(rules, case, agencies=rulebook.agencies, directory=rulebook.directory)


def record_route(session: Session, issue_id: int, decision: Decision, now: datetime) -> None:
    """Keep the trace of a decision with its issue: the page of the issue explains the route by it,
    and the rules are counted by it. The journal is written by the move that decided."""
    routings.record(session, [(issue_id, decision)], now=now)
