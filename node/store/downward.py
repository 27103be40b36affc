"""What goes down to each child: the newest version of every statement addressed to it or below.

One row for a child and a statement; a newer version takes the row over and is due again. The row
keeps what the child's receipt said of it, which is what the sender is shown.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


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
