"""A played leaf: a node whose figures are drawn by chance instead of counted from rows.

Everything else is as on any node: which days are due, sealing, the manifest, the exchange.
"""

from __future__ import annotations

from datetime import date, timedelta

from federation.incarnation import NotSealingYet, seal_own
from federation.schemas.summary import Summary
from node.actions.seal_manifest import seal_manifest
from node.bootstrap import Node
from node.demo.figures import PlayedRegion
from node.demo.volumes import part_of_day
from node.domain.local_day import Due, bounds, day_of, days_to_publish
from node.store import days
from node.store.ledger import SqlLedger
from node.store.membership import membership

OPEN_EVERY = timedelta(seconds=20)
ENDED = 1.0


class PlayedLeaf:
    """A node and the figures it has to say."""

    def __init__(self, node: Node, region: PlayedRegion, *, first: date) -> None:
        self.node = node
        self._region = region
        self._since = first  # the earliest day that may still have something to be sealed

    def publish(self, *, open_days: bool) -> None:
        """Seal what is due: finals, the manifest with them, and the day that is going on."""
        node, now = self.node, self.node.clock()
        today = day_of(now, node.zone)
        with node.reading() as session:
            sealed = days.sealed_days(session, self._since)
        due = [
            one
            for one in days_to_publish(
                now=now,
                zone=node.zone,
                final_at=node.policy.final_at,
                node_from=self._since,
                node_until=None,
                sealed=sealed,
                dirty={today: "late"},
                open_every=OPEN_EVERY,
            )
            if open_days or one.status != "open"
        ]
        if not due:
            return
        try:
            self._seal(due, today)
        except NotSealingYet:
            return  # the next exchange draws the epoch, the next round seals
        finals = [one.day for one in due if one.status == "final"]
        if finals:
            self._since = max(finals)

    def _seal(self, due: list[Due], today: date) -> None:
        node, now = self.node, self.node.clock()
        with node.transaction() as session:
            ledger = SqlLedger(session)
            above = membership(session)
            for one in due:
                seal_own(
                    ledger,
                    me=node.code,
                    parent=above.parent if above else None,
                    type="summary",
                    key=one.day.isoformat(),
                    body=self._summary(one).to_body(),
                    signer=node.signing,
                    now=now,
                )
                days.note_sealed(session, one.day, status=one.status, now=now)
            if any(one.status != "open" for one in due):
                seal_manifest(session, me=node.code, today=today, signer=node.signing, now=now)

    def _summary(self, due: Due) -> Summary:
        node = self.node
        starts, ends = bounds(due.day, node.zone)
        now = node.clock()
        local = now.astimezone(node.zone)
        share = ENDED if now >= ends else part_of_day(local.hour, local.minute)
        rows = self._region.rows(due.day, share)
        return Summary(
            day=due.day,
            status=due.status,
            reason=due.reason,
            tz=node.unit.timezone,
            starts=starts,
            ends=ends,
            zero_report=not rows,
            rows=rows,
        )
