"""Sixty days played before anything is live: one clock, real nodes, real signed exchanges.

The top is played by the conductor (`conductor.py`), every district with all below it by a troupe.
Troupes are processes of their own; when a district calls the top, its request goes through a pipe
to the top's door and the answer comes back the same way. The moment of each request goes with it,
and the conductor answers in the order of moments, so that one clock is shared by both ends.
"""

from __future__ import annotations

import gc
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

from federation.courier import InProcess
from federation.door import RawRequest, Reply
from node.actions import manage_tokens
from node.bootstrap import Node
from node.clock import FrozenClock, system_clock
from node.commands import logs
from node.commands.keys import create
from node.commands.run import begin
from node.demo.cast import cast_of
from node.demo.figures import PlayedRegion
from node.demo.leaf import PlayedLeaf
from node.demo.lives import Residents
from node.demo.past import Past
from node.demo.plan import DAY, Plan
from node.demo.stage import Stage, invite, join, lowest_first, quick_rulebook
from node.demo.volumes import weekly_appeals
from node.domain.local_day import day_of
from node.jobs import exchange, publish_summaries, roll_up
from node.settings import Log
from node.web.door import Door

TOKEN_NAME = "demo"
EARLY_ZONES = timedelta(hours=7)
"""Zones this far ahead of UTC and more have had their noon at the first step of a day."""
MORNING = 8  # UTC; the first step of a day comes before, the second after
FOLD_EVERY = 5
"""Days between two folds: a month's cells are written anew by each."""


@dataclass(frozen=True, slots=True)
class At:
    """A troupe will ask nothing of the top that is earlier than this moment."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Knock:
    """A request to the top's door."""

    raw: RawRequest


@dataclass(frozen=True, slots=True)
class Joined:
    """One more node has joined its parent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A troupe has played to the end; the tokens of its live nodes."""

    tokens: dict[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """A troupe could not go on."""

    why: str


Message = At | Knock | Joined | Ended | Failed


@dataclass(frozen=True, slots=True)
class Part:
    """What a troupe is told: who it plays, and the invitations of those right under the top."""

    folder: Path
    plan: Plan
    units: tuple[str, ...]
    invitations: dict[str, str]


def play(part: Part, top: Connection) -> None:
    """The main function of a troupe's process."""
    logs.configure(Log(level="warning"))
    # Thousands of short-lived statements would be looked through again and again.
    gc.set_threshold(100_000, 50, 50)
    try:
        troupe = Troupe(part, top)
        try:
            troupe.enrol()
            for moment in part.plan.steps():
                troupe.step(moment)
            tokens = troupe.tokens()
        finally:
            troupe.close()
        top.send(Ended(tokens))
    except (EOFError, BrokenPipeError):
        return  # the conductor is gone: there is nobody to play for
    except Exception:  # noqa: BLE001 - whatever it was, the conductor must hear of it
        top.send(Failed(traceback.format_exc()))


class Troupe:
    """The nodes of some districts, played day by day."""

    def __init__(self, part: Part, top: Connection) -> None:
        self._part = part
        self._plan = part.plan
        self._top = top
        self._clock = FrozenClock(beginning(part.plan))
        self._rulebook = quick_rulebook()
        directory = self._rulebook.directory
        cast = cast_of(directory)
        self._cast = cast
        stage = Stage(part.folder, cast, self._rulebook, part.plan.port)
        network = InProcess()
        network.doors[cast.url(directory.root.code, part.plan.port)] = self._knock
        self._order = lowest_first(part.units, self._rulebook)
        self._nodes: dict[str, Node] = {}
        self._leaves: dict[str, PlayedLeaf] = {}
        self._residents: dict[str, tuple[Residents, Past]] = {}
        self._unwritten = dict.fromkeys(part.units, self._plan.first)
        self._early = {
            above
            for unit in part.units
            if unit in cast.leaves and _is_early(directory.zone(unit), part.plan)
            for above in (unit, *directory.ancestors(unit))
        }
        live = frozenset(cast.live)
        for unit in part.units:
            node = stage.node(unit, clock=self._clock, transport=network, synchronous="OFF")
            self._nodes[unit] = node
            network.doors[node.url] = Door(node).knock
            if unit in cast.leaves:
                self._leaves[unit] = PlayedLeaf(
                    node, region_of(unit, node, self._plan), first=self._plan.first
                )
            elif node.policy.intake:
                self._residents[unit] = (
                    Residents(
                        self._rulebook,
                        unit,
                        own_nodes=live,
                        seed=self._plan.seed,
                        first=self._plan.first,
                    ),
                    Past(self._rulebook, unit),
                )

    def enrol(self) -> None:
        """Everybody below is invited and joins, the highest first."""
        self._at(self._clock())
        directory = self._rulebook.directory
        words = dict(self._part.invitations)
        for unit in reversed(self._order):
            node = self._nodes[unit]
            create(node)
            begin(node)
            parent = directory.parent(unit)
            assert parent is not None  # the top is the conductor's
            join(node, self._cast.url(parent, self._plan.port), words[unit])
            self._top.send(Joined())
            exchange.run(node)  # its epoch is drawn by that: now it can certify and seal
            for child in directory.children(unit):
                if child.code in self._nodes:
                    words[child.code] = invite(node, child.code, self._plan.first)

    def step(self, moment: datetime) -> None:
        """Play until a moment: what came, what is stated, and the calls upward."""
        last = moment == self._plan.until
        early = moment.hour < MORNING and not last
        self._at(moment)
        self._clock.move_to(moment)
        for unit in self._order:
            if early and unit not in self._early:
                continue
            node = self._nodes[unit]
            if unit not in self._leaves:
                self._write_past(unit, moment, last=last)
                publish_summaries.run(node)
            elif last or early or unit not in self._early:
                self._leaves[unit].publish(open_days=last)
                if self._plan.is_silent(unit, day_of(moment, node.zone)):
                    continue
            else:
                continue
            exchange.run(node)
            if unit in self._cast.live and (last or self._is_time_to_fold(moment)):
                roll_up.run(node)

    def tokens(self) -> dict[str, str]:
        """A new token of each live node."""
        return {
            unit: new_token(node) for unit, node in self._nodes.items() if unit in self._cast.live
        }

    def close(self) -> None:
        for node in self._nodes.values():
            node.close()

    def _write_past(self, unit: str, moment: datetime, *, last: bool) -> None:
        """The residents of a live leaf: the days that have ended since, at the end today too."""
        if unit not in self._residents:
            return
        node = self._nodes[unit]
        residents, past = self._residents[unit]
        today = day_of(moment, node.zone)
        sorted_before = self._plan.until - 2 * DAY
        with node.transaction() as session:
            while (day := self._unwritten[unit]) < today or (last and day == today):
                lives = list(residents.lives(day, sorted_before=sorted_before))
                past.write(session, day, lives, until=moment, now=moment)
                self._unwritten[unit] = day + DAY

    def _is_time_to_fold(self, moment: datetime) -> bool:
        return (moment.date() - self._plan.first).days % FOLD_EVERY == 0

    def _at(self, moment: datetime) -> None:
        self._top.send(At(moment))

    def _knock(self, raw: RawRequest) -> Reply:
        self._top.send(Knock(raw))
        reply: Reply = self._top.recv()
        return reply


def beginning(plan: Plan) -> datetime:
    """The moment everybody is enrolled at: early on the first day, before anybody's noon."""
    start = datetime.combine(plan.first, datetime.min.time(), plan.until.tzinfo)
    return start + timedelta(minutes=5)


def _is_early(zone: ZoneInfo, plan: Plan) -> bool:
    return (plan.until.astimezone(zone).utcoffset() or timedelta()) >= EARLY_ZONES


def region_of(unit: str, node: Node, plan: Plan) -> PlayedRegion:
    """The figures of a played unit."""
    population = node.rulebook.directory.population(unit) or 0
    return PlayedRegion(
        unit,
        weekly=weekly_appeals(unit, population),
        classifier=node.rulebook.classifier,
        seed=plan.seed,
        first=plan.first,
        surge=plan.surge_week,
    )


def new_token(node: Node) -> str:
    """A token to look at a live node with."""
    now = node.clock()
    with node.transaction() as session:
        return manage_tokens.add(session, name=TOKEN_NAME, actor=TOKEN_NAME, now=now)


def lost_token(stage: Stage, unit: str) -> str:
    """A token in place of one nobody has any more: only its hash is kept by the node."""
    node = stage.node(unit, clock=system_clock, transport=None)
    try:
        now = node.clock()
        name = f"{TOKEN_NAME}-{now:%Y%m%d-%H%M%S}"
        with node.transaction() as session:
            return manage_tokens.add(session, name=name, actor=TOKEN_NAME, now=now)
    finally:
        node.close()
