"""The life of an issue at a live node: when a resident wrote, and what was done when.

Drawn from the seed, the unit and the day alone, as the figures of played regions are; but here
every issue is a row that can be opened and read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from node.demo import texts
from node.demo.volumes import HOURS, expected_on, topic_shares, weekly_appeals
from node.domain.appeal import NewAppeal
from node.domain.classifier import UNSORTED
from node.domain.directory import Directory
from node.domain.rulebook import Rulebook

CHANNELS: Mapping[str, int] = {
    "web_form": 30,
    "pos": 26,
    "vk": 22,
    "telegram": 12,
    "phone": 7,
    "email": 3,
}
LIVE_SHARE = 0.75
"""Live regions stand for smaller ones, still over 1 500 a week: every appeal is a dozen rows here,
and a demo is waited for."""


class Step(NamedTuple):
    """One move on an issue."""

    at: datetime
    move: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Life:
    """One appeal and all that becomes of the issue it opens, as far as anybody can tell."""

    appeal: NewAppeal
    received_at: datetime
    steps: tuple[Step, ...]


class Residents:
    """Those who write to one live leaf: how many a week, about what, from where."""

    def __init__(
        self, rulebook: Rulebook, unit: str, *, own_nodes: frozenset[str], seed: int, first: date
    ) -> None:
        """`own_nodes`: units with a node of their own, whose residents do not write here."""
        directory = rulebook.directory
        self._rulebook = rulebook
        self._unit = unit
        self._seed = seed
        self._first = first
        self._places = _places(directory, unit, own_nodes)
        region = _region(directory, unit)
        whole = directory.population(region) or 1
        self.weekly = (
            LIVE_SHARE
            * weekly_appeals(region, whole)
            * sum(self._places.values())
            / _residents(directory, region)
        )
        self._shares = topic_shares(
            rulebook.classifier,
            Random(f"{seed}/{unit}"),
            weekly=self.weekly,
            least_a_week=0.2,
        )

    def lives(self, day: date, *, sorted_before: datetime) -> Iterator[Life]:
        """Everybody who wrote on a local day, in the order of their writing.

        Who wrote without a topic before `sorted_before` has been sorted since.
        """
        rng = Random(f"{self._seed}/{self._unit}/{day}")
        expected = expected_on(self.weekly, day, self._first)
        count = max(0, round(rng.gauss(expected, expected**0.5)))
        moments = sorted(self._moment(day, rng) for _ in range(count))
        for number, received_at in enumerate(moments):
            yield self._life(day, number, received_at, rng, sorted_before)

    def appeal(self, rng: Random, *, external_id: str) -> NewAppeal:
        """What somebody here might write at any time; `received_at` is left open."""
        topic = rng.choices(list(self._shares), list(self._shares.values()))[0]
        return NewAppeal(
            text=texts.appeal_text(topic, self._rulebook.classifier, rng),
            territory=rng.choices(list(self._places), list(self._places.values()))[0],
            channel=rng.choices(list(CHANNELS), list(CHANNELS.values()))[0],
            topic=None if topic == UNSORTED else topic,
            external_id=external_id,
        )

    def _moment(self, day: date, rng: Random) -> datetime:
        hour = rng.choices(range(24), HOURS)[0]
        return datetime.combine(
            day,
            time(hour, rng.randrange(60), rng.randrange(60)),
            self._rulebook.directory.zone(self._unit),
        )

    def _life(
        self, day: date, number: int, received_at: datetime, rng: Random, sorted_before: datetime
    ) -> Life:
        appeal = self.appeal(rng, external_id=f"demo-{day:%Y%m%d}-{number:04}")
        if appeal.topic is None:
            if received_at >= sorted_before:
                return Life(appeal, received_at, ())
            appeal = NewAppeal(
                text=appeal.text,
                territory=appeal.territory,
                channel=appeal.channel,
                topic="services.officials",
                external_id=appeal.external_id,
            )
        return Life(appeal, received_at, tuple(self._steps(appeal, received_at, rng)))

    def _steps(self, appeal: NewAppeal, at: datetime, rng: Random) -> Iterator[Step]:
        fast = self._rulebook.classifier.is_fast_track(appeal.topic or UNSORTED)
        at += _hours(rng, 2.6, 1.0)
        yield Step(at, "route", {})
        at += _hours(rng, 11, 0.8)
        yield Step(at, "answer", {"text": rng.choice(texts.ANSWERS)})
        at += _hours(rng, 48 if fast else 150, 0.9)
        yield _closing(at, fast, rng)
        if rng.random() < 0.03:
            at += _hours(rng, 30, 0.8)
            yield Step(at, "reopen", {"reason": rng.choice(texts.NOT_SOLVED)})
            at += _hours(rng, 60, 0.7)
            yield Step(at, "answer", {"text": rng.choice(texts.ANSWERS)})
            at += _hours(rng, 20, 0.7)
            yield _closing(at, fast, rng)


def _closing(at: datetime, fast: bool, rng: Random) -> Step:
    solved = 0.72 if fast else 0.56
    chance = rng.random()
    if chance < solved:
        return Step(at, "close", {"outcome": "solved"})
    if chance < 0.94:
        return Step(at, "close", {"outcome": "explained"})
    return Step(at, "close", {"outcome": "refused", "reason": rng.choice(texts.REFUSALS)})


def _hours(rng: Random, median: float, sigma: float) -> timedelta:
    return timedelta(seconds=round(median * 3600 * rng.lognormvariate(0, sigma)))


def _region(directory: Directory, unit: str) -> str:
    """The unit itself, or the nearest above it, that stands right under a district."""
    lineage = (unit, *directory.ancestors(unit))
    return lineage[-3]


def _places(directory: Directory, unit: str, own_nodes: frozenset[str]) -> dict[str, int]:
    """Residents by the territory they write about: the unit's rest, and units served through it."""
    others = [code for code in directory.subtree(unit) if code != unit]
    below = {code: directory.population(code) or 0 for code in others if code not in own_nodes}
    rest = directory.own_population(unit, others) or 0
    return {unit: max(rest, 1), **below}


def _residents(directory: Directory, region: str) -> int:
    """All the residents of a region as its places add up: census and places differ a little."""
    below = sum(directory.population(unit.code) or 0 for unit in directory.children(region))
    return max(directory.population(region) or 0, below, 1)
