"""The outbox: what is to be said to residents, the duty list and the staff, how far it has got.

A row is written in the transaction that has something to say; the job `deliver` sends it. No
personal data here: an address is looked up when a letter is sent (`store/letters.py`), so that a
corrected one is used and an erased one is not written to. What the status page delivers, and what
no way leads to, is at its end as soon as it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.access import EVERYTHING, Sight
from node.domain.notices import ALERT, ANSWERS, STAGES
from node.domain.reply_delivery import (
    BY_EMAIL,
    PRIORITIES,
    Choice,
    Kind,
    MessageState,
    Reach,
    Shares,
    Tally,
    Way,
    choose,
)
from node.store.appeals import Appeal, Resident
from node.store.base import Base, Instant
from node.store.issues import Issue
from node.store.sights import in_sight
from node.store.statements import partial


class OutboxMessage(Base, kw_only=True):
    """One message to one resident, an alert to the whole duty list, or a warning to one of the
    staff, which is of many issues: `deadline_warning` says of which."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("kind IN ('alert', 'interim', 'final', 'warning', 'notice')", name="kind"),
        CheckConstraint("way IN ('email', 'status_page', 'none')", name="way"),
        CheckConstraint("state IN ('waiting', 'delivered', 'failed', 'needless')", name="state"),
        Index("ix_outbox_waiting", "priority", "id", **partial("state = 'waiting'")),
        Index(None, "issue_id", "id"),
        Index(None, "reply_id", "state"),
        Index(None, "kind", "created_at"),
        Index("ix_outbox_person", "person_id", "id", **partial("person_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # what is said to whom, once
    priority: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(32))  # whose words it takes: notices.toml
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), default=None)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeal.id"), default=None)
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"), default=None)
    alert_id: Mapped[int | None] = mapped_column(default=None)
    way: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    # Of one that failed; and of one the status page delivered in place of an e-mail.
    failure: Mapped[str | None] = mapped_column(String(32), default=None)
    attempts: Mapped[int] = mapped_column(default=0)  # since it began to wait
    waiting_since: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant, default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


_TABLE = Base.metadata.tables[OutboxMessage.__tablename__]
_APPEALS, _RESIDENTS, _ISSUES = (
    Base.metadata.tables[kind.__tablename__] for kind in (Appeal, Resident, Issue)
)
_A, _R, _I = _APPEALS.c, _RESIDENTS.c, _ISSUES.c
_REACHES = select(_A.id, _R.reply_by, _R.email, _A.link_shown_at).order_by(_A.id)
_WITH_RESIDENTS = _APPEALS.outerjoin(_RESIDENTS, _R.appeal_id == _A.id)
_WAITING = (
    select(OutboxMessage.id)
    .where(
        OutboxMessage.reply_id == bindparam("reply_id"),
        OutboxMessage.state == MessageState.WAITING,
    )
    .limit(1)
)
_REACHES_OF = _REACHES.select_from(_WITH_RESIDENTS).where(
    _A.id.in_(bindparam("appeal_ids", expanding=True))
)
_REACHES_IN_FAMILY = _REACHES.select_from(
    _WITH_RESIDENTS.join(_ISSUES, _I.id == _A.issue_id)
).where(or_(_I.id == bindparam("issue_id"), _I.head_id == bindparam("issue_id")))


def put_answer(
    session: Session,
    *,
    reply_id: int,
    issue_id: int,
    kind: str,
    appeal_ids: Collection[int] | None = None,
    now: datetime,
) -> None:
    """Hand an answer (`interim` or `final`) over for these residents; None: for everybody whose
    appeal the issue stands for.

    Once for each reply and appeal, however often it is called. The words around it are those of
    the stage `interim` or `answered`: no notice of that stage is put beside it.
    """
    rows = [
        _row(
            f"answer-{reply_id}-{appeal_id}",
            Kind(kind),
            ANSWERS[kind],
            choice,
            now,
            issue_id=issue_id,
            appeal_id=appeal_id,
            reply_id=reply_id,
        )
        for appeal_id, choice in _choices(session, issue_id, appeal_ids)
    ]
    _insert(session, rows)


def put_notice(
    session: Session,
    *,
    stage: str,
    issue_id: int,
    appeal_ids: Collection[int] | None = None,
    version: int,
    now: datetime,
    reply_id: int | None = None,
) -> None:
    """Tell these residents of a stage of their issue, whose `version` the move has made; None:
    everybody whose appeal it stands for.

    Once for each stage, version and appeal. What a move gave beside its stage (a reason, an
    addressee) is read from its row when the letter is written: that row is the newest of the issue
    at `now`. `reply_id`: the question to the resident, of the stage `paused`. KeyError: no such
    stage; ValueError: that stage is told by its answer.
    """
    if stage in ANSWERS.values():
        raise ValueError(f"stage {stage} is told by the answer itself: put_answer")
    if stage not in STAGES:
        raise KeyError(stage)
    _insert(
        session,
        [
            _row(
                f"notice-{stage}-{issue_id}-{version}-{appeal_id}",
                Kind.NOTICE,
                stage,
                choice,
                now,
                issue_id=issue_id,
                appeal_id=appeal_id,
                reply_id=reply_id,
            )
            for appeal_id, choice in _choices(session, issue_id, appeal_ids)
        ],
    )


def put_alert(
    session: Session, *, alert_id: int, issue_id: int, now: datetime, repeat: int = 0
) -> None:
    """Alert the duty list of an issue: first in the outbox. Once for each alert and `repeat`."""
    row = _row(
        f"alert-{alert_id}-{repeat}",
        Kind.ALERT,
        ALERT,
        BY_EMAIL,
        now,
        issue_id=issue_id,
        alert_id=alert_id,
    )
    _insert(session, [row])


def put_warnings(session: Session, people: Collection[int], *, now: datetime) -> None:
    """A letter to each of these of the staff, of the deadlines that come near for them."""
    _insert(
        session,
        [
            _row(
                f"warning-{person}-{int(now.timestamp())}",
                Kind.WARNING,
                Kind.WARNING,
                BY_EMAIL,
                now,
                person_id=person,
            )
            for person in people
        ],
    )


def held(session: Session, issue_id: int, message_id: int) -> OutboxMessage | None:
    """A message of an issue, held so that no sender settles it meanwhile."""
    query = select(OutboxMessage).where(
        OutboxMessage.id == message_id, OutboxMessage.issue_id == issue_id
    )
    return session.scalars(query.with_for_update()).first()


def settled(session: Session, reply_id: int) -> bool:
    """Whether nobody waits any more for this answer: each recipient has it, or its failure is
    recorded."""
    return session.execute(_WAITING, {"reply_id": reply_id}).first() is None


def tally(session: Session, reply_id: int) -> Tally:
    """How many recipients of an answer wait, have it, or could not be reached."""
    rows = session.execute(
        select(OutboxMessage.state, func.count())
        .where(OutboxMessage.reply_id == reply_id)
        .group_by(OutboxMessage.state)
    )
    return Tally(**{str(state): number for state, number in rows})


def tallies(session: Session, reply_ids: Collection[int]) -> dict[int, Tally]:
    """The tally of each of these answers."""
    rows = session.execute(
        select(OutboxMessage.reply_id, OutboxMessage.state, func.count())
        .where(OutboxMessage.reply_id.in_(reply_ids))
        .group_by(OutboxMessage.reply_id, OutboxMessage.state)
    )
    found: dict[int, dict[str, int]] = {reply_id: {} for reply_id in reply_ids}
    for reply_id, state, number in rows:
        found[reply_id or 0][str(state)] = number
    return {reply_id: Tally(**states) for reply_id, states in found.items()}


def shares(
    session: Session,
    since: datetime,
    until: datetime,
    kinds: Collection[Kind] = (Kind.FINAL,),
    shown: Collection[Sight] = (EVERYTHING,),
) -> Shares:
    """How the answers handed over from `since` to before `until`, of issues in sight, have reached
    residents."""
    rows = session.execute(
        select(OutboxMessage.way, OutboxMessage.state, OutboxMessage.failure, func.count())
        .join(Issue, Issue.id == OutboxMessage.issue_id)
        .where(
            OutboxMessage.kind.in_(kinds),
            OutboxMessage.created_at >= since,
            OutboxMessage.created_at < until,
            *in_sight(shown),
        )
        .group_by(OutboxMessage.way, OutboxMessage.state, OutboxMessage.failure)
    )
    adapter = page = waiting = 0
    failed: dict[str, int] = {}
    for way, state, failure, number in rows:
        if state == MessageState.WAITING:
            waiting += number
        elif state == MessageState.FAILED:
            failed[str(failure)] = failed.get(str(failure), 0) + number
        elif way == Way.STATUS_PAGE:
            page += number
        else:
            adapter += number
    return Shares(adapter, page, failed, waiting)


def begin_anew(message: OutboxMessage, choice: Choice, *, now: datetime) -> None:
    """Send a message as if it had just been put, by the way that is open now."""
    message.way, message.state, message.failure = choice.way, choice.state, choice.failure
    message.attempts, message.waiting_since, message.next_try_at = 0, now, now
    message.delivered_at = now if choice.state is MessageState.DELIVERED else None


def reach_of(session: Session, appeal_id: int) -> Reach:
    """How the resident of an appeal may be reached today."""
    session.flush()
    row = session.execute(_REACHES_OF, {"appeal_ids": [appeal_id]}).one()
    return _reach(*row[1:])


def _choices(
    session: Session, issue_id: int, appeal_ids: Collection[int] | None
) -> list[tuple[int, Choice]]:
    session.flush()  # a contact may just have been corrected
    if appeal_ids is None:
        rows = session.execute(_REACHES_IN_FAMILY, {"issue_id": issue_id})
    else:
        rows = session.execute(_REACHES_OF, {"appeal_ids": list(appeal_ids)})
    return [(row[0], choose(_reach(*row[1:]))) for row in rows]


def _reach(reply_by: str | None, email: str | None, shown_at: datetime | None) -> Reach:
    return Reach(reply_by, bool(email), shown_at is not None)


def _row(
    key: str, kind: Kind, stage: str, choice: Choice, now: datetime, **ids: int | None
) -> dict[str, Any]:
    return {
        "key": key,
        "priority": PRIORITIES[kind],
        "kind": kind,
        "stage": stage,
        "issue_id": None,
        "person_id": None,
        "appeal_id": None,
        "reply_id": None,
        "alert_id": None,
        **ids,
        "way": choice.way,
        "state": choice.state,
        "failure": choice.failure,
        "attempts": 0,
        "waiting_since": now,
        "next_try_at": now,
        "claimed_until": None,
        "created_at": now,
        "delivered_at": now if choice.state is MessageState.DELIVERED else None,
    }


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(_upsert(session.get_bind().dialect.name), rows)


@cache
def _upsert(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Built once: see `store/days.py`."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(_TABLE)
    kept: sqlite.Insert | postgresql.Insert = new.on_conflict_do_nothing(index_elements=["key"])
    return kept
