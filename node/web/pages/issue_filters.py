"""What the reader of the work list may choose, the address of a choice, its tabs and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from node.domain.access import Sight
from node.domain.agencies import Agencies
from node.domain.errors import Fault, Invalid
from node.domain.issue import ENDED, State
from node.domain.issue_choice import ALL, MINE, NEW, OPEN, Choice, Wanted, wanted
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store.issues import Issue
from node.store.work_lists import Place, place_of
from node.web.locale.issue_words import OVERDUE, SHOWN

PATH = "/issues"
AFTER = re.compile(r"(?:(\d{4}-\d\d-\d\dT[\d:.]{5,15})_)?(\d{1,10})", re.ASCII)
MAX_ID = 2**31 - 1  # what the column holds

Option = tuple[str, str]
"""A code and its name."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A choice and where its page begins, as the address has them."""

    choice: Choice = field(default_factory=Choice)
    after: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Listing:
        given = dict(values)
        if given.get("state") == OVERDUE:  # as the first release wrote it
            given |= {"state": OPEN, "due": OVERDUE}
        return cls(Choice.of(given), given.get("after", "").strip())

    @property
    def shown(self) -> str:
        """The line of the choice of states that is chosen."""
        if self.choice.due == OVERDUE and not self.choice.state:
            return OVERDUE
        return self.choice.state or OPEN

    @property
    def narrowed(self) -> bool:
        """Whether anything but the default view is asked for."""
        return self.choice != Choice()

    @property
    def folded(self) -> bool:
        """Whether a filter is chosen that the form keeps folded away."""
        one = self.choice
        due = "" if self.shown == OVERDUE else one.due
        return any((one.territory, one.executor, one.urgency, due, one.formal))

    @property
    def ended(self) -> bool:
        return self.choice.state in ENDED

    def query(self) -> str:
        return urlencode(self.choice.given() | ({"after": self.after} if self.after else {}))

    def address(self) -> str:
        query = self.query()
        return f"{PATH}?{query}" if query else PATH

    def beginning(self) -> str:
        """The address of the first page of this view."""
        return replace(self, after="").address()

    def following(self, last: Issue, asked: Wanted) -> str:
        """The address of the page that begins after an issue."""
        place = place_of(last, asked)
        stamp = ""
        if place.moment is not None:
            stamp = place.moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "_"
        return replace(self, after=f"{stamp}{place.id}").address()

    def wanted(
        self,
        rulebook: Rulebook,
        unit: str,
        now: datetime,
        shown: tuple[Sight, ...],
        mine: tuple[str, ...],
    ) -> Wanted:
        """What the store is asked for. Invalid names every filter that cannot be."""
        return wanted(self.choice, rulebook=rulebook, unit=unit, now=now, shown=shown, mine=mine)

    def place(self, asked: Wanted) -> Place | None:
        """Where the page begins. Invalid: `after` was not made by `following`."""
        if not self.after:
            return None
        made = AFTER.fullmatch(self.after)
        try:
            if made is None or int(made[2]) > MAX_ID or bool(made[1]) == asked.newest_first:
                raise ValueError
            moment = datetime.fromisoformat(made[1]).replace(tzinfo=UTC) if made[1] else None
            return Place(int(made[2]), moment)
        except ValueError as error:
            fault = Fault("after", "такого места в списке нет: начните с первой страницы")
            raise Invalid(fault) from error


TABS: tuple[tuple[str, Choice], ...] = (
    ("В работе", Choice()),
    ("Моё ведомство", Choice(executor=MINE)),
    ("Новые", Choice(state=NEW)),
    ("Не разобрано", Choice(topic="unsorted")),
    ("Срочные", Choice(urgency="urgent")),
    ("Срок сегодня", Choice(due="today")),
    ("Просрочено", Choice(due=OVERDUE)),
    ("На согласовании", Choice(state=State.APPROVAL)),
    ("Возвращены", Choice(state=State.RETURNED)),
    ("Ждём жителя", Choice(state=State.PAUSED)),
)
"""Filters everybody has, in their order; those that are nobody's business here are left out."""


def tabs_of(actor: Actor, mine: tuple[str, ...]) -> tuple[tuple[str, Choice], ...]:
    """The tabs that can show this reader anything."""
    moderates = actor.may(Right.ISSUES_MODERATE)
    return tuple(
        (name, choice)
        for name, choice in TABS
        if (choice.executor != MINE or mine) and (choice.topic != "unsorted" or moderates)
    )


def mine_of(actor: Actor, rulebook: Rulebook) -> tuple[str, ...]:
    """The executors the reader's own roles name: their agencies with all who work under them."""
    named = {
        code
        for permit in actor.permits
        if Right.ISSUES_READ in permit.rights
        for code in permit.agencies
    }
    return tuple(sorted(rulebook.agencies.with_executors(named))) if named else ()


def topic_groups(rulebook: Rulebook) -> list[tuple[str, str, list[Option]]]:
    """Sectors with their topics: (code, name, topics)."""
    classifier = rulebook.classifier
    return [
        (
            sector.code,
            sector.name,
            [
                (topic.code, topic.name)
                for topic in classifier.topics
                if topic.sector == sector.code
            ],
        )
        for sector in classifier.sectors
    ]


def places(rulebook: Rulebook, unit: str) -> list[Option]:
    """The unit itself and those below, by name; nothing to choose where there are none below."""
    directory = rulebook.directory
    below = sorted((directory.name(code), code) for code in directory.subtree(unit)[1:])
    if not below:
        return []
    whole = (unit, f"{directory.name(unit)}: место не уточнено")
    return [whole, *((code, name) for name, code in below)]


def executors_of(agencies: Agencies, *, besides: str | None = None) -> tuple[Option, ...]:
    """Agencies, and after each the executors under it."""
    return tuple(
        (one.code, one.name if agencies.get(one.code) else f"– {one.name}")
        for one in agencies.everyone
        if one.code != besides
    )


STATES = {**SHOWN, NEW: "Новые, не принятые", ALL: "Все, что были"}
