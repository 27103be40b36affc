"""Write down how the re-encoding of a photo ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.photo import Reason, State
from node.domain.picture import Reencoded
from node.store import journal, photos
from node.store.photos import Hung


def settle_photo(
    session: Session, *, hung: Hung, outcome: Reencoded | Reason, now: datetime
) -> bool:
    """Ready with its pictures, or refused with the reason; False when it was erased meanwhile."""
    if isinstance(outcome, Reencoded):
        state, reason = State.READY, None
        size = {"width": outcome.width, "height": outcome.height, "bytes": len(outcome.full)}
    else:
        state, reason, size = State.REFUSED, outcome.value, {"bytes": 0}
    if not photos.settle(session, hung.photo.id, state, reason=reason, **size):
        return False
    journal.write(
        session,
        action="settle_photo",
        subject=hung.issue.number,
        actor="node",
        now=now,
        photo=hung.photo.public_id,
        state=state.value,
        reason=reason,
    )
    return True
