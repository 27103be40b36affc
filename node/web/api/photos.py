"""`…/photos` of the API: add photos and documents, list them, open one to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Response, UploadFile
from pydantic import BaseModel

from node.actions.add_photos import ToAppeal, ToIssue
from node.actions.move_issue import NoSuchIssue
from node.actions.show_photo import show_photo
from node.domain import photo_access
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.photo import LIMITS, REASONS, Kind, Reason, State
from node.store import issues, photos
from node.store.photos import Photo
from node.web.api.strict import Strict
from node.web.deps import ActorDep, NodeDep
from node.web.uploads import hand_in

router = APIRouter(prefix="/api/v1", tags=["photos"])

Files = Annotated[list[UploadFile], File(description=LIMITS)]
ALREADY: dict[int | str, dict[str, Any]] = {200: {"description": "Эти файлы уже здесь"}}


class PhotoView(BaseModel):
    """A photo or a document. `width`, `height`: pixels, once it is ready. `reason`: why it was
    refused. `full`, `small`, `document`: where it is to be had, with the caller's own token."""

    id: str
    kind: Kind
    state: State
    reason: str | None
    width: int | None
    height: int | None
    bytes: int
    public: bool
    added_by: str
    added_at: datetime
    full: str | None
    small: str | None
    document: str | None


class PhotosView(BaseModel):
    photos: list[PhotoView]


class PublicBody(Strict):
    """True: everybody may see it; false: only the staff, and the resident who sent it."""

    public: bool


@router.post("/appeals/{number}/photos", status_code=201, responses=ALREADY)
def add_to_appeal(
    node: NodeDep, actor: ActorDep, number: str, photos: Files, response: Response
) -> PhotosView:
    """Add what the resident sent with an appeal. Files that are there already are not added."""
    added = hand_in(node, ToAppeal(number), photos, actor).photos
    response.status_code = 201 if added else 200
    return PhotosView(photos=[view(one) for one in added])


@router.post("/issues/{number}/photos", status_code=201, responses=ALREADY)
def add_to_issue(
    node: NodeDep, actor: ActorDep, number: str, photos: Files, response: Response
) -> PhotosView:
    """Add what was done on an issue. Files that are there already are not added."""
    added = hand_in(node, ToIssue(number), photos, actor).photos
    response.status_code = 201 if added else 200
    return PhotosView(photos=[view(one) for one in added])


@router.get("/issues/{number}/photos")
def of_issue(node: NodeDep, actor: ActorDep, number: str) -> PhotosView:
    """The photos of an issue and of those merged into it, the first to come first."""
    access, classifier = Access(actor, node.rulebook, node.code), node.rulebook.classifier
    with node.reading() as session:
        issue = issues.by_number(session, number) if is_number(number) else None
        if issue is None or not access.sees(issue):
            raise NoSuchIssue
        found = photos.of_issues(session, issues.family_of(session, issue.id))
    return PhotosView(
        photos=[
            view(one.photo)
            for one in found
            if photo_access.sees(access, one.issue, one.head, classifier)
        ]
    )


@router.post("/photos/{photo_id}/public")
def set_public(node: NodeDep, actor: ActorDep, photo_id: str, body: PublicBody) -> PhotoView:
    """Open a photo to everybody, or close it again; the photo as it is after that."""
    with node.transaction() as session:
        photo = show_photo(
            session,
            node.rulebook,
            unit=node.code,
            photo_id=photo_id,
            public=body.public,
            actor=actor,
            now=node.clock(),
        )
    return view(photo)


def view(photo: Photo) -> PhotoView:
    ready, document = photo.state == State.READY, photo.kind == Kind.DOCUMENT
    address = f"/photos/{photo.public_id}"
    return PhotoView(
        id=photo.public_id,
        kind=Kind(photo.kind),
        state=State(photo.state),
        reason=REASONS[Reason(photo.reason)] if photo.reason else None,
        width=photo.width,
        height=photo.height,
        bytes=photo.bytes,
        public=photo.public,
        added_by=photo.added_by,
        added_at=photo.added_at,
        full=f"{address}/full" if ready and not document else None,
        small=f"{address}/small" if ready and not document else None,
        document=f"{address}/document" if ready and document else None,
    )
