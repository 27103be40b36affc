"""The issue an appeal opens: its topic, its proposed executor and its deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from node.domain.appeal import AcceptedAppeal
from node.domain.classifier import UNSORTED
from node.domain.danger import find_danger
from node.domain.deadline import Deadline
from node.domain.deadline_facts import DeadlineFacts, deadlines
from node.domain.repeats import text_key
from node.domain.routing import Case
from node.domain.rulebook import Rulebook
from node.domain.search_words import words_of


@dataclass(frozen=True, slots=True)
class Opening:
    """An issue about to be opened by an appeal.

    `executor` is proposed by the topic and confirmed by the first `route`; None: nobody can be.
    `urgency` and `danger`: raised by words of danger to life or by such a topic. `words`: what it
    is found by.
    """

    accepted: AcceptedAppeal
    topic: str
    executor: str | None
    deadlines: tuple[Deadline, ...]
    urgency: str = "ordinary"
    danger: bool = False
    text_key: str | None = None
    words: tuple[str, ...] = ()

    def case(self) -> Case:
        """The issue as routing sees it."""
        appeal = self.accepted.appeal
        return Case(
            topic=self.topic,
            territory=appeal.territory,
            channel=appeal.channel,
            urgency=self.urgency,
            kind=appeal.kind,
            text=appeal.text,
            address=appeal.contact.address,
            lat=appeal.lat,
            lon=appeal.lon,
        )

    def columns(self) -> dict[str, datetime | None]:
        """The deadlines as columns of an issue nothing has been answered on."""
        return deadline_columns(self.deadlines, first_answer_at=None)


def opening(accepted: AcceptedAppeal, rulebook: Rulebook, unit: str, *, now: datetime) -> Opening:
    """What an appeal registered now opens at the node of `unit`."""
    appeal = accepted.appeal
    topic = appeal.topic or UNSORTED
    by_words = bool(find_danger(appeal.text, rulebook.danger))
    danger = by_words or rulebook.classifier.is_danger(topic)
    urgency = "urgent" if danger else "ordinary"
    facts = DeadlineFacts(
        channel=appeal.channel,
        topic=topic,
        territory=appeal.territory,
        urgency=urgency,
        formal=appeal.kind == "formal",
        arrived_at=accepted.received_at,
        registered_at=now,
        danger=danger,
        formal_arrived_at=accepted.received_at if appeal.kind == "formal" else None,
    )
    return Opening(
        accepted=accepted,
        topic=topic,
        executor=rulebook.agencies.for_topic(topic).code,
        deadlines=deadlines(facts, rulebook=rulebook, unit=unit),
        urgency=urgency,
        danger=danger,
        text_key=text_key(appeal.text, rulebook.repeats),
        words=words_of([appeal.text], []),
    )


def deadline_columns(
    found: Iterable[Deadline], *, first_answer_at: datetime | None
) -> dict[str, datetime | None]:
    """Deadlines as the face of an issue has them; `warn_at` is that of the one running now."""
    by_kind = {deadline.kind: deadline for deadline in found}
    first, final = by_kind.get("first_answer"), by_kind["final"]
    forward = by_kind.get("forward")
    running = first if first is not None and first_answer_at is None else final
    return {
        "first_due_at": first.due_at if first else None,
        "final_due_at": final.due_at,
        "drags_at": final.drags_at,
        "warn_at": running.warn_at,
        "forward_due_at": forward.due_at if forward else None,
    }
