"""For tests of anything that federates: a ledger in memory and a network that misbehaves.

Shipped with the library, so that a node, or another implementation, is tried without a database
and without sockets.
"""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from federation.errors import Refusal, TransportError
from federation.ledger import (
    LONGEST_DELAY,
    UNROUTED,
    Backlog,
    Downward,
    Fork,
    Held,
    Incarnation,
    KeptReceipt,
    Link,
    Outbound,
    Place,
    Rejected,
    Standing,
    State,
    delivered,
)
from federation.receipt import Outcome
from federation.statement import Envelope, StatementId, Version

M = TypeVar("M")
A = TypeVar("A")


@dataclass(slots=True)
class _Tables:
    """Everything a ledger holds. Values are frozen: a copy of the containers is a backup."""

    versions: dict[tuple[StatementId, Version], Held] = field(default_factory=dict)
    standing: dict[StatementId, Version] = field(default_factory=dict)
    forks: dict[tuple[Place, str, str], Fork] = field(default_factory=dict)
    outbound: dict[StatementId, Outbound] = field(default_factory=dict)
    downward: dict[tuple[str, StatementId], Downward] = field(default_factory=dict)
    rejected: dict[tuple[str, str], Rejected] = field(default_factory=dict)
    given: dict[tuple[str, str], KeptReceipt] = field(default_factory=dict)
    undelivered: dict[tuple[str, str], None] = field(default_factory=dict)
    got: dict[tuple[str, str], KeptReceipt] = field(default_factory=dict)
    nonces: dict[tuple[str, str], datetime] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    incarnation: Incarnation | None = None

    def copy(self) -> _Tables:
        return _Tables(**{name: copy.copy(getattr(self, name)) for name in self.__slots__})


class MemoryLedger:
    """`ledger.Ledger` in dictionaries."""

    def __init__(self) -> None:
        self._t = _Tables()

    @contextmanager
    def transaction(self) -> Iterator[MemoryLedger]:
        """All of the block or, when it raises, none of it."""
        before = self._t.copy()
        try:
            yield self
        except BaseException:
            self._t = before
            raise

    def backup(self) -> object:
        """Everything held now, for `restore`."""
        return self._t.copy()

    def restore(self, backup: object) -> None:
        """Go back to a backup: whatever was committed since is lost."""
        assert isinstance(backup, _Tables)
        self._t = backup.copy()

    def versions(self) -> Sequence[Held]:
        """Every version held, in the order they came."""
        return list(self._t.versions.values())

    def given(self) -> Sequence[KeptReceipt]:
        """Every receipt this node signed."""
        return list(self._t.given.values())

    def exclusive(self) -> None:
        """Nobody else is here."""

    def newest_versions(self, ids: Collection[StatementId]) -> Mapping[StatementId, Version]:
        return {id: self._t.standing[id] for id in ids if id in self._t.standing}

    def newest(self, ids: Collection[StatementId]) -> Mapping[StatementId, Held]:
        return {id: self._t.versions[id, v] for id, v in self.newest_versions(ids).items()}

    def standing(self) -> Sequence[Standing]:
        newest = [self._t.versions[id, v] for id, v in self._t.standing.items()]
        return [
            Standing(held.id, held.version, len(held.envelope.data))
            for held in newest
            if held.envelope is not None
        ]

    def standing_of(self, origins: Collection[str], types: Collection[str]) -> Sequence[Standing]:
        return [one for one in self.standing() if one.id.origin in origins and one.id.type in types]

    def at(self, places: Collection[Place]) -> Sequence[Held]:
        wanted = set(places)
        return [
            held
            for held in self._t.versions.values()
            if Place(held.id, held.version.epoch, held.version.rev) in wanted
        ]

    def waiting(self, state: State) -> Sequence[Held]:
        return [held for held in self._t.versions.values() if held.state is state]

    def put(self, versions: Sequence[Held]) -> None:
        for held in versions:
            # Replaced means as if it came now: at the end of the order.
            self._t.versions.pop((held.id, held.version), None)
            self._t.versions[held.id, held.version] = held
            if not held.newest:
                continue
            before = self._t.standing.get(held.id)
            if before is not None and before != held.version:
                place = (held.id, before)
                self._t.versions[place] = replace(self._t.versions[place], newest=False)
            self._t.standing[held.id] = held.version

    def highest_epoch(self, origin: str) -> int:
        return max(
            (v.epoch for id, v in self._t.standing.items() if id.origin == origin), default=0
        )

    def note_forks(self, forks: Sequence[Fork]) -> None:
        for fork in forks:
            place = Place(fork.id, fork.epoch, fork.rev)
            self._t.forks.setdefault((place, fork.kept, fork.other), fork)

    def forks(self) -> Sequence[Fork]:
        return list(self._t.forks.values())

    def enqueue(self, entries: Sequence[Outbound]) -> None:
        for entry in entries:
            before = self._t.outbound.get(entry.id)
            due_at = entry.due_at if before is None else min(before.due_at, entry.due_at)
            self._t.outbound[entry.id] = replace(entry, due_at=due_at)

    def due(self, now: datetime, limit: int) -> Sequence[Outbound]:
        ready = self._ready(now)
        return sorted(ready, key=lambda entry: (entry.priority, entry.due_at, entry.id))[:limit]

    def backlog(self, now: datetime) -> Backlog:
        ready = [entry.due_at for entry in self._ready(now)]
        return Backlog(len(ready), min(ready, default=None))

    def _ready(self, now: datetime) -> list[Outbound]:
        return [entry for entry in self._t.outbound.values() if _is_due(entry.due_at, now)]

    def envelopes(self, entries: Sequence[Outbound | Downward]) -> Mapping[str, Envelope]:
        held = {e.version.sha256: self._t.versions[e.id, e.version].envelope for e in entries}
        return {sha256: envelope for sha256, envelope in held.items() if envelope is not None}

    def dequeue(self, sha256s: Collection[str]) -> None:
        done = set(sha256s)
        for entry in [e for e in self._t.outbound.values() if e.version.sha256 in done]:
            del self._t.outbound[entry.id]

    def note_rejected(self, rejected: Sequence[Rejected]) -> None:
        for one in rejected:
            self._t.rejected.setdefault((one.sha256, one.by), one)

    def rejected(self) -> Sequence[Rejected]:
        return list(self._t.rejected.values())

    def offer_down(self, entries: Sequence[Downward]) -> None:
        for entry in entries:
            before = self._t.downward.get((entry.peer, entry.id))
            if before is None or entry.version > before.version:
                self._t.downward[entry.peer, entry.id] = entry

    def take_unrouted(self) -> Sequence[Downward]:
        taken = [entry for entry in self._t.downward.values() if entry.peer == UNROUTED]
        for entry in taken:
            del self._t.downward[UNROUTED, entry.id]
        return taken

    def due_down(self, peer: str, now: datetime, limit: int) -> Sequence[Downward]:
        ready = [
            (entry.peer, entry.priority, entry.due_at, entry.id, entry)
            for entry in self._t.downward.values()
            if entry.peer in (peer, UNROUTED)
            and entry.due_at is not None
            and _is_due(entry.due_at, now)
        ]
        return [entry for *_, entry in sorted(ready, key=lambda one: one[:-1])][:limit]

    def note_delivered(self, peer: str, outcomes: Sequence[Outcome], now: datetime) -> None:
        said = {outcome.sha256: outcome for outcome in outcomes}
        for place, entry in self._t.downward.items():
            if entry.peer == peer and entry.version.sha256 in said:
                result, code, due_at = delivered(said[entry.version.sha256], now)
                self._t.downward[place] = replace(
                    entry, result=result, code=code, due_at=due_at, receipted_at=now
                )

    def offer_again(self, peer: str, now: datetime) -> None:
        for place, entry in self._t.downward.items():
            if entry.peer == peer:
                self._t.downward[place] = replace(entry, due_at=now)

    def deliveries(self, ids: Collection[StatementId]) -> Sequence[Downward]:
        wanted = [
            entry
            for entry in self._t.downward.values()
            if entry.id in ids and entry.peer != UNROUTED
        ]
        return sorted(wanted, key=lambda entry: (entry.id, entry.peer))

    def keep_given(self, receipt: KeptReceipt, *, delivered: bool) -> None:
        place = (receipt.peer, receipt.request_id)
        if place in self._t.given:
            raise Refusal("replayed", "this request has a receipt already")
        self._t.given[place] = receipt
        if not delivered:
            self._t.undelivered[place] = None

    def undelivered(self, peer: str) -> Sequence[KeptReceipt]:
        return [self._t.given[place] for place in self._t.undelivered if place[0] == peer]

    def mark_delivered(self, peer: str, request_ids: Collection[str]) -> None:
        for request_id in request_ids:
            self._t.undelivered.pop((peer, request_id), None)

    def keep_got(self, receipt: KeptReceipt) -> None:
        self._t.got.setdefault((receipt.peer, receipt.request_id), receipt)

    def got(self, peer: str) -> Sequence[KeptReceipt]:
        return [receipt for receipt in self._t.got.values() if receipt.peer == peer]

    def remember_nonce(self, kid: str, nonce: str, until: datetime) -> None:
        if self.nonce_seen(kid, nonce):
            raise Refusal("replayed", "this nonce or request id was used before")
        self._t.nonces[kid, nonce] = until

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        return (kid, nonce) in self._t.nonces

    def forget_nonces(self, before: datetime) -> int:
        past = [place for place, until in self._t.nonces.items() if until < before]
        for place in past:
            del self._t.nonces[place]
        return len(past)

    def link(self, peer: str) -> Link:
        return self._t.links.get(peer, Link(peer))

    def save_link(self, link: Link) -> None:
        self._t.links[link.peer] = link

    def links(self) -> Sequence[Link]:
        return [self._t.links[peer] for peer in sorted(self._t.links)]

    def learn_keys(self, node: str, kids: Collection[str]) -> None:
        for kid in kids:
            self._t.keys.setdefault(kid, node)

    def node_of_key(self, kid: str) -> str | None:
        return self._t.keys.get(kid)

    def incarnation(self) -> Incarnation | None:
        return self._t.incarnation

    def save_incarnation(self, incarnation: Incarnation) -> None:
        self._t.incarnation = incarnation


def _is_due(due_at: datetime, now: datetime) -> bool:
    return not now < due_at <= now + LONGEST_DELAY


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each misfortune strikes a call, from 0 to 1."""

    lose_request: float = 0.0
    lose_answer: float = 0.0
    duplicate: float = 0.0
    replay: float = 0.0


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True)
class _Carried(Generic[M, A]):
    message: M
    deliver: Callable[[M], A]


class FaultyNetwork(Generic[M, A]):
    """Carries messages between nodes as a bad network and an eavesdropper would.

    The same seed gives the same misfortunes. A duplicate and a replay reach the recipient like any
    message; their answers, and their refusals, reach nobody.
    """

    def __init__(self, seed: int, faults: Faults = NO_FAULTS) -> None:
        self.faults = faults
        self.happened: defaultdict[str, int] = defaultdict(int)
        self._random = random.Random(seed)
        self._old: list[_Carried[M, A]] = []
        self._cut: set[frozenset[str]] = set()

    def cut(self, one: str, other: str) -> None:
        """Nothing passes between these two until `mend`."""
        self._cut.add(frozenset((one, other)))

    def mend(self, one: str, other: str) -> None:
        """The opposite of `cut`."""
        self._cut.discard(frozenset((one, other)))

    def carry(self, sender: str, recipient: str, message: M, deliver: Callable[[M], A]) -> A:
        """The recipient's answer. TransportError when it, or the message, did not come through."""
        if frozenset((sender, recipient)) in self._cut:
            raise TransportError(f"no way from {sender} to {recipient}")
        if self._old and self._strikes("replay"):
            self._unheard(self._random.choice(self._old))
        if self._strikes("lose_request"):
            raise TransportError(f"lost on the way to {recipient}")
        carried = _Carried(message, deliver)
        self._old.append(carried)
        answer = deliver(message)
        if self._strikes("duplicate"):
            self._unheard(carried)
        if self._strikes("lose_answer"):
            raise TransportError(f"the answer of {recipient} was lost")
        return answer

    def _strikes(self, fault: str) -> bool:
        rate: float = getattr(self.faults, fault)
        struck = self._random.random() < rate
        self.happened[fault] += struck
        return struck

    def _unheard(self, carried: _Carried[M, A]) -> None:
        try:
            carried.deliver(carried.message)
        except Refusal:
            self.happened["refused"] += 1
