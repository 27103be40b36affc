"""Warning before the breach: who is told by mail that a deadline comes near.

The people who can make the next step on an issue, and nobody else: whoever waits for them, or has
nothing to do with it, is not written to. When it comes near is the norm's part (`deadline.py`), how
often somebody is written to the action's (`actions/warn_of_deadlines.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from node.domain.access import Access, Placed
from node.domain.issue import MOVES, State

NEXT_STEPS: Mapping[State, str] = {
    State.REGISTERED: "admit",
    State.MODERATION: "admit",
    State.COORDINATION: "route",
    State.RETURNED: "route",
    State.REOPENED: "route",
    State.ROUTED: "answer",
    State.APPROVAL: "approve",
}
"""State → the move that is waited for. In the other states nobody here is: the resident is waited
for, the answer is given, or the issue has ended."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody of the staff who has an address. `wants_letters`: has not switched them off."""

    person: int
    access: Access
    wants_letters: bool = True


class Audience:
    """Who is told of which issue, among these people."""

    def __init__(self, watchers: Iterable[Watcher]) -> None:
        self._watchers = tuple(watchers)
        self._known: dict[tuple[str, str | None, str, str], tuple[int, ...]] = {}

    def of(self, issue: Placed) -> tuple[int, ...]:
        """The ids of who is to be told that a deadline of this issue comes near.

        Remembered for issues that stand alike: thousands come due together, in few ways.
        """
        face = (issue.state, issue.executor, issue.topic, issue.territory)
        if face not in self._known:
            self._known[face] = tuple(
                watcher.person for watcher in self._stepping(issue) if watcher.wants_letters
            )
        return self._known[face]

    def _stepping(self, issue: Placed) -> Iterator[Watcher]:
        """Those who switched letters off are among them: that they look for themselves is no
        reason to write to somebody else in their place."""
        step = NEXT_STEPS.get(State(issue.state))
        if step is None:
            return
        if step == "answer":
            executors = [one for one in self._watchers if answers_for(one.access, issue)]
            if executors:
                yield from executors
                return
            step = "reroute"  # nobody of the executor can be told: whoever may give it to another
        for watcher in self._watchers:
            if watcher.access.sees(issue) and watcher.access.may_move(MOVES[step], issue):
                yield watcher


def answers_for(access: Access, issue: Placed) -> bool:
    """Whether somebody belongs to the executor of an issue and may answer it: a grant without a
    limit lets answer any, and makes nobody wait for each."""
    return access.sees(issue) and any(
        access.is_named(right, issue) for right in MOVES["answer"].rights
    )
