"""Repeats offered: which issue another may be the same as, why, and what a person said to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    String,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.access import EVERYTHING, Sight
from node.domain.issue import State
from node.domain.repeats import Box
from node.store.appeals import Appeal
from node.store.base import Base, Instant
from node.store.issues import Issue
from node.store.sights import in_sight

MOST_NEAR = 200  # looked at; a place with more of one topic in a month has a problem of its own


class RepeatOffer(Base, kw_only=True):
    """That `issue_id` may be the same matter as `other_id`, and by which sign."""

    __tablename__ = "repeat_offer"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True, index=True)
    sign: Mapped[str] = mapped_column(String(16))
    metres: Mapped[int | None] = mapped_column(default=None)  # of `near`
    found_at: Mapped[datetime] = mapped_column(Instant)
    dismissed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    dismissed_by: Mapped[str | None] = mapped_column(String(120), default=None)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer and the issue it names."""

    sign: str
    metres: int | None
    issue: Issue


@cache
def _by_text() -> Select[str | None, int]:
    return (
        select(Appeal.text_key, _head())
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(
            Appeal.text_key.in_(bindparam("keys", expanding=True)),
            Appeal.received_at >= bindparam("since"),
            _alive(),
        )
        .order_by(Appeal.received_at.desc(), Appeal.id.desc())
    )


def by_text(
    session: Session, keys: Collection[str], *, since: datetime
) -> Sequence[tuple[str, int]]:
    """(text key, issue id) of appeals with these keys, received since; the newest first."""
    if not keys:
        return []
    rows = session.execute(_by_text(), {"keys": list(keys), "since": since})
    return [(str(key), head) for key, head in rows]


def by_number(session: Session, numbers: Collection[str]) -> Sequence[tuple[str, int]]:
    """(number, issue id) of appeals, issues and other systems' appeals called so."""
    if not numbers:
        return []
    found = session.execute(
        select(Appeal.number, Appeal.external_id, Issue.number, _head())
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(
            or_(
                Appeal.number.in_(numbers),
                Appeal.external_id.in_(numbers),
                Issue.number.in_(numbers),
            ),
            _alive(),
        )
    )
    return [
        (name, head)
        for *names, head in found
        for name in names
        if name is not None and name in numbers
    ]


def near(
    session: Session, topic: str, box: Box, *, since: datetime
) -> Sequence[tuple[int, float, float]]:
    """(issue id, lat, lon) of issues on a topic within a box that arrived since."""
    rows = session.execute(
        select(_head(), Issue.lat, Issue.lon)
        .where(
            Issue.topic == topic,
            Issue.lat.between(box.south, box.north),
            Issue.lon.between(box.west, box.east),
            Issue.arrived_at >= since,
            _alive(),
        )
        .order_by(Issue.id.desc())
        .limit(MOST_NEAR)
    )
    return [(head, lat, lon) for head, lat, lon in rows if lat is not None and lon is not None]


def offer(
    session: Session, rows: Iterable[tuple[int, int, str, int | None]], *, now: datetime
) -> None:
    """Write offers down: (issue, other, sign, metres)."""
    listed = [
        {"issue_id": issue, "other_id": other, "sign": sign, "metres": metres, "found_at": now}
        for issue, other, sign, metres in rows
    ]
    if listed:
        session.execute(insert(RepeatOffer), listed)


def offered(
    session: Session, issue_id: int, *, shown: Collection[Sight] = (EVERYTHING,)
) -> Sequence[Offer]:
    """What is still offered for an issue and may be seen, the surest sign first."""
    rows = session.execute(
        select(RepeatOffer.sign, RepeatOffer.metres, Issue)
        .join(Issue, Issue.id == RepeatOffer.other_id)
        .where(
            RepeatOffer.issue_id == issue_id,
            RepeatOffer.dismissed_at.is_(None),
            _alive(),
            *in_sight(shown),
        )
        .order_by(RepeatOffer.sign.desc(), RepeatOffer.metres, Issue.id)
    )
    return [Offer(sign, metres, issue) for sign, metres, issue in rows]


def dismiss(session: Session, issue_id: int, other_id: int, *, actor: str, now: datetime) -> bool:
    """Say that the two are not the same; False where that was not offered."""
    result = session.execute(
        update(RepeatOffer)
        .where(
            RepeatOffer.issue_id == issue_id,
            RepeatOffer.other_id == other_id,
            RepeatOffer.dismissed_at.is_(None),
        )
        .values(dismissed_at=now, dismissed_by=actor)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(result, "rowcount", 0))


def _head() -> ColumnElement[int]:
    """The issue that stands for a row of `issue`."""
    return func.coalesce(Issue.head_id, Issue.id)


def _alive() -> ColumnElement[bool]:
    """Nothing is the same as what was rejected."""
    return Issue.state != State.REJECTED.value
