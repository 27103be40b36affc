"""Builders of appeals and issues for tests of intake and resolution."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from node.actions.move_issue import move_issue
from node.actions.submit_appeal import Submitted, submit_appeal
from node.domain.appeal import NewAppeal
from node.domain.rights import unlimited
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook
from node.store.issues import Issue

UNIT = "RU-MUR"
TOWN = "47701000"  # Murmansk, below RU-MUR
ELSEWHERE = "RU-KGD"
NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # a Wednesday, 12:30 in Murmansk


@cache
def the_rulebook() -> Rulebook:
    """The shipped reference data, read once: they are read-only."""
    return load_rulebook()


def an_appeal(**overrides: Any) -> NewAppeal:
    values = {"text": "Яма во дворе дома 5", "territory": TOWN, "channel": "api"}
    return NewAppeal(**values | overrides)


def submitted(
    session: Session, *, now: datetime = NOW, unit: str = UNIT, **overrides: Any
) -> Submitted:
    """An appeal registered at the node of Murmansk region."""
    return submit_appeal(
        session,
        the_rulebook(),
        unit=unit,
        appeal=an_appeal(**overrides),
        actor="test",
        now=now,
    )


def admitted(session: Session, *, now: datetime = NOW, **overrides: Any) -> Submitted:
    """An appeal registered, and its issue admitted at once: it counts as opened."""
    taken = submitted(session, now=now, **overrides)
    moved(session, taken.issue_number, "admit", 1, now=now)
    return taken


def moved(
    session: Session, number: str, move: str, version: int, *, now: datetime = NOW, **fields: str
) -> Issue:
    return move_issue(
        session,
        the_rulebook(),
        unit=UNIT,
        number=number,
        move=move,
        version=version,
        fields=fields,
        actor=unlimited("test", UNIT),
        now=now,
    )
