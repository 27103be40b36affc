"""What of an issue its deadlines are counted from, and those deadlines by the norms in force.

The rules are in `deadline.py`; here the facts of one issue meet the rulebook of the node.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from node.domain.deadline import (
    Deadline,
    Interim,
    Pause,
    faults_of_until,
    latest_until,
    pause_ends,
)
from node.domain.deadline import deadlines as counted
from node.domain.deadline_norm import FORMAL, MESSAGE, Matter, Norm
from node.domain.errors import Conflict, Fault
from node.domain.rulebook import Rulebook
from node.domain.working_time import WorkingCalendar


class NoWaiting(Conflict):
    """По нормативу этой проблемы ждать сведений от жителя нельзя: ответьте ему или перешлите."""


@dataclass(frozen=True, slots=True)
class PauseFact:
    """The resident was waited for. `until` is the limit while it lasts, then its true end."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """`arrived_at`: of the first appeal, the resident's clock. `registered_at`: of the first formal
    one (of the first at all where none is), `formal_arrived_at` when that came. `reopened_at`: of
    the last reopening. `promised_on`: by the newest interim answer since, sent at `promised_at`;
    where that is not known, no pause moves the promise.
    """

    channel: str
    topic: str
    territory: str
    urgency: str
    formal: bool
    arrived_at: datetime
    registered_at: datetime
    pauses: tuple[PauseFact, ...] = ()
    promised_on: date | None = None
    interims: int = 0
    reopened_at: datetime | None = None
    danger: bool = False
    promised_at: datetime | None = None
    formal_arrived_at: datetime | None = None


def norm_of(facts: DeadlineFacts, *, rulebook: Rulebook, unit: str) -> Norm:
    """The norm in force for an issue of the node of `unit`."""
    directory = rulebook.directory
    place = facts.territory
    return rulebook.norms.for_matter(
        Matter(
            channel=facts.channel,
            topic=facts.topic,
            fast_track=rulebook.classifier.is_fast_track(facts.topic),
            urgency=facts.urgency,
            danger=facts.danger,
            kind=FORMAL if facts.formal else MESSAGE,
            units=(place, *directory.ancestors(place)) if place in directory else (place,),
            arrived_on=calendar_of(rulebook, unit).day_of(facts.arrived_at),
        )
    )


def calendar_of(rulebook: Rulebook, unit: str) -> WorkingCalendar:
    """Working time of the people at the node of `unit`."""
    directory = rulebook.directory
    units = (unit, *directory.ancestors(unit))
    return rulebook.norms.calendar(directory.zone(unit), units)


def deadlines(facts: DeadlineFacts, *, rulebook: Rulebook, unit: str) -> tuple[Deadline, ...]:
    """Every deadline of an issue, one of a kind."""
    promised = (
        () if facts.promised_on is None else (Interim(_promised_at(facts), facts.promised_on),)
    )
    found = counted(
        norm_of(facts, rulebook=rulebook, unit=unit),
        calendar_of(rulebook, unit),
        starts_at=facts.arrived_at,
        pauses=[Pause(pause.since, pause.until) for pause in facts.pauses],
        interims=promised,
        reopened_at=facts.reopened_at,
        formal=facts.formal,
        formal_at=facts.formal_arrived_at,
        registered_at=facts.registered_at,
    )
    return tuple(found)


def pause_limit(facts: DeadlineFacts, *, rulebook: Rulebook, unit: str, now: datetime) -> datetime:
    """How long a pause that begins now may last. NoWaiting: not at all."""
    norm = norm_of(facts, rulebook=rulebook, unit=unit)
    limit = pause_ends(norm, calendar_of(rulebook, unit), now)
    if limit is None:
        raise NoWaiting
    return limit


def latest_promise(
    facts: DeadlineFacts, *, rulebook: Rulebook, unit: str, now: datetime
) -> date | None:
    """The latest day an interim answer sent now may promise; None: no such answer may be given."""
    norm = norm_of(facts, rulebook=rulebook, unit=unit)
    if facts.interims >= norm.interims:
        return None
    calendar = calendar_of(rulebook, unit)
    limit = _formal_limit(facts, rulebook, unit)
    return latest_until(norm, calendar, now=now, formal_due_at=limit)


def faults_of_promise(
    day: date | None, facts: DeadlineFacts, *, rulebook: Rulebook, unit: str, now: datetime
) -> list[Fault]:
    """What is wrong with the day an interim answer promises; its field is `until`."""
    if day is None:
        return [Fault("until", "назовите день, к которому обещан окончательный ответ")]
    return list(
        faults_of_until(
            day,
            norm_of(facts, rulebook=rulebook, unit=unit),
            calendar_of(rulebook, unit),
            now=now,
            given=facts.interims,
            formal_due_at=_formal_limit(facts, rulebook, unit),
        )
    )


def _formal_limit(facts: DeadlineFacts, rulebook: Rulebook, unit: str) -> datetime | None:
    """The final deadline that no promise passes."""
    if not facts.formal:
        return None
    found = deadlines(facts, rulebook=rulebook, unit=unit)
    return next(one.due_at for one in found if one.kind == "final")


def _promised_at(facts: DeadlineFacts) -> datetime:
    if facts.promised_at is not None:
        return facts.promised_at
    ends = [pause.until for pause in facts.pauses]
    return max(facts.reopened_at or facts.arrived_at, facts.arrived_at, *ends)
