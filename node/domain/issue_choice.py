"""Which issues somebody asks for: the filters of the work list, as they are written in an address,
a saved filter and the API, and what they mean.

Filters combine: each narrows what the others leave. The store turns `Wanted` into conditions
(`store/work_lists.py`), and adds those of access to every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from node.domain.access import EVERYTHING, Sight
from node.domain.appeal import (
    CHANNEL,
    faults_of_executor,
    faults_of_line,
    faults_of_territory,
    faults_of_topic,
)
from node.domain.errors import Fault, Invalid
from node.domain.issue import ENDED, WAITING, State
from node.domain.lemmas import Term
from node.domain.local_day import bounds, day_of
from node.domain.rulebook import Rulebook
from node.domain.search_words import MAX_QUERY, search_for

OPEN = "open"
NEW = "new"
ALL = "all"
GROUPS: Mapping[str, tuple[State, ...] | None] = {
    OPEN: None,
    NEW: tuple(state for state in State if state in WAITING),
    ALL: None,
}
"""What `state` may be besides a state: what it stands for; None: no limit within its scope."""
STATES = (*GROUPS, *State)
MINE = "mine"
URGENCIES = ("urgent", "danger", "ordinary")
"""`urgent` takes in what is dangerous, whatever its urgency was set to since."""
SOON = "soon"
DUES = ("overdue", SOON, "today", "week")
ANSWERS = {"true": True, "false": False}
WEEK = timedelta(days=7)


class Scope(StrEnum):
    """Among which issues is looked, and in which order they come."""

    OPEN = "open"  # nobody has ended them: the nearest running deadline first
    ENDED = "ended"  # the last ended first
    ALL = "all"  # the last registered first; also wherever words are looked for


@dataclass(frozen=True, slots=True)
class Choice:
    """The filters as they are written; empty: any. `state` empty: every issue in work.

    `topic`: a topic or a sector. `executor`: an executor, an agency with its executors, or `mine`.
    `q`: words of the texts, or a number.
    """

    state: str = ""
    topic: str = ""
    territory: str = ""
    executor: str = ""
    channel: str = ""
    urgency: str = ""
    formal: str = ""
    due: str = ""
    q: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Choice:
        """From values by name, trimmed; names that are no filters are left out."""
        given = {name: values.get(name, "").strip() for name in FILTERS}
        if given["state"] == OPEN:  # the same, whether said or not
            given["state"] = ""
        return cls(**given)

    def given(self) -> dict[str, str]:
        """What is asked for, by name, without what is left open."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def query(self) -> str:
        """As the query of an address: the same choice is always written the same."""
        return urlencode(self.given())

    @property
    def scope(self) -> Scope:
        if self.state == ALL:
            return Scope.ALL
        return Scope.ENDED if self.state in ENDED else Scope.OPEN


FILTERS = tuple(field.name for field in fields(Choice))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which issues are asked for, in values a query can be made of. None: any.

    `due`: the running deadline lies after the first moment and not after the second. `warned_at`:
    its warning has begun by then, and it has not passed. `shown`: what the reader's rights reach.
    """

    scope: Scope = Scope.OPEN
    states: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    territory: str | None = None
    executors: tuple[str, ...] | None = None
    channel: str | None = None
    urgency: str | None = None
    formal: bool | None = None
    due: tuple[datetime | None, datetime] | None = None
    warned_at: datetime | None = None
    words: tuple[Term, ...] = ()
    shown: tuple[Sight, ...] = (EVERYTHING,)

    @property
    def newest_first(self) -> bool:
        """Whether issues come in the order they were registered, the last first."""
        return bool(self.words) or self.scope is Scope.ALL


def wanted(
    choice: Choice,
    *,
    rulebook: Rulebook,
    unit: str,
    now: datetime,
    shown: tuple[Sight, ...],
    mine: tuple[str, ...] = (),
) -> Wanted:
    """What a choice asks the store for. Invalid names every filter that cannot be.

    `mine`: the executors the reader's grants name; `now` and the unit's zone tell what is due.
    """
    faults = tuple(_faults(choice, rulebook, unit, mine))
    if faults:
        raise Invalid(*faults)
    return Wanted(
        scope=choice.scope,
        states=_states(choice.state),
        topics=_topics(choice.topic, rulebook) if choice.topic else None,
        territory=choice.territory or None,
        executors=_executors(choice.executor, rulebook, mine) if choice.executor else None,
        channel=choice.channel or None,
        urgency=choice.urgency or None,
        formal=ANSWERS.get(choice.formal),
        due=_due(choice.due, rulebook, unit, now) if choice.due not in ("", SOON) else None,
        warned_at=now if choice.due == SOON else None,
        words=search_for(choice.q),
        shown=shown,
    )


def _faults(
    choice: Choice, rulebook: Rulebook, unit: str, mine: tuple[str, ...]
) -> Iterator[Fault]:
    for name, known in (
        ("state", STATES),
        ("urgency", URGENCIES),
        ("formal", tuple(ANSWERS)),
        ("due", DUES),
    ):
        if getattr(choice, name) and getattr(choice, name) not in known:
            yield Fault(name, f"такого отбора нет; есть: {', '.join(known)}")
    if choice.topic and rulebook.classifier.sector(choice.topic) is None:
        yield from faults_of_topic(choice.topic, rulebook.classifier)
    if choice.territory:
        yield from faults_of_territory(choice.territory, rulebook.directory, unit)
    if choice.executor == MINE:
        if not mine:
            yield Fault("executor", "вашими ролями ведомство не названо: выберите его")
    elif choice.executor:
        yield from faults_of_executor(choice.executor, rulebook.agencies)
    if choice.channel and not CHANNEL.fullmatch(choice.channel):
        yield Fault("channel", "не похож на код канала: строчные латинские буквы, цифры, . _ -")
    if choice.due and choice.scope is not Scope.OPEN:
        yield Fault("due", "срок идёт только у тех, что в работе: уберите отбор по сроку")
    yield from _faults_of_words(choice.q)


def _faults_of_words(query: str) -> Iterator[Fault]:
    if not query:
        return
    if faults := tuple(faults_of_line("q", query, MAX_QUERY)):
        yield from faults
    elif not search_for(query):
        yield Fault("q", "искать нечего: напишите слово из обращения или номер")


def _states(state: str) -> tuple[str, ...] | None:
    if state in GROUPS or not state:
        group = GROUPS.get(state)
        return None if group is None else tuple(one.value for one in group)
    return (state,)


def _topics(code: str, rulebook: Rulebook) -> tuple[str, ...]:
    if rulebook.classifier.sector(code) is None:
        return (code,)
    return tuple(topic.code for topic in rulebook.classifier.topics if topic.sector == code)


def _executors(code: str, rulebook: Rulebook, mine: tuple[str, ...]) -> tuple[str, ...]:
    if code == MINE:
        return mine
    return tuple(sorted(rulebook.agencies.with_executors([code])))


def _due(
    code: str, rulebook: Rulebook, unit: str, now: datetime
) -> tuple[datetime | None, datetime]:
    """A deadline at midnight is the end of the day before it, as it is told everywhere."""
    zone = rulebook.directory.zone(unit)
    starts, ends = bounds(day_of(now, zone), zone)
    spans: Mapping[str, Callable[[], tuple[datetime | None, datetime]]] = {
        "overdue": lambda: (None, now - timedelta(microseconds=1)),
        "today": lambda: (starts, ends),
        "week": lambda: (now, bounds(day_of(now + WEEK, zone), zone)[1]),
    }
    return spans[code]()
