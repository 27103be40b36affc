"""The chain of the journal: how an entry is sealed to the one before it, and where a chain breaks.

Each entry's hash is taken over the hash before it and over its own values, so a changed, removed
or inserted entry no longer fits. What the chain alone cannot show: entries cut off at the end, and
a chain computed anew from some entry on by whoever owns the database. Both are found by a head
(number and hash of the newest entry) that was noted outside of the database before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the table. `at` and `details` None: they cannot be read at all."""

    id: int
    at: datetime | None
    actor: str
    action: str
    subject: str
    details: Mapping[str, str | int | None] | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry at some moment: how many entries there were, and its hash."""

    entries: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.sha256}"


class Flaw(StrEnum):
    """What is wrong with an entry."""

    HASH = "hash"
    GAP = "gap"
    UNREADABLE = "unreadable"
    HEAD = "head"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not fit.

    GAP: entries from `id` to `until` - 1 are missing. HASH: the hash of `id` does not follow from
    what stands in it and before it. HEAD: it is not the entry that was noted under this number.
    CUT: the journal ends before `id`, which was noted once.
    """

    id: int
    flaw: Flaw
    until: int | None = None


def link(
    previous: str,
    *,
    id: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, str | int | None],
) -> str:
    """The hash that seals an entry to the one before it; `previous` is empty for the first."""
    fact = [id, at.astimezone(UTC).isoformat(), actor, action, subject, details]
    text = json.dumps(fact, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def heads_in(lines: Iterable[str]) -> list[Head]:
    """The heads noted in lines of text, one a line among other words; lines without are passed."""
    return [
        Head(int(found[1]), found[2]) for line in lines if (found := HEAD.search(line)) is not None
    ]


class Walk:
    """A walk along the chain from its first entry. `head` is the last entry that fitted."""

    def __init__(self, noted: Iterable[Head] = ()) -> None:
        self._noted: dict[int, set[str]] = {}
        for head in noted:
            self._noted.setdefault(head.entries, set()).add(head.sha256)
        self.head = Head(0, "")

    def step(self, entry: Entry) -> Break | None:
        """Take the next entry by id; what is wrong with it, after which there is no next step."""
        expected = self.head.entries + 1
        if entry.id > expected:
            return Break(expected, Flaw.GAP, until=entry.id)
        if entry.id < expected:
            return Break(entry.id, Flaw.HASH)  # nought or less: nobody numbers an entry so
        sealed = _sealed(self.head.sha256, entry)
        if sealed is None:
            return Break(entry.id, Flaw.UNREADABLE)
        if sealed != entry.sha256:
            return Break(entry.id, Flaw.HASH)
        if self._noted.pop(entry.id, {sealed}) != {sealed}:
            return Break(entry.id, Flaw.HEAD)
        self.head = Head(entry.id, sealed)
        return None

    def end(self) -> Break | None:
        """Whether the chain goes as far as it once did; to be asked after the last entry."""
        farther = [number for number in self._noted if number > self.head.entries]
        return Break(self.head.entries + 1, Flaw.CUT, until=max(farther) + 1) if farther else None


def _sealed(previous: str, entry: Entry) -> str | None:
    if entry.at is None or entry.details is None:
        return None
    try:
        return link(
            previous,
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            details=entry.details,
        )
    except (TypeError, ValueError):
        return None  # bytes or half a character where the program writes text
