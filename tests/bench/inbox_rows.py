"""A synthetic region of years: issues, their appeals and their searched words, as rows.

Shapes are those of the brief: sectors by their shares, one territory of the region apiece, one
issue in twenty in work and one in fifty late. Words are drawn by their rank, as in any language;
the few that are asked for are real ones at known ranks. Nothing here is by chance: the same seed
gives the same rows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from node.domain.rulebook import Rulebook

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)
WARNED = timedelta(days=1)  # before a deadline
VOCABULARY = 20_000
FLATTEN = 10  # rank r is drawn with the weight 1 / (r + FLATTEN): the first stands in every fourth
WORDS = 26  # drawn for one text
TEXTS = 40_000  # different ones; each stands in several issues, which changes no frequency
# Rank → a lemma that is asked for.
KNOWN = {
    0: "дорога",
    1: "дом",
    2: "двор",
    3: "вода",
    40: "снег",
    400: "фонарь",
    3_000: "сосулька",
    12_000: "голубятня",
    15_000: "оранжерея",
}
SHARES = {
    "health": 20.0,
    "social": 15.0,
    "family": 5.0,
    "roads": 13.5,
    "utilities": 12.0,
    "amenities": 11.0,
    "waste": 7.5,
    "transport": 4.0,
    "education": 3.0,
}
STATES = {
    "registered": 12,
    "moderation": 4,
    "coordination": 8,
    "routed": 46,
    "returned": 3,
    "paused": 4,
    "approval": 8,
    "answered": 12,
    "reopened": 3,
}
ENDED = {"closed": 93, "rejected": 4, "merged": 3}
CHANNELS = {"web_form": 30, "portal": 40, "vk": 20, "api": 10}
_CONSONANTS = ("б", "в", "г", "д", "ж", "з")
_VOWELS = ("а", "е", "и", "о", "у")
UNANSWERED = {"registered", "moderation", "coordination", "returned"}


@dataclass(frozen=True, slots=True)
class Rows:
    """One issue as rows of three tables, by column."""

    issue: dict[str, Any]
    appeal: dict[str, Any]
    words: str


def rows(rulebook: Rulebook, unit: str, number: int) -> Iterator[Rows]:
    """`number` issues in the order they came, ids from 1; the newest are in work, and some old."""
    chance = random.Random(number)
    topics, weights = _topics(rulebook)
    territories = rulebook.directory.subtree(unit)
    texts = _texts(chance)
    executors = {topic: rulebook.agencies.for_topic(topic).code for topic in topics}
    newest = number - number * 45 // 1000
    for i in range(number):
        topic = chance.choices(topics, cum_weights=weights)[0]
        arrived = NOW - YEARS * ((number - i) / number)
        is_open = chance.random() < (0.95 if i >= newest else 0.0076)
        shape = _open(chance, arrived) if is_open else _ended(chance, arrived)
        danger = chance.random() < 0.01
        words = chance.choice(texts)
        channel = _one_of(chance, CHANNELS)
        yield Rows(
            {
                "id": i + 1,
                "number": f"{unit}-P26-{i + 1:07}",
                "topic": topic,
                "territory": chance.choice(territories),
                "executor": executors[topic],
                "channel": channel,
                "urgency": "urgent" if danger or chance.random() < 0.03 else "ordinary",
                "danger": danger,
                "formal": chance.random() < 0.1,
                "version": 3,
                "appeals": 1,
                "lat": None,
                "lon": None,
                "arrived_at": arrived,
                "opened_at": arrived,
                "routed_at": arrived,
                "drags_at": None,
                "forward_due_at": None,
                "paused_until": None,
                "promised_on": None,
                "complained_of": None,
                "merged_into": None,
                "head_id": None,
                "interims": 0,
                "returns": 0,
                "reopens": 0,
                **shape,
            },
            {
                "id": i + 1,
                "number": f"{unit}-26-{i + 1:07}",
                "status_key": f"key-{i + 1}",
                "issue_id": i + 1,
                "channel": channel,
                "external_id": None,
                "kind": "message",
                "territory": territories[0],
                "topic": None,
                "text": words,
                "lat": None,
                "lon": None,
                "repeated": False,
                "received_at": arrived,
                "registered_at": arrived,
            },
            f" {words} ",
        )


def _open(chance: random.Random, arrived: datetime) -> dict[str, Any]:
    state = _one_of(chance, STATES)
    answered = state not in UNANSWERED and chance.random() < 0.5
    late = chance.random() < 0.4
    due = NOW + timedelta(
        minutes=-chance.expovariate(1 / 6_000) if late else chance.randint(1, 36_000)
    )
    return {
        "state": state,
        "outcome": None,
        "changed_at": arrived,
        "closed_at": None,
        "first_answer_at": arrived if answered else None,
        "first_due_at": due,
        "final_due_at": due if answered else due + timedelta(days=27),
        "warn_at": due - WARNED,
    }


def _ended(chance: random.Random, arrived: datetime) -> dict[str, Any]:
    state = _one_of(chance, ENDED)
    closed = min(arrived + timedelta(minutes=chance.randint(60, 40_000)), NOW)
    return {
        "state": state,
        "outcome": "solved" if state == "closed" else None,
        "changed_at": closed,
        "closed_at": closed,
        "first_answer_at": closed,
        "first_due_at": arrived + timedelta(days=3),
        "final_due_at": arrived + timedelta(days=30),
        "warn_at": arrived + timedelta(days=30) - WARNED,
    }


def _topics(rulebook: Rulebook) -> tuple[list[str], list[float]]:
    topics = [topic.code for topic in rulebook.classifier.topics]
    sizes: dict[str, int] = {}
    for topic in rulebook.classifier.topics:
        sizes[topic.sector] = sizes.get(topic.sector, 0) + 1
    rest = (100 - sum(SHARES.values())) / (len(sizes) - len(SHARES))
    weights = [
        SHARES.get(topic.sector, rest) / sizes[topic.sector] for topic in rulebook.classifier.topics
    ]
    return [*topics, "unsorted"], list(itertools.accumulate([*weights, 4.0]))


def _texts(chance: random.Random) -> list[str]:
    vocabulary = [KNOWN.get(rank) or _made_up(rank) for rank in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + FLATTEN) for rank in range(VOCABULARY)))
    return [
        " ".join(dict.fromkeys(chance.choices(vocabulary, cum_weights=weights, k=WORDS)))
        for _ in range(TEXTS)
    ]


def _made_up(rank: int) -> str:
    """A word no dictionary has, six or seven letters: syllables that spell the rank."""
    first, rest = divmod(rank, 30 * 30)
    middle, last = divmod(rest, 30)
    return (
        "".join(
            consonant + vowel
            for digit in (last, first, middle)
            for consonant, vowel in ((_CONSONANTS[digit // 5], _VOWELS[digit % 5]),)
        )
        + _CONSONANTS[rank % 6]
    )


def _one_of(chance: random.Random, weighed: dict[str, int]) -> str:
    return chance.choices(list(weighed), weights=list(weighed.values()))[0]
