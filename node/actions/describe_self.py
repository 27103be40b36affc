"""Seal this node's own descriptor: its name, its address, the key it signs by."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from federation.incarnation import keep
from federation.keys import KeyPair
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.statement import Statement, StatementId, parse
from node.store import journal
from node.store.ledger import SqlLedger

KEY_TERM = timedelta(days=2 * 365)


def describe_self(
    session: Session,
    *,
    node: str,
    url: str,
    parent: str | None,
    root: KeyPair,
    signing: KeyPair,
    actor: str,
    now: datetime,
) -> Statement:
    """The next version of the descriptor, or the standing one when nothing would change."""
    ledger = SqlLedger(session)
    standing = own_descriptor(session, node)
    old = Descriptor.from_body(standing.key, standing.body) if standing else None
    known = old.key(signing.kid) if old else None
    key = known or SigningKey(
        kid=signing.kid, public=signing.public.x, not_before=now, not_after=now + KEY_TERM
    )
    new = Descriptor(
        node=node, unit=node, parent=parent, url=url, root=root.public.x, signing_keys=(key,)
    )
    if standing is not None and old == new:
        return standing
    statement = seal_descriptor(new, n=standing.rev + 1 if standing else 1, root=root, now=now)
    keep(ledger, statement, received_from=None, parent=parent, now=now)
    journal.write(
        session, action="descriptor_sealed", subject=node, actor=actor, now=now, rev=statement.rev
    )
    return statement


def own_descriptor(session: Session, node: str) -> Statement | None:
    """The standing descriptor of this node, None before its keys were made."""
    id = StatementId(node, "descriptor", node)
    held = SqlLedger(session).newest([id]).get(id)
    return parse(held.envelope) if held is not None and held.envelope is not None else None
