"""The federation's ledger: statements and all that the exchange must not forget.

Statements come in hundreds, so that rows are looked up and written in bulk, by Core. What the
node's own readers ask is in `statements`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Row,
    Select,
    Table,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from federation.errors import Refusal
from federation.ledger import (
    LONGEST_DELAY,
    Backlog,
    Downward,
    Fork,
    Held,
    Incarnation,
    KeptReceipt,
    Link,
    Outbound,
    Place,
    Rejected,
    Standing,
    State,
)
from federation.receipt import Outcome
from federation.statement import Envelope, StatementId, Version
from node.store import downward as down
from node.store import statement_lookup as lookup
from node.store.links import (
    IncarnationRow,
    LinkRow,
    NonceRow,
    OutboundRow,
    ReceiptGivenRow,
    ReceiptGotRow,
    RejectedRow,
    SigningKeyRow,
    link_of,
    link_row,
    receipt_of,
    receipt_row,
    rejected_of,
    rejected_row,
)
from node.store.statements import (
    ID,
    STATEMENT,
    VERSION,
    Changed,
    ForkRow,
    StatementRow,
    forget_superseded,
    fork_of,
    fork_row,
    held_of,
    history,
    id_of,
    newest_bytes,
    newest_summaries_changed,
    row_of,
    table_of,
    version_of,
)

__all__ = [
    "Changed",
    "SqlLedger",
    "StatementRow",
    "forget_superseded",
    "history",
    "newest_bytes",
    "newest_summaries_changed",
]

_LOCK = 0x637572  # "cur": the advisory lock all writers of the ledger take


class SqlLedger:
    """`federation.ledger.Ledger` within the transaction of `session`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def exclusive(self) -> None:
        # SQLite has one writer anyway: `Database.transaction` begins IMMEDIATE.
        if self._dialect == "postgresql":
            self._session.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    # --- versions -----------------------------------------------------------------------------

    def newest_versions(self, ids: Collection[StatementId]) -> Mapping[StatementId, Version]:
        rows = self._ask(lookup.newest_versions(self._dialect), ids)
        return {id_of(row): version_of(row) for row in rows}

    def newest(self, ids: Collection[StatementId]) -> Mapping[StatementId, Held]:
        rows = self._ask(lookup.newest(self._dialect), ids)
        return {held.id: held for held in map(held_of, rows)}

    def standing(self) -> Sequence[Standing]:
        return self._standing(STATEMENT.c.newest)

    def standing_of(self, origins: Collection[str], types: Collection[str]) -> Sequence[Standing]:
        row = STATEMENT.c
        return self._standing(
            row.newest, row.origin.in_(sorted(origins)), row.type.in_(sorted(types))
        )

    def _standing(self, *conditions: ColumnElement[bool]) -> Sequence[Standing]:
        row = STATEMENT.c
        size = func.length(row.data).label("size")
        query = select(*(row[name] for name in VERSION), size).where(*conditions)
        return [
            Standing(id_of(found), version_of(found), found.size)
            for found in self._session.execute(query)
        ]

    def at(self, places: Collection[Place]) -> Sequence[Held]:
        rows = self._ask(lookup.at(self._dialect), [(*p.id, p.epoch, p.rev) for p in places])
        return [held_of(row) for row in rows]

    def waiting(self, state: State) -> Sequence[Held]:
        # The partial index serves only a query that repeats its condition.
        query = (
            select(STATEMENT)
            .where(STATEMENT.c.state == state.value, text("state <> 'stored'"))
            .order_by(STATEMENT.c.id)
        )
        return [held_of(row) for row in self._session.execute(query)]

    def put(self, versions: Sequence[Held]) -> None:
        if not versions:
            return
        places = [(*held.id, *held.version) for held in versions]
        self._tell(lookup.forgetting(self._dialect), places)
        self._tell(lookup.unmarking(self._dialect), [held.id for held in versions if held.newest])
        self._session.execute(insert(STATEMENT), [row_of(held) for held in versions])

    def highest_epoch(self, origin: str) -> int:
        query = select(func.max(STATEMENT.c.epoch)).where(
            STATEMENT.c.origin == origin, STATEMENT.c.newest
        )
        return self._session.scalar(query) or 0

    def note_forks(self, forks: Sequence[Fork]) -> None:
        self._add(table_of(ForkRow), [fork_row(fork) for fork in forks])

    def forks(self) -> Sequence[Fork]:
        rows = self._session.scalars(select(ForkRow).order_by(ForkRow.noticed_at, ForkRow.kept))
        return [fork_of(row) for row in rows]

    # --- outward ------------------------------------------------------------------------------

    def enqueue(self, entries: Sequence[Outbound]) -> None:
        if not entries:
            return
        table = table_of(OutboundRow)
        new = self._insert(table)
        offered = new.excluded
        query = new.on_conflict_do_update(
            index_elements=list(ID),
            set_={
                **{name: offered[name] for name in ("epoch", "rev", "sha256", "size", "priority")},
                "due_at": case(
                    (table.c.due_at < offered.due_at, table.c.due_at), else_=offered.due_at
                ),
            },
        )
        rows = [
            {
                **entry.id._asdict(),
                **entry.version._asdict(),
                "size": entry.size,
                "priority": entry.priority,
                "due_at": entry.due_at,
            }
            for entry in entries
        ]
        self._session.execute(query, rows)

    def due(self, now: datetime, limit: int) -> Sequence[Outbound]:
        row = OutboundRow
        query = (
            select(table_of(OutboundRow))
            .where(_is_due(now))
            .order_by(row.priority, row.due_at, row.origin, row.type, row.key)
            .limit(limit)
        )
        return [
            Outbound(
                id=id_of(row),
                version=version_of(row),
                size=row.size,
                priority=row.priority,
                due_at=row.due_at,
            )
            for row in self._session.execute(query)
        ]

    def backlog(self, now: datetime) -> Backlog:
        query = select(func.count(), func.min(OutboundRow.due_at)).where(_is_due(now))
        count, oldest = self._session.execute(query).one()
        return Backlog(count, oldest)

    def envelopes(self, entries: Sequence[Outbound | Downward]) -> Mapping[str, Envelope]:
        wanted = [(*entry.id, *entry.version) for entry in entries]
        rows = self._ask(lookup.envelopes(self._dialect), wanted)
        return {row.sha256: Envelope(row.data, row.kid, row.sig) for row in rows}

    def dequeue(self, sha256s: Collection[str]) -> None:
        done = sorted(sha256s)
        if done:
            self._session.execute(delete(table_of(OutboundRow)).where(OutboundRow.sha256.in_(done)))

    def note_rejected(self, rejected: Sequence[Rejected]) -> None:
        self._add(table_of(RejectedRow), [rejected_row(one) for one in rejected])

    def rejected(self) -> Sequence[Rejected]:
        rows = self._session.scalars(select(RejectedRow).order_by(RejectedRow.at))
        return [rejected_of(row) for row in rows]

    # --- downward -----------------------------------------------------------------------------

    def offer_down(self, entries: Sequence[Downward]) -> None:
        if entries:
            query = down.offering(self._insert(down.DOWNWARD))
            self._session.execute(query, [down.offered_row(entry) for entry in entries])

    def take_unrouted(self) -> Sequence[Downward]:
        reading, taking = down.unrouted()
        found = [down.downward_of(row) for row in self._session.execute(reading)]
        self._session.execute(taking)
        return found

    def due_down(self, peer: str, now: datetime, limit: int) -> Sequence[Downward]:
        rows = self._session.execute(down.due(peer, now, limit))
        return [down.downward_of(row) for row in rows]

    def note_delivered(self, peer: str, outcomes: Sequence[Outcome], now: datetime) -> None:
        if outcomes:
            self._session.execute(down.noting(), down.receipted(peer, outcomes, now))

    def offer_again(self, peer: str, now: datetime) -> None:
        self._session.execute(down.offering_again(peer, now))

    def deliveries(self, ids: Collection[StatementId]) -> Sequence[Downward]:
        return [down.downward_of(row) for row in self._ask(down.deliveries(self._dialect), ids)]

    # --- receipts, nonces ---------------------------------------------------------------------

    def keep_given(self, receipt: KeptReceipt, *, delivered: bool) -> None:
        row = {**receipt_row(receipt), "delivered": delivered}
        if not self._add(table_of(ReceiptGivenRow), [row]):
            raise Refusal("replayed", "this request has a receipt already")

    def undelivered(self, peer: str) -> Sequence[KeptReceipt]:
        row = ReceiptGivenRow
        query = select(row).where(row.peer == peer, ~row.delivered).order_by(row.at, row.request_id)
        return [receipt_of(found) for found in self._session.scalars(query)]

    def mark_delivered(self, peer: str, request_ids: Collection[str]) -> None:
        if request_ids:
            row = ReceiptGivenRow
            self._session.execute(
                update(table_of(row))
                .where(row.peer == peer, row.request_id.in_(sorted(request_ids)))
                .values(delivered=True)
            )

    def keep_got(self, receipt: KeptReceipt) -> None:
        self._add(table_of(ReceiptGotRow), [receipt_row(receipt)])

    def got(self, peer: str) -> Sequence[KeptReceipt]:
        row = ReceiptGotRow
        query = select(row).where(row.peer == peer).order_by(row.at, row.request_id)
        return [receipt_of(found) for found in self._session.scalars(query)]

    def remember_nonce(self, kid: str, nonce: str, until: datetime) -> None:
        # On PostgreSQL a second use at the same moment waits here for the first to commit.
        row = {"kid": kid, "nonce": nonce, "until": until}
        if not self._add(table_of(NonceRow), [row]):
            raise Refusal("replayed", "this nonce or request id was used before")

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        query = select(exists().where(NonceRow.kid == kid, NonceRow.nonce == nonce))
        return bool(self._session.scalar(query))

    def forget_nonces(self, before: datetime) -> int:
        return self._count(delete(table_of(NonceRow)).where(NonceRow.until < before))

    # --- neighbours, keys, self ---------------------------------------------------------------

    def link(self, peer: str) -> Link:
        query = select(table_of(LinkRow)).where(LinkRow.peer == peer)
        row = self._session.execute(query).first()
        return Link(peer) if row is None else link_of(row)

    def save_link(self, link: Link) -> None:
        self._replace(table_of(LinkRow), link_row(link), key="peer")

    def links(self) -> Sequence[Link]:
        rows = self._session.execute(select(table_of(LinkRow)).order_by(LinkRow.peer))
        return [link_of(row) for row in rows]

    def learn_keys(self, node: str, kids: Collection[str]) -> None:
        self._add(table_of(SigningKeyRow), [{"kid": kid, "node": node} for kid in sorted(kids)])

    def node_of_key(self, kid: str) -> str | None:
        return self._session.scalar(select(SigningKeyRow.node).where(SigningKeyRow.kid == kid))

    def incarnation(self) -> Incarnation | None:
        row = self._session.execute(select(table_of(IncarnationRow))).first()
        return None if row is None else Incarnation(row.epoch, row.known, row.started_at)

    def save_incarnation(self, incarnation: Incarnation) -> None:
        values = {
            "id": 1,
            "epoch": incarnation.epoch,
            "known": incarnation.known,
            "started_at": incarnation.started_at,
        }
        self._replace(table_of(IncarnationRow), values, key="id")

    # --- ways of asking and writing -----------------------------------------------------------

    def _ask(self, query: Select[Any], wanted: Collection[Sequence[Any]]) -> Sequence[Row[Any]]:
        if not wanted:
            return ()
        return self._session.execute(query, {"wanted": _json(wanted)}).all()

    def _tell(self, query: Any, wanted: Collection[Sequence[Any]]) -> None:
        if wanted:
            self._session.execute(query, {"wanted": _json(wanted)})

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        if self._dialect == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def _add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Insert what is not there yet; whether anything was new."""
        if not rows:
            return False
        query = self._insert(table).on_conflict_do_nothing()
        return sum(self._count(query.values(row)) for row in rows) > 0

    def _replace(self, table: Table, values: dict[str, Any], *, key: str) -> None:
        query = self._insert(table).values(values)
        self._session.execute(query.on_conflict_do_update(index_elements=[key], set_=values))

    def _count(self, query: Any) -> int:
        done = self._session.execute(query, execution_options={"preserve_rowcount": True})
        assert isinstance(done, CursorResult)
        return done.rowcount


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(OutboundRow.due_at <= now, OutboundRow.due_at > now + LONGEST_DELAY)


def _json(rows: Collection[Sequence[Any]]) -> str:
    return json.dumps([list(row) for row in rows])
