"""Retention: what is kept of a resident after an issue has ended, how long, and what becomes of it.

The rules are data (`config/retention.toml`): for each kind of data the first rule from the top
that fits what it belongs to. Nothing here erases: `store/erasure.py` does, told by `due`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from node.domain.appeal import KINDS
from node.domain.classifier import Classifier
from node.domain.table import Table


class InvalidRetention(ValueError):
    """The rules of retention cannot be used; the message names the rule."""


class Data(StrEnum):
    """Kinds of what is held, under an appeal or under an issue."""

    CONTACT = "contact"  # name, phone, e-mail, address: the resident's row
    TEXT = "text"  # what the resident wrote, and the words it is found by
    MESSAGES = "messages"  # what the resident said later, by the status link
    PHOTOS = "photos"  # a resident's under the appeal, the staff's under the issue
    REPLIES = "replies"  # what residents were answered
    REASONS = "reasons"  # what was written beside moves
    DRAFTS = "drafts"  # replies that were never sent


class Fate(StrEnum):
    """What becomes of it."""

    REDACT = "redact"  # personal data in a text are replaced by marks, the text stays
    ERASE = "erase"


REDACTABLE = frozenset({Data.TEXT, Data.MESSAGES, Data.REPLIES, Data.REASONS})
MOST_DAYS = 36_525  # a hundred years: more is a typing slip
GONE = "[Текст удалён"
"""How the text that stands in place of an erased one begins."""
ON_REQUEST = "request"
"""In place of a rule's code, where a resident asked for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind of data is kept, in days after the issue has ended.

    Empty `kinds`, `channels`, `topics` limit nothing; `topics` are codes of topics or sectors.
    """

    code: str
    name: str
    data: Data
    redact_after: int | None = None
    erase_after: int | None = None
    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def fits_all(self) -> bool:
        return not (self.kinds or self.channels or self.topics)

    def fits(self, held: Held) -> bool:
        """Whether it is the rule for what belongs to this."""
        return (
            (not self.kinds or held.kind in self.kinds)
            and (not self.channels or held.channel in self.channels)
            and (
                not self.topics
                or any(
                    held.topic == code or held.topic.startswith(f"{code}.") for code in self.topics
                )
            )
        )

    def days(self, fate: Fate) -> int | None:
        return self.erase_after if fate is Fate.ERASE else self.redact_after


@dataclass(frozen=True, slots=True)
class Held:
    """What is held under one number, of an appeal or of an issue, since its issue has ended.

    `id`: of its row, in the table `of_issue` says. `items`: how many there are of each kind of
    data that is there at all. `redacted`: kinds whose texts have been redacted already. `topic`
    is the issue's.
    """

    id: int
    of_issue: bool
    subject: str
    kind: str
    channel: str
    topic: str
    ended_at: datetime
    items: Mapping[Data, int]
    redacted: frozenset[Data] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Step:
    """What a rule does to one kind of what is held, and when."""

    held: Held
    data: Data
    fate: Fate
    rule: Rule
    at: datetime

    @property
    def items(self) -> int:
        return self.held.items[self.data]


class Retention:
    """The rules in force at this node, in the order of the file."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """InvalidRetention names the rule that cannot be, or the data that no rule ever touches."""
        self.rules = tuple(rules)
        codes = [rule.code for rule in self.rules]
        for rule in self.rules:
            _check(rule)
            if rule.code == ON_REQUEST or codes.count(rule.code) > 1:
                raise InvalidRetention(f"rule {rule.code}: another code, this one is taken")
        for data in Data:
            of_data = [rule for rule in self.rules if rule.data is data]
            if not of_data or not of_data[-1].fits_all:
                raise InvalidRetention(
                    f"the last rule for {data} must fit all: no conditions in it"
                )

    @classmethod
    def from_table(cls, values: Mapping[str, object], classifier: Classifier) -> Retention:
        """From retention.toml. InvalidTable or InvalidRetention names the key or the rule."""
        table = Table(values)
        rules = tuple(_rule(entry, classifier) for entry in table.tables("rules"))
        table.close()
        return cls(rules)

    @property
    def shortest(self) -> timedelta:
        """Nothing is due before an issue has ended so long ago."""
        given = (rule.days(fate) for rule in self.rules for fate in Fate)
        return timedelta(days=min(days for days in given if days is not None))

    @property
    def longest(self) -> timedelta:
        """After so long nothing is left that any rule erases or redacts."""
        given = (rule.days(fate) for rule in self.rules for fate in Fate)
        return timedelta(days=max(days for days in given if days is not None))

    def fingerprint(self) -> str:
        """SHA-256 of what the rules do: where it changes, everything is looked at anew."""
        digest = hashlib.sha256()
        for rule in self.rules:
            limits = (sorted(limit) for limit in (rule.kinds, rule.channels, rule.topics))
            digest.update(
                f"{rule.data} {rule.redact_after} {rule.erase_after} {[*limits]}\n".encode()
            )
        return digest.hexdigest()

    def named(self, code: str) -> str:
        """A rule's name; its code where it is no longer in the file."""
        return next((rule.name for rule in self.rules if rule.code == code), code)

    def rule_for(self, data: Data, held: Held) -> Rule:
        """The first rule that fits."""
        return next(rule for rule in self.rules if rule.data is data and rule.fits(held))

    def steps(self, held: Held) -> tuple[Step, ...]:
        """Everything that is still to be done with what is held, the earliest first.

        What is erased by then is not redacted any more.
        """
        found = []
        for data, items in held.items.items():
            rule = self.rule_for(data, held)
            for fate in Fate:
                days = rule.days(fate)
                if days is None or not items or (fate is Fate.REDACT and data in held.redacted):
                    continue
                at = held.ended_at + timedelta(days=days)
                found.append(Step(held, data, fate, rule, at))
        return tuple(sorted(found, key=lambda step: step.at))


def due(rules: Retention, held: Held, now: datetime) -> tuple[Step, ...]:
    """What is to be done now; of one kind of data only the last word: erasing, if both are due."""
    steps = [step for step in rules.steps(held) if step.at <= now]
    erased = {step.data for step in steps if step.fate is Fate.ERASE}
    return tuple(step for step in steps if step.fate is Fate.ERASE or step.data not in erased)


def next_at(rules: Retention, held: Iterable[Held], now: datetime) -> datetime | None:
    """When something of this is due next, once what is due now is done; None: never again."""
    later = (step.at for one in held for step in rules.steps(one) if step.at > now)
    return min(later, default=None)


def marker(reason: str, on: str) -> str:
    """What stands in place of an erased text, for whoever reads it later. `on`: a local day."""
    return f"{GONE} {on}: {reason}]"


def _check(rule: Rule) -> None:
    if rule.redact_after is None and rule.erase_after is None:
        raise InvalidRetention(f"rule {rule.code}: give redact_after or erase_after")
    if rule.redact_after is not None and rule.data not in REDACTABLE:
        raise InvalidRetention(f"rule {rule.code}: {rule.data} is no text, it can only be erased")
    if (
        rule.redact_after is not None
        and rule.erase_after is not None
        and rule.redact_after >= rule.erase_after
    ):
        raise InvalidRetention(f"rule {rule.code}: redact_after must be less than erase_after")


def _rule(table: Table, classifier: Classifier) -> Rule:
    rule = Rule(
        code=table.text("code"),
        name=table.text("name"),
        data=Data(table.choice("data", "", tuple(Data))),
        redact_after=_days(table, "redact_after"),
        erase_after=_days(table, "erase_after"),
        kinds=frozenset(table.texts("kinds")),
        channels=frozenset(table.texts("channels")),
        topics=frozenset(table.texts("topics")),
    )
    table.close()
    for kind in rule.kinds:
        if kind not in KINDS:
            raise table.refusal("kinds", f"names {kind!r}; kinds are {', '.join(KINDS)}")
    for code in rule.topics:
        if classifier.sector(code) is None and not classifier.accepts(code):
            raise table.refusal("topics", f"names {code!r}, which is no topic and no sector")
    return rule


def _days(table: Table, key: str) -> int | None:
    days = table.optional_whole(key, least=1)
    if days is not None and days > MOST_DAYS:
        raise table.refusal(key, f"must be at most {MOST_DAYS} days")
    return days
