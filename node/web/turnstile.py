"""How often somebody may try: a moving window in the memory of one process.

It stands before anything dear is done (comparing a password costs 64 MiB), so it asks no database.
What must hold over restarts and replicas is counted there instead (`actions/sign_in.py`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_KEYS = 10_000


class Turnstile:
    """Lets a key through `times` within `window`; refused tries do not count."""

    def __init__(self, *, times: int, window: timedelta) -> None:
        self._times, self._window = times, window
        self._passed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, key: str, now: datetime) -> timedelta | None:
        """None when let through, else how long to wait."""
        with self._lock:
            passed = self._passed.setdefault(key, deque())
            self._passed.move_to_end(key)
            while passed and passed[0] <= now - self._window:
                passed.popleft()
            if len(passed) >= self._times:
                return passed[0] + self._window - now
            passed.append(now)
            if len(self._passed) > MOST_KEYS:
                # Keys are chosen by strangers: they must not fill the memory. The one longest
                # unused is forgotten, which lets at most that one try more often.
                self._passed.popitem(last=False)
            return None

    def forget(self, key: str) -> None:
        with self._lock:
            self._passed.pop(key, None)
