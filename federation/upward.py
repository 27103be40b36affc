"""What waits for the parent: a statement's entry in the queue, and the whole queue of a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from federation.downward import typed_for_route
from federation.ledger import Ledger, Outbound
from federation.routes import CLIMBING, TO_TOP, goes_up
from federation.schemas import priority
from federation.statement import Statement
from federation.vouchers import voucher


def is_open_day(statement: Statement) -> bool:
    """Whether it is the summary of a day that still changes."""
    body = statement.body
    return statement.type == "summary" and body is not None and body.get("status") == "open"


def outbound(statement: Statement, due_at: datetime) -> Outbound:
    """The queue entry of a statement."""
    return Outbound(
        id=statement.id,
        version=statement.version,
        size=len(statement.envelope.data),
        priority=priority(statement.type),
        due_at=due_at,
    )


def queue_everything(
    ledger: Ledger, *, me: str, below: Callable[[str], bool], now: datetime
) -> int:
    """Queue all that stands of the origins that are `below` (`me` too) and goes up; how many.

    Called when a parent is joined: it holds none of it.
    """
    ledger.exclusive()
    standing = [one for one in ledger.standing() if below(one.id.origin)]
    entries = [
        Outbound(id, version, size, priority(id.type), now)
        for id, version, size in standing
        if id.type in TO_TOP
    ]
    # How far these climb is in their bodies.
    climbing = ledger.newest([one.id for one in standing if one.id.type in CLIMBING])
    for held in climbing.values():
        statement = voucher(held)
        if statement is not None and goes_up(statement, typed_for_route(statement), me):
            entries.append(outbound(statement, now))
    ledger.enqueue(entries)
    return len(entries)
