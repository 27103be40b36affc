"""Photos and documents of appeals and issues: whose each is, how far it is prepared, who sees it.

The bytes are in the blob store (`store/blobs.py`) under `blob_key`; what of them is to be there
follows from a row's kind and state (`domain/photo.py`, `parts_of`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Index,
    Select,
    String,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from node.domain.photo import Kind, State
from node.store.appeals import Appeal
from node.store.base import Base, Instant
from node.store.issues import Issue

ID = re.compile(r"[A-Za-z0-9_-]{22}")
LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")
PREPARE, CLEAN = "prepare", "clean"


class Photo(Base, kw_only=True):
    """A photo or a document. `work`: what the job has still to do with its files."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("kind IN ('before', 'after', 'document')", name="kind"),
        CheckConstraint("state IN ('waiting', 'ready', 'refused', 'erased')", name="state"),
        CheckConstraint("work IN ('prepare', 'clean')", name="work"),
        Index(None, "issue_id", "id"),
        Index(None, "appeal_id"),
        Index(None, "work", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)  # unguessable, in addresses
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    # The resident's appeal it came with; None: the staff added it to the issue.
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeal.id"), default=None)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    work: Mapped[str | None] = mapped_column(String(16), default=None)
    reason: Mapped[str | None] = mapped_column(String(32), default=None)  # why it is refused
    attempts: Mapped[int] = mapped_column(default=0)  # to re-encode it
    blob_key: Mapped[str] = mapped_column(String(32), unique=True)
    bytes: Mapped[int]  # as sent, then of the picture
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    sha256: Mapped[str | None] = mapped_column(String(64), default=None)  # as sent; erased with it
    public: Mapped[bool] = mapped_column(default=False)
    made_public_by: Mapped[str | None] = mapped_column(String(120), default=None)
    made_public_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    added_by: Mapped[str] = mapped_column(String(120))  # a login, or `resident`
    added_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Hung:
    """A photo with the issue it hangs on, and the one that stands for that issue if it is merged.

    `appeal`: the number of the appeal it came with.
    """

    photo: Photo
    issue: Issue
    head: Issue | None
    appeal: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a status link belongs to. `ended`: the issue that stands for it is not worked on."""

    appeal_id: int
    appeal: str
    issue_id: int
    family_of: int
    ended: bool


def new_id() -> str:
    return secrets.token_urlsafe(16)


def by_id(session: Session, public_id: str) -> Hung | None:
    if not ID.fullmatch(public_id):
        return None
    row = session.execute(_hung().where(Photo.public_id == public_id)).first()
    return Hung(*row) if row else None


def of_issues(session: Session, issue_ids: Collection[int]) -> list[Hung]:
    """The photos of these issues, the first to come first; erased ones too."""
    rows = session.execute(_hung().where(Photo.issue_id.in_(issue_ids)).order_by(Photo.id))
    return [Hung(*row) for row in rows]


def of_appeals(session: Session, appeal_ids: Collection[int]) -> Sequence[Photo]:
    """What residents sent with these appeals, the first to come first."""
    query = select(Photo).where(Photo.appeal_id.in_(appeal_ids)).order_by(Photo.id)
    return session.scalars(query).all()


def of_staff(session: Session, issue_id: int) -> Sequence[Photo]:
    """What the staff added to an issue."""
    query = select(Photo).where(Photo.issue_id == issue_id, Photo.appeal_id.is_(None))
    return session.scalars(query.order_by(Photo.id)).all()


def holder(session: Session, status_key: str) -> Holder | None:
    """Whose a status link is."""
    if not LINK.fullmatch(status_key):
        return None
    head = aliased(Issue)
    row = session.execute(
        select(Appeal.id, Appeal.number, Issue.id, Issue.head_id, Issue.closed_at, head.closed_at)
        .join(Issue, Issue.id == Appeal.issue_id)
        .outerjoin(head, head.id == Issue.head_id)
        .where(Appeal.status_key == status_key)
    ).first()
    if row is None:
        return None
    appeal_id, number, issue_id, head_id, own_end, head_end = row
    end = own_end if head_id is None else head_end
    return Holder(appeal_id, number, issue_id, head_id or issue_id, end is not None)


def set_public(
    session: Session, photo_id: int, *, public: bool, by: str | None, at: datetime | None
) -> None:
    """`by`, `at`: who opened it, and when; None when it is closed again."""
    session.execute(
        update(Photo)
        .where(Photo.id == photo_id)
        .values(public=public, made_public_by=by, made_public_at=at)
        .execution_options(synchronize_session="fetch")
    )


# --- What the jobs do -----------------------------------------------------------------------------


def with_work(session: Session, work: str, *, limit: int) -> list[Hung]:
    """Photos whose files have something to be done with them, the oldest first."""
    rows = session.execute(_hung().where(Photo.work == work).order_by(Photo.id).limit(limit))
    return [Hung(*row) for row in rows]


def begin_attempt(session: Session, photo_id: int) -> int | None:
    """How many attempts there have been with this one; None when it is not waiting any more."""
    return session.execute(
        update(Photo)
        .where(Photo.id == photo_id, Photo.state == State.WAITING)
        .values(attempts=Photo.attempts + 1)
        .returning(Photo.attempts)
        .execution_options(synchronize_session=False)
    ).scalar()


def settle(session: Session, photo_id: int, state: State, **values: Any) -> bool:
    """End the waiting of a photo; False, and its files are to be cleaned, when it had ended."""
    result = session.execute(
        update(Photo)
        .where(Photo.id == photo_id, Photo.state == State.WAITING)
        .values(state=state, work=CLEAN, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", result).rowcount == 1:
        return True
    session.execute(
        update(Photo)
        .where(Photo.id == photo_id)
        .values(work=CLEAN)
        .execution_options(synchronize_session=False)
    )
    return False


def cleaned(session: Session, photo_id: int, state: str) -> None:
    """Of a photo still in this state only the files that it needs are left."""
    session.execute(
        update(Photo)
        .where(Photo.id == photo_id, Photo.state == state, Photo.work == CLEAN)
        .values(work=None)
        .execution_options(synchronize_session=False)
    )


def erase(
    session: Session, *, appeal_ids: Collection[int], issue_ids: Collection[int] = ()
) -> list[tuple[int, str]]:
    """Leave of these photos only that they were; (id, issue number) of each. The job deletes files.

    `issue_ids`: also what the staff added to these issues.
    """
    whose = or_(
        Photo.appeal_id.in_(appeal_ids),
        Photo.issue_id.in_(issue_ids) & Photo.appeal_id.is_(None),
    )
    rows = session.execute(
        select(Photo.id, Issue.number)
        .join(Issue, Issue.id == Photo.issue_id)
        .where(whose, Photo.state != State.ERASED)
        .order_by(Photo.id)
    ).all()
    session.execute(
        update(Photo)
        .where(Photo.id.in_([row.id for row in rows]))
        .values(
            state=State.ERASED,
            work=CLEAN,
            public=False,
            made_public_by=None,
            made_public_at=None,
            sha256=None,
            width=None,
            height=None,
            bytes=0,
        )
        .execution_options(synchronize_session="fetch")
    )
    return [(row.id, row.number) for row in rows]


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these blob keys belong to a photo."""
    return set(session.scalars(select(Photo.blob_key).where(Photo.blob_key.in_(keys))))


def as_added(
    *,
    issue_id: int,
    appeal_id: int | None,
    kind: Kind,
    blob_key: str,
    bytes: int,
    sha256: str,
    by: str,
    now: datetime,
) -> Photo:
    """A new row: a picture waits to be re-encoded, a document is what it will be."""
    is_document = kind is Kind.DOCUMENT
    return Photo(
        public_id=new_id(),
        issue_id=issue_id,
        appeal_id=appeal_id,
        kind=kind,
        state=State.READY if is_document else State.WAITING,
        work=None if is_document else PREPARE,
        blob_key=blob_key,
        bytes=bytes,
        sha256=sha256,
        added_by=by,
        added_at=now,
    )


def _hung() -> Select[Photo, Issue, Issue, str]:
    head = aliased(Issue)
    return (
        select(Photo, Issue, head, Appeal.number)
        .join(Issue, Issue.id == Photo.issue_id)
        .outerjoin(head, head.id == Issue.head_id)
        .outerjoin(Appeal, Appeal.id == Photo.appeal_id)
    )
