"""How much of what waits fits into one message, and what of it can be written there at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from federation.errors import BadStatement
from federation.statement import Envelope, StatementId, Version

SUMMARY_PORTION = 128 * 1024
"""Bytes of summaries in one request: on a thin line an urgent one waits for no more than that."""
BULK = "summary"


class Waiting(Protocol):
    """An entry of a queue. `size` is the length of its bytes."""

    @property
    def id(self) -> StatementId: ...

    @property
    def version(self) -> Version: ...

    @property
    def size(self) -> int: ...


W = TypeVar("W", bound=Waiting)


def portion(due: Iterable[W], max_bytes: int, summary_portion: int = SUMMARY_PORTION) -> list[W]:
    """What fits: in the given order, at least one."""
    chosen: list[W] = []
    size = summaries = 0
    for entry in due:
        bulk = entry.size if entry.id.type == BULK else 0
        fits = size + entry.size <= max_bytes and (not bulk or summaries + bulk <= summary_portion)
        if chosen and not fits:
            break
        chosen.append(entry)
        size += entry.size
        summaries += bulk
    return chosen


def sendable(
    chosen: Sequence[W], held: Mapping[str, Envelope]
) -> tuple[list[tuple[W, Envelope]], list[W]]:
    """What of the chosen can be written on the wire, with its bytes, and what cannot.

    Bytes damaged in our own store are sent as they are, so that the refusal of the other side is
    evidence; what no payload can carry is for the caller to give up by name: the message would be
    refused as a whole, for ever, and with it all that stands behind.
    """
    found = [(one, held[one.version.sha256]) for one in chosen if one.version.sha256 in held]
    good = [(one, envelope) for one, envelope in found if _can_travel(envelope)]
    return good, [one for one, envelope in found if not _can_travel(envelope)]


def _can_travel(envelope: Envelope) -> bool:
    """Whether the other side reads out of a payload what we put in: text without a NUL, a kid."""
    try:
        return b"\0" not in envelope.data and Envelope.from_wire(envelope.to_wire()) == envelope
    except (BadStatement, UnicodeDecodeError):
        return False
