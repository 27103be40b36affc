"""What a node's next manifest lists, and what a reader of manifests is not being shown.

Pure functions over entries and versions; their shape on the wire is in `schemas/manifest.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from federation.schemas.manifest import Entry, Manifest
from federation.statement import Version

TYPE = "manifest"
MAX_AGE = timedelta(hours=36)

Name = tuple[str, str]
"""(type, key) of a statement of the origin in question."""


def next_entries(
    listed: Iterable[Entry], newest: Iterable[Entry], yesterday: Entry | None
) -> tuple[Entry, ...]:
    """What the manifest of today lists.

    `listed` is what the manifests of earlier days list, `newest` every own statement in its newest
    version, `yesterday` the newest manifest of an earlier day. Today's manifest is sealed anew with
    every final and only its newest version survives an outage; so what an earlier version of it
    listed counts as not listed yet. Other manifests in `newest` are passed over: each is listed
    once, by its successor.
    """
    known = set(listed)
    entries = {entry for entry in newest if entry.type != TYPE and entry not in known}
    if yesterday is not None:
        entries.add(yesterday)
    return tuple(sorted(entries))


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not shown of one origin: false when nothing is."""

    entries: tuple[Entry, ...] = ()
    days: tuple[date, ...] = ()
    stale: bool = False

    def __bool__(self) -> bool:
        return bool(self.entries or self.days or self.stale)


def missing(
    manifests: Mapping[date, Manifest],
    held: Mapping[Name, Version],
    *,
    since: date,
    newest_made_at: datetime | None,
    now: datetime,
) -> Missing:
    """What of one origin is withheld, by its manifests held here.

    `manifests` by their day; `held` is the version held of each statement of the origin, manifests
    too; `since` is the first day the origin owes a manifest; `newest_made_at` is the time its
    newest manifest gives itself: that of receipt would let old ones pass for news. Days are asked
    for up to the newest manifest; whether there should be one after it is `stale`'s question, so
    that a midnight in another zone raises no alarm.
    """
    entries = {
        entry
        for manifest in manifests.values()
        for entry in manifest.entries
        if (entry.type, entry.key) not in held or held[entry.type, entry.key] < entry.version
    }
    newest = max(manifests, default=since)
    owed = (since + timedelta(days=n) for n in range((newest - since).days))
    return Missing(
        entries=tuple(sorted(entries)),
        days=tuple(day for day in owed if day not in manifests),
        stale=newest_made_at is None or now - newest_made_at > MAX_AGE,
    )
