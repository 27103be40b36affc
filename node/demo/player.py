"""The player: one process that speaks for every region and district without a node of its own,
and for the residents and operators of those that have one.

    python -m node.demo.player DIR

Played nodes are nodes like any other: each has its database and its keys, begins an incarnation,
seals and exchanges. Those under a live node call it over HTTP; under a played district the call
stays in the process. What they have missed while the demo was down they make up by themselves.
"""

from __future__ import annotations

import itertools
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import structlog

from federation.courier import InProcess
from node.bootstrap import Node
from node.clock import Clock, system_clock
from node.commands import logs
from node.commands.run import begin
from node.demo import instructions, texts
from node.demo import plan as plans
from node.demo import record as records
from node.demo.api import NoAnswer, NodeApi
from node.demo.cast import cast_of
from node.demo.history import region_of
from node.demo.leaf import PlayedLeaf
from node.demo.lives import Residents
from node.demo.plan import Plan
from node.demo.record import Record
from node.demo.stage import Stage, quick_rulebook
from node.domain.classifier import UNSORTED
from node.jobs import exchange, publish_summaries, seal_directives, state_deliveries, tidy
from node.settings import Log
from node.web.door import Door

log = structlog.get_logger("cur.demo")

REGION_EVERY = 3.0  # seconds between two played regions; a round takes four minutes
APPEAL_EVERY = 2.5
MOVE_EVERY = 1.2
TIDY_EVERY = 3600.0
PAGE = 20

# What operators do next with an issue in a state, and how often they look at that state.
STATES = {"registered": 5, "routed": 5, "answered": 4, "reopened": 1}
SORTED_AS = "services.officials"


class PlayedCountry:
    """The played nodes, one of them at a time."""

    def __init__(self, stage: Stage, plan: Plan, clock: Clock) -> None:
        self._clock = clock
        self._seed = plan.seed
        self._directory = stage.rulebook.directory
        self._leaves: dict[str, PlayedLeaf] = {}
        self._nodes: dict[str, Node] = {}
        network = InProcess()
        for unit in stage.cast.played:
            inside = self._directory.parent(unit) in stage.cast.played
            node = stage.node(unit, clock=clock, transport=network if inside else None)
            self._nodes[unit] = node
            network.doors[node.url] = Door(node).knock
            if unit in stage.cast.leaves:
                region = region_of(unit, node, plan)
                self._leaves[unit] = PlayedLeaf(node, region, first=plan.first)

    def begin(self) -> None:
        """A start of every sealing process."""
        for node in self._nodes.values():
            begin(node)

    def round(self, silent: frozenset[str]) -> Iterator[str]:
        """Everybody in turn, a district whenever one of its regions has spoken.

        Districts take turns too, so that none is unheard of for long.
        """
        for unit in self._in_turn():
            if unit not in silent:
                self.speak(unit)
                yield unit

    def speak(self, unit: str) -> None:
        """One played leaf states what is new, and its district passes it on."""
        leaf = self._leaves[unit]
        exchange.run(leaf.node)
        instructions.answer(leaf.node, seed=self._seed)
        seal_directives.run(leaf.node)
        leaf.publish(open_days=True)
        exchange.run(leaf.node)
        district = self._nodes.get(self._directory.parent(unit) or "")
        if district is not None:
            publish_summaries.run(district)
            state_deliveries.run(district)
            exchange.run(district)

    def tidy(self) -> None:
        for node in self._nodes.values():
            tidy.run(node)

    def close(self) -> None:
        for node in self._nodes.values():
            node.close()

    def _in_turn(self) -> list[str]:
        by_parent: dict[str, list[str]] = {}
        for unit in sorted(self._leaves):
            by_parent.setdefault(self._directory.parent(unit) or "", []).append(unit)
        places = [
            ((number + 0.5) / len(units), unit)
            for units in by_parent.values()
            for number, unit in enumerate(units)
        ]
        return [unit for _, unit in sorted(places)]


class Town:
    """Residents and operators of one live leaf."""

    def __init__(self, api: NodeApi, residents: Residents) -> None:
        self._api = api
        self._residents = residents

    @property
    def weekly(self) -> float:
        return self._residents.weekly

    def write(self, rng: Random, name: str) -> None:
        """Somebody writes."""
        self._api.submit(self._residents.appeal(rng, external_id=name))

    def work(self, rng: Random) -> None:
        """An operator takes one of the oldest issues in some state a step further."""
        state = rng.choices(list(STATES), list(STATES.values()))[0]
        issues = self._api.issues(state, PAGE)
        if not issues:
            return
        issue = rng.choice(issues)
        move, fields = _next_step(state, str(issue["topic"]), rng)
        self._api.move(str(issue["number"]), int(issue["version"]), move, fields)


def main() -> None:
    [_, folder] = sys.argv
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logs.configure(Log())
    place = Path(folder)
    plan, record = plans.load(place), records.load(place)
    if plan is None or not record.nodes:
        sys.exit(f"{place}: no demo is here")
    rulebook = quick_rulebook()
    stage = Stage(place, cast_of(rulebook.directory), rulebook, plan.port)
    country = PlayedCountry(stage, plan, system_clock)
    towns = _towns(stage, plan, record)
    try:
        play(country, towns, silent=frozenset(plan.away), stop=stop)
    finally:
        country.close()


def play(
    country: PlayedCountry, towns: list[Town], *, silent: frozenset[str], stop: threading.Event
) -> None:
    """Everything in one thread: at the next beat of whichever is due first."""
    rng = Random()
    country.begin()
    numbers = itertools.count(1)
    began = f"live-{time.time_ns() // 1_000_000}"
    weights = [town.weekly for town in towns]
    rounds = itertools.chain.from_iterable(country.round(silent) for _ in itertools.count())
    due = {"region": 0.0, "appeal": 0.0, "move": 0.0, "tidy": time.monotonic() + TIDY_EVERY}
    while not stop.is_set():
        beat = min(due, key=lambda name: due[name])
        if stop.wait(max(0.0, due[beat] - time.monotonic())):
            return
        town = rng.choices(towns, weights)[0]
        try:
            match beat:
                case "region":
                    next(rounds)
                    wait = REGION_EVERY
                case "appeal":
                    wait = rng.expovariate(1 / APPEAL_EVERY)
                    town.write(rng, f"{began}-{next(numbers)}")
                case "move":
                    wait = rng.expovariate(1 / MOVE_EVERY)
                    town.work(rng)
                case _:
                    wait = TIDY_EVERY
                    country.tidy()
        except NoAnswer as error:
            log.warning("no answer", why=str(error))
        due[beat] = time.monotonic() + wait


def _towns(stage: Stage, plan: Plan, record: Record) -> list[Town]:
    live = frozenset(stage.cast.live)
    return [
        Town(
            NodeApi(node.url, node.token),
            Residents(stage.rulebook, node.code, own_nodes=live, seed=plan.seed, first=plan.first),
        )
        for node in record.nodes
        if stage.rulebook.tier_of(node.code).intake
    ]


def _next_step(state: str, topic: str, rng: Random) -> tuple[str, dict[str, str]]:
    if topic == UNSORTED and state != "answered":
        return "reclassify", {"topic": SORTED_AS}
    match state:
        case "registered":
            return "route", {}
        case "routed" | "reopened":
            return "answer", {"text": rng.choice(texts.ANSWERS)}
        case _:
            outcome = "solved" if rng.random() < 0.65 else "explained"
            return "close", {"outcome": outcome}


if __name__ == "__main__":
    main()
