"""What the reader of the work list may choose, the address of a choice, and its options."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from node.domain.appeal import faults_of_territory, faults_of_topic
from node.domain.errors import Fault, Invalid
from node.domain.issue import ENDED
from node.domain.rulebook import Rulebook
from node.store.issues import Issue
from node.store.work_lists import Place, Wanted
from node.web.locale.issue_words import OPEN, OVERDUE, SHOWN

PATH = "/issues"
AFTER = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]{5,15})_(\d{1,10})", re.ASCII)
MAX_ID = 2**31 - 1  # what the column holds

Option = tuple[str, str]
"""A code and its name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The filters as the address has them; empty is "any". `topic`: of a topic or a sector."""

    state: str = ""
    topic: str = ""
    territory: str = ""
    after: str = ""

    @property
    def shown(self) -> str:
        return self.state or OPEN

    @property
    def narrowed(self) -> bool:
        """Whether anything but the default view is asked for."""
        return self.shown != OPEN or bool(self.topic or self.territory)

    def address(self) -> str:
        query = urlencode({name: value for name, value in asdict(self).items() if value})
        return f"{PATH}?{query}" if query else PATH

    def beginning(self) -> str:
        """The address of the first page of this view."""
        return replace(self, after="").address()

    def following(self, last: Issue) -> str:
        """The address of the page that begins after an issue."""
        moment = last.closed_at if self.shown in ENDED else last.next_due_at
        assert moment is not None  # nothing else is in this view
        stamp = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
        return replace(self, after=f"{stamp}_{last.id}").address()

    def wanted(self, rulebook: Rulebook, unit: str, now: datetime) -> Wanted:
        """What the store is asked for. Invalid names every filter that cannot be."""
        faults: list[Fault] = []
        if self.shown not in SHOWN:
            faults.append(Fault("state", f"такого отбора нет; есть: {', '.join(SHOWN)}"))
        topics = _of_sector(rulebook, self.topic)
        if self.topic and topics is None:
            faults += faults_of_topic(self.topic, rulebook.classifier)
            topics = (self.topic,)
        if self.territory:
            faults += faults_of_territory(self.territory, rulebook.directory, unit)
        if faults:
            raise Invalid(*faults)
        is_state = self.shown not in (OPEN, OVERDUE)
        return Wanted(
            state=self.shown if is_state else None,
            overdue_at=now if self.shown == OVERDUE else None,
            topics=topics,
            territory=self.territory or None,
        )

    def place(self) -> Place | None:
        """Where the page begins. Invalid: `after` was not made by `following`."""
        if not self.after:
            return None
        made = AFTER.fullmatch(self.after)
        try:
            if made is None or int(made[2]) > MAX_ID:
                raise ValueError
            return datetime.fromisoformat(made[1]).replace(tzinfo=UTC), int(made[2])
        except ValueError as error:
            fault = Fault("after", "такого места в списке нет: начните с первой страницы")
            raise Invalid(fault) from error


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


def _of_sector(rulebook: Rulebook, code: str) -> tuple[str, ...] | None:
    """The topics of a sector; None when the code is not of a sector."""
    if rulebook.classifier.sector(code) is None:
        return None
    return tuple(topic.code for topic in rulebook.classifier.topics if topic.sector == code)
