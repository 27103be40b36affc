"""Passwords: how they are kept and compared. What may be one is `domain/people.py`'s part.

argon2id as RFC 9106 recommends where memory is scarce (64 MiB, three passes). Each comparison takes
that memory, so only a few run at once and only a few more wait: a flood of sign-ins must neither
fill the memory of a small node nor hold all its threads. Never called inside a transaction: on
SQLite everybody else would wait for it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from node.domain.errors import Unavailable

MEMORY_KIB = 64 * 1024
PASSES = 3
LANES = 4
AT_ONCE = 2
WAITING = 6


class TooManyAtOnce(Unavailable):
    """Сейчас входит слишком много людей сразу: повторите через минуту."""


class Passwords:
    """`memory_kib` and `passes` are the cost of one comparison; tests take the least there is."""

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        passes: int = PASSES,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._inside = threading.BoundedSemaphore(at_once)
        self._admitted = threading.BoundedSemaphore(at_once + waiting)

    def hashed(self, password: str) -> str:
        """As it is stored. TooManyAtOnce."""
        with self._turn():
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one stored; for None it takes as long and is False.

        TooManyAtOnce.
        """
        decoy = self._decoy  # made outside the turn: making it takes one
        with self._turn():
            try:
                self._hasher.verify(stored or decoy, password)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was stored at another cost than today's: to be stored anew."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _decoy(self) -> str:
        """What the password of a login nobody has is compared with, so that it costs the same."""
        return self.hashed(secrets.token_urlsafe(32))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._admitted.acquire(blocking=False):
            raise TooManyAtOnce
        try:
            with self._inside:
                yield
        finally:
            self._admitted.release()
