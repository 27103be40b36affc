"""Three tiers through compose, receive and settle, over a network and processes that fail.

After the faults stop: every join is equal where it should be, byte for byte; nothing acknowledged
is lost; every receipt is provable; nobody is taken for a clone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.errors import TransportError
from federation.exchange import MAX_STATEMENTS, NotSealingYet
from federation.ledger import State
from federation.receipt import Receipt
from federation.testing import Faults, FaultyNetwork
from tests.support.hierarchy import Country, FedNode, Message, a_summary

PARENTS = {"RU": None, "SZFO": "RU", "RU-MUR": "SZFO", "RU-KGD": "SZFO"}
LEAVES = ("RU-MUR", "RU-KGD")
SEALING = ("SZFO", *LEAVES)
CHILDREN = SEALING
DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")
FAULTS = Faults(lose_request=0.1, lose_answer=0.15, duplicate=0.1, replay=0.2)

Fact = tuple[str, str]


class World:
    """A country with a bad network, and what must be true of it."""

    def __init__(self, seed: int) -> None:
        self.country = Country(PARENTS)
        self.network: FaultyNetwork[Message, str] = FaultyNetwork(seed, FAULTS)
        self.crash_next = False
        self.count = 0
        self.unsealed: set[Fact] = set()
        self.acknowledged: list[tuple[str, str]] = []

    def deliver_to(self, parent: FedNode) -> Callable[[Message], str]:
        def deliver(message: Message) -> str:
            if not self.crash_next:
                return parent.answer(message)
            # The parent dies after its work and before its commit.
            self.crash_next = False
            ledger = self.country.ledgers[parent.code]
            before = ledger.backup()
            parent.answer(message)
            ledger.restore(before)
            parent.start()
            raise TransportError("the parent died")

        return deliver

    def seal(self, node: str, day: str) -> None:
        """A day of a node changes; while it may not seal, the day stays dirty."""
        self.count += 1
        status = ("open", "final", "restated")[self.count % 3]
        body = a_summary(day, received=self.count, status=status)
        try:
            self.country[node].seal(day, body)
            self.unsealed.discard((node, day))
        except NotSealingYet:
            self.unsealed.add((node, day))

    def exchange(self, node: str, *, meanwhile: str = "", settle_fails: bool = False) -> None:
        """One attempt; `meanwhile` is a day that changes while it is under way."""
        child = self.country[node]
        assert child.parent is not None
        request, message = child.ask(max_bytes=1 if self.count % 2 else MAX_STATEMENTS)
        if meanwhile:
            self.seal(node, meanwhile)
        deliver = self.deliver_to(self.country[child.parent])
        with contextlib.suppress(TransportError):
            answer = self.network.carry(node, child.parent, message, deliver)
            if settle_fails:
                child.start()  # it died before it could settle
                return
            settled = child.settle(request, message, answer)
            assert not settled.rejected
            self.acknowledged += [(node, outcome.sha256) for outcome in settled.receipt.results]

    def lose_commit(self, node: str, day: str, *, sent: bool) -> None:
        """A day is sealed, perhaps sent, and then the commit is gone: a standby is promoted."""
        child = self.country[node]
        assert child.parent is not None
        ledger = self.country.ledgers[node]
        before = ledger.backup()
        self.seal(node, day)
        if sent:
            _, message = child.ask()
            with contextlib.suppress(TransportError):
                deliver = self.deliver_to(self.country[child.parent])
                self.network.carry(node, child.parent, message, deliver)
        ledger.restore(before)
        child.start()
        self.unsealed.add((node, day))

    def calm(self) -> None:
        """The faults stop, and what is still dirty is sealed."""
        self.network.faults = Faults()
        self.crash_next = False
        self.country.drain()
        for node, day in sorted(self.unsealed):
            self.seal(node, day)
        self.country.drain()

    def judge(self) -> None:
        ledgers = self.country.ledgers
        for node in CHILDREN:
            own = {h.id: h for h in ledgers[node].versions() if h.newest and h.id.origin == node}
            above = self.country[node].parent
            while above is not None:
                there = {
                    h.id: h for h in ledgers[above].versions() if h.newest and h.id.origin == node
                }
                assert there.keys() == own.keys(), f"{above} does not hold what {node} stated"
                for id, held in own.items():
                    assert there[id].version == held.version, f"{above} holds another {id}"
                    assert there[id].envelope == held.envelope
                above = self.country[above].parent
        for node, sha256 in self.acknowledged:
            parent = self.country[node].parent
            assert parent is not None
            held_there = {h.version.sha256 for h in ledgers[parent].versions()}
            assert sha256 in held_there, "an acknowledged statement is lost"
        for node, ledger in ledgers.items():
            parent = self.country[node].parent
            assert not ledger.forks()
            assert all(h.state is State.STORED for h in ledger.versions())
            assert all(link.suspended is None for link in ledger.links())
            if parent is None:
                continue
            given = {kept.request_id: kept.envelope for kept in ledgers[parent].given()}
            for kept in ledger.got(parent):
                assert given[kept.request_id] == kept.envelope
                receipt = Receipt.open(kept.envelope, self.country[parent].signer.public)
                assert receipt.request_id == kept.request_id
            assert ledger.backlog(self.country.now).statements == 0


nodes = st.sampled_from(CHILDREN)
sealers = st.sampled_from(SEALING)
days = st.sampled_from(DAYS)
steps = st.one_of(
    st.tuples(st.just("seal"), sealers, days),
    st.tuples(st.just("exchange"), nodes, st.just("")),
    st.tuples(st.just("exchange"), nodes, st.just("")),
    st.tuples(st.just("exchange"), nodes, days),
    st.tuples(st.just("wait"), nodes, st.just("")),
    st.tuples(st.just("restart"), st.sampled_from(tuple(PARENTS)), st.just("")),
    st.tuples(st.just("settle fails"), nodes, st.just("")),
    st.tuples(st.just("parent dies"), nodes, st.just("")),
    st.tuples(st.just("lose unsent commit"), sealers, days),
    st.tuples(st.just("lose sent commit"), sealers, days),
)


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), schedule=st.lists(steps, min_size=10, max_size=50))
def test_joins_agree_whatever_is_lost_doubled_or_replayed(
    seed: int, schedule: list[tuple[str, str, str]]
) -> None:
    world = World(seed)
    for step, node, day in schedule:
        world.country.wait(seconds=7)
        match step:
            case "seal":
                world.seal(node, day)
            case "exchange":
                world.exchange(node, meanwhile=day)
            case "wait":
                world.country.wait(minutes=16)
            case "restart":
                world.country[node].start()
            case "settle fails":
                world.exchange(node, settle_fails=True)
            case "parent dies":
                world.crash_next = True
                world.exchange(node)
                world.crash_next = False
            case "lose unsent commit":
                world.lose_commit(node, day, sent=False)
            case "lose sent commit":
                world.lose_commit(node, day, sent=True)
    world.calm()
    world.judge()
