"""What nodes between here and the addressees stated of how a statement of ours fares below them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from node.store.base import Base, Instant


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
