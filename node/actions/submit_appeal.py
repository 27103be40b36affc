"""Take one appeal in and open its issue, whatever channel it came by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from node.actions.receive_issues import receive_issues, routed
from node.domain.appeal import NewAppeal, checked, require_intake
from node.domain.errors import Unavailable
from node.domain.local_day import day_of
from node.domain.opening import opening
from node.domain.rulebook import Rulebook
from node.store import appeals, days, journal

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the sender is told. `created` False: the appeal had been registered before. `danger`:
    its words or topic are of danger to life. `offers`: how many issues it may repeat."""

    number: str
    issue_number: str
    status_key: str
    created: bool
    danger: bool = False
    offers: int = 0


def submit_appeal(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    appeal: NewAppeal,
    actor: str,
    now: datetime,
) -> Submitted:
    """Register an appeal at the node of `unit`.

    The same channel and external id is the same appeal: it keeps the numbers it got, also when
    two senders hand it in at once. NoIntake: this tier takes no appeals in. Invalid: names every
    bad field.
    """
    require_intake(rulebook.tier_of(unit))
    accepted = checked(
        appeal,
        directory=rulebook.directory,
        classifier=rulebook.classifier,
        unit=unit,
        now=now,
    )
    zone = rulebook.directory.zone(unit)
    [one] = routed(session, rulebook, [opening(accepted, rulebook, unit, now=now)])
    for _ in range(ATTEMPTS):
        if appeal.external_id is not None:
            known = appeals.registered(session, appeal.channel, [appeal.external_id])
            for names in known.values():
                return Submitted(names.number, names.issue_number, names.status_key, created=False)
        try:
            with session.begin_nested():
                [names] = appeals.register(
                    session,
                    [one.opening],
                    unit=unit,
                    year=day_of(now, zone).year,
                    actor=actor,
                    now=now,
                )
        except IntegrityError:
            # Another transaction registered it, or began the year's series, between our look and
            # our writing. It has committed by now, so the next look sees what it wrote.
            continue
        days.mark_dirty(session, [day_of(accepted.received_at, zone)], reason="late", now=now)
        offers = receive_issues(session, rulebook, received=[(names, one)], now=now)
        journal.write(
            session,
            action="submit_appeal",
            subject=names.number,
            actor=actor,
            now=now,
            issue=names.issue_number,
            channel=appeal.channel,
        )
        return Submitted(
            names.number,
            names.issue_number,
            names.status_key,
            created=True,
            danger=one.opening.danger,
            offers=offers,
        )
    raise Unavailable
