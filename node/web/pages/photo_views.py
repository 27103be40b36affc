"""What `_photos.html` shows: the gallery of an issue for the staff, of a link for its resident.

A page asks for one inside its own reading and hands it to the template as `photos`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.bootstrap import Node
from node.domain import photo_access
from node.domain.access import Access
from node.domain.photo import (
    LIMITS,
    MAX_FILE,
    MAX_FILES,
    MAX_SENT,
    REASONS,
    Kind,
    Reason,
    State,
)
from node.domain.picture import small_size
from node.store import issues, photos
from node.store.issues import Issue
from node.store.photos import Hung
from node.web.pages.issue_terms import moment


@dataclass(frozen=True, slots=True)
class FileField:
    """The limits of a field that takes files, told before anything is sent."""

    limits: str = LIMITS
    # Without HEIC, so that an iPhone makes a JPEG of it by itself.
    accepted: str = "image/jpeg,image/png,image/webp,application/pdf"
    most_files: int = MAX_FILES
    most_bytes: int = MAX_FILE
    most_together: int = MAX_SENT


NAMES = {Kind.BEFORE: "До работ", Kind.AFTER: "После работ", Kind.DOCUMENT: "Документы"}


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A line of the gallery. `small`, `full`, `document`: addresses, where there is such a file.

    `toggle`: the address that opens or closes it, where the reader may; `can_open`: whether it may
    be opened at all.
    """

    alt: str
    caption: str
    waiting: bool
    refused: str | None
    small: str | None
    full: str | None
    document: str | None
    width: int
    height: int
    public: bool
    toggle: str | None = None
    can_open: bool = False


@dataclass(frozen=True, slots=True)
class Gallery:
    """`groups`: heading → photos, those that have any. `erased`: how many retention has erased.

    `adds`: the address to send more to; None where nothing may be added.
    """

    groups: tuple[tuple[str, tuple[PhotoView, ...]], ...]
    erased: int
    adds: str | None
    note: str
    field: FileField = FileField()

    def __bool__(self) -> bool:
        return bool(self.groups or self.adds or self.erased)


def of_issue(session: Session, node: Node, issue: Issue, access: Access, now: datetime) -> Gallery:
    """For the page of an issue the actor sees: its photos, and of those merged into it."""
    classifier = node.rulebook.classifier
    found = [
        hung
        for hung in photos.of_issues(session, issues.family_of(session, issue.id))
        if photo_access.sees(access, hung.issue, hung.head, classifier)
    ]
    address = f"/issues/{issue.number}/photos"
    adds = photo_access.may(access, photo_access.ADDS, issue, None, classifier)

    def seen(hung: Hung, number: int, of: int) -> PhotoView:
        photo = hung.photo
        opens = photo_access.may(access, photo_access.OPENS, hung.issue, hung.head, classifier)
        when = moment(photo.added_at, now, node.zone)
        by = f"обращение {hung.appeal}" if hung.appeal else photo.added_by
        return _view(
            hung,
            _alt(hung, number, of),
            f"{when} · {by}",
            f"/photos/{photo.public_id}",
            toggle=f"{address}/{photo.public_id}/public" if opens else None,
            can_open=photo_access.can_be_open(photo, hung.issue, classifier),
        )

    return Gallery(
        _groups(found, seen),
        _erased(found),
        address if adds else None,
        "Фотографии видят только сотрудники и приславший житель, пока их не откроют всем.",
    )


def of_link(session: Session, node: Node, key: str, now: datetime) -> Gallery | None:
    """For the page of a status link: the resident's own, and what is open to everybody. None when
    there is no such link."""
    holder = photos.holder(session, key)
    if holder is None:
        return None
    classifier = node.rulebook.classifier
    family = issues.family_of(session, holder.family_of)
    found = [
        hung
        for hung in photos.of_issues(session, family)
        if hung.photo.appeal_id == holder.appeal_id
        or photo_access.is_open(hung.photo, hung.issue, classifier)
    ]

    def seen(hung: Hung, number: int, of: int) -> PhotoView:
        when = moment(hung.photo.added_at, now, node.zone)
        own = hung.photo.appeal_id == holder.appeal_id
        return _view(
            hung,
            _alt(hung, number, of),
            f"{when}{' · прислали вы' if own else ''}",
            f"/status/{key}/photos/{hung.photo.public_id}",
        )

    return Gallery(
        _groups(found, seen),
        _erased(found),
        None if holder.ended else f"/status/{key}/photos",
        "Место съёмки и другие скрытые данные из фотографий удаляются. Кроме вас их видят только "
        "сотрудники, пока они не откроют их всем.",
    )


Seen = Callable[[Hung, int, int], PhotoView]
"""How one photo is told of: given it, its number in its group, and how many are there."""


def _groups(found: Iterable[Hung], seen: Seen) -> tuple[tuple[str, tuple[PhotoView, ...]], ...]:
    kept = [hung for hung in found if hung.photo.state != State.ERASED]
    groups = []
    for kind, name in NAMES.items():
        of_kind = [hung for hung in kept if hung.photo.kind == kind]
        if of_kind:
            views = (seen(hung, n, len(of_kind)) for n, hung in enumerate(of_kind, 1))
            groups.append((name, tuple(views)))
    return tuple(groups)


def _erased(found: Iterable[Hung]) -> int:
    return sum(hung.photo.state == State.ERASED for hung in found)


def _alt(hung: Hung, number: int, of: int) -> str:
    kind = Kind(hung.photo.kind)
    what = "Документ" if kind is Kind.DOCUMENT else "Фотография"
    when = {Kind.BEFORE: ": до работ", Kind.AFTER: ": после работ", Kind.DOCUMENT: ""}[kind]
    return f"{what} {number} из {of}{when}"


def _view(
    hung: Hung,
    alt: str,
    caption: str,
    address: str,
    *,
    toggle: str | None = None,
    can_open: bool = False,
) -> PhotoView:
    photo = hung.photo
    ready, is_document = photo.state == State.READY, photo.kind == Kind.DOCUMENT
    is_picture = ready and not is_document
    width, height = small_size(photo.width or 1, photo.height or 1)
    return PhotoView(
        alt=alt,
        caption=caption,
        waiting=photo.state == State.WAITING,
        refused=REASONS[Reason(photo.reason)] if photo.reason else None,
        small=f"{address}/small" if is_picture else None,
        full=f"{address}/full" if is_picture else None,
        document=f"{address}/document" if ready and is_document else None,
        width=width,
        height=height,
        public=photo.public,
        toggle=toggle if can_open or photo.public else None,
        can_open=can_open,
    )
