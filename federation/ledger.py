"""The port: what a node must store to take part in the federation.

Every method works inside a transaction the caller has opened; none commits. Two implementations:
`testing.MemoryLedger` and the node's SQL one; one conformance test runs against both. Methods take
many ids at once, because an exchange of hundreds of statements must not make hundreds of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from federation.join import Result
from federation.receipt import Outcome
from federation.statement import Envelope, StatementId, Version

LONGEST_DELAY = timedelta(days=1)
"""Nothing is queued for later than this. What claims so was queued while the clock was set wrong,
and would wait for that moment although the clock has long been right: it is due at once."""


class State(StrEnum):
    """What a held version counts as."""

    STORED = "stored"  # verified: takes part in the join
    PENDING = "pending"  # its descriptor or certificate has not come yet
    QUARANTINED = "quarantined"  # bad; bytes and code are kept
    RECOVERED = "recovered"  # own, handed back by a child; waits for an operator


UNREADABLE = StatementId("", "", "")
"""The id bytes are quarantined under when they are no statement at all."""


@dataclass(frozen=True, slots=True)
class Held:
    """One version in the ledger.

    `envelope` is None when the bytes of a superseded open summary were forgotten; version and hash
    stay. `received_from` is None for what this node sealed itself: an own statement that has one
    was handed back by a neighbour. `newest`: the one that stands, among the stored versions of its
    id. `open_day`: the summary of a day that still changed, the only kind ever forgotten.
    """

    id: StatementId
    version: Version
    envelope: Envelope | None
    state: State
    code: str | None
    made_at: datetime
    received_at: datetime
    received_from: str | None
    newest: bool = False
    open_day: bool = False


class Standing(NamedTuple):
    """A standing version, without its bytes; `size` is their length."""

    id: StatementId
    version: Version
    size: int


class Place(NamedTuple):
    """Where at most one honest version can be: two hashes at one place are a fork."""

    id: StatementId
    epoch: int
    rev: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Evidence that an origin signed two things under one (epoch, rev)."""

    id: StatementId
    epoch: int
    rev: int
    kept: str
    other: str
    noticed_at: datetime
    noticed_from: str | None


@dataclass(frozen=True, slots=True)
class Outbound:
    """The newest version of an id which the parent has not receipted yet.

    Smaller `priority` goes first. `size` is the length of the bytes.
    """

    id: StatementId
    version: Version
    size: int
    priority: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many statements wait for the parent, and since when the longest of them is due."""

    statements: int
    oldest: datetime | None


NOTHING_WAITS = Backlog(0, None)


UNROUTED = ""
"""In the place of a child's code: sealed here, and nobody has looked yet to whom it goes."""
PENDING_AGAIN = timedelta(minutes=1)
"""When a child is offered again what it could not verify yet."""
QUARANTINED_AGAIN = timedelta(days=1)
"""When it is offered again what it refused: its directory or its program may have changed since."""


@dataclass(frozen=True, slots=True)
class Downward:
    """The newest version of an id that goes down to the child `peer`, and what it said of it.

    `result` None: it has not receipted this version. `due_at` None: there is nothing to offer.
    """

    peer: str
    id: StatementId
    version: Version
    size: int
    priority: int
    due_at: datetime | None
    result: State | None = None
    code: str | None = None
    receipted_at: datetime | None = None


NEWER_THERE = "older"
"""The code under which a child refuses what it was offered because it holds a higher version. Of
the newest version held here that is only said after this node was restored from a backup."""


def delivered(outcome: Outcome, now: datetime) -> tuple[State, str | None, datetime | None]:
    """Result, code and next due time of an offered version by what its receipt says.

    Older is done with, and yet not stored: the two sides hold different versions, and nobody may
    be told otherwise.
    """
    if outcome.result is Result.PENDING:
        return State.PENDING, None, now + PENDING_AGAIN
    if outcome.result is Result.QUARANTINED:
        return State.QUARANTINED, outcome.code, now + QUARANTINED_AGAIN
    if outcome.result is Result.OLDER:
        return State.QUARANTINED, NEWER_THERE, None
    return State.STORED, None, None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A statement sent up that `by` put into quarantine: only its origin can mend it."""

    id: StatementId
    sha256: str
    code: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A signed receipt, given to or got from `peer` for its or our request."""

    peer: str
    request_id: str
    envelope: Envelope
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of one neighbour.

    `epoch` is the highest incarnation it has shown while running, `epoch_since` when the first
    request that showed it was made, by its own clock. `suspended` is the reason code,
    None while the link is open. `heard_in` is its last accepted request, `heard_out` its last
    verified answer: the two directions are different illnesses. `failures` in a row and
    `not_before` are the durable backoff of our own calls. `backlog` and `software` are what it
    last said of itself.
    """

    peer: str
    epoch: int = 0
    epoch_since: datetime | None = None
    suspended: str | None = None
    heard_in: datetime | None = None
    heard_out: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    backlog: Backlog = NOTHING_WAITS
    software: str = ""


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One start of the sealing process. `epoch` None: waiting for the first answer.

    `known` is the highest own epoch known when it started, 0 if none.
    """

    epoch: int | None
    known: int
    started_at: datetime


class Ledger(Protocol):
    """What must be stored, within the caller's transaction."""

    def exclusive(self) -> None:
        """Let nobody else write the ledger until the transaction ends.

        Called first by everything that joins: otherwise two receivers could both find their
        version newest, and row numbers would not become visible in order.
        """

    # --- versions -----------------------------------------------------------------------------

    def newest_versions(self, ids: Collection[StatementId]) -> Mapping[StatementId, Version]:
        """The standing version of each id that has one."""

    def newest(self, ids: Collection[StatementId]) -> Mapping[StatementId, Held]:
        """The same with their bytes."""

    def standing(self) -> Sequence[Standing]:
        """Every standing version there is."""

    def standing_of(self, origins: Collection[str], types: Collection[str]) -> Sequence[Standing]:
        """The standing versions of these origins and types."""

    def at(self, places: Collection[Place]) -> Sequence[Held]:
        """Every version, in whatever state, held at these places."""

    def waiting(self, state: State) -> Sequence[Held]:
        """Every version in a state other than stored, oldest first."""

    def put(self, versions: Sequence[Held]) -> None:
        """Keep versions. One already held (same id and version) is replaced, as if it came now.

        A version with `newest` takes the flag from the one that had it; at most one of an id may
        have it in one call.
        """

    def highest_epoch(self, origin: str) -> int:
        """The highest epoch among the stored versions of an origin, 0 when there is none."""

    def note_forks(self, forks: Sequence[Fork]) -> None:
        """Keep evidence; the same pair again changes nothing."""

    def forks(self) -> Sequence[Fork]:
        """All evidence, oldest first."""

    # --- outward ------------------------------------------------------------------------------

    def enqueue(self, entries: Sequence[Outbound]) -> None:
        """Queue versions for the parent, one entry an id.

        A queued older version of the id is replaced, and its earlier `due_at` stays: a day that
        changes all the time must still leave.
        """

    def due(self, now: datetime, limit: int) -> Sequence[Outbound]:
        """What may leave now, by priority, then by due time. See also LONGEST_DELAY."""

    def backlog(self, now: datetime) -> Backlog:
        """How much is due now."""

    def envelopes(self, entries: Sequence[Outbound | Downward]) -> Mapping[str, Envelope]:
        """The bytes of queued versions by their hash."""

    def dequeue(self, sha256s: Collection[str]) -> None:
        """Take entries out whose version is exactly one of these: a newer one stays queued."""

    def note_rejected(self, rejected: Sequence[Rejected]) -> None:
        """Keep what a tier above refused; the same again changes nothing."""

    def rejected(self) -> Sequence[Rejected]:
        """Everything refused above, oldest first."""

    # --- downward -----------------------------------------------------------------------------

    def offer_down(self, entries: Sequence[Downward]) -> None:
        """Queue versions for children, one entry a child and id.

        A newer version replaces the one before and is due anew; the same or an older one changes
        nothing. At most one version of an id for a child may be in one call.
        """

    def take_unrouted(self) -> Sequence[Downward]:
        """What was offered to UNROUTED; it is no longer."""

    def due_down(self, peer: str, now: datetime, limit: int) -> Sequence[Downward]:
        """What may go to a child now, by priority, then by due time; see also LONGEST_DELAY.

        What nobody has routed yet stands before all of it: one question answers both.
        """

    def note_delivered(self, peer: str, outcomes: Sequence[Outcome], now: datetime) -> None:
        """What a child's receipt says of versions offered to it; of others it changes nothing.

        Stored, known and older (as NEWER_THERE) are done with; what is pending or quarantined there
        is due again after PENDING_AGAIN and QUARANTINED_AGAIN.
        """

    def offer_again(self, peer: str, now: datetime) -> None:
        """Everything a child was ever offered is due again; what it said of it stays."""

    def deliveries(self, ids: Collection[StatementId]) -> Sequence[Downward]:
        """How these statements fare at the children they go to, by id and child."""

    # --- receipts, nonces ---------------------------------------------------------------------

    def keep_given(self, receipt: KeptReceipt, *, delivered: bool) -> None:
        """Keep a receipt this node signed. Refusal("replayed") when the request has one."""

    def undelivered(self, peer: str) -> Sequence[KeptReceipt]:
        """Receipts for what came down that `peer` has not had yet, oldest first."""

    def mark_delivered(self, peer: str, request_ids: Collection[str]) -> None:
        """These reached `peer`."""

    def keep_got(self, receipt: KeptReceipt) -> None:
        """Keep a receipt of `peer`; the same again changes nothing."""

    def got(self, peer: str) -> Iterable[KeptReceipt]:
        """Every receipt got from `peer`, oldest first."""

    def remember_nonce(self, kid: str, nonce: str, until: datetime) -> None:
        """Refusal("replayed") when this key has used the nonce before."""

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        """Whether this key has used the nonce before."""

    def forget_nonces(self, before: datetime) -> int:
        """Forget nonces whose `until` is past; how many."""

    # --- neighbours, keys, self ---------------------------------------------------------------

    def link(self, peer: str) -> Link:
        """What is known of a neighbour; a blank link when nothing is."""

    def save_link(self, link: Link) -> None:
        """Keep it."""

    def links(self) -> Sequence[Link]:
        """Every neighbour ever met, by code."""

    def learn_keys(self, node: str, kids: Collection[str]) -> None:
        """These signing keys are in the node's descriptor.

        A key that belongs to another node already stays with it: a descriptor proves only its own
        root, and could name a stranger's key to lock the stranger out.
        """

    def node_of_key(self, kid: str) -> str | None:
        """Whose signing key this is."""

    def incarnation(self) -> Incarnation | None:
        """The current start, None before the first."""

    def save_incarnation(self, incarnation: Incarnation) -> None:
        """Keep it."""
