"""When a link may be tried again: durable waiting between attempts, as a value.

Retries within seconds are the courier's; this is what survives a restart, kept with the link. A
verified answer resets it; one that refuses counts as a failure, or a parent that cannot take us
would be called again at once for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=10)
LONGEST_TOLD = timedelta(hours=1)
"""How much of a Retry-After is obeyed; asking an hour later again does no harm."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Failures since the last verified answer, and the moment before which nothing is tried."""

    failures: int = 0
    not_before: datetime | None = None

    def ready(self, now: datetime) -> bool:
        """Whether the link may be tried.

        A wait longer than any we give means that our clock has been set back: it is over.
        """
        if self.not_before is None:
            return True
        return not now < self.not_before <= now + 2 * LONGEST_TOLD


def after_failure(
    backoff: Backoff, now: datetime, rand: Callable[[], float], retry_after: object = None
) -> Backoff:
    """One failure more: full jitter up to 2, 4, 8 … 600 s.

    Full jitter (uniform from zero) because thousands of children lose one parent at one moment.
    `rand` gives [0, 1). `retry_after` is what the other side asked for in seconds, obeyed up to an
    hour and stretched by up to as much again, so that they do not all come back at its end;
    anything but a whole number from 0 is passed over.
    """
    if isinstance(retry_after, int) and not isinstance(retry_after, bool) and retry_after >= 0:
        told = min(timedelta(seconds=min(retry_after, 10**6)), LONGEST_TOLD)
        wait = told + told * rand()
    else:
        wait = min(FIRST * 2 ** min(backoff.failures, 20), LONGEST) * rand()
    # Whole milliseconds, so that the value in memory is the one that is stored.
    return Backoff(backoff.failures + 1, _EPOCH + (now + wait - _EPOCH) // _MS * _MS)


def spread(node_id: str, period: timedelta) -> timedelta:
    """This node's own offset within a period, the same on every run and machine."""
    share = int.from_bytes(hashlib.sha256(node_id.encode()).digest()[:8], "big")
    return timedelta(microseconds=share * (period // timedelta(microseconds=1)) >> 64)
