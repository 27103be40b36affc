"""Rulebook: the reference values a node works by, handed to every action as one thing.

Read once at start by `node/reference.py`; a changed file is a new start. What depends on the day
or on other people's data (certificates, assignments, calendars) is not here but in the store.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from node.domain.agencies import Agencies
from node.domain.classifier import Classifier
from node.domain.danger import TOPIC, DangerRules
from node.domain.directory import Directory
from node.domain.norms import Norms
from node.domain.notices import Notices
from node.domain.readiness_defaults import ReadinessDefaults
from node.domain.repeats import RepeatRules
from node.domain.reply_templates import ReplyTemplates
from node.domain.retention import Retention
from node.domain.roles import Roles
from node.domain.routing import RuleSet
from node.domain.tier import TierPolicy


class InvalidRulebook(ValueError):
    """Reference files contradict one another; the message names where."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Directory, classifier, agencies, tiers, norms, roles, defaults of directives, terms
    of retention, words of letters, shipped routing rules, words of danger and beginnings of answers
    that fit together.

    `tiers` is by tier code, from the top down. `expected` is how many units of a tier there
    should be: a number to be warned by, never to fail on, since countries change.
    """

    directory: Directory
    classifier: Classifier
    agencies: Agencies
    tiers: Mapping[str, TierPolicy]
    norms: Norms
    expected: Mapping[str, int]
    roles: Roles
    readiness: ReadinessDefaults
    retention: Retention
    notices: Notices
    routing: RuleSet = field(default_factory=RuleSet)
    danger: DangerRules = field(default_factory=DangerRules)
    repeats: RepeatRules = field(default_factory=RepeatRules)
    reply_templates: ReplyTemplates = field(default_factory=ReplyTemplates)

    def __post_init__(self) -> None:
        for unit in self.directory.units:
            if unit.tier not in self.tiers:
                known = ", ".join(self.tiers)
                raise InvalidRulebook(f"unit {unit.code}: tier {unit.tier} is none of {known}")

    def tier_of(self, unit: str) -> TierPolicy:
        """The policy of the tier a unit stands on; KeyError when the unit is unknown."""
        return self.tiers[self.directory[unit].tier]

    def danger_name(self, rule: str, topic: str) -> str:
        """What an alert of a rule tells, for an issue of a topic."""
        return self.classifier.name(topic) if rule == TOPIC else self.danger.name(rule)

    def counting_sha256(self) -> str:
        """A fingerprint of what figures are counted by: the units above one another, the topics.

        Where it changes, what was added up before has to be added up again.
        """
        digest = hashlib.sha256()
        for unit in sorted(self.directory.units, key=lambda unit: unit.code):
            digest.update(f"{unit.code}<{unit.parent}\n".encode())
        for topic in sorted(self.classifier.topics, key=lambda topic: topic.code):
            digest.update(f"{topic.code}:{topic.sector}\n".encode())
        return digest.hexdigest()

    def surprises(self) -> tuple[str, ...]:
        """Sentences on tiers whose number of units is not the expected one, for a warning."""
        counted = Counter(unit.tier for unit in self.directory.units)
        return tuple(
            f"tier {tier}: {counted[tier]} units in the directory, {number} expected"
            for tier, number in self.expected.items()
            if counted[tier] != number
        )
