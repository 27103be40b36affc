"""What follows for issues just opened by appeals: alerts, a proposed executor, offers of repeats,
the notice that the appeal is registered. The same for one appeal and for a file of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from node.actions.find_repeats import Arrived, find_repeats
from node.actions.raise_alerts import raise_alerts
from node.domain.appeal import NewAppeal
from node.domain.issue import Notice
from node.domain.opening import Opening
from node.domain.routing import Decision, route
from node.domain.rulebook import Rulebook
from node.store import outbox, routings
from node.store.appeals import Registered

FRESH = timedelta(days=3)
"""So old a danger in a file of appeals still alerts the duty; of an older one others have heard."""


@dataclass(frozen=True, slots=True)
class Routed:
    """An issue about to be opened, and how its executor was found."""

    opening: Opening
    decision: Decision


def routed(session: Session, rulebook: Rulebook, openings: Sequence[Opening]) -> list[Routed]:
    """Propose an executor for each, by the routing rules in force: one query for all."""
    rules = routings.in_force(session, rulebook.routing)
    found = []
    for opened in openings:
        decision = route(
            rules, opened.case(), agencies=rulebook.agencies, directory=rulebook.directory
        )
        found.append(Routed(replace(opened, executor=decision.executor), decision))
    return found


def receive_issues(
    session: Session,
    rulebook: Rulebook,
    *,
    received: Sequence[tuple[Registered, Routed]],
    tell: bool = True,
    now: datetime,
) -> int:
    """Do it for each, in the transaction that registered them; how many repeats were offered.

    `tell` False: nobody is told that their appeal is registered, as with a file of old ones; and
    the duty is alerted of what the file says was received lately, no more.
    """
    routings.record(session, [(names.issue_id, one.decision) for names, one in received], now=now)
    arrived = []
    for names, one in received:
        opened, appeal = one.opening, one.opening.accepted.appeal
        if opened.danger and (tell or _is_fresh(appeal, now)):
            raise_alerts(
                session,
                rulebook,
                issue_id=names.issue_id,
                text=appeal.text,
                topic=opened.topic,
                now=now,
            )
        if tell:
            outbox.put_notice(
                session,
                stage=Notice.REGISTERED.value,
                issue_id=names.issue_id,
                appeal_ids=[names.appeal_id],
                version=1,
                now=now,
            )
        arrived.append(
            Arrived(
                names.issue_id,
                appeal.text,
                opened.topic,
                appeal.lat,
                appeal.lon,
                opened.accepted.received_at,
            )
        )
    return find_repeats(session, rulebook.repeats, arrived=arrived, now=now)


def _is_fresh(appeal: NewAppeal, now: datetime) -> bool:
    return appeal.received_at is not None and now - appeal.received_at <= FRESH
