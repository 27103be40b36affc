"""Take in a batch of appeals at once, by the same rules as a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from node.actions.receive_issues import receive_issues, routed
from node.domain.appeal import AcceptedAppeal, require_intake
from node.domain.errors import Unavailable
from node.domain.local_day import day_of
from node.domain.opening import opening
from node.domain.rulebook import Rulebook
from node.store import appeals, days, journal

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """How many appeals of a batch were written, and how many had been here before."""

    taken: int
    already: int


def import_appeals(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    accepted: Sequence[AcceptedAppeal],
    actor: str,
    now: datetime,
) -> Imported:
    """Register a batch of appeals that `domain.appeal.checked` has accepted.

    Each needs an external id: importing a file again, or a part of it, adds only what is new.
    Flows go to the days the appeals were received on. NoIntake: this tier takes no appeals in.
    """
    require_intake(rulebook.tier_of(unit))
    zone = rulebook.directory.zone(unit)
    for _ in range(ATTEMPTS):
        new = _not_here_yet(session, accepted)
        if not new:
            return Imported(0, len(accepted))
        try:
            with session.begin_nested():
                openings = [opening(one, rulebook, unit, now=now) for one in new]
                found = routed(session, rulebook, openings)
                names = appeals.register(
                    session,
                    [one.opening for one in found],
                    unit=unit,
                    year=day_of(now, zone).year,
                    actor=actor,
                    now=now,
                )
        except IntegrityError:
            continue  # as in submit_appeal: somebody else's transaction came in between
        days.mark_dirty(
            session,
            (day_of(one.received_at, zone) for one in new),
            reason="import",
            now=now,
        )
        receive_issues(
            session,
            rulebook,
            received=list(zip(names, found, strict=True)),
            tell=False,
            now=now,
        )
        journal.write(
            session,
            action="import_appeals",
            subject=names[0].number,
            actor=actor,
            now=now,
            last=names[-1].number,
            count=len(names),
        )
        return Imported(len(new), len(accepted) - len(new))
    raise Unavailable


def _not_here_yet(session: Session, accepted: Sequence[AcceptedAppeal]) -> list[AcceptedAppeal]:
    """Those neither registered before nor named earlier in the batch."""
    by_name = {_name(one): one for one in reversed(accepted)}
    for channel in {channel for channel, _ in by_name}:
        ids = [external_id for known, external_id in by_name if known == channel]
        for external_id in appeals.registered(session, channel, ids):
            del by_name[channel, external_id]
    return list(reversed(by_name.values()))


def _name(accepted: AcceptedAppeal) -> tuple[str, str]:
    external_id = accepted.appeal.external_id
    if external_id is None:
        raise ValueError("an imported appeal needs an external id, else it would come in twice")
    return accepted.appeal.channel, external_id
