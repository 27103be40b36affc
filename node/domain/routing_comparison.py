"""What another set of rules would change: the same cases decided by both, and the differences.

Both sets judge each case as if it came today. Who has returned the issue meanwhile is left out:
that is about the issue, not about the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from node.domain.agencies import Agencies
from node.domain.directory import Directory
from node.domain.routing import Case, Decision, RuleSet, is_under, route

MOST_LISTED = 500  # changed issues named; beyond it they are counted only
LOOK = 64  # cases between two looks at the clock

Pair = tuple[str | None, str | None]
"""From which executor to which; None is the coordinator's queue."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One issue to be decided anew. `place`: where it stands in the list, to go on from there.
    `executor`: who has it now."""

    number: str
    case: Case
    executor: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Changed:
    """An issue the two sets send to different executors."""

    number: str
    topic: str
    territory: str
    now: str | None
    before: Decision
    after: Decision


@dataclass(slots=True)
class Comparison:
    """`checked` of `total` cases; `stopped_at` is the place of the last one where time ran out,
    None where all were checked. `pairs`: how many go from whom to whom."""

    total: int
    checked: int = 0
    stopped_at: str | None = None
    pairs: Counter[Pair] = field(default_factory=Counter)
    listed: list[Changed] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.pairs.total()


def compare(
    current: RuleSet,
    proposed: RuleSet,
    cases: Iterable[Tried],
    *,
    total: int,
    agencies: Agencies,
    directory: Directory,
    out_of_time: Callable[[], bool],
) -> Comparison:
    """Decide each case by both sets, one after the other as they come, until time is out."""
    found = Comparison(total)
    old, new = OfTopic(current), OfTopic(proposed)
    for tried in cases:
        case = tried.case
        before = route(old.rules(case.topic), case, agencies=agencies, directory=directory)
        after = route(new.rules(case.topic), case, agencies=agencies, directory=directory)
        found.checked += 1
        if before.executor != after.executor:
            found.pairs[before.executor, after.executor] += 1
            if len(found.listed) < MOST_LISTED:
                found.listed.append(
                    Changed(
                        tried.number,
                        tried.case.topic,
                        tried.case.territory,
                        tried.executor,
                        before,
                        after,
                    )
                )
        if found.checked % LOOK == 0 and found.checked < total and out_of_time():
            found.stopped_at = tried.place
            break
    return found


class OfTopic:
    """The rules of a set that a topic can fit: they decide as the whole set does, of a hundred
    rules only a few are looked at, and the trail leaves out what is of other topics."""

    def __init__(self, rules: RuleSet) -> None:
        self._all = rules
        self._by_topic: dict[str, RuleSet] = {}

    def rules(self, topic: str) -> RuleSet:
        known = self._by_topic.get(topic)
        if known is None:
            kept = (
                rule
                for rule in self._all.rules
                if not rule.conditions.topics or is_under(topic, rule.conditions.topics)
            )
            known = self._by_topic[topic] = replace(self._all, rules=tuple(kept))
        return known


def asks_for_words(*sets: RuleSet) -> bool:
    """Whether a text has to be read at all to decide by these sets."""
    return any(rule.conditions.words for rules in sets for rule in rules.rules)
