"""What `_photos.html` shows: the gallery of an issue for the staff, of a link for its resident.

A page asks for one inside its own reading and hands it to the template as `photos`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

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
from node.store.session import Session
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


NAMES = {Kind.BEFORE: "До работ", Kind.AFTER: "После работ"}


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A line of the gallery. `small`, `full`, `document`: addresses, where there is such a file.

    `open`: everybody sees it. `closes`, `opens`: the address for it, where the reader may.
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
    open: bool
    opens: str | None
    closes: str | None


@dataclass(frozen=True, slots=True)
class Gallery:
    """`groups`: headings with their photos, those that have any. `erased`: how many retention has
    erased. `adds`: the address to send more to; None where nothing may be added.
    """

    groups: tuple[tuple[str, tuple[PhotoView, ...]], ...]
    documents: tuple[PhotoView, ...]
    erased: int
    adds: str | None
    note: str
    field: FileField = FileField()


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
        when = moment(hung.photo.added_at, now, node.zone)
        by = f"обращение {hung.appeal}" if hung.appeal else hung.photo.added_by
        may = photo_access.may(access, photo_access.OPENS, hung.issue, hung.head, classifier)
        return _view(
            hung,
            _alt(hung, number, of),
            f"{when} · {by}",
            f"/photos/{hung.photo.public_id}",
            can_be_open=photo_access.can_be_open(hung.photo, hung.issue, classifier),
            toggle=f"{address}/{hung.photo.public_id}/public" if may else None,
        )

    return _gallery(
        found,
        seen,
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
            can_be_open=photo_access.can_be_open(hung.photo, hung.issue, classifier),
            toggle=None,
        )

    return _gallery(
        found,
        seen,
        None if holder.ended else f"/status/{key}/photos",
        "Место съёмки и другие скрытые данные из фотографий удаляются. Кроме вас их видят только "
        "сотрудники, пока они не откроют их всем.",
    )


Seen = Callable[[Hung, int, int], PhotoView]
"""How one photo is told of: given it, its number in its group, and how many are there."""


def _gallery(found: Iterable[Hung], seen: Seen, adds: str | None, note: str) -> Gallery:
    there: dict[str, list[Hung]] = {kind: [] for kind in Kind}
    erased = 0
    for hung in found:
        if hung.photo.state == State.ERASED:
            erased += 1
        else:
            there[hung.photo.kind].append(hung)
    views = {
        kind: tuple(seen(hung, number, len(of_kind)) for number, hung in enumerate(of_kind, 1))
        for kind, of_kind in there.items()
    }
    return Gallery(
        groups=tuple((name, views[kind]) for kind, name in NAMES.items() if views[kind]),
        documents=views[Kind.DOCUMENT],
        erased=erased,
        adds=adds,
        note=note,
    )


def _alt(hung: Hung, number: int, of: int) -> str:
    kind = Kind(hung.photo.kind)
    what = "Документ" if kind is Kind.DOCUMENT else "Фотография"
    when = {Kind.BEFORE: ": до работ", Kind.AFTER: ": после работ", Kind.DOCUMENT: ", PDF"}[kind]
    return f"{what} {number} из {of}{when}"


def _view(
    hung: Hung,
    alt: str,
    caption: str,
    address: str,
    *,
    can_be_open: bool,
    toggle: str | None,
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
        open=photo.public and can_be_open,
        opens=toggle if can_be_open and not photo.public else None,
        closes=toggle if photo.public else None,
    )
