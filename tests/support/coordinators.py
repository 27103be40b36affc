"""Directives issued and reported on as coordinators would, for tests of actions, API and nodes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from node.actions.issue_directive import NewDirective, issue_directive
from node.actions.report_directive import ReportEntries, report_directive
from node.domain.directive import CheckIn, Milestone, Reading
from node.domain.rights import Actor, Permit, Right, unlimited
from node.domain.rulebook import Rulebook
from node.store.session import Session
from tests.support.appeals import the_rulebook

BODY = "office"
OTHER_BODY = "another"


class Opened(Protocol):
    """A database, or a node with one."""

    def transaction(self) -> AbstractContextManager[Session]: ...


def a_coordinator(unit: str, *, body: str = BODY) -> Actor:
    """Somebody who may do everything with the directives of one body, at one node and below."""
    rights = frozenset({Right.DIRECTIVES_READ, Right.DIRECTIVES_ISSUE, Right.DIRECTIVES_REPORT})
    permit = Permit(rights, unit, bodies=frozenset({body}))
    within = the_rulebook().directory.is_within
    return Actor(f"координатор {body}", "координатор поручений", (permit,), within=within)


def a_draft(**overrides: Any) -> NewDirective:
    values: dict[str, Any] = {
        "title": "Открыть центр управления",
        "basis": "Перечень поручений, пункт 3",
        "issued_on": date(2026, 3, 1),
        "deadline": date(2026, 12, 1),
        "addressed": "units",
        "units": ("RU-MUR",),
        "coordinator": BODY,
        "coordinator_name": "Проектный офис",
        "milestones": (Milestone("staff", "Штат", 60), Milestone("premises", "Помещение", 40)),
    }
    return NewDirective(**(values | overrides))


def issued(
    opened: Opened,
    *,
    me: str = "RU",
    now: datetime,
    rulebook: Rulebook | None = None,
    actor: Actor | None = None,
    **overrides: Any,
) -> str:
    """The id of a directive issued at the node of `me`."""
    with opened.transaction() as session:
        return issue_directive(
            session,
            rulebook or the_rulebook(),
            me=me,
            new=a_draft(**overrides),
            actor=actor or unlimited("test", me),
            now=now,
        )


def reported(
    opened: Opened,
    id: str,
    unit: str,
    *,
    me: str,
    now: datetime,
    rulebook: Rulebook | None = None,
    version: int | None = None,
    actor: Actor | None = None,
    **entries: Any,
) -> None:
    """Lay entries over the report on `unit` at the node of `me`."""
    with opened.transaction() as session:
        report_directive(
            session,
            rulebook or the_rulebook(),
            me=me,
            directive=id,
            unit=unit,
            entries=ReportEntries(**entries),
            version=version,
            actor=actor or unlimited("test", me),
            now=now,
        )


def read(milestone: str, as_of: date, percent: str, **more: Any) -> Reading:
    return Reading(milestone, as_of, Decimal(percent), **more)


def looked(days: Sequence[date], now: datetime) -> tuple[CheckIn, ...]:
    return tuple(CheckIn(day, now, "глава") for day in days)
