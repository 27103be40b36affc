"""Which version stands, which epoch is drawn, and what to answer: the rules as pure functions.

Nothing here reads a ledger or a clock. The model checker's variants S1-S4 are these rules.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from federation.errors import BadStatement
from federation.statement import MAX_EPOCH_AHEAD, MAX_REV, Version


class Result(StrEnum):
    """What a receipt says of one statement."""

    STORED = "stored"
    KNOWN = "known"
    OLDER = "older"
    PENDING = "pending"
    QUARANTINED = "quarantined"


class Join(NamedTuple):
    """What an offered version does to the held one.

    `result` is stored (it is the newest now), known (these very bytes are held) or older (the held
    one stays). `fork`: the same epoch and rev with other bytes, so that both are evidence; the
    higher hash stays whoever came first, or two nodes would settle on different ones.
    """

    result: Result
    fork: bool = False


def stands(held: Version | None, offered: Version) -> Join:
    """Put an offered version beside the newest held one."""
    if held is None:
        return Join(Result.STORED)
    if offered == held:
        return Join(Result.KNOWN)
    fork = offered[:2] == held[:2]
    return Join(Result.STORED if offered > held else Result.OLDER, fork)


def is_ahead(epoch: int, now: datetime) -> bool:
    """Whether an epoch is over an hour ahead of the receiver's clock."""
    return epoch > int(now.timestamp()) + MAX_EPOCH_AHEAD


def check_limits(version: Version, now: datetime) -> None:
    """BadStatement epoch_ahead (over an hour ahead of the receiver's clock) or rev_too_high."""
    if is_ahead(version.epoch, now):
        raise BadStatement("epoch_ahead", f"epoch {version.epoch} is over an hour ahead of us")
    if version.rev > MAX_REV:
        raise BadStatement("rev_too_high", f"rev {version.rev} is over {MAX_REV}")


EASTERNMOST = timedelta(hours=14)
"""No local day anywhere begins earlier than this before the one of Greenwich."""


def check_day(day: date, now: datetime, where: str) -> None:
    """BadStatement bad_day for one after tomorrow, wherever on earth: nobody has counted it yet."""
    if day > (now.astimezone(UTC) + EASTERNMOST).date() + timedelta(days=1):
        raise BadStatement("bad_day", f"{where}: {day} lies after tomorrow")


class Returned(StrEnum):
    """What a node does with a statement of its own that comes back to it."""

    NOTHING = "nothing"
    ADOPT = "adopt"
    RECOVER = "recover"


def own_returned(held: Version | None, offered: Version, *, from_parent: bool) -> Returned:
    """A node meets its own statement.

    From the parent a newer one is adopted as it is: it is the trace of what a backup lost. From a
    child it is only recovered: it acts on nothing and goes nowhere until an operator confirms.
    """
    if held is not None and offered <= held:
        return Returned.NOTHING
    return Returned.ADOPT if from_parent else Returned.RECOVER


def next_version(held: Version | None, epoch: int) -> tuple[int, int]:
    """(epoch, rev) of the next own version of a key: rev counts from 1 within an incarnation.

    ValueError when the held version is of a later incarnation: this one must draw a new epoch.
    """
    if held is None or held.epoch < epoch:
        return epoch, 1
    if held.epoch > epoch:
        raise ValueError(f"a version of epoch {held.epoch} is held, this incarnation is {epoch}")
    return epoch, held.rev + 1


def draw_epoch(
    *,
    parent_time: datetime | None,
    own_clock: datetime,
    your_epoch: int | None,
    own_known: int | None,
) -> int:
    """The epoch of a new incarnation.

    max(the parent's time, or the own clock while no parent answers; highest own epoch known here
    or at a neighbour + 1). The own clock does not count beside a parent's answer: a clock a year
    ahead would make statements that nobody accepts.
    """
    clock = own_clock if parent_time is None else parent_time
    known = [epoch + 1 for epoch in (your_epoch, own_known) if epoch is not None]
    return max(int(clock.timestamp()), *known, 1)


def child_epoch(
    *, request_epoch: int, first_of_start: bool, held_epoch: int, made_before: bool = False
) -> str:
    """ "ok"; "clone": a running child shows an older epoch than one already seen of it; "late".

    The first exchange of a start may show anything: it asks what to draw from. `made_before`: by
    the child's own clock the request was made before the one that first showed the held epoch. It
    is then no clone's but a stray of the start before, held up or replayed on the way; taking it
    for a clone would let anybody who kept one request suspend the link.
    """
    if first_of_start or request_epoch >= held_epoch:
        return "ok"
    return "late" if made_before else "clone"


def link_answer(
    *,
    suspended: bool,
    moved: bool,
    request_epoch: int,
    first_of_start: bool,
    held_epoch: int,
    made_before: bool = False,
) -> str | None:
    """The refusal code for a verified request on a link, None when it is taken in."""
    if moved:
        return "moved"
    if suspended:
        return "suspended"
    verdict = child_epoch(
        request_epoch=request_epoch,
        first_of_start=first_of_start,
        held_epoch=held_epoch,
        made_before=made_before,
    )
    return {"ok": None, "clone": "clone", "late": "replayed"}[verdict]


class Reaction(StrEnum):
    """What the child does about a refusal."""

    OBEY = "obey"  # try again after Retry-After, with jitter
    OFFSET_ONCE = "offset_once"  # once more now, with the clock offset of a signed answer
    SMALLER = "smaller"  # once more now, with fewer statements
    AFRESH = "afresh"  # once more now, with a new request id and nonce
    TELL = "tell"  # back off, and tell an operator: only a person can mend it
    STOP = "stop"  # call no more until an operator has looked


REACTIONS: dict[str, Reaction] = {
    "sig_invalid": Reaction.TELL,
    "key_unknown": Reaction.TELL,
    "key_revoked": Reaction.TELL,
    "clock_skew": Reaction.OFFSET_ONCE,
    "wrong_target": Reaction.TELL,
    "replayed": Reaction.AFRESH,
    "suspended": Reaction.STOP,
    "token_unknown": Reaction.TELL,
    "token_used": Reaction.TELL,
    "not_found": Reaction.TELL,
    "clone": Reaction.STOP,
    "disputed": Reaction.TELL,
    "fork": Reaction.TELL,
    "moved": Reaction.STOP,
    "too_big": Reaction.SMALLER,
    "unsupported": Reaction.TELL,
    "unsupported_version": Reaction.TELL,
    "malformed": Reaction.TELL,
    "overloaded": Reaction.OBEY,
    "maintenance": Reaction.OBEY,
}
