"""`/photos/ID/SIZE` and the forms about photos: a picture to whoever may see it, 404 to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from node.actions.add_photos import ByLink, ToIssue
from node.actions.move_issue import NoSuchIssue
from node.actions.show_photo import show_photo
from node.bootstrap import Node
from node.domain import photo_access
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.photo import Kind, NoSuchPhoto, parts_of
from node.domain.rights import Right
from node.store import photos
from node.store.blobs import named
from node.store.photos import Hung
from node.web.deps import BrakesDep, NodeDep, PageActorDep
from node.web.pages.frame import visitor
from node.web.uploads import brake, hand_in

router = APIRouter(include_in_schema=False)

PICTURE = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""A browser lays a picture out in a page of its own making, with a style; nothing else is there."""

Files = Annotated[Sequence[UploadFile], File()]
PARTS: Mapping[str, str] = {"full": "full", "small": "small", "document": "sent"}
"""The last word of an address → the file in the blob store. A picture is never shown as sent."""


@router.get("/photos/{photo_id}/{size}")
def picture(request: Request, node: NodeDep, photo_id: str, size: str) -> Response:
    """For the staff who see its issue, and for everybody once a person has opened it."""
    classifier = node.rulebook.classifier
    with node.reading() as session:
        found = photos.by_id(session, photo_id)
    if found is None or not (
        photo_access.is_open(found.photo, found.issue, classifier) or _seen(request, node, found)
    ):
        raise NoSuchPhoto
    return _served(request, node, found, size)


@router.get("/status/{key}/photos/{photo_id}/{size}")
def picture_of_link(
    request: Request, node: NodeDep, key: str, photo_id: str, size: str
) -> Response:
    """For the resident who holds the link: what they sent themselves, and what is open to all."""
    with node.reading() as session:
        holder, found = photos.holder(session, key), photos.by_id(session, photo_id)
    if holder is None or found is None:
        raise NoSuchPhoto
    is_own = found.photo.appeal_id == holder.appeal_id
    if not is_own and not photo_access.is_open(found.photo, found.issue, node.rulebook.classifier):
        raise NoSuchPhoto
    return _served(request, node, found, size)


@router.post("/status/{key}/photos")
def add_by_link(
    request: Request, node: NodeDep, brakes: BrakesDep, key: str, photos: Files = ()
) -> Response:
    brake(request, node, brakes, photos)
    hand_in(node, ByLink(key), photos, None)
    return RedirectResponse(f"/status/{key}#photos", status_code=303)


@router.post("/issues/{number}/photos")
def add_to_issue(node: NodeDep, actor: PageActorDep, number: str, photos: Files = ()) -> Response:
    hand_in(node, ToIssue(number), photos, actor)
    return _back(number)


@router.post("/issues/{number}/photos/{photo_id}/public")
def set_public(
    node: NodeDep,
    actor: PageActorDep,
    number: str,
    photo_id: str,
    public: Annotated[str, Form()] = "",
) -> Response:
    with node.transaction() as session:
        show_photo(
            session,
            node.rulebook,
            unit=node.code,
            photo_id=photo_id,
            public=bool(public),
            actor=actor,
            now=node.clock(),
        )
    return _back(number)


@router.get("/status/{key}/photos")
def back_to_status(key: str) -> Response:
    """Whoever starts anew after a refusal comes here."""
    if not photos.LINK.fullmatch(key):
        raise NoSuchPhoto
    return RedirectResponse(f"/status/{key}", status_code=303)


@router.get("/issues/{number}/photos")
@router.get("/issues/{number}/photos/{photo_id}/public")
def back_to_issue(_actor: PageActorDep, number: str) -> Response:
    """As above, and whoever was sent to sign in."""
    return _back(number)


def _back(number: str) -> Response:
    if not is_number(number):
        raise NoSuchIssue
    return RedirectResponse(f"/issues/{number}#photos", status_code=303)


def _seen(request: Request, node: Node, found: Hung) -> bool:
    actor = visitor(request, node)
    if actor is None or not actor.may(Right.ISSUES_READ):
        return False
    access = Access(actor, node.rulebook, node.code)
    return photo_access.sees(access, found.issue, found.head, node.rulebook.classifier)


def _served(request: Request, node: Node, found: Hung, size: str) -> Response:
    photo = found.photo
    part, is_document = PARTS.get(size), photo.kind == Kind.DOCUMENT
    if part is None or (part == "sent") != is_document:
        raise NoSuchPhoto
    if part not in parts_of(photo.kind, photo.state):
        raise NoSuchPhoto
    name = f"{found.appeal or found.issue.number}-{photo.public_id[:6]}"
    headers = {
        # Asked for anew each time: who may see it may change, its bytes never do.
        "Cache-Control": "private, no-cache",
        "ETag": f'"{photo.public_id}-{size}"',
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": f'inline; filename="{name}.jpg"',
        "Content-Security-Policy": PICTURE,
    }
    if is_document:  # as a stranger made it: saved, and not opened within this site
        headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    data = node.blobs.get(named(photo.blob_key, part))
    if data is None:
        raise NoSuchPhoto
    kind = "application/pdf" if is_document else "image/jpeg"
    return Response(data, media_type=kind, headers=headers)
