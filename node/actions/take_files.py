"""Take files into the blob store before anything is written of them, so that nothing is lost.

No session: a store of files may be a network away, and no transaction waits for a network. What
was taken and then not written down is given back by `give_back`, or swept (`jobs/sweep_files.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from node.domain.errors import Invalid
from node.domain.photo import HEAD, Look, Sent, faults_of_files, judged
from node.store.blobs import Blobs, BlobsUnavailable, named, new_key

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it lies here: what its sender called it, its size in bytes, its bytes."""

    name: str
    size: int
    data: BinaryIO

    def sent(self) -> Sent:
        """What it is judged by."""
        self.data.seek(0)
        return Sent(self.name, self.size, self.data.read(HEAD))


@dataclass(frozen=True, slots=True)
class Taken:
    """A file in the blob store, under a new key, and what its first bytes say of it."""

    key: str
    look: Look
    bytes: int
    sha256: str


def take_files(blobs: Blobs, uploads: Sequence[Upload], *, field: str) -> list[Taken]:
    """All of them or none. Invalid names every bad file under `field`; BlobsUnavailable."""
    sent = [upload.sent() for upload in uploads]
    faults = tuple(faults_of_files(sent, field))
    if faults:
        raise Invalid(*faults)
    taken: list[Taken] = []
    try:
        for upload, file in zip(uploads, sent, strict=True):
            one = Taken(
                new_key(), judged(file.head, file.size), file.size, _fingerprint(upload.data)
            )
            blobs.put(named(one.key, "sent"), upload.data)
            taken.append(one)
    except BlobsUnavailable:
        give_back(blobs, [one.key for one in taken])
        raise
    return taken


def give_back(blobs: Blobs, keys: Iterable[str]) -> None:
    """Delete what was taken for nothing, as far as the store answers."""
    for key in keys:
        try:
            blobs.delete(named(key, "sent"))
        except BlobsUnavailable:
            return  # the sweep finds them


def _fingerprint(data: BinaryIO) -> str:
    """SHA-256; leaves `data` at its beginning."""
    data.seek(0)
    sha256 = hashlib.sha256()
    while chunk := data.read(CHUNK):
        sha256.update(chunk)
    data.seek(0)
    return sha256.hexdigest()
