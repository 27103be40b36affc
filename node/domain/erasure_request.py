"""Whether a resident's data may be erased on request, and if not, why and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from node.domain.retention import Data, Fate, Held, Retention


class Obstacle(StrEnum):
    """What stands in the way."""

    HELD = "held"  # a legal hold: nobody may go past it
    TERM = "term"  # a formal appeal waits for its answer within the term of the law
    OPEN = "open"  # somebody still has to answer
    KEPT = "kept"  # a formal appeal that has to be kept for a number of years


@dataclass(frozen=True, slots=True)
class Asked:
    """An appeal whose data are to be erased. `ended_at` None: its issue is worked on, `due_at` is
    when it has to be answered. `held`: a legal hold is on the issue."""

    number: str
    formal: bool
    ended_at: datetime | None
    due_at: datetime | None
    held: bool


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why not, and the day after which it stands in the way no more, where that is known."""

    obstacle: Obstacle
    until: date | None


def hindrance(
    asked: Asked, held: Held, rules: Retention, zone: tzinfo, now: datetime
) -> Hindrance | None:
    """The first thing that forbids it; None: nothing does. `held`: what is held of the appeal."""
    if asked.held:
        return Hindrance(Obstacle.HELD, None)
    if asked.ended_at is None:
        # A term ends at 24:00 of a day, which is the midnight after it.
        due = asked.due_at - timedelta(microseconds=1) if asked.due_at else None
        return Hindrance(
            Obstacle.TERM if asked.formal else Obstacle.OPEN,
            due.astimezone(zone).date() if due else None,
        )
    if not asked.formal:
        return None
    days = rules.rule_for(Data.TEXT, held).days(Fate.ERASE)
    kept_until = asked.ended_at + timedelta(days=days or 0)
    if kept_until <= now:
        return None
    return Hindrance(Obstacle.KEPT, kept_until.astimezone(zone).date())
