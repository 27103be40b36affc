"""Who was told by mail of which deadline of an issue, and which issues have been looked at for it.

Whose business a deadline is tells the domain (`domain/deadline_warning.py`); the letters themselves
are rows of the outbox.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql import Insert

from node.domain.deadline_warning import NEXT_STEPS
from node.domain.issue import State
from node.domain.reply_delivery import PATIENCE, Kind, MessageState
from node.store.base import Base, Instant
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from node.store.people import Person
from node.store.statements import partial

MISSED = timedelta(days=1)
"""How long after the breach an issue nobody has looked at yet is still told of, as overdue: a node
may have stood still for a night."""
KEPT = timedelta(days=90)
"""After a deadline: nobody is told of it again long before."""


_NO_STEP = tuple(state for state in State if state not in NEXT_STEPS)


class DeadlineWarning(Base, kw_only=True):
    """Somebody is told once that an issue is due then. `message_id` None: is to be told.

    `looked_at`: when the next step was last found to be theirs.
    """

    __tablename__ = "deadline_warning"
    __table_args__ = (
        UniqueConstraint("issue_id", "person_id", "due_at"),
        Index("ix_deadline_warning_untold", "person_id", **partial("message_id IS NULL")),
        Index(None, "message_id"),
        Index(None, "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime] = mapped_column(Instant)
    looked_at: Mapped[datetime] = mapped_column(Instant)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), default=None)


class DeadlineLook(Base, kw_only=True):
    """When it was last looked who is to be told of a deadline that has come near, and of which."""

    __tablename__ = "deadline_look"
    __table_args__ = (Index(None, "due_at"),)

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant)
    looked_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Near:
    """An issue whose running deadline comes near."""

    id: int
    state: str
    executor: str | None
    topic: str
    territory: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter may tell of one issue, and what the row of it was when it was read.

    `stands`: the deadline runs as it did, and nothing has moved since its reader was found.
    """

    id: int
    looked_at: datetime
    number: str
    state: str
    executor: str | None
    topic: str
    territory: str
    due_at: datetime
    is_first: bool
    stands: bool


def near(session: Session, *, now: datetime, limit: int) -> list[Near]:
    """Issues whose warning has begun and that nobody has looked at since: not for this deadline, or
    not since their last move. The nearest deadline first.

    Read from the small index of what is in work; of these few, the looks by their key.
    """
    unseen = or_(DeadlineLook.issue_id.is_(None), DeadlineLook.due_at != Issue.next_due_at)
    moved = and_(Issue.next_due_at > now, Issue.changed_at >= DeadlineLook.looked_at)
    query = (
        select(
            Issue.id,
            Issue.state,
            Issue.executor,
            Issue.topic,
            Issue.territory,
            Issue.next_due_at,
        )
        .outerjoin(DeadlineLook, DeadlineLook.issue_id == Issue.id)
        .where(
            Issue.next_due_at > now - MISSED,
            Issue.warn_at <= now,
            # Asked for the states it may have, SQLite would go by their index through all there is.
            Issue.state.not_in(_NO_STEP),
            or_(unseen, moved),
        )
        .order_by(Issue.next_due_at, Issue.id)
        .limit(limit)
    )
    return [
        Near(id, state, executor, topic, territory, due_at)
        for id, state, executor, topic, territory, due_at in session.execute(query)
        if due_at is not None
    ]


def note(
    session: Session,
    looked_at: Sequence[Near],
    to_tell: Iterable[tuple[Near, int]],
    *,
    now: datetime,
) -> None:
    """Write down that these issues were looked at, and who (person) is to be told of which. Whoever
    was told of a deadline is not told again. Two statements."""
    looks, warnings = _upserts(session.get_bind().dialect.name)
    if looked_at:
        session.execute(
            looks,
            [{"issue_id": one.id, "due_at": one.due_at, "looked_at": now} for one in looked_at],
        )
    rows = [
        {"issue_id": one.id, "person_id": person, "due_at": one.due_at, "looked_at": now}
        for one, person in to_tell
    ]
    if rows:
        session.execute(warnings, rows)


def waiting_people(session: Session, *, not_since: datetime, now: datetime) -> Sequence[int]:
    """Whoever is to be told of something that still stands so, and has got no letter `not_since`
    that moment and has none on its way."""
    # The longest that a letter stays on its way, with a night it may have to wait for.
    sent = OutboxMessage.created_at
    busy = select(OutboxMessage.person_id).where(
        OutboxMessage.kind == Kind.WARNING,
        sent > not_since - PATIENCE[Kind.WARNING].whole - MISSED,
        sent <= now,
        OutboxMessage.person_id.is_not(None),
        or_(
            OutboxMessage.state == MessageState.WAITING,
            and_(OutboxMessage.state != MessageState.NEEDLESS, sent > not_since),
            OutboxMessage.delivered_at > not_since,
        ),
    )
    query = (
        select(DeadlineWarning.person_id)
        .join(Issue, Issue.id == DeadlineWarning.issue_id)
        .where(
            DeadlineWarning.message_id.is_(None),
            DeadlineWarning.person_id.not_in(busy),
            _stands(),
        )
        .distinct()
    )
    return session.scalars(query.order_by(DeadlineWarning.person_id)).all()


def hand_over(session: Session, people: Collection[int], *, now: datetime) -> None:
    """Let the letters put `now` for these people tell of all they are to be told. One statement."""
    letter = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.kind == Kind.WARNING,
            OutboxMessage.created_at == now,
            OutboxMessage.person_id == DeadlineWarning.person_id,
        )
        .scalar_subquery()
    )
    session.execute(
        update(DeadlineWarning)
        .where(DeadlineWarning.message_id.is_(None), DeadlineWarning.person_id.in_(people))
        .values(message_id=letter)
        .execution_options(synchronize_session=False)
    )


def told_by(session: Session, message_id: int) -> list[Told]:
    """What a letter is to tell, the nearest deadline first; also what does not stand any more."""
    query = (
        select(
            DeadlineWarning.id,
            DeadlineWarning.looked_at,
            Issue.number,
            Issue.state,
            Issue.executor,
            Issue.topic,
            Issue.territory,
            DeadlineWarning.due_at,
            type_coerce(
                and_(Issue.first_answer_at.is_(None), Issue.first_due_at.is_not(None)), Boolean
            ).label("is_first"),
            type_coerce(_stands(), Boolean).label("stands"),
        )
        .join(Issue, Issue.id == DeadlineWarning.issue_id)
        .where(DeadlineWarning.message_id == message_id)
        .order_by(DeadlineWarning.due_at, Issue.id)
    )
    return [Told(**row._mapping) for row in session.execute(query)]


_UNTOLD = update(DeadlineWarning).where(
    DeadlineWarning.id == bindparam("row"), DeadlineWarning.looked_at > bindparam("read")
)
_FORGOTTEN = delete(DeadlineWarning).where(
    DeadlineWarning.id == bindparam("row"), DeadlineWarning.looked_at == bindparam("read")
)


def take_back(session: Session, untold: Collection[Told]) -> None:
    """Of these a letter did not tell: they may be told when it comes to it again. Where somebody
    was found anew while the letter was sent, another letter tells them."""
    if untold:
        rows = [{"row": one.id, "read": one.looked_at} for one in untold]
        connection = session.connection()
        connection.execute(_UNTOLD.values(message_id=None), rows)
        connection.execute(_FORGOTTEN, rows)


def forget(session: Session, *, now: datetime) -> None:
    """Drop what was told of deadlines long past."""
    for table in (DeadlineWarning, DeadlineLook):
        session.execute(
            delete(table)
            .where(table.due_at < now - KEPT)
            .execution_options(synchronize_session=False)
        )


def watching(session: Session) -> Sequence[Person]:
    """Everybody who works here and has an address, also who wants no letters."""
    query = select(Person).where(
        Person.disabled_at.is_(None), Person.email.is_not(None), Person.email != ""
    )
    return session.scalars(query.order_by(Person.id)).all()


def last_letter(session: Session, person_id: int) -> OutboxMessage | None:
    """The newest letter of deadlines to somebody."""
    query = select(OutboxMessage).where(OutboxMessage.person_id == person_id)
    return session.scalars(query.order_by(OutboxMessage.id.desc()).limit(1)).first()


def _stands() -> ColumnElement[bool]:
    """Of a warning joined to its issue."""
    return and_(
        Issue.next_due_at == DeadlineWarning.due_at,
        Issue.state.in_(NEXT_STEPS),
        Issue.changed_at <= DeadlineWarning.looked_at,
    )


@cache
def _upserts(dialect: str) -> tuple[Insert, Insert]:
    """Built once: to enter a look, and a warning; in both only the moment of the look is new."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    look = insert(Base.metadata.tables[DeadlineLook.__tablename__])
    warning = insert(Base.metadata.tables[DeadlineWarning.__tablename__])
    return (
        look.on_conflict_do_update(
            index_elements=["issue_id"],
            set_={"due_at": look.excluded.due_at, "looked_at": look.excluded.looked_at},
        ),
        warning.on_conflict_do_update(
            index_elements=["issue_id", "person_id", "due_at"],
            set_={"looked_at": warning.excluded.looked_at},
        ),
    )
