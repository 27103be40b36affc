"""Re-encode what has come in, and delete the files that nothing needs any more."""

from __future__ import annotations

from io import BytesIO

import structlog

from node.actions.settle_photo import settle_photo
from node.bootstrap import Node
from node.domain.photo import Kind, Reason, State, Unfit, parts_of
from node.domain.picture import Reencoded, reencode
from node.store import photos
from node.store.blobs import named
from node.store.photos import CLEAN, PREPARE, Hung

log = structlog.get_logger("cur.photos")
BATCH = 20
MOST_ATTEMPTS = 3
"""A picture that kills the process three times is refused: it would stop all others for ever."""
PARTS = ("sent", "full", "small")


def run(node: Node) -> None:
    """No transaction is open while a picture is decoded or a file is fetched."""
    if not node.policy.intake:
        return
    with node.reading() as session:
        waiting = photos.with_work(session, PREPARE, limit=BATCH)
    for hung in waiting:
        _prepare(node, hung)
    with node.reading() as session:
        left_over = photos.with_work(session, CLEAN, limit=BATCH * 5)
    for hung in left_over:
        _clean(node, hung)


def _prepare(node: Node, hung: Hung) -> None:
    key = hung.photo.blob_key
    data = node.blobs.get(named(key, "sent"))
    with node.transaction() as session:
        attempts = photos.begin_attempt(session, hung.photo.id)
    if attempts is None:
        return  # erased meanwhile
    outcome = _outcome(data) if attempts <= MOST_ATTEMPTS else Reason.FAILED
    if isinstance(outcome, Reencoded):
        node.blobs.put(named(key, "full"), BytesIO(outcome.full))
        node.blobs.put(named(key, "small"), BytesIO(outcome.small))
    else:
        log.info("photo refused", photo=hung.photo.public_id, reason=outcome.value)
    with node.transaction() as session:
        settle_photo(session, hung=hung, outcome=outcome, now=node.clock())


def _outcome(data: bytes | None) -> Reencoded | Reason:
    if data is None:
        return Reason.LOST
    try:
        return reencode(data)
    except Unfit as unfit:
        return unfit.reason


def _clean(node: Node, hung: Hung) -> None:
    kept = parts_of(Kind(hung.photo.kind), State(hung.photo.state))
    for part in PARTS:
        if part not in kept:
            node.blobs.delete(named(hung.photo.blob_key, part))
    with node.transaction() as session:
        photos.cleaned(session, hung.photo.id, hung.photo.state)


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(5.0, node.policy.exchange_seconds)
