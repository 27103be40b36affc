"""Propose who is to work on an issue, by the routing rules in force; a coordinator confirms it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.decide_route import decide_route, record_route
from node.domain.issue import Move, State
from node.domain.routing import barred
from node.domain.rulebook import Rulebook
from node.store.issues import Issue
from node.store.routing_cases import case_of

PROPOSING = frozenset({"admit", "reclassify", "prioritise", "return", "unmerge"})


def propose_executor(
    session: Session,
    rulebook: Rulebook,
    *,
    issue: Issue,
    move: Move,
    named: str | None = None,
    now: datetime,
) -> None:
    """After a move that may change whose matter it is, the executor proposed; None: nobody can be,
    the issue stands in the coordinator's queue. A confirmed executor stays, unless they returned
    it: then whom they have `named` comes first, if that is one who may get it.
    """
    if move.name not in PROPOSING or issue.state == State.APPROVAL:
        return
    if move.name != "return" and issue.routed_at is not None:
        return
    case = case_of(session, issue)
    decision = decide_route(session, rulebook, case=case)
    known = named is not None and named in rulebook.agencies and not decision.to_and_fro
    agencies, directory = rulebook.agencies, rulebook.directory
    if known and barred(named, case, agencies=agencies, directory=directory) is None:
        issue.executor = named
        session.flush()
        return
    issue.executor = decision.executor
    record_route(session, issue.id, decision, now)
    session.flush()
