"""The parent's side of what goes down: to which children, what waits for each, what it said of it.

A statement is routed once, when it comes to stand; each start of a child routes everything anew, so
that a child that was restored, moved or upgraded, and whatever a changed directory turned round,
comes right by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from federation import schemas
from federation.errors import BadStatement
from federation.join import Result
from federation.keys import PublicKey
from federation.ledger import UNROUTED, Downward, Held, KeptReceipt, Ledger
from federation.portion import portion, sendable
from federation.receipt import Outcome, Receipt
from federation.routes import DOWN, Tree, by_body, goes_down
from federation.statement import Envelope, Statement, StatementId, parse
from federation.wire import MAX_STATEMENTS, MOST

Typed = tuple[Statement, object]


def typed_for_route(statement: Statement) -> object:
    """The typed body when the way depends on it, else None. BadStatement when it is no such body.

    Summaries are many and long, and every one of them goes to the top: their bodies stay unread.
    """
    return schemas.validate(statement) if by_body(statement.type) else None


def children(ledger: Ledger, tree: Tree, me: str) -> frozenset[str]:
    """The units directly under `me` that have a node: those it has certified."""
    certified = ledger.standing_of([me], ["certificate"])
    return frozenset(one.id.key for one in certified if tree.parent_of(one.id.key) == me)


def mark(ledger: Ledger, statement: Statement, now: datetime) -> None:
    """Leave an own statement to be routed by whoever next knows the directory: sealing does not."""
    if statement.type in DOWN:
        ledger.offer_down([_entry(UNROUTED, statement, now)])


def route(
    ledger: Ledger, tree: Tree, statements: Sequence[Typed], *, me: str, now: datetime
) -> None:
    """Offer statements that have come to stand to the children they go to.

    And to those an earlier version was offered to: a child that is addressed no more must learn
    it, or it would follow for ever what has been taken back.
    """
    down = [(one, typed) for one, typed in statements if one.type in DOWN]
    if not down:
        return
    nodes = children(ledger, tree, me)
    if not nodes:
        return
    before: dict[StatementId, set[str]] = {}
    for row in ledger.deliveries([one.id for one, _ in down]):
        before.setdefault(row.id, set()).add(row.peer)
    ledger.offer_down(
        [
            _entry(child, one, now)
            for one, typed in down
            for child in sorted(
                goes_down(one, typed, tree=tree, me=me, children=nodes)
                | (nodes & before.get(one.id, set()))
            )
        ]
    )


def route_marked(ledger: Ledger, tree: Tree, *, me: str, now: datetime) -> None:
    """Route what was sealed here since; nothing is left marked."""
    marked = ledger.take_unrouted()
    found = ledger.newest([one.id for one in marked])
    route(ledger, tree, _read(found.values()), me=me, now=now)


def route_all(ledger: Ledger, tree: Tree, child: str, *, me: str, now: datetime) -> None:
    """Offer a child everything that stands and goes to it; what it was offered already stays."""
    above: list[str] = []
    unit: str | None = me
    while unit is not None and unit not in above:
        above.append(unit)
        unit = tree.parent_of(unit)
    # What goes down is said by this node or by one above it, so that this is little.
    standing = ledger.standing_of(above, sorted(DOWN))
    found = ledger.newest([one.id for one in standing])
    ledger.offer_down(
        [
            _entry(child, one, now)
            for one, typed in _read(found.values())
            if child in goes_down(one, typed, tree=tree, me=me, children=(child,))
        ]
    )


def due_for(
    ledger: Ledger, tree: Tree, child: str, *, me: str, now: datetime, max_bytes: int
) -> tuple[Envelope, ...]:
    """What the answer to a child carries: by priority, at most `max_bytes` or one statement."""
    due = ledger.due_down(child, now, MOST)
    if due and due[0].peer == UNROUTED:
        route_marked(ledger, tree, me=me, now=now)
        due = ledger.due_down(child, now, MOST)
    if not due:
        return ()
    chosen = portion(due, min(max_bytes, MAX_STATEMENTS))
    good, broken = sendable(chosen, ledger.envelopes(chosen))
    given_up = [Outcome(one.version.sha256, Result.QUARANTINED, "malformed") for one in broken]
    ledger.note_delivered(child, given_up, now)
    return tuple(envelope for _, envelope in good)


def take_receipts(
    ledger: Ledger, receipts: Sequence[Envelope], *, child: str, key: PublicKey, now: datetime
) -> None:
    """Keep a child's receipts and what they say. One that is not its word is passed over.

    It may have been signed with a key the child has changed since: what it spoke of is offered
    again then, known there, and receipted anew.
    """
    for envelope in receipts:
        try:
            receipt = Receipt.open(envelope, key)
        except BadStatement:
            continue
        ledger.keep_got(KeptReceipt(child, receipt.request_id, envelope, now))
        ledger.note_delivered(child, receipt.results, now)


def _entry(peer: str, statement: Statement, now: datetime) -> Downward:
    return Downward(
        peer=peer,
        id=statement.id,
        version=statement.version,
        size=len(statement.envelope.data),
        priority=schemas.priority(statement.type),
        due_at=now,
    )


def _read(found: Iterable[Held]) -> list[Typed]:
    """With their typed bodies; what is damaged in our own store goes nowhere until it comes again.

    A type this version does not know cannot be routed: none ever stands.
    """
    typed: list[Typed] = []
    for held in found:
        if held.envelope is None:
            continue
        try:
            statement = parse(held.envelope)
            typed.append((statement, typed_for_route(statement)))
        except BadStatement:
            continue
    return typed
