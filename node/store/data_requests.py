"""Requests of residents about their own data that were served here: what, why, by whom, when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.store.base import Base, Instant


class DataRequest(Base, kw_only=True):
    """One number of one request. `reason` is redacted before it is written; no values stand here.

    `fields`: which were corrected.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        Index(None, "subject", "id"),
        CheckConstraint("kind IN ('export', 'correct', 'erase')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    subject: Mapped[str] = mapped_column(String(80))  # the number of an appeal
    kind: Mapped[str] = mapped_column(String(16))
    fields: Mapped[list[Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    forced: Mapped[bool] = mapped_column(default=False)  # against what usually forbids it
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


def write(
    session: Session,
    *,
    kind: str,
    subjects: Sequence[str],
    reason: str,
    actor: str,
    now: datetime,
    fields: Sequence[str] = (),
    forced: bool = False,
) -> None:
    """One row for each number."""
    session.execute(
        insert(DataRequest),
        [
            {
                "kind": kind,
                "subject": subject,
                "fields": list(fields),
                "reason": reason,
                "forced": forced,
                "actor": actor,
                "at": now,
            }
            for subject in subjects
        ],
    )


def of_subjects(session: Session, subjects: Collection[str]) -> dict[str, list[DataRequest]]:
    """What was asked under these numbers, the first first; `[]` where nothing was."""
    found: dict[str, list[DataRequest]] = {subject: [] for subject in subjects}
    query = select(DataRequest).where(DataRequest.subject.in_(found)).order_by(DataRequest.id)
    for request in session.scalars(query):
        found[request.subject].append(request)
    return found
