"""Open a photo to everybody, or close it again: private until a person decides otherwise."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain import photo_access
from node.domain.access import Access
from node.domain.photo import Kind, NoSuchPhoto, NotToBePublic, State
from node.domain.rights import Actor, NoRight
from node.domain.rulebook import Rulebook
from node.store import journal, photos
from node.store.photos import Hung, Photo


def show_photo(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    photo_id: str,
    public: bool,
    actor: Actor,
    now: datetime,
) -> Photo:
    """The photo `photo_id` (its public id), opened or closed. Twice the same changes nothing.

    NoSuchPhoto, also of one the actor does not see. NoRight without issues.approve or
    issues.moderate on its issue. NotToBePublic: of a closed topic, a document, not ready.
    """
    access = Access(actor, rulebook, unit)
    classifier = rulebook.classifier
    found = photos.by_id(session, photo_id)
    if found is None or not photo_access.sees(access, found.issue, found.head, classifier):
        raise NoSuchPhoto
    if not photo_access.may(access, photo_access.OPENS, found.issue, found.head, classifier):
        raise NoRight
    photo = found.photo
    if public and not photo_access.can_be_open(photo, found.issue, classifier):
        raise _refusal(found)
    if photo.public == public:
        return photo
    photos.set_public(
        session,
        photo.id,
        public=public,
        by=actor.name if public else None,
        at=now if public else None,
    )
    session.refresh(photo)
    journal.write(
        session,
        action="show_photo" if public else "hide_photo",
        subject=found.issue.number,
        actor=actor.name,
        now=now,
        photo=photo.public_id,
    )
    return photo


def _refusal(found: Hung) -> NotToBePublic:
    if found.photo.kind == Kind.DOCUMENT:
        return NotToBePublic("Документ не открывают всем: приложите снимок нужной страницы.")
    if found.photo.state != State.READY:
        return NotToBePublic("Фотография не готова к показу: обновите страницу через минуту.")
    return NotToBePublic()
