"""Appeals as residents sent them, and what is known of the resident, apart from each other."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.issue import START
from node.domain.opening import Opening
from node.domain.search_words import words_of
from node.store import issue_texts, numbers
from node.store.base import Base, Instant
from node.store.issues import Issue, IssueDeadline, IssueState, deadline_rows


class Appeal(Base, kw_only=True):
    """What one resident sent through one channel; its text is never edited."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("kind IN ('message', 'formal')", name="kind"),
        Index(None, "received_at"),
        Index(None, "issue_id"),
        Index(None, "text_key"),
        Index(None, "external_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    status_key: Mapped[str] = mapped_column(String(64), unique=True)  # the unguessable link
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    channel: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(200), default=None)
    kind: Mapped[str] = mapped_column(String(16), default="message")
    territory: Mapped[str] = mapped_column(String(64))  # as received
    topic: Mapped[str | None] = mapped_column(String(64), default=None)  # as received
    text: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None] = mapped_column(default=None)
    lon: Mapped[float | None] = mapped_column(default=None)
    text_key: Mapped[str | None] = mapped_column(String(64), default=None)  # the same of like texts
    repeated: Mapped[bool] = mapped_column(default=False)  # attached to an issue already open
    received_at: Mapped[datetime] = mapped_column(Instant)  # when the resident sent it
    registered_at: Mapped[datetime] = mapped_column(Instant)  # when this node wrote it down
    # When the resident was shown the status link, or a letter with it was delivered.
    link_shown_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


class Resident(Base, kw_only=True):
    """Who sent an appeal and where to answer: personal data, in no other table, log or summary."""

    __tablename__ = "resident"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200), default=None)
    phone: Mapped[str | None] = mapped_column(String(40), default=None)
    email: Mapped[str | None] = mapped_column(String(254), default=None)
    reply_by: Mapped[str | None] = mapped_column(String(16), default=None)
    address: Mapped[str | None] = mapped_column(String(500), default=None)
    consent_version: Mapped[str | None] = mapped_column(String(32), default=None)
    consented_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


@dataclass(frozen=True, slots=True)
class Registered:
    """The names an appeal got when it was registered."""

    number: str
    issue_number: str
    status_key: str
    issue_id: int = 0
    appeal_id: int = 0


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What the holder of a status link may see: no text, nothing of the resident."""

    number: str
    received_at: datetime
    state: str
    outcome: str | None
    final_due_at: datetime | None
    closed_at: datetime | None
    danger: bool


_ISSUES, _APPEALS, _STATES, _DEADLINES, _RESIDENTS = (
    Base.metadata.tables[kind.__tablename__]
    for kind in (Issue, Appeal, IssueState, IssueDeadline, Resident)
)
# Built once, and of the tables: half the time of building them of the classes at each appeal.
_NEW_ISSUES = insert(_ISSUES).returning(_ISSUES.c.id, sort_by_parameter_order=True)
_NEW_APPEALS = insert(_APPEALS).returning(_APPEALS.c.id, sort_by_parameter_order=True)
_NEW_STATES, _NEW_DEADLINES, _NEW_RESIDENTS = (
    insert(kept) for kept in (_STATES, _DEADLINES, _RESIDENTS)
)


def register(
    session: Session,
    openings: Sequence[Opening],
    *,
    unit: str,
    year: int,
    actor: str,
    now: datetime,
) -> list[Registered]:
    """Write appeals down, each with the issue it opens: six inserts for any number of them.

    Numbers run from 1 in each `year` (of the unit's local date). IntegrityError when one of the
    appeals is here already (its channel and external id).
    """
    first_appeal = numbers.draw(session, f"appeal-{year}", len(openings))
    first_issue = numbers.draw(session, f"issue-{year}", len(openings))
    names = [
        Registered(
            number=f"{unit}-{year % 100:02}-{first_appeal + i:06}",
            issue_number=f"{unit}-P{year % 100:02}-{first_issue + i:06}",
            status_key=secrets.token_urlsafe(24),
        )
        for i in range(len(openings))
    ]
    issue_ids = session.scalars(
        _NEW_ISSUES,
        [
            {
                "number": name.issue_number,
                "topic": opening.topic,
                "territory": opening.accepted.appeal.territory,
                "executor": opening.executor,
                "state": START.value,
                "outcome": None,
                "channel": opening.accepted.appeal.channel,
                "urgency": opening.urgency,
                "danger": opening.danger,
                "formal": opening.accepted.appeal.kind == "formal",
                "version": 1,
                "appeals": 1,
                "lat": opening.accepted.appeal.lat,
                "lon": opening.accepted.appeal.lon,
                "arrived_at": opening.accepted.received_at,
                "opened_at": None,
                "changed_at": opening.accepted.received_at,
                "closed_at": None,
                "first_answer_at": None,
                **opening.columns(),
            }
            for name, opening in zip(names, openings, strict=True)
        ],
    ).all()
    appeal_ids = session.scalars(
        _NEW_APPEALS,
        [
            {
                "number": name.number,
                "status_key": name.status_key,
                "issue_id": issue_id,
                "channel": appeal.channel,
                "external_id": appeal.external_id,
                "kind": appeal.kind,
                "territory": appeal.territory,
                "topic": appeal.topic,
                "text": appeal.text,
                "lat": appeal.lat,
                "lon": appeal.lon,
                "text_key": opening.text_key,
                "repeated": False,
                "received_at": opening.accepted.received_at,
                "registered_at": now,
                "link_shown_at": now if appeal.link_shown else None,
            }
            for name, opening, issue_id in zip(names, openings, issue_ids, strict=True)
            for appeal in (opening.accepted.appeal,)
        ],
    ).all()
    session.execute(
        _NEW_STATES,
        [
            {
                "issue_id": issue_id,
                "move": "register",
                "state": START.value,
                "outcome": None,
                "topic": opening.topic,
                "territory": opening.accepted.appeal.territory,
                "executor": opening.executor,
                "reason": None,
                "details": {},
                "actor": actor,
                "at": opening.accepted.received_at,
            }
            for opening, issue_id in zip(openings, issue_ids, strict=True)
        ],
    )
    session.execute(
        _NEW_DEADLINES,
        [
            row
            for opening, issue_id in zip(openings, issue_ids, strict=True)
            for row in deadline_rows(issue_id, opening.deadlines, now=now)
        ],
    )
    residents = [
        {
            "appeal_id": appeal_id,
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "reply_by": contact.reply_by,
            "address": contact.address,
            "consent_version": contact.consent_version,
            "consented_at": now if contact.consent_version else None,
        }
        for opening, appeal_id in zip(openings, appeal_ids, strict=True)
        for contact in (opening.accepted.appeal.contact,)
        if contact
    ]
    if residents:
        session.execute(_NEW_RESIDENTS, residents)
    issue_texts.keep(
        session,
        {
            issue_id: words_of([], [name.issue_number, name.number]) + opening.words
            for name, opening, issue_id in zip(names, openings, issue_ids, strict=True)
        },
    )
    return [
        replace(name, issue_id=issue_id, appeal_id=appeal_id)
        for name, issue_id, appeal_id in zip(names, issue_ids, appeal_ids, strict=True)
    ]


def registered(
    session: Session, channel: str, external_ids: Collection[str]
) -> dict[str, Registered]:
    """Which of a channel's appeals are here already: external id → the names they got."""
    rows = session.execute(
        select(Appeal.external_id, Appeal.number, Issue.number, Appeal.status_key)
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(Appeal.channel == channel, Appeal.external_id.in_(external_ids))
    )
    return {
        external_id: Registered(number, issue_number, status_key)
        for external_id, number, issue_number, status_key in rows
        if external_id is not None
    }


def by_number(session: Session, number: str) -> tuple[Appeal, Issue] | None:
    """An appeal and its issue."""
    row = session.execute(
        select(Appeal, Issue)
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(Appeal.number == number)
    ).first()
    return (row[0], row[1]) if row else None


def public_status(session: Session, status_key: str) -> PublicStatus | None:
    """What a status link shows, or None when there is no such link."""
    row = session.execute(
        select(
            Appeal.number,
            Appeal.received_at,
            Issue.state,
            Issue.outcome,
            Issue.final_due_at,
            Issue.closed_at,
            Issue.danger,
        )
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(Appeal.status_key == status_key)
    ).first()
    return PublicStatus(*row) if row else None


def mark_link_shown(session: Session, appeal_id: int, *, now: datetime) -> None:
    """The status link has reached the resident; the first time stays."""
    session.execute(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.link_shown_at.is_(None))
        .values(link_shown_at=now)
        .execution_options(synchronize_session=False)
    )


# Built once: every move asks for them.
_A, _I = _APPEALS.c, _ISSUES.c
_NUMBERS = (
    select(_A.issue_id, _A.number)
    .where(_A.issue_id.in_(bindparam("issue_ids", expanding=True)))
    .order_by(_A.received_at, _A.id)
)
_FAMILY_ARRIVALS = (
    select(_A.channel, _A.kind, _A.received_at, _A.registered_at)
    .select_from(_APPEALS.join(_ISSUES, _I.id == _A.issue_id))
    .where(or_(_I.id == bindparam("issue_id"), _I.head_id == bindparam("issue_id")))
    .order_by(_A.received_at, _A.id)
)


def numbers_of(session: Session, issue_ids: Collection[int]) -> dict[int, list[str]]:
    """The numbers of the appeals gathered in these issues, the first to come first."""
    found: dict[int, list[str]] = {issue_id: [] for issue_id in issue_ids}
    rows = session.execute(_NUMBERS, {"issue_ids": list(issue_ids)})
    for issue_id, number in rows:
        found[issue_id].append(number)
    return found


def of_issue(session: Session, issue_id: int) -> Sequence[Appeal]:
    """The appeals gathered in an issue, the first to come first. Without their residents."""
    return session.scalars(
        select(Appeal).where(Appeal.issue_id == issue_id).order_by(Appeal.received_at, Appeal.id)
    ).all()


def of_family(session: Session, issue_id: int) -> Sequence[tuple[Appeal, Issue]]:
    """The appeals of an issue and of those it stands for, each with its own issue, the first to
    come first. Without their residents."""
    rows = session.execute(
        select(Appeal, Issue)
        .join(Issue, Issue.id == Appeal.issue_id)
        .where(or_(Issue.id == issue_id, Issue.head_id == issue_id))
        .order_by(Appeal.received_at, Appeal.id)
    )
    return [(appeal, issue) for appeal, issue in rows]


def arrivals(session: Session, issue_id: int) -> Sequence[tuple[str, datetime]]:
    """Channel and moment of each appeal gathered in an issue, the first to come first."""
    rows = session.execute(
        select(Appeal.channel, Appeal.received_at)
        .where(Appeal.issue_id == issue_id)
        .order_by(Appeal.received_at, Appeal.id)
    )
    return [(channel, received_at) for channel, received_at in rows]


class Arrival(NamedTuple):
    """How an appeal came: what deadlines are counted from."""

    channel: str
    kind: str
    received_at: datetime
    registered_at: datetime


def family_arrivals(session: Session, issue_id: int) -> Sequence[Arrival]:
    """How each appeal came of an issue and of those it stands for, the first to come first."""
    rows = session.execute(_FAMILY_ARRIVALS, {"issue_id": issue_id})
    return [Arrival(*row) for row in rows]


def set_repeated(session: Session, issue_id: int, *, repeated: bool) -> None:
    """Whether the appeals of an issue count as attached to another that was here before."""
    session.execute(
        update(Appeal)
        .where(Appeal.issue_id == issue_id)
        .values(repeated=repeated)
        .execution_options(synchronize_session=False)
    )


def count_of(session: Session, issue_ids: Collection[int]) -> int:
    """How many appeals these issues have."""
    query = select(func.count()).select_from(Appeal).where(Appeal.issue_id.in_(issue_ids))
    return session.execute(query).scalar_one()
