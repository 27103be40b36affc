"""Add photos and documents, already in the blob store, to an appeal or to an issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.move_issue import NoSuchIssue
from node.actions.take_files import Taken
from node.domain import photo_access
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.errors import Conflict, NotFound
from node.domain.photo import MAX_OF_APPEAL, MAX_OF_ISSUE, State, TooManyFiles, kind_of
from node.domain.rights import Actor, NoRight, Right
from node.domain.rulebook import Rulebook
from node.store import appeals, issues, journal, photos
from node.store.issues import Issue
from node.store.photos import Photo

RESIDENT = "resident"


class NobodysPhotos(NotFound):
    """Обращения, к которому прилагаются файлы, на этом узле нет: проверьте номер или ссылку."""


class TooLate(Conflict):
    """Проблема уже закрыта. Если она не решена, сообщите об этом, потом приложите файлы."""


@dataclass(frozen=True, slots=True)
class ByLink:
    """To the appeal of a status link: its resident adds."""

    status_key: str


@dataclass(frozen=True, slots=True)
class ToAppeal:
    """To an appeal by its number: whoever handed it in adds what the resident sent."""

    number: str


@dataclass(frozen=True, slots=True)
class ToIssue:
    """To an issue: the staff add what was done."""

    number: str


@dataclass(frozen=True, slots=True)
class Added:
    """`unused`: blob keys of files that were there already; the caller gives them back."""

    photos: tuple[Photo, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where files go: the journal's subject, how many there may be, what is there."""

    subject: str
    issue_id: int
    appeal_id: int | None
    most: int
    there: Sequence[Photo]


def add_photos(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    to: ByLink | ToAppeal | ToIssue,
    files: Sequence[Taken],
    actor: Actor | None,
    now: datetime,
) -> Added:
    """Write files down; the same bytes twice in one place are one file.

    `actor` None: a resident, who only has the link. NobodysPhotos or NoSuchIssue, also of what the
    actor does not see; NoRight; TooLate for a resident of an ended issue; TooManyFiles.
    """
    place = _place(session, rulebook, unit, to, actor)
    there = {one.sha256 for one in place.there if one.state in (State.WAITING, State.READY)}
    added: list[Photo] = []
    unused: list[str] = []
    for file in files:
        if file.sha256 in there:
            unused.append(file.key)
            continue
        there.add(file.sha256)
        added.append(
            photos.as_added(
                issue_id=place.issue_id,
                appeal_id=place.appeal_id,
                kind=kind_of(file.look, by_staff=place.appeal_id is None),
                blob_key=file.key,
                bytes=file.bytes,
                sha256=file.sha256,
                by=RESIDENT if actor is None else actor.name,
                now=now,
            )
        )
    if len(there) > place.most:
        raise TooManyFiles(
            f"Файлов здесь может быть {place.most}, уже есть {len(there) - len(added)}: "
            "напишите, что ещё важно, текстом."
        )
    session.add_all(added)
    session.flush()
    if added:
        journal.write(
            session,
            action="add_photos",
            subject=place.subject,
            actor=RESIDENT if actor is None else actor.name,
            now=now,
            files=len(added),
        )
    return Added(tuple(added), tuple(unused))


def _place(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    to: ByLink | ToAppeal | ToIssue,
    actor: Actor | None,
) -> _Place:
    match to:
        case ByLink(status_key):
            return _of_link(session, status_key)
        case ToAppeal(number):
            return _of_appeal(session, rulebook, unit, number, actor)
        case ToIssue(number):
            return _of_issue(session, rulebook, unit, number, actor)


def _of_link(session: Session, status_key: str) -> _Place:
    found = photos.holder(session, status_key)
    if found is None:
        raise NobodysPhotos
    if found.ended:
        raise TooLate
    issues.hold(session, found.issue_id)  # a second click waits, then finds the files of the first
    there = photos.of_appeals(session, [found.appeal_id])
    return _Place(found.appeal, found.issue_id, found.appeal_id, MAX_OF_APPEAL, there)


def _of_appeal(
    session: Session, rulebook: Rulebook, unit: str, number: str, actor: Actor | None
) -> _Place:
    """For whoever hands appeals in for its territory; who reads issues has to see this one too."""
    if actor is None or not actor.may(Right.APPEALS_SUBMIT):
        raise NoRight
    found = appeals.by_number(session, number) if is_number(number) else None
    if found is None:
        raise NobodysPhotos
    appeal, issue = found
    reads = actor.may(Right.ISSUES_READ)
    if reads and not Access(actor, rulebook, unit).sees(issue):
        raise NobodysPhotos
    if not actor.may(Right.APPEALS_SUBMIT, unit=appeal.territory):
        raise NobodysPhotos  # nor are they told which numbers there are elsewhere
    issues.hold(session, issue.id)
    there = photos.of_appeals(session, [appeal.id])
    return _Place(appeal.number, issue.id, appeal.id, MAX_OF_APPEAL, there)


def _of_issue(
    session: Session, rulebook: Rulebook, unit: str, number: str, actor: Actor | None
) -> _Place:
    if actor is None:
        raise NoRight
    access = Access(actor, rulebook, unit)
    issue: Issue | None = issues.by_number(session, number) if is_number(number) else None
    if issue is None or not access.sees(issue):
        raise NoSuchIssue
    if not photo_access.may(access, photo_access.ADDS, issue, None, rulebook.classifier):
        raise NoRight
    issues.hold(session, issue.id)
    there = photos.of_staff(session, issue.id)
    return _Place(issue.number, issue.id, None, MAX_OF_ISSUE, there)
