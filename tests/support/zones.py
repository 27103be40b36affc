"""Local times of tests: zones, and moments written as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")


def local(text: str, zone: str = "Europe/Moscow") -> datetime:
    """`2026-11-20T17:50` by the clock of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
