"""Seal what is due of this node's own days, and the manifest that goes with it."""

from __future__ import annotations

from datetime import timedelta

from federation.incarnation import NotSealingYet
from node.actions.publish_summary import publish_summary
from node.actions.seal_manifest import seal_manifest
from node.bootstrap import Node
from node.domain.local_day import Due, day_of, days_to_publish
from node.store import coverage, days, manifests
from node.store.ledger import SqlLedger
from node.store.membership import membership

CLOCK_LIMIT = timedelta(minutes=5)


def run(node: Node) -> None:
    """One transaction a day, so that a month to make up never locks the others out."""
    now = node.clock()
    try:
        _reach_back(node)
        due = _due(node)
        for one in due:
            with node.transaction() as session:
                publish_summary(
                    session, node.rulebook, me=node.code, due=one, signer=node.signing, now=now
                )
        today = day_of(now, node.zone)
        with node.transaction() as session:
            incarnation = SqlLedger(session).incarnation()
            if incarnation is None or incarnation.epoch is None:
                return
            settled = any(one.status != "open" for one in due)
            if settled or manifests.last_day(session, node.code) != today.isoformat():
                seal_manifest(session, me=node.code, today=today, signer=node.signing, now=now)
    except NotSealingYet:
        return  # the next exchange draws the epoch, the next run seals


def _reach_back(node: Node) -> None:
    """A node nobody has certified yet decides itself since when it speaks: since its first appeal.

    Otherwise a town that tries the program with last year's file would look at an empty page.
    """
    if not node.policy.intake or node.unit.node_from is not None:
        return
    with node.transaction() as session:
        service = coverage.services(session, [node.code]).get(node.code)
        first = min(days.dirty_days(session), default=None)
        if service is None or first is None or first >= service.node_from:
            return
        if membership(session) is None:
            coverage.upsert_leaf(session, node.code, first, service.node_until)


def _due(node: Node) -> tuple[Due, ...]:
    if not node.policy.intake:
        return ()
    now = node.clock()
    with node.reading() as session:
        incarnation = SqlLedger(session).incarnation()
        service = coverage.services(session, [node.code]).get(node.code)
        above = membership(session)
        if incarnation is None or incarnation.epoch is None or service is None:
            return ()
        offset = above.clock_offset_seconds if above else 0.0
        starts = node.unit.node_from or service.node_from
        return days_to_publish(
            now=now,
            zone=node.zone,
            final_at=node.policy.final_at,
            node_from=starts,
            node_until=node.unit.node_until or service.node_until,
            sealed=days.sealed_days(session, starts),
            dirty=days.dirty_days(session),
            open_every=timedelta(minutes=node.policy.open_summary_minutes),
            clock_trusted=abs(offset) <= CLOCK_LIMIT.total_seconds(),
        )


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(30.0, node.policy.exchange_seconds)
