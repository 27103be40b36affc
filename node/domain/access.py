"""Access: which issues somebody sees, and which moves of an issue are theirs.

The same answer is given twice: here of one issue in hand (`Sight.shows`), and by the database of
many (`node/store/issues.py`); a test holds the two together.

Topics marked `sensitive` in topics.toml are closed: an appeal about somebody's illness or need is
read only by the people of its sector or of the agency that has to act, that is through a grant
that names one of them. What is not sorted yet may be about anything, also about that: it is read
by moderators only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from node.domain.classifier import UNSORTED, Classifier
from node.domain.issue import Move, State, allowed
from node.domain.rights import Actor, NoRight, Permit, Right
from node.domain.rulebook import Rulebook


class Placed(Protocol):
    """What of an issue its access depends on."""

    @property
    def territory(self) -> str: ...
    @property
    def executor(self) -> str | None: ...
    @property
    def topic(self) -> str: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sight:
    """The issues one permit reaches. None: no limit of that kind.

    `hidden`: topics and sectors it does not reach, each with everything below it.
    """

    territories: tuple[str, ...] | None = None
    executors: tuple[str, ...] | None = None
    sectors: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()

    def shows(self, issue: Placed) -> bool:
        return (
            (self.territories is None or issue.territory in self.territories)
            and (self.executors is None or issue.executor in self.executors)
            and (self.sectors is None or is_under(issue.topic, self.sectors))
            and not is_under(issue.topic, self.hidden)
        )


EVERYTHING = Sight()


class Access:
    """What an actor reaches among the issues of one node."""

    def __init__(self, actor: Actor, rulebook: Rulebook, unit: str) -> None:
        """NoRight for whoever reads no issues: they are not told either which numbers there are."""
        actor.require(Right.ISSUES_READ)
        self._actor, self._rulebook, self._unit = actor, rulebook, unit
        self._sights: dict[Right, tuple[Sight, ...]] = {}
        self._named: dict[Right, tuple[Sight, ...]] = {}

    def sights(self, right: Right) -> tuple[Sight, ...]:
        """One for every permit with the right; `(EVERYTHING,)` where one of them has no limit."""
        if right not in self._sights:
            found = tuple(
                sight
                for permit in self._actor.permits
                if right in permit.rights
                if (sight := self._sight(permit)) is not None
            )
            self._sights[right] = (EVERYTHING,) if EVERYTHING in found else found
        return self._sights[right]

    @property
    def shown(self) -> tuple[Sight, ...]:
        """Which issues may be read."""
        return self.sights(Right.ISSUES_READ)

    def sees(self, issue: Placed) -> bool:
        return any(sight.shows(issue) for sight in self.shown)

    def may(self, right: Right, issue: Placed) -> bool:
        """Whether the actor has a right on this issue."""
        return any(sight.shows(issue) for sight in self.sights(right))

    def is_named(self, right: Right, issue: Placed) -> bool:
        """Whether a grant that names the executor of the issue gives a right on it."""
        if right not in self._named:
            self._named[right] = tuple(
                sight
                for permit in self._actor.permits
                if right in permit.rights and permit.agencies
                if (sight := self._sight(permit)) is not None
            )
        return any(sight.shows(issue) for sight in self._named[right])

    def may_move(self, move: Move, issue: Placed) -> bool:
        """Whether a move is the actor's to make; whether the state allows it is another matter."""
        return any(self.may(right, issue) for right in move.rights)

    def moves(self, issue: Placed) -> tuple[Move, ...]:
        """What the actor may do with an issue now, in the order of the table."""
        return tuple(move for move in allowed(State(issue.state)) if self.may_move(move, issue))

    def require_move(self, move: Move, issue: Placed) -> None:
        """NoRight unless `may_move`."""
        if not self.may_move(move, issue):
            raise NoRight

    @cached_property
    def _closed(self) -> tuple[str, ...]:
        return closed_topics(self._rulebook.classifier)

    def _sight(self, permit: Permit) -> Sight | None:
        """None for a permit on a unit that is not in the directory any more."""
        directory = self._rulebook.directory
        if directory.is_within(self._unit, permit.unit):
            territories = None  # the whole node
        elif permit.unit in directory:
            territories = directory.subtree(permit.unit)
        else:
            return None
        return Sight(
            territories=territories,
            executors=tuple(sorted(self._rulebook.agencies.with_executors(permit.agencies)))
            or None,
            sectors=tuple(sorted(permit.sectors)) or None,
            hidden=(
                *(() if permit.opens_closed else self._closed),
                *(() if Right.ISSUES_MODERATE in permit.rights else (UNSORTED,)),
            ),
        )


def closed_topics(classifier: Classifier) -> tuple[str, ...]:
    """Sectors marked sensitive, and such topics of other sectors."""
    sectors = tuple(sector.code for sector in classifier.sectors if sector.sensitive)
    topics = (topic for topic in classifier.topics if topic.sensitive)
    return sectors + tuple(topic.code for topic in topics if topic.sector not in sectors)


def is_under(topic: str, codes: Iterable[str]) -> bool:
    """Whether a topic is one of these codes or lies below one."""
    return any(topic == code or topic.startswith(f"{code}.") for code in codes)
