"""A node's own statements: the epoch of its start, and sealing within it.

An incarnation is one start of the sealing process (a leader change and a restore are starts too).
Until its epoch is drawn nothing is sealed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from federation.downward import mark, typed_for_route
from federation.errors import FederationError
from federation.join import Join, Result, draw_epoch, next_version, stands
from federation.keys import KeyPair
from federation.ledger import Held, Incarnation, Ledger, State
from federation.routes import goes_up
from federation.schemas.descriptor import Descriptor
from federation.statement import Body, Statement, StatementId, parse, seal
from federation.upward import is_open_day, outbound


class NotSealingYet(FederationError):
    """This start has not been answered by the parent, so it has no epoch to seal under."""


def start(ledger: Ledger, *, me: str, parent: str | None, now: datetime) -> Incarnation:
    """Begin an incarnation. Under a parent it waits for the first answer; else it draws at once.

    To be committed before anything else is done with it.
    """
    ledger.exclusive()
    before = ledger.incarnation()
    known = max(ledger.highest_epoch(me), *_epochs(before))
    begun = Incarnation(epoch=None, known=known, started_at=now)
    if parent is None:
        begun = _drawn(begun, parent_time=None, your_epoch=None, now=now)
    ledger.save_incarnation(begun)
    return begun


def begin_again(ledger: Ledger, *, known: int, now: datetime) -> Incarnation:
    """Give up the current epoch: a higher one of ours is held elsewhere. Waits for an answer."""
    before = ledger.incarnation()
    begun = Incarnation(epoch=None, known=max(known, *_epochs(before)), started_at=now)
    ledger.save_incarnation(begun)
    return begun


def answered(
    ledger: Ledger, *, parent_time: datetime, your_epoch: int, now: datetime
) -> Incarnation | None:
    """The first exchange was answered: draw the epoch. None when there was nothing to draw."""
    waiting = ledger.incarnation()
    if waiting is None or waiting.epoch is not None:
        return None
    drawn = _drawn(waiting, parent_time=parent_time, your_epoch=your_epoch, now=now)
    ledger.save_incarnation(drawn)
    return drawn


def seal_own(
    ledger: Ledger,
    *,
    me: str,
    parent: str | None,
    type: str,
    key: str,
    body: Body | None,
    signer: KeyPair,
    now: datetime,
    due_at: datetime | None = None,
) -> Statement:
    """Give an own fact its version and signature, keep it, and queue it for the parent and for
    children, if it goes there.

    The same body as the newest own version seals nothing and returns that one. `due_at` holds it
    back (an open day), by default it leaves with the next exchange. To be committed durably before
    anything is sent. NotSealingYet while the epoch is not drawn; BadStatement when the body is read
    to know where it goes and is no such body.
    """
    ledger.exclusive()
    incarnation = ledger.incarnation()
    if incarnation is None or incarnation.epoch is None:
        raise NotSealingYet("the first exchange of this start has not been answered")
    id = StatementId(me, type, key)
    held = ledger.newest([id]).get(id)
    if held is not None and held.envelope is not None:
        newest = parse(held.envelope)
        if _bytes(newest.body) == _bytes(body):
            return newest
    epoch, rev = next_version(None if held is None else held.version, incarnation.epoch)
    statement = seal(
        type=type,
        origin=me,
        key=key,
        epoch=epoch,
        rev=rev,
        made_at=now,
        body=body,
        signer=signer,
    )
    keep(ledger, statement, received_from=None, parent=parent, now=now, due_at=due_at)
    return statement


def keep(
    ledger: Ledger,
    statement: Statement,
    *,
    received_from: str | None,
    parent: str | None,
    now: datetime,
    due_at: datetime | None = None,
) -> Join:
    """Join one statement the caller answers for: what this node sealed, what enrolment verified.

    `parent` None keeps it from being queued upward (there is none, or it came from there).
    """
    typed = typed_for_route(statement)  # before anything is kept: it may refuse
    ledger.exclusive()
    held = ledger.newest_versions([statement.id]).get(statement.id)
    join = stands(held, statement.version)
    if join.result is not Result.STORED:
        return join
    ledger.put(
        [
            Held(
                id=statement.id,
                version=statement.version,
                envelope=statement.envelope,
                state=State.STORED,
                code=None,
                made_at=statement.made_at,
                received_at=now,
                received_from=received_from,
                newest=True,
                open_day=is_open_day(statement),
            )
        ]
    )
    if statement.type == "descriptor":
        descriptor = Descriptor.from_body(statement.key, statement.body)
        ledger.learn_keys(statement.origin, [key.kid for key in descriptor.signing_keys])
    mark(ledger, statement, now)
    if parent is not None and goes_up(statement, typed, statement.origin):
        ledger.enqueue([outbound(statement, due_at or now)])
    return join


def _drawn(
    waiting: Incarnation, *, parent_time: datetime | None, your_epoch: int | None, now: datetime
) -> Incarnation:
    epoch = draw_epoch(
        parent_time=parent_time, own_clock=now, your_epoch=your_epoch, own_known=waiting.known
    )
    return replace(waiting, epoch=epoch)


def _epochs(incarnation: Incarnation | None) -> tuple[int, int]:
    return (0, 0) if incarnation is None else (incarnation.epoch or 0, incarnation.known)


def _bytes(body: Body | None) -> str:
    """What a body would be on the wire: 1 and 1.0, or another order of fields, are changes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
