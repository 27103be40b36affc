"""Write down what came of sending a message: its attempts, its state, the link that arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.reply_delivery import MessageState, Outcome, Step, Way
from node.store import appeals, claims, deadline_warnings, delivery_attempts
from node.store.claims import Claimed
from node.store.deadline_warnings import Told


def settle_delivery(
    session: Session,
    *,
    message: Claimed,
    step: Step,
    tried: Sequence[tuple[Way, Outcome]],
    untold: Sequence[Told] = (),
    now: datetime,
) -> None:
    """Record the attempts of a claimed message and where it stands.

    `tried`: the ways in their order, with what came of each. Where the claim ran out and another
    process has the message, what was tried stays on record, and the other's outcome counts.
    `untold`: what a warning was put for and did not tell.
    """
    claims.settle(session, message, step, now=now)
    for way, outcome in tried:
        delivery_attempts.write(session, message.id, way, outcome, now=now)
    by_mail = step.way is Way.EMAIL and step.state is MessageState.DELIVERED
    if by_mail and message.appeal_id is not None:
        appeals.mark_link_shown(session, message.appeal_id, now=now)
    if step.state is not MessageState.WAITING:
        deadline_warnings.take_back(session, untold)
