"""What is decided once, when a demo is first made, and kept beside its data for every restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from node.demo import surge
from node.demo.cast import Cast
from node.demo.surge import Surge
from node.demo.volumes import WEEK
from node.domain.directory import Directory

FILE = "plan.json"
DAY = timedelta(days=1)
LATE = 3
"""Summaries of single days that come a day late: a vertical in which nothing ever happens would
teach nobody what coverage is."""
AWAY = "RU-CHU"
AWAY_DAYS = 2
"""A region whose line is down at the end of the history, so that `missing` shows a name."""


class UnreadablePlan(Exception):
    """The folder holds something that is no demo's; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`first` is the first day of history, `until` the moment it ends, by the real clock.

    `late` are the days of units whose summary is sent a day after it should be; `away` the units
    that say nothing from a day on, until the demo is started again. `complete`: the history has
    been played to its end.
    """

    seed: int
    port: int
    first: date
    until: datetime
    surge: date
    late: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    away: Mapping[str, date] = field(default_factory=dict)
    complete: bool = False

    @property
    def surge_week(self) -> Surge:
        return Surge(surge.UNIT, self.surge)

    @property
    def days(self) -> int:
        """How many whole days of history there are."""
        return (self.surge - self.first).days + WEEK

    def steps(self) -> tuple[datetime, ...]:
        """The moments at which history is played, and its end.

        Two a day. A summary is final at noon and must be above by six in the evening, local time;
        no single moment lies between the two in all eleven zones.
        """
        moments = []
        day = self.first + DAY
        while (midnight := datetime(day.year, day.month, day.day, tzinfo=UTC)) < self.until:
            moments += [midnight + timedelta(hours=5.5), midnight + timedelta(hours=10.5)]
            day += DAY
        return (*(moment for moment in moments if moment < self.until), self.until)

    def is_silent(self, unit: str, today: date) -> bool:
        """Whether a unit does not call its parent on a local day of its history: what it keeps
        back is the summary of the day before."""
        since = self.away.get(unit)
        yesterday = today - DAY
        return (since is not None and yesterday >= since) or yesterday in self.late.get(unit, ())


def new_plan(
    directory: Directory, cast: Cast, *, seed: int, port: int, days: int, now: datetime
) -> Plan:
    """A plan for a demo that begins now, with `days` days behind it."""
    today = now.astimezone(directory.zone(directory.root.code)).date()
    rng = Random(f"{seed}/gaps")
    others = sorted(cast.leaves - {AWAY, surge.UNIT})
    late: dict[str, tuple[date, ...]] = {}
    if days > LATE + AWAY_DAYS:
        for number, unit in enumerate(rng.sample(others, LATE)):
            late[unit] = (today - (AWAY_DAYS + 1 + number) * DAY,)
    return Plan(
        seed=seed,
        port=port,
        first=today - days * DAY,
        until=now.replace(microsecond=0),
        surge=Surge.before(today).first,
        late=late,
        away={AWAY: today - AWAY_DAYS * DAY} if AWAY in cast.leaves and days > AWAY_DAYS else {},
    )


def load(folder: Path) -> Plan | None:
    """The plan kept in a folder, None when there is none. UnreadablePlan."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        values: dict[str, Any] = json.loads(text)
        return Plan(
            seed=values["seed"],
            port=values["port"],
            first=date.fromisoformat(values["first"]),
            until=datetime.fromisoformat(values["until"]),
            surge=date.fromisoformat(values["surge"]),
            late={
                unit: tuple(date.fromisoformat(day) for day in days)
                for unit, days in values["late"].items()
            },
            away={unit: date.fromisoformat(day) for unit, day in values["away"].items()},
            complete=values["complete"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadablePlan(
            f"{folder / FILE} не читается ({error}): удалите папку {folder} или выберите другую"
        ) from error


def save(plan: Plan, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{FILE}"
    fresh.write_text(json.dumps(asdict(plan), default=str, indent=1), encoding="utf-8")
    fresh.replace(folder / FILE)


def completed(plan: Plan) -> Plan:
    return replace(plan, complete=True)
