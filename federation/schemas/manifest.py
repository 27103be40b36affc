"""The manifest: a node's signed list of what it has stated, so that nothing is withheld unseen.

What goes into the next one and what a reader misses is worked out in `federation/manifest.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from federation.errors import BadStatement
from federation.schemas.fields import Code, Count, Day, ListOf, Record, Sha256, Wrong, malformed
from federation.statement import MAX_REV, Body, Version

BODY = Record(
    {
        "entries": ListOf(
            Record(
                {
                    "type": Code(),
                    "key": Code(),
                    "epoch": Count(below=2**62),
                    "rev": Count(below=MAX_REV + 1),
                    "sha256": Sha256(),
                }
            )
        )
    }
)


class Entry(NamedTuple):
    """One statement of the manifest's own origin, in the version it had."""

    type: str
    key: str
    epoch: int
    rev: int
    sha256: str

    @property
    def version(self) -> Version:
        return Version(self.epoch, self.rev, self.sha256)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Each (type, key) once."""

    entries: tuple[Entry, ...]

    def to_body(self) -> Body:
        """Sorted by type and key, so that the bytes are a function of the list."""
        return {"entries": [entry._asdict() for entry in sorted(self.entries)]}

    @classmethod
    def from_body(cls, key: str, body: object) -> Manifest:
        """BadStatement: malformed, or bad_day when the key is no day."""
        try:
            Day().read(key)
        except Wrong as wrong:
            raise BadStatement("bad_day", f"key: {wrong}") from None
        entries = tuple(Entry(**entry) for entry in BODY.body(body)["entries"])
        if len({(entry.type, entry.key) for entry in entries}) != len(entries):
            raise malformed("a statement stands twice", "entries")
        return cls(entries)
