"""What nodes between here and the addressees stated of how a statement of ours fares below them.

A relaying node keeps what it has stated itself here too: to say nothing again that has not changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation import schemas
from federation.ledger import UNROUTED, Downward
from federation.routes import addressees
from federation.statement import StatementId, Version, parse, parse_instant
from node.domain.delivery import Answered, Delivered, DeliveryState, delivered
from node.domain.directory import Directory
from node.store.base import Base, Instant
from node.store.downward import DOWNWARD, downward_of
from node.store.ledger import SqlLedger
from node.store.statements import ID


class DeliveryRow(Base, kw_only=True):
    """The newest `delivery` of one relaying node about one statement, as on the wire.

    `origin` is the node that relays, `of_origin` and `of_type` the statement it speaks of, whose
    key is `key`.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "of_origin", "of_type", "key"),)

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    of_origin: Mapped[str] = mapped_column(String(64))
    of_type: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Instant)


def keep(session: Session, *, origin: str, body: dict[str, Any], now: datetime) -> None:
    """What `origin` states of a statement, in place of what it stated before."""
    session.merge(
        DeliveryRow(
            origin=origin,
            key=body["key"],
            of_origin=body["origin"],
            of_type=body["type"],
            body=body,
            changed_at=now,
        )
    )
    session.flush()


def stated_by(session: Session, origin: str) -> dict[str, dict[str, Any]]:
    """The bodies a node has stated, by key."""
    query = select(DeliveryRow.key, DeliveryRow.body).where(DeliveryRow.origin == origin)
    return {row.key: row.body for row in session.execute(query)}


def relayed(session: Session, me: str, types: Collection[str]) -> list[Downward]:
    """What this node passes down for nodes above it, by statement and child."""
    row = DOWNWARD.c
    query = (
        select(DOWNWARD)
        .where(row.origin != me, row.type.in_(sorted(types)), row.peer != UNROUTED)
        .order_by(*(row[name] for name in ID), row.peer)
    )
    return [downward_of(found) for found in session.execute(query)]


def delivery_of(
    session: Session, directory: Directory, me: str, statement_id: StatementId
) -> dict[str, Delivered]:
    """How the standing version of an own statement fares, for every unit it is addressed to.

    Empty when nothing stands under the id. Five queries, whatever the number of units.
    """
    ledger = SqlLedger(session)
    held = ledger.newest([statement_id]).get(statement_id)
    if held is None or held.envelope is None:
        return {}
    ways = {
        unit: _way(directory, me, unit)
        for unit in sorted(addressees(schemas.validate(parse(held.envelope))))
        if unit != me and directory.is_within(unit, me)
    }
    answers = _answers(ledger.deliveries([statement_id]), held.version)
    for body in _stated_of(session, statement_id):
        if Version(body["epoch"], body["rev"], body["sha256"]) == held.version:
            answers |= {one["unit"]: _answered(one) for one in body["results"]}
    nodes = _with_nodes(ledger, directory, {step for way in ways.values() for step in way})
    return {unit: delivered(way, nodes=nodes, answers=answers) for unit, way in ways.items()}


def _way(directory: Directory, me: str, unit: str) -> tuple[str, ...]:
    """The units from the one directly below `me` down to `unit`."""
    above = directory.ancestors(unit)
    return (*reversed(above[: above.index(me)]), unit)


def _answers(rows: Sequence[Downward], version: Version) -> dict[str, Answered]:
    return {
        row.peer: Answered(DeliveryState(row.result.value), row.code, row.receipted_at)
        for row in rows
        if row.version == version and row.result is not None
    }


def _stated_of(session: Session, id: StatementId) -> Sequence[Mapping[str, Any]]:
    query = select(DeliveryRow.body).where(
        DeliveryRow.of_origin == id.origin,
        DeliveryRow.of_type == id.type,
        DeliveryRow.key == id.key,
    )
    return session.scalars(query).all()


def _answered(one: Mapping[str, Any]) -> Answered:
    at = None if one["at"] is None else parse_instant(one["at"])
    return Answered(DeliveryState(one["result"]), one["code"], at)


def _with_nodes(ledger: SqlLedger, directory: Directory, units: Collection[str]) -> set[str]:
    """Units whose node is certified by the one above it: every certificate climbs to the top."""
    ids = [StatementId(directory.parent(unit) or "", "certificate", unit) for unit in units]
    return {id.key for id in ledger.newest_versions(ids)}
