"""What follows for issues just opened by appeals: alerts, a proposed executor, offers of repeats,
the notice that the appeal is registered. The same for one appeal and for a file of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.find_repeats import Arrived, find_repeats
from node.domain.opening import Opening
from node.domain.rulebook import Rulebook
from node.store.appeals import Registered


def receive_issues(
    session: Session,
    rulebook: Rulebook,
    *,
    received: Sequence[tuple[Registered, Opening]],
    now: datetime,
) -> int:
    """Do it for each, in the transaction that registered them; how many repeats were offered."""
    arrived = [
        Arrived(
            names.issue_id,
            opened.accepted.appeal.text,
            opened.topic,
            opened.accepted.appeal.lat,
            opened.accepted.appeal.lon,
            opened.accepted.received_at,
        )
        for names, opened in received
    ]
    return find_repeats(session, rulebook.repeats, arrived=arrived, now=now)
