"""Seal the manifest of a day: the signed list that lets nothing be withheld unseen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from federation.manifest import next_entries
from federation.schemas.manifest import Manifest
from node.store import manifests
from node.store.ledger import SqlLedger
from node.store.membership import membership, parent_to_queue_for


def seal_manifest(
    session: Session, *, me: str, today: date, signer: KeyPair, now: datetime
) -> None:
    """The manifest of today, after those of days this node slept through.

    There must be one for each day: a hole in the row looks like something withheld.
    """
    # Under the lock from here on: a statement that another process seals between the list and the
    # manifest would stand before the manifest's row, and no manifest would ever list it.
    parent = parent_to_queue_for(session)
    last = manifests.last_day(session, me)
    first = today if last is None else date.fromisoformat(last) + timedelta(days=1)
    for number in range((today - first).days):
        day = first + timedelta(days=number)
        _seal(session, me=me, parent=parent, day=day, signer=signer, now=now)
    _seal(session, me=me, parent=parent, day=today, signer=signer, now=now)


def _seal(
    session: Session, *, me: str, parent: str | None, day: date, signer: KeyPair, now: datetime
) -> None:
    above = membership(session)
    top = me if above is None else above.top
    before = manifests.newest_before(session, me, day.isoformat())
    row, yesterday = before if before is not None else (0, None)
    entries = next_entries((), manifests.standing_since(session, me, row, top=top), yesterday)
    seal_own(
        SqlLedger(session),
        me=me,
        parent=parent,
        type=manifests.TYPE,
        key=day.isoformat(),
        body=Manifest(entries).to_body(),
        signer=signer,
        now=now,
    )
