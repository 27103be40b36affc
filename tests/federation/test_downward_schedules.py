"""Statements going down and the answers to them, over a network, processes and backups that fail.

After the faults stop: every addressee holds the newest version of its origin, byte for byte, and
the node above it says so of each; nobody holds what was never addressed to it or below it; what
the addressees reported stands at the issuer, and nowhere above it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.errors import TransportError
from federation.exchange import MAX_STATEMENTS, NotSealingYet, queue_everything
from federation.incarnation import start
from federation.ledger import NEWER_THERE, Held, Link, State
from federation.statement import Body, StatementId, parse
from federation.testing import Faults, FaultyNetwork
from tests.support.bodies import good
from tests.support.hierarchy import Country, FedNode, Message

FAULTS = Faults(lose_request=0.1, lose_answer=0.15, duplicate=0.1, replay=0.2)
EXAMPLES = 5000 if os.environ.get("CUR_PROVE") == "1" else 200
TOP, DISTRICT, REGION, NEIGHBOUR, TOWN = "RU", "SZFO", "RU-MUR", "RU-KGD", "47701000"
NODES = (TOP, DISTRICT, REGION, NEIGHBOUR, TOWN)
CHILDREN = NODES[1:]
BELOW = {TOP: CHILDREN, DISTRICT: (REGION, NEIGHBOUR, TOWN), REGION: (TOWN,)}
ISSUED = (("d1", TOP), ("d2", TOP), ("d3", DISTRICT), ("d4", REGION))
ISSUER = dict(ISSUED)


@cache
def _enrolled() -> tuple[Country, datetime, dict[str, object]]:
    """One country with everybody enrolled, and how it was then: keys are slow to make."""
    country = Country()
    country.drain()
    return country, country.now, {code: ledger.backup() for code, ledger in country.ledgers.items()}


def _fresh() -> Country:
    country, began, then = _enrolled()
    country.now = began
    for code, ledger in country.ledgers.items():
        ledger.restore(then[code])
        country[code].stood = ()
    return country


class World:
    """A country with a bad network and backups, what its people have stated, and the oracle."""

    def __init__(self, seed: int) -> None:
        self.country = _fresh()
        self.network: FaultyNetwork[Message, str] = FaultyNetwork(seed, FAULTS)
        self.crash_next = False
        self.count = 0
        self.facts: dict[StatementId, Body] = {}
        self.addressed: dict[StatementId, set[str]] = {}
        self.backups: dict[str, list[object]] = {
            code: [ledger.backup()] for code, ledger in self.country.ledgers.items()
        }
        self.to_join_anew: set[str] = set()

    # --- What people state --------------------------------------------------------------------

    def direct(self, id: str, to: tuple[str, ...]) -> None:
        """A directive is issued, or changed: its addressees too."""
        origin = ISSUER[id]
        units = sorted(set(to) & set(BELOW[origin])) or [BELOW[origin][-1]]
        self.count += 1
        body = {**good("directive")[1], "to": units, "title": f"Редакция {self.count}"}
        statement = StatementId(origin, "directive", id)
        self.addressed.setdefault(statement, set()).update(units)
        self.state(statement, body)

    def report(self, unit: str, id: str) -> None:
        """An addressee reports, or a coordinator above it on its behalf."""
        issuer = ISSUER[id]
        if unit not in BELOW[issuer]:
            return
        self.count += 1
        body = {
            **good("directive_report")[1],
            "directive": id,
            "issuer": issuer,
            "unit": unit,
            "planned_on": [
                {"as_of": "2026-11-01", "day": f"20{self.count:02}-01-01", "precision": "day"}
            ],
        }
        self.state(StatementId(unit, "directive_report", f"{id}.{unit}"), body)

    def direct_all(self) -> None:
        """The top signs a directory."""
        key, body = good("directory")
        self.count += 1
        body["units"][1]["population"] = self.count
        self.state(StatementId(TOP, "directory", key), body)

    def state(self, id: StatementId, body: Body) -> None:
        """Sealed at once, or when its node has been answered: it stays written there meanwhile."""
        self.facts[id] = body
        with contextlib.suppress(NotSealingYet):
            self.country[id.origin].seal(id.key, body, type=id.type)

    # --- What befalls them --------------------------------------------------------------------

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

    def exchange(self, node: str, *, settle_fails: bool = False) -> None:
        """One attempt; now and then only one statement fits into an answer."""
        child = self.country[node]
        assert child.parent is not None
        request, message = child.ask(max_bytes=1 if self.count % 2 else MAX_STATEMENTS)
        deliver = self.deliver_to(self.country[child.parent])
        with contextlib.suppress(TransportError):
            answer = self.network.carry(node, child.parent, message, deliver)
            if settle_fails:
                child.start()
                return
            settled = child.settle(request, message, answer)
            assert not settled.rejected

    def lose_commit(self, node: str, id: str, to: tuple[str, ...]) -> None:
        """Something is stated and passed on, and then the commit is gone: a standby is promoted."""
        ledger = self.country.ledgers[node]
        before = ledger.backup()
        if node in BELOW:
            self.direct(next(d for d, issuer in ISSUED if issuer == node), to)
        else:
            self.report(node, id)
        for unit in CHILDREN:
            if node in (unit, self.country[unit].parent):
                self.exchange(unit)
        ledger.restore(before)
        self.restored(node)

    def back_up(self, node: str) -> None:
        self.backups[node].append(self.country.ledgers[node].backup())

    def restore(self, node: str, *, which: int) -> None:
        kept = self.backups[node]
        self.country.ledgers[node].restore(kept[which % len(kept)])
        self.restored(node)

    def restored(self, node: str) -> None:
        """What its children were receipted for may be gone, and what it joined anew for: until the
        two sides compare digests, operators join them anew."""
        self.country[node].start()
        self.to_join_anew |= {u for u in CHILDREN if node in (u, self.country[u].parent)}

    def join_anew(self, node: str) -> bool:
        """As an invitation and `cur join` do; False while the parent cannot certify."""
        child = self.country[node]
        assert child.parent is not None
        try:
            self.country[child.parent].enrol(child)
        except NotSealingYet:
            return False
        with child.transaction() as ledger:
            queue_everything(
                ledger,
                me=node,
                below=lambda unit: child.rules.under(unit, node),
                now=self.country.now,
            )
            start(ledger, me=node, parent=child.parent, now=self.country.now)
        self.to_join_anew.discard(node)
        return True

    # --- The end ------------------------------------------------------------------------------

    def calm(self) -> None:
        """The faults stop; what was restored is joined anew; who lost a fact states it again."""
        self.network.faults = Faults()
        self.crash_next = False
        for unit in CHILDREN:
            parent = self.country[unit].parent
            assert parent is not None
            self.network.mend(unit, parent)
        self.country.drain()
        for unit in CHILDREN:
            if unit in self.to_join_anew:
                assert self.join_anew(unit)
                self.country.drain()
        self.judge_what_is_shown()
        for id, body in self.facts.items():
            self.state(id, body)
        self.country.drain()

    def stands(self, node: str) -> dict[StatementId, Held]:
        return {h.id: h for h in self.country.ledgers[node].versions() if h.newest}

    def judge_what_is_shown(self) -> None:
        """Nobody is said to have stored what they have not."""
        for node in BELOW:
            standing = self.stands(node)
            for row in self.country.ledgers[node].deliveries(list(standing)):
                there = self.stands(row.peer).get(row.id)
                if row.result is State.STORED and row.code is None:
                    assert there is not None, row
                    assert there.version == row.version, row
                if row.code == NEWER_THERE:
                    assert there is not None, row
                    assert there.version > row.version, row

    def judge(self) -> None:
        self.judge_what_is_shown()
        standing = {node: self.stands(node) for node in NODES}
        for id, body in self.facts.items():
            true = standing[id.origin][id]
            way = self.way(id, body)
            for node in way:
                there = standing[node].get(id)
                assert there is not None, f"{node} lacks {id}"
                assert there.version == true.version, f"{node} holds another {id}"
                assert there.envelope == true.envelope
            if id.type == "directive_report":
                for node in set(NODES) - way - {id.origin}:
                    assert id not in standing[node], f"{node} is above the issuer of {id}"
        for id, units in self.addressed.items():
            offered = {
                row.peer: row
                for node in NODES
                for row in self.country.ledgers[node].deliveries([id])
            }
            for unit in self.way(id, self.facts[id]) - {id.origin}:
                row = offered[unit]
                assert (row.result, row.code, row.due_at) == (State.STORED, None, None), row
            for node in NODES:
                if id in standing[node] and node != id.origin:
                    assert any(u == node or u in BELOW.get(node, ()) for u in units), (node, id)
        for code, ledger in self.country.ledgers.items():
            assert all(link == Link(link.peer) or not link.suspended for link in ledger.links())
            for held in ledger.versions():
                if held.state is not State.STORED:
                    self.judge_refused(code, held)

    def judge_refused(self, node: str, held: Held) -> None:
        """Only what is taken back may be refused: by a node that never had it, or forgot it."""
        assert held.envelope is not None
        body = parse(held.envelope).body
        assert (held.id.type, held.code) == ("directive", "not_yours"), held
        assert body is not None
        assert not set(body["to"]) & {node, *BELOW.get(node, ())}

    def way(self, id: StatementId, body: Body) -> set[str]:
        """Every node that must hold it."""
        if id.type == "directory":
            return set(NODES)
        ends = body["to"] if id.type == "directive" else [id.origin]
        top = id.origin if id.type == "directive" else body["issuer"]
        way = {top}
        for end in ends:
            node: str | None = end
            while node is not None and node != top:
                way.add(node)
                node = self.country.parents[node]
        return way


nodes = st.sampled_from(NODES)
children = st.sampled_from(CHILDREN)
ids = st.sampled_from(tuple(ISSUER))
units = st.lists(children, min_size=1, max_size=3).map(tuple)
steps = st.one_of(
    st.tuples(st.just("direct"), ids, units),
    st.tuples(st.just("report"), children, ids),
    st.tuples(st.just("directory"), st.none(), st.none()),
    st.tuples(st.just("exchange"), children, st.none()),
    st.tuples(st.just("exchange"), children, st.none()),
    st.tuples(st.just("exchange"), children, st.none()),
    st.tuples(st.just("round"), st.none(), st.none()),
    st.tuples(st.just("wait"), st.sampled_from((1, 16, 1500)), st.none()),
    st.tuples(st.just("restart"), nodes, st.none()),
    st.tuples(st.just("settle fails"), children, st.none()),
    st.tuples(st.just("parent dies"), children, st.none()),
    st.tuples(st.just("cut"), children, st.none()),
    st.tuples(st.just("mend"), children, st.none()),
    st.tuples(st.just("lose commit"), nodes, st.tuples(ids, units)),
    st.tuples(st.just("back up"), nodes, st.none()),
    st.tuples(st.just("restore"), nodes, st.integers(0, 9)),
    st.tuples(st.just("join anew"), children, st.none()),
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), schedule=st.lists(steps, min_size=10, max_size=40))
def test_everybody_has_what_is_addressed_to_them_whatever_happens_on_the_way(
    seed: int, schedule: list[tuple[str, object, object]]
) -> None:
    world = World(seed)
    play(world, schedule)
    world.calm()
    world.judge()


def play(world: World, schedule: list[tuple[str, object, object]]) -> None:
    country = world.country
    for step in schedule:
        country.wait(seconds=7)
        match step:
            case ("direct", str() as id, tuple() as to):
                world.direct(id, to)
            case ("report", str() as unit, str() as id):
                world.report(unit, id)
            case ("directory", _, _):
                world.direct_all()
            case ("exchange", str() as unit, _):
                world.exchange(unit)
            case ("round", _, _):
                for unit in CHILDREN:
                    world.exchange(unit)
            case ("wait", int() as minutes, _):
                country.wait(minutes=minutes)
            case ("restart", str() as unit, _):
                country[unit].start()
            case ("settle fails", str() as unit, _):
                world.exchange(unit, settle_fails=True)
            case ("parent dies", str() as unit, _):
                world.crash_next = True
                world.exchange(unit)
                world.crash_next = False
            case ("cut", str() as unit, _):
                world.network.cut(unit, country.parents[unit] or "")
            case ("mend", str() as unit, _):
                world.network.mend(unit, country.parents[unit] or "")
            case ("lose commit", str() as unit, (str() as id, tuple() as to)):
                world.lose_commit(unit, id, to)
            case ("back up", str() as unit, _):
                world.back_up(unit)
            case ("restore", str() as unit, int() as which):
                world.restore(unit, which=which)
            case ("join anew", str() as unit, _):
                world.join_anew(unit)
