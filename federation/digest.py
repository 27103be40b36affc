"""Where two joins differ: hashes over what is held, by origin and month.

Two nodes that hold the same versions have the same digest, whatever order they came in. Comparing
the top digest says whether there is a difference, comparing months says where.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from federation.statement import StatementId, Version

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Month(NamedTuple):
    """A part of a join. `month` is `YYYY-MM` of keys that are days, "" for all other keys."""

    origin: str
    month: str


def month_of(id: StatementId) -> Month:
    """The part an id belongs to."""
    return Month(id.origin, id.key[:7] if _DAY.fullmatch(id.key) else "")


def by_month(versions: Iterable[tuple[StatementId, Version]]) -> dict[Month, str]:
    """A sha256 in hexadecimal for each part that holds anything."""
    lines: defaultdict[Month, list[str]] = defaultdict(list)
    for id, version in versions:
        line = f"{id.type} {id.key} {version.epoch} {version.rev} {version.sha256}"
        lines[month_of(id)].append(line)
    return {month: _hash(held) for month, held in lines.items()}


def digest(versions: Iterable[tuple[StatementId, Version]]) -> str:
    """One sha256 in hexadecimal over all of it; that of the empty string when nothing is held."""
    return _hash(f"{m.origin} {m.month} {hash}" for m, hash in by_month(versions).items())


def differing(ours: Mapping[Month, str], theirs: Mapping[Month, str]) -> list[Month]:
    """The parts two sides must compare key by key, sorted."""
    return sorted(m for m in {*ours, *theirs} if ours.get(m) != theirs.get(m))


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
