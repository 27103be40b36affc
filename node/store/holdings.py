"""Holdings: what this node still holds on residents under issues that have ended, for retention.

An issue stands here with all that are merged into it: their terms run from its end. What erases is
`erasure.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, String, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from node.domain.photo import State as PhotoState
from node.domain.retention import Data, Fate, Held
from node.store import tombstones
from node.store.appeals import Appeal, Resident
from node.store.base import Base, Instant
from node.store.issues import Issue, IssueState
from node.store.legal_holds import LegalHold
from node.store.photos import Photo
from node.store.replies import Reply
from node.store.resident_messages import ResidentMessage
from node.store.tombstones import Tombstone

SENT = "sent"


class RetentionLook(Base, kw_only=True):
    """When the job looked at an issue, by which rules, and when something is due there next."""

    __tablename__ = "retention_look"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    rules: Mapped[str] = mapped_column(String(64))  # the fingerprint of retention.toml
    at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime | None] = mapped_column(Instant, default=None)  # None: never again


@dataclass(frozen=True, slots=True)
class Group:
    """An ended issue and those merged into it, with what is held under each of their numbers."""

    issue_id: int
    number: str
    ended_at: datetime
    held: tuple[Held, ...]


def ended(
    session: Session, *, before: datetime, rules: str, now: datetime, after: int, limit: int
) -> Sequence[int]:
    """Ids of issues that ended at `before` or earlier and are to be looked at, by id, those after
    the id `after`: never looked at since, looked at by other rules, or something is due.

    Those merged into another are left out, and those that a legal hold protects.
    """
    look, other = aliased(RetentionLook), aliased(Issue)
    held = (
        select(LegalHold.id)
        .join(other, other.id == LegalHold.issue_id)
        .where(
            LegalHold.released_at.is_(None),
            or_(other.id == Issue.id, other.head_id == Issue.id),
        )
        .exists()
    )
    query = (
        select(Issue.id)
        .outerjoin(look, look.issue_id == Issue.id)
        .where(
            Issue.id > after,
            Issue.closed_at <= before,
            Issue.head_id.is_(None),
            or_(
                look.issue_id.is_(None),
                look.at < Issue.closed_at,
                look.rules != rules,
                look.next_at <= now,
            ),
            ~held,
        )
        .order_by(Issue.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def gather(
    session: Session,
    issue_ids: Collection[int],
    *,
    lock: bool = False,
    open_at: datetime | None = None,
) -> list[Group]:
    """What is held under these issues; one that is open is left out. Seven queries.

    `lock`: nobody moves them until the transaction ends. `open_at`: those that are open are given
    too, as if they had ended at this moment.
    """
    query = select(Issue).where(or_(Issue.id.in_(issue_ids), Issue.head_id.in_(issue_ids)))
    query = query.order_by(Issue.id)
    if lock:
        query = query.with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    heads = {one.id: one for one in found if one.head_id is None and (one.closed_at or open_at)}
    gathered = {one.id: one for one in found if (one.head_id or one.id) in heads}
    counts = _Counts(session, list(gathered.values()))
    held: dict[int, list[Held]] = {head: [] for head in heads}
    for issue in gathered.values():
        head = heads[issue.head_id or issue.id]
        held[head.id] += _held(issue, _end(head, open_at), counts)
    return [
        Group(head.id, head.number, _end(head, open_at), tuple(held[head.id]))
        for head in heads.values()
    ]


def look_again(session: Session, issue_id: int) -> None:
    """Something has been written under an ended issue: let the job look at it anew."""
    session.execute(delete(RetentionLook).where(RetentionLook.issue_id == issue_id))


def looked(
    session: Session,
    next_of: Collection[tuple[int, datetime | None]],
    *,
    rules: str,
    now: datetime,
) -> None:
    """Note when each of these issues is to be looked at again."""
    rows = [
        {"issue_id": issue_id, "rules": rules, "at": now, "next_at": next_at}
        for issue_id, next_at in next_of
    ]
    if rows:
        session.execute(_upsert(session.get_bind().dialect.name), rows)


@cache
def _upsert(dialect: str) -> sqlite.Insert | postgresql.Insert:
    new = (sqlite if dialect == "sqlite" else postgresql).insert(RetentionLook)
    names = ("rules", "at", "next_at")
    kept: sqlite.Insert | postgresql.Insert = new.on_conflict_do_update(
        index_elements=["issue_id"], set_={name: new.excluded[name] for name in names}
    )
    return kept


class _Counts:
    """How much there is of each kind of data, by the id of an appeal or an issue; of texts that
    may be added to later the moments they were written at."""

    def __init__(self, session: Session, issues: list[Issue]) -> None:
        issue_ids = [issue.id for issue in issues]
        rows = session.execute(
            select(Appeal.id, Appeal.number, Appeal.kind, Appeal.channel, Appeal.issue_id)
            .add_columns(Resident.appeal_id)
            .outerjoin(Resident, Resident.appeal_id == Appeal.id)
            .where(Appeal.issue_id.in_(issue_ids))
            .order_by(Appeal.id)
        ).all()
        appeal_ids = [row.id for row in rows]
        self.appeals: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            self.appeals[row.issue_id].append(row)
        numbers = [*(row.number for row in rows), *(issue.number for issue in issues)]
        self.stones = tombstones.of_subjects(session, numbers)
        self.messages: dict[int, list[datetime]] = defaultdict(list)
        for appeal_id, at in session.execute(
            select(ResidentMessage.appeal_id, ResidentMessage.at).where(
                ResidentMessage.appeal_id.in_(appeal_ids), ResidentMessage.text.is_not(None)
            )
        ):
            self.messages[appeal_id].append(at)
        self.replies: dict[int, list[datetime]] = defaultdict(list)
        self.drafts: dict[int, int] = defaultdict(int)
        for issue_id, state, at, sent_at in session.execute(
            select(Reply.issue_id, Reply.state, Reply.at, Reply.sent_at).where(
                Reply.issue_id.in_(issue_ids)
            )
        ):
            if state == SENT:
                self.replies[issue_id].append(sent_at or at)
            else:
                self.drafts[issue_id] += 1
        self.reasons: dict[int, list[datetime]] = defaultdict(list)
        for issue_id, at in session.execute(
            select(IssueState.issue_id, IssueState.at).where(
                IssueState.issue_id.in_(issue_ids), IssueState.reason.is_not(None)
            )
        ):
            self.reasons[issue_id].append(at)
        # A resident's photos go by their appeal, those the staff added by the issue.
        self.sent_photos: dict[int, int] = defaultdict(int)
        self.staff_photos: dict[int, int] = defaultdict(int)
        came_with = Photo.appeal_id.in_(appeal_ids)
        for issue_id, sent_with, number in session.execute(
            select(Photo.issue_id, Photo.appeal_id, func.count())
            .where(or_(Photo.issue_id.in_(issue_ids), came_with), Photo.state != PhotoState.ERASED)
            .group_by(Photo.issue_id, Photo.appeal_id)
        ):
            if sent_with is None:
                self.staff_photos[issue_id] += number
            else:
                self.sent_photos[sent_with] += number


def _held(issue: Issue, since: datetime, counts: _Counts) -> Iterator[Held]:
    for appeal in counts.appeals[issue.id]:
        stones = counts.stones[appeal.number]
        texts = {Data.TEXT: [issue.arrived_at], Data.MESSAGES: counts.messages[appeal.id]}
        yield Held(
            id=appeal.id,
            of_issue=False,
            subject=appeal.number,
            kind=appeal.kind,
            channel=appeal.channel,
            topic=issue.topic,
            ended_at=since,
            items={
                Data.CONTACT: int(appeal.appeal_id is not None),
                **_left(texts, stones),
                Data.PHOTOS: counts.sent_photos[appeal.id],
            },
            redacted=_redacted(texts, stones),
        )
    stones = counts.stones[issue.number]
    texts = {Data.REPLIES: counts.replies[issue.id], Data.REASONS: counts.reasons[issue.id]}
    yield Held(
        id=issue.id,
        of_issue=True,
        subject=issue.number,
        kind="formal" if issue.formal else "message",
        channel=issue.channel,
        topic=issue.topic,
        ended_at=since,
        items={
            **_left(texts, stones),
            Data.DRAFTS: counts.drafts[issue.id],
            Data.PHOTOS: counts.staff_photos[issue.id],
        },
        redacted=_redacted(texts, stones),
    )


Texts = Mapping[Data, Sequence[datetime]]
"""Of each kind of text under a number, when each was written."""


def _left(texts: Texts, stones: Sequence[Tombstone]) -> dict[Data, int]:
    """How many have been written since the last time they were erased."""
    return {data: len(_since(texts, stones, data, Fate.ERASE)) for data in texts}


def _redacted(texts: Texts, stones: Sequence[Tombstone]) -> frozenset[Data]:
    """The kinds of which nothing has been written since the last time they were redacted."""
    return frozenset(data for data in texts if not _since(texts, stones, data, Fate.REDACT))


def _since(texts: Texts, stones: Sequence[Tombstone], data: Data, fate: Fate) -> Sequence[datetime]:
    done = [stone.at for stone in stones if stone.data == data and stone.fate == fate]
    return [at for at in texts[data] if not done or at > max(done)]


def _end(head: Issue, open_at: datetime | None) -> datetime:
    end = head.closed_at or open_at
    assert end is not None  # nothing else is gathered
    return end
