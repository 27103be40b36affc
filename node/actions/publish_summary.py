"""Make and seal the summary of one own day, in the transaction that takes its mark away."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from node.actions.make_summary import make_summary
from node.actions.observe_stocks import observe_stocks
from node.domain.local_day import Due, bounds
from node.domain.rulebook import Rulebook
from node.domain.serving import served_as
from node.store import coverage, days
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def publish_summary(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    due: Due,
    signer: KeyPair,
    now: datetime,
) -> None:
    """NotSealingYet while this start has no epoch: nothing has changed then."""
    # First of all: joining and enrolling wait for the ledger before they mark days, so that
    # taking a day's mark before the ledger could wait for them crosswise.
    parent = parent_to_queue_for(session)
    directory = rulebook.directory
    zone = directory.zone(me)
    nodes = coverage.services(session, directory.subtree(me))

    def serves(territory: str, day: date) -> str:
        # A new directory may have put a unit under another parent, or taken it out: what happened
        # there while it was here stays ours, and must not keep the day from being stated.
        here = territory if directory.is_within(territory, me) else me
        return served_as(directory, nodes, origin=me, territory=here, day=day)

    days.take_dirty(session, due.day)
    _, ends = bounds(due.day, zone)
    if now >= ends:
        observe_stocks(session, day=due.day, zone=zone, now=now)
    body = make_summary(
        session,
        rulebook,
        unit=me,
        day=due.day,
        status=due.status,
        reason=due.reason,
        serves=serves,
        now=now,
    )
    seal_own(
        SqlLedger(session),
        me=me,
        parent=parent,
        type="summary",
        key=due.day.isoformat(),
        body=body,
        signer=signer,
        now=now,
    )
    days.note_sealed(session, due.day, status=due.status, now=now)
