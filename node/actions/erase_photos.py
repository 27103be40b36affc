"""Erase photos and documents: a row stays and says that they were; their files are deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from node.store import journal, photos


def erase_photos_of(
    session: Session,
    *,
    appeal_ids: Collection[int],
    issue_ids: Collection[int] = (),
    actor: str,
    now: datetime,
) -> int:
    """What came with these appeals, and what the staff added to these issues; how many it was.

    The files are deleted by the job `prepare_photos` within seconds, the journal names the issues.
    """
    erased = photos.erase(session, appeal_ids=appeal_ids, issue_ids=issue_ids)
    counted: dict[str, int] = {}
    for _, number in erased:
        counted[number] = counted.get(number, 0) + 1
    for number, files in counted.items():
        journal.write(
            session, action="erase_photos", subject=number, actor=actor, now=now, files=files
        )
    return len(erased)
