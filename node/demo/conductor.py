"""Conducts the played past: the top's node, the troupes' processes and the order of moments.

A request of a troupe is answered when no other troupe can still ask something earlier. So the
top's clock only ever moves forward, and no troupe waits at a barrier for the slowest of a step.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from node.bootstrap import Node
from node.clock import FrozenClock
from node.commands.keys import create
from node.commands.run import begin
from node.demo import history
from node.demo.cast import shared_out
from node.demo.history import At, Ended, Failed, Joined, Knock, Message, Part
from node.demo.plan import Plan
from node.demo.stage import Stage, invite
from node.jobs import publish_summaries, roll_up
from node.web.door import Door

MOST_TROUPES = 6
FOLD_EVERY = 2 * history.FOLD_EVERY  # steps

Enrolled = Callable[[int], None]
"""How many nodes have joined."""
Progress = Callable[[int, int], None]
"""(steps played by every troupe, steps in all); first with 0, when everybody has joined."""


class HistoryFailed(Exception):
    """A troupe broke off; the message is what it said."""


@dataclass(slots=True)
class _Troupe:
    """A troupe as the conductor sees it."""

    process: BaseProcess
    pipe: Connection
    at: datetime
    knock: Knock | None = None
    tokens: dict[str, str] | None = None

    @property
    def plays(self) -> bool:
        return self.tokens is None


def play_history(
    stage: Stage, plan: Plan, *, enrolled: Enrolled, progress: Progress
) -> dict[str, str]:
    """Play the plan to its end; the tokens of the live nodes by unit. HistoryFailed."""
    top = stage.cast.live[0]
    clock = FrozenClock(history.beginning(plan))
    node = stage.node(top, clock=clock, transport=None, synchronous="OFF")
    try:
        create(node)
        begin(node)
        conductor = _Conductor(node, clock, plan, enrolled=enrolled, progress=progress)
        with _troupes(stage, plan, node) as troupes:
            tokens = conductor.conduct(troupes)
        clock.move_to(plan.until)
        publish_summaries.run(node)
        roll_up.run(node)
        return {top: history.new_token(node), **tokens}
    finally:
        node.close()


class _Conductor:
    def __init__(
        self,
        node: Node,
        clock: FrozenClock,
        plan: Plan,
        *,
        enrolled: Enrolled,
        progress: Progress,
    ) -> None:
        self._node = node
        self._clock = clock
        self._door = Door(node)
        self._steps = plan.steps()
        self._played = -1  # steps every troupe has behind it; none has begun
        self._joined = 1  # the top itself
        self._enrolled = enrolled
        self._progress = progress

    def conduct(self, troupes: list[_Troupe]) -> dict[str, str]:
        tokens: dict[str, str] = {}
        while playing := [troupe for troupe in troupes if troupe.plays]:
            self._listen(playing)
            self._answer([troupe for troupe in troupes if troupe.plays])
            self._note_progress([troupe for troupe in troupes if troupe.plays])
        for troupe in troupes:
            tokens |= troupe.tokens or {}
        return tokens

    def _listen(self, troupes: list[_Troupe]) -> None:
        """Take in whatever has come; waits only while nobody can be answered."""
        by_pipe = {troupe.pipe: troupe for troupe in troupes}
        for pipe in wait(list(by_pipe)):
            assert isinstance(pipe, Connection)
            troupe = by_pipe[pipe]
            try:
                message: Message = pipe.recv()
            except EOFError:
                raise HistoryFailed("a player of the history ended without a word") from None
            match message:
                case At(moment):
                    troupe.at = moment
                case Knock():
                    troupe.knock = message
                case Joined():
                    self._joined += 1
                    self._enrolled(self._joined)
                case Ended(tokens):
                    troupe.tokens = tokens
                case Failed(why):
                    raise HistoryFailed(why)

    def _answer(self, troupes: list[_Troupe]) -> None:
        """Answer those who ask at the earliest moment anybody is at."""
        earliest = min((troupe.at for troupe in troupes), default=None)
        for troupe in troupes:
            if troupe.knock is not None and troupe.at == earliest:
                self._clock.move_to(troupe.at)
                troupe.pipe.send(self._door.knock(troupe.knock.raw))
                troupe.knock = None

    def _note_progress(self, troupes: list[_Troupe]) -> None:
        """A step all have behind them is folded into the figures, while they play the next."""
        if self._played < 0 and any(troupe.at < self._steps[0] for troupe in troupes):
            return
        earliest = min((troupe.at for troupe in troupes), default=None)
        played = sum(1 for step in self._steps if earliest is None or step < earliest)
        if played > self._played:
            self._played = played
            if played % FOLD_EVERY == 0 and played:
                publish_summaries.run(self._node)
                roll_up.run(self._node)
            self._progress(played, len(self._steps))


@contextmanager
def _troupes(stage: Stage, plan: Plan, top: Node) -> Iterator[list[_Troupe]]:
    """Troupes at work; whatever happens, none is left behind."""
    # A fresh interpreter for each: a fork would take the threads' locks of the display with it.
    spawn = multiprocessing.get_context("spawn")
    directory = stage.rulebook.directory
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    units = (*stage.cast.live, *stage.cast.played)
    troupes: list[_Troupe] = []
    # Ctrl-C goes to the whole group: it is ours to answer, also while they are still loading.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for hand in shared_out(directory, units, max(2, min(cores or 1, MOST_TROUPES))):
            words = {
                unit: invite(top, unit, plan.first)
                for unit in hand
                if directory.parent(unit) == top.code
            }
            ours, theirs = spawn.Pipe()
            part = Part(stage.folder, plan, hand, words)
            process = spawn.Process(target=history.play, args=(part, theirs), daemon=True)
            process.start()
            theirs.close()
            troupes.append(_Troupe(process, ours, history.beginning(plan)))
        signal.signal(signal.SIGINT, interrupt)
        yield troupes
        for troupe in troupes:
            troupe.process.join(30)
    finally:
        signal.signal(signal.SIGINT, interrupt)
        for troupe in troupes:
            troupe.pipe.close()
            if troupe.process.is_alive():
                troupe.process.terminate()
                troupe.process.join(10)
