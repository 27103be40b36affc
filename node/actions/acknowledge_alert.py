"""Take an alert over: somebody on duty has seen it, and it is not repeated any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.access import Access
from node.domain.errors import NotFound
from node.domain.rights import Actor, NoRight, Right
from node.domain.rulebook import Rulebook
from node.store import alerts, journal
from node.store.alerts import Alarm

TAKERS = (Right.ISSUES_MODERATE, Right.ISSUES_COORDINATE, Right.ISSUES_EXECUTE)
"""Whoever works on the issue; a reader could only silence it."""


class NoSuchAlert(NotFound):
    """Такой тревоги на этом узле нет: обновите страницу."""


def acknowledge_alert(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    alert_id: int,
    actor: Actor,
    now: datetime,
) -> Alarm:
    """The alert as it stands then, acknowledged by the actor, or by whoever was first.

    NoSuchAlert, also of an issue the actor does not see; NoRight for who only reads it.
    """
    access = Access(actor, rulebook, unit)
    found = alerts.by_id(session, alert_id)
    if found is None or not access.sees(found.issue):
        raise NoSuchAlert
    if not may_acknowledge(access, found):
        raise NoRight
    if alerts.acknowledge(session, alert_id, by=actor.name, now=now):
        journal.write(
            session,
            action="acknowledge_alert",
            subject=found.issue.number,
            actor=actor.name,
            now=now,
            rule=found.alert.rule,
        )
    session.refresh(found.alert)
    return found


def may_acknowledge(access: Access, alarm: Alarm) -> bool:
    return any(access.may(right, alarm.issue) for right in TAKERS)
