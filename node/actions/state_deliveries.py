"""State how what this node passes down fares at its children, for the node above that sent it.

A receipt is between two neighbours, so that the sender of a directive would not see further than
its own children. Nothing is said of own statements: this node has the receipts themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from federation.ledger import Downward
from federation.routes import ADDRESSED
from federation.statement import instant
from node.store import deliveries
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for

TYPE = "delivery"
WAITING = "waiting"


def state_deliveries(session: Session, *, me: str, signer: KeyPair, now: datetime) -> int:
    """Seal a `delivery` for every relayed statement of which something has changed; how many.

    Nothing before this start has its epoch, and nothing at a node without a parent.
    """
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    incarnation = ledger.incarnation()
    if parent is None or incarnation is None or incarnation.epoch is None:
        return 0
    bodies = unstated(session, me=me)
    for body in bodies:
        seal_own(
            ledger,
            me=me,
            parent=parent,
            type=TYPE,
            key=body["key"],
            body=body,
            signer=signer,
            now=now,
        )
        deliveries.keep(session, origin=me, body=body, now=now)
    return len(bodies)


def unstated(session: Session, *, me: str) -> list[dict[str, Any]]:
    """What is to be stated, and is not or was otherwise. Two queries; nothing is written."""
    before = deliveries.stated_by(session, me)
    found = []
    for key, rows in _by_key(deliveries.relayed(session, me, ADDRESSED)):
        body = _body(rows, before.get(key))
        if body != before.get(key):
            found.append(body)
    return found


def _by_key(rows: Iterable[Downward]) -> Iterable[tuple[str, Sequence[Downward]]]:
    """The rows of each statement, at the newest version this node has to pass on.

    Keys are random. Should somebody use one twice, only the first statement is spoken of: two in
    turn under one key would be sealed anew for ever.
    """
    seen: set[str] = set()
    for id, group in groupby(rows, key=lambda row: row.id):
        if id.key in seen:
            continue
        seen.add(id.key)
        offered = list(group)
        newest = max(row.version for row in offered)
        yield id.key, [row for row in offered if row.version == newest]


def _body(rows: Sequence[Downward], before: dict[str, Any] | None) -> dict[str, Any]:
    id, version = rows[0].id, rows[0].version
    said = {}
    if before is not None and before["sha256"] == version.sha256:
        said = {one["unit"]: one for one in before["results"]}
    return {
        **id._asdict(),
        **version._asdict(),
        "results": [_result(row, said.get(row.peer)) for row in rows],
    }


def _result(row: Downward, before: dict[str, Any] | None) -> dict[str, Any]:
    """A child receipts again what it is offered again, once a minute while something is pending:
    the moment is that of the answer which said something new."""
    result = WAITING if row.result is None else row.result.value
    if before is not None and (before["result"], before["code"]) == (result, row.code):
        return before
    at = None if row.receipted_at is None else instant(row.receipted_at)
    return {"unit": row.peer, "result": result, "code": row.code, "at": at}
