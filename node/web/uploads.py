"""Files out of a form into the blob store, then into a row: for every route that takes any."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, UploadFile

from node.actions.add_photos import Added, ByLink, ToAppeal, ToIssue, add_photos
from node.actions.sign_in import TooManyRefusals
from node.actions.take_files import Upload, give_back, take_files
from node.bootstrap import Node
from node.domain.errors import DomainError, Fault, Invalid
from node.domain.rights import Actor
from node.web.address import address_of
from node.web.auth import Brakes

FIELD = "photos"


class TooManyUploads(TooManyRefusals):
    """Слишком много файлов подряд: подождите и пришлите остальные."""


def uploads(files: Sequence[UploadFile]) -> list[Upload]:
    return [Upload(one.filename or "", one.size or 0, one.file) for one in files]


def brake(request: Request, node: Node, brakes: Brakes, files: Sequence[UploadFile]) -> None:
    """TooManyUploads: of files of unknown visitors only so many are stored from one address."""
    address, now = address_of(request, node.settings.web.proxies), node.clock()
    for _ in files:
        wait = brakes.uploads.admit(address, now)
        if wait is not None:
            raise TooManyUploads(wait)


def hand_in(
    node: Node,
    to: ByLink | ToAppeal | ToIssue,
    files: Sequence[UploadFile],
    actor: Actor | None,
) -> Added:
    """Invalid, BlobsUnavailable, and whatever `add_photos` refuses with."""
    if not files:
        raise Invalid(Fault(FIELD, "выберите хотя бы один файл"))
    taken = take_files(node.blobs, uploads(files), field=FIELD)
    try:
        with node.transaction() as session:
            added = add_photos(
                session,
                node.rulebook,
                unit=node.code,
                to=to,
                files=taken,
                actor=actor,
                now=node.clock(),
            )
    except DomainError:
        # Not after a failing database: it may have written the rows down and lost the answer.
        give_back(node.blobs, [one.key for one in taken])
        raise
    give_back(node.blobs, added.unused)
    return added
