"""Every table in one place, so that metadata is whole wherever it is needed (migrations, tests)."""

from __future__ import annotations

from node.store import (
    appeals,
    cells,
    coverage,
    days,
    deliveries,
    delivery_attempts,
    directives,
    downward,
    help_requests,
    issues,
    journal,
    ledger,
    membership,
    numbers,
    outbox,
    people,
    photos,
    repeats,
    replies,
    routings,
    tokens,
)
from node.store.base import Base

__all__ = [
    "Base",
    "appeals",
    "cells",
    "coverage",
    "days",
    "deliveries",
    "delivery_attempts",
    "directives",
    "downward",
    "help_requests",
    "issues",
    "journal",
    "ledger",
    "membership",
    "numbers",
    "outbox",
    "people",
    "photos",
    "repeats",
    "replies",
    "routings",
    "tokens",
]
