"""Delete files that belong to no photo: taken in by a request that then wrote nothing down.

What a photo needs no more is not looked for here: its row says so (`prepare_photos.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

import structlog

from node.bootstrap import Node
from node.store import photos
from node.store.blobs import key_of

log = structlog.get_logger("cur.photos")
AGE = timedelta(days=1)  # no request and no preparation takes that long
BATCH = 500
FEW = 100
SHARE = 20
"""More files without a photo than `FEW` and than one in `SHARE` are no accident: the database may
be an old backup, or another's. Then nothing is deleted, and a person is told."""


def run(node: Node) -> None:
    if not node.policy.intake:
        return
    names = node.blobs.stored(node.clock() - AGE)
    seen, orphans = 0, list[str]()
    while batch := list(islice(names, BATCH)):
        seen += len(batch)
        orphans += _orphans(node, batch)
    if len(orphans) > max(FEW, seen // SHARE):
        log.error("files without a photo are too many to delete", files=len(orphans), of=seen)
        return
    for name in orphans:
        node.blobs.delete(name)
    if orphans:
        log.info("files without a photo are deleted", files=len(orphans), of=seen)


def _orphans(node: Node, names: Sequence[str]) -> list[str]:
    with node.reading() as session:
        known = photos.known_keys(session, {key_of(name) for name in names})
    return [name for name in names if key_of(name) not in known]


def seconds(_node: Node) -> float:
    """Between two runs."""
    return 6 * 3600.0
