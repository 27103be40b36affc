"""The moves open to the reader of an issue, as forms; and a refused form as it was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from node.domain.classifier import UNSORTED
from node.domain.errors import DomainError, Invalid
from node.domain.issue import MOVES, NOBODY, OUTCOME_NAMES, Move
from node.domain.move_fields import CHOICES, MAX_ANSWER, MAX_BODY, MAX_REASON
from node.domain.rulebook import Rulebook
from node.store.issues import Issue
from node.web.locale import issue_words
from node.web.pages.issue_filters import Option, places, topic_groups

MAX_VERSION = 2**31 - 1  # what the column holds
LINES = {"text": 7, "reason": 3}
LIMITS = {"text": MAX_ANSWER, "reason": MAX_REASON, "responsible": MAX_BODY, "addressee": MAX_BODY}
TYPES = {"responsible": "text", "addressee": "text", "into": "text"}
TYPES |= {"until": "date", "sent_on": "date"}
# A move of place or topic begins with what stands now; the rest is written or chosen anew.
KEPT = ("topic", "territory")


class MoveForm(BaseModel):
    """A move as a browser sends it: every field a text, an empty one the same as none."""

    move: str = ""
    version: int = Field(ge=1, le=MAX_VERSION)
    executor: str = ""
    topic: str = ""
    territory: str = ""
    text: str = ""
    outcome: str = ""
    reason: str = ""
    urgency: str = ""
    complained_of: str = ""
    ground: str = ""
    responsible: str = ""
    until: str = ""
    into: str = ""
    addressee: str = ""
    way: str = ""
    sent_on: str = ""

    def fields(self) -> dict[str, str]:
        values = self.model_dump(exclude={"move", "version"})
        # Browsers send line ends as CR LF; one line end is one character to the one who typed it.
        return {name: text.replace("\r\n", "\n") for name, text in values.items() if text}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused, and why."""

    form: MoveForm
    refusal: DomainError

    def faults(self) -> Mapping[str, str]:
        """By field, in the words of this page."""
        if not isinstance(self.refusal, Invalid):
            return {}
        move, typed = MOVES.get(self.form.move), self.form.fields()
        required = move.requires if move else ()
        return {
            fault.field: (
                "заполните это поле"
                if fault.field in required and not typed.get(fault.field, "").strip()
                else fault.message
            )
            for fault in self.refusal.faults
        }

    def left_over(self, moves: Iterable[Move]) -> tuple[Option, ...]:
        """What was typed into a move that is open no more: (label, text), for copying."""
        if any(move.name == self.form.move for move in moves):
            return ()
        return tuple(
            (issue_words.FIELDS[name], text)
            for name, text in self.form.fields().items()
            if name in LINES
        )


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a form. `groups`: what may be chosen, under names; empty where text is typed.

    `lines`: of a text area; `type`: of an input.
    """

    name: str
    label: str
    required: bool
    value: str
    fault: str | None = None
    hint: str | None = None
    lines: int = 0
    limit: int = 0
    blank: str = ""
    type: str = ""
    groups: tuple[tuple[str, tuple[Option, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class MoveView:
    """A form. `opened`: unfolded when the page is shown."""

    name: str
    title: str
    fields: tuple[FieldView, ...]
    opened: bool


def forms(
    issue: Issue,
    moves: Sequence[Move],
    rulebook: Rulebook,
    unit: str,
    attempt: Attempt | None = None,
) -> tuple[MoveView, ...]:
    """The moves open to the reader, in their order; unfolded is the attempted one, or the first."""
    names = [move.name for move in moves]
    tried = attempt.form.move if attempt else ""
    opened = tried if tried in names else next(iter(names), "")
    return tuple(
        MoveView(
            name=move.name,
            title=move.title,
            fields=tuple(
                field
                for name in (*move.requires, *move.optional)
                if (
                    field := _field(
                        name, move, issue, rulebook, unit, attempt if tried == move.name else None
                    )
                )
            ),
            opened=move.name == opened,
        )
        for move in moves
    )


def _field(
    name: str, move: Move, issue: Issue, rulebook: Rulebook, unit: str, attempt: Attempt | None
) -> FieldView | None:
    """None for a choice that leaves nothing to choose."""
    required = name in move.requires
    groups, blank = _options(name, move, issue, rulebook, unit)
    if name not in LINES and name not in TYPES and not groups:
        return None
    value: str = getattr(issue, name) if name in KEPT else ""
    return FieldView(
        name=name,
        label=issue_words.FIELDS[name],
        required=required,
        value=attempt.form.fields().get(name, "") if attempt else value,
        fault=attempt.faults().get(name) if attempt else None,
        hint=issue_words.HINTS.get(f"{move.name}.{name}", issue_words.HINTS.get(name)),
        lines=LINES.get(name, 0),
        limit=LIMITS.get(name, 0),
        blank=blank,
        type=TYPES.get(name, ""),
        groups=groups,
    )


def _options(
    name: str, move: Move, issue: Issue, rulebook: Rulebook, unit: str
) -> tuple[tuple[tuple[str, tuple[Option, ...]], ...], str]:
    """What a field may be, in groups (a group without a name stands alone), and the blank."""
    agencies = rulebook.agencies
    if name in CHOICES:
        return (("", tuple(CHOICES[name].items())),), "Выберите" if name in move.requires else "–"
    match name:
        case "complained_of":
            if not issue.formal:
                return (), ""
            listed = tuple((agency.code, agency.name) for agency in agencies)
            return (("", ((NOBODY, "никто"), *listed)),), "Выберите"
        case "executor":
            others = [agency for agency in agencies if agency.code != issue.executor]
            listed = tuple((agency.code, agency.name) for agency in others)
            if name in move.requires or not issue.executor:
                return (("", listed),), "Выберите"
            return (("", listed),), f"Как сейчас: {agencies.name(issue.executor)}"
        case "outcome":
            return (("", tuple((code.value, text) for code, text in OUTCOME_NAMES.items())),), (
                "Выберите"
            )
        case "topic":
            unsorted = (UNSORTED, rulebook.classifier.name(UNSORTED))
            sectors = ((name, tuple(topics)) for _, name, topics in topic_groups(rulebook))
            return (("", (unsorted,)), *sectors), ""
        case "territory":
            here = tuple(places(rulebook, unit))
            return ((("", here),) if here else ()), ""
        case _:
            return (), ""
