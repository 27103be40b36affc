"""Photos added and prepared, as a test needs them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from node.actions.add_photos import Added, ByLink, ToAppeal, ToIssue, add_photos
from node.actions.take_files import Upload, take_files
from node.bootstrap import Node
from node.domain.rights import Actor
from node.store import photos
from node.store.photos import Hung
from tests.support.appeals import UNIT
from tests.support.pictures import a_telephone_jpeg


def uploads(*data: bytes) -> list[Upload]:
    return [Upload(f"{n}.jpg", len(one), BytesIO(one)) for n, one in enumerate(data)]


def added(
    node: Node, to: ByLink | ToAppeal | ToIssue, *data: bytes, actor: Actor | None = None
) -> Added:
    """One photo of a telephone, when no bytes are given."""
    files = take_files(node.blobs, uploads(*(data or [a_telephone_jpeg()])), field="photos")
    with node.transaction() as session:
        return add_photos(
            session,
            node.rulebook,
            unit=UNIT,
            to=to,
            files=files,
            actor=actor,
            now=node.clock(),
        )


def hung(node: Node, public_id: str) -> Hung:
    with node.reading() as session:
        found = photos.by_id(session, public_id)
    assert found is not None
    return found


def files_of(node: Node, photo_ids: Sequence[str]) -> list[str]:
    """Which parts of these photos are in the blob store."""
    keys = [hung(node, photo_id).photo.blob_key for photo_id in photo_ids]
    return [
        part
        for key in keys
        for part in ("sent", "full", "small")
        if node.blobs.exists(f"{key}.{part}")
    ]
