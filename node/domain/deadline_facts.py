"""What of an issue its deadlines are counted from, and those deadlines by the norms in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from node.domain.errors import Fault
from node.domain.norms import Deadline
from node.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PauseFact:
    """The resident was waited for. `until` is the limit while it lasts, then its true end."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """`arrived_at`: of the first appeal, the resident's clock. `registered_at`: of the first formal
    one (of the first at all where none is). `reopened_at`: of the last reopening.
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


def deadlines(facts: DeadlineFacts, *, rulebook: Rulebook, unit: str) -> tuple[Deadline, ...]:
    """Every deadline of an issue, one of a kind."""
    norm = rulebook.norms.for_appeal(
        channel=facts.channel, fast_track=rulebook.classifier.is_fast_track(facts.topic)
    )
    found = rulebook.norms.deadlines(norm, facts.arrived_at, rulebook.directory.zone(unit))
    return (found.first_answer, found.final)


def pause_limit(facts: DeadlineFacts, *, rulebook: Rulebook, unit: str, now: datetime) -> datetime:
    """How long a pause that begins now may last."""
    raise NotImplementedError


def faults_of_promise(
    day: date | None, facts: DeadlineFacts, *, rulebook: Rulebook, unit: str, now: datetime
) -> list[Fault]:
    """What is wrong with the day an interim answer promises; its field is `until`."""
    raise NotImplementedError
