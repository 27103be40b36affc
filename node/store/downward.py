"""What goes down to each child: the newest version of every statement addressed to it or below.

One row for a child and a statement; a newer version takes the row over and is due again. The row
keeps what the child's receipt said of it, which is what the sender is shown. The row of
`federation.ledger.UNROUTED` waits to be turned into those of children. Written by the ledger alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Delete,
    Index,
    Select,
    String,
    Update,
    and_,
    bindparam,
    delete,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from federation.ledger import LONGEST_DELAY, UNROUTED, Downward, State, delivered
from federation.receipt import Outcome
from node.store.base import Base, Instant
from node.store.statement_lookup import wanted
from node.store.statements import ID, id_of, table_of, version_of


class DownwardRow(Base, kw_only=True):
    """`result` None: the child has not receipted this version. `due_at` None: nothing to offer."""

    __tablename__ = "downward"
    __table_args__ = (
        Index("ix_downward_due", "peer", "due_at"),
        Index("ix_downward_id", "origin", "type", "key"),
        Index("ix_downward_sha256", "peer", "sha256"),
    )

    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    rev: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    priority: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None] = mapped_column(String(16), default=None)
    code: Mapped[str | None] = mapped_column(String(64), default=None)
    receipted_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


DOWNWARD = table_of(DownwardRow)


def offering(new: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """An insertion of rows that gives way to the same or a newer version."""
    row, offered = DOWNWARD.c, new.excluded
    version = ("epoch", "rev", "sha256")
    taken_over = (*version, "size", "priority", "due_at", "result", "code", "receipted_at")
    return new.on_conflict_do_update(
        index_elements=["peer", *ID],
        set_={name: offered[name] for name in taken_over},
        where=tuple_(*(offered[name] for name in version)) > tuple_(*(row[n] for n in version)),
    )


def offered_row(entry: Downward) -> dict[str, Any]:
    return {
        "peer": entry.peer,
        **entry.id._asdict(),
        **entry.version._asdict(),
        "size": entry.size,
        "priority": entry.priority,
        "due_at": entry.due_at,
        "result": entry.result,
        "code": entry.code,
        "receipted_at": entry.receipted_at,
    }


def downward_of(row: Any) -> Downward:
    return Downward(
        peer=row.peer,
        id=id_of(row),
        version=version_of(row),
        size=row.size,
        priority=row.priority,
        due_at=row.due_at,
        result=None if row.result is None else State(row.result),
        code=row.code,
        receipted_at=row.receipted_at,
    )


def due(peer: str, now: datetime, limit: int) -> Select[Any]:
    """What is not routed stands first: nobody's code sorts before every child's."""
    row = DOWNWARD.c
    return (
        select(DOWNWARD)
        .where(
            row.peer.in_([UNROUTED, peer]),
            or_(row.due_at <= now, row.due_at > now + LONGEST_DELAY),
        )
        .order_by(row.peer, row.priority, row.due_at, *(row[name] for name in ID))
        .limit(limit)
    )


def unrouted() -> tuple[Select[Any], Delete]:
    """Reading and taking out what nobody has routed yet."""
    mine = DOWNWARD.c.peer == UNROUTED
    return select(DOWNWARD).where(mine), delete(DOWNWARD).where(mine)


def noting() -> Update:
    """For one row of `receipted`."""
    row = DOWNWARD.c
    return update(DOWNWARD).where(
        row.peer == bindparam("of_peer"), row.sha256 == bindparam("of_sha256")
    )


def receipted(peer: str, outcomes: Sequence[Outcome], now: datetime) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for outcome in outcomes:
        result, code, due_at = delivered(outcome, now)
        found.append(
            {
                "of_peer": peer,
                "of_sha256": outcome.sha256,
                "result": result.value,
                "code": code,
                "due_at": due_at,
                "receipted_at": now,
            }
        )
    return found


def offering_again(peer: str, now: datetime) -> Update:
    return update(DOWNWARD).where(DOWNWARD.c.peer == peer).values(due_at=now)


@lru_cache
def deliveries(dialect: str) -> Select[Any]:
    """Of the ids in the parameter `wanted`, by id and child."""
    rows, row = wanted(dialect, ID), DOWNWARD.c
    return (
        select(DOWNWARD)
        .select_from(rows)
        .join(DOWNWARD, and_(*(row[name] == rows.c[name] for name in ID)))
        .where(row.peer != UNROUTED)
        .order_by(*(row[name] for name in ID), row.peer)
    )
