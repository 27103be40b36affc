"""The moves open to the reader of an issue, as forms; and a refused form as it was typed.

The likely next one stands large and open, the others are folded below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel, Field

from node.domain.classifier import UNSORTED
from node.domain.errors import DomainError, Invalid
from node.domain.issue import MOVES, NOBODY, OUTCOME_NAMES, WAITING, Move, State
from node.domain.move_fields import CHOICES, MAX_ANSWER, MAX_BODY, MAX_REASON
from node.domain.rulebook import Rulebook
from node.store.issues import Issue
from node.store.replies import Reply
from node.web.locale import issue_words, russian
from node.web.pages.issue_filters import Option, executors_of, places, topic_groups

MAX_VERSION = 2**31 - 1  # what the column holds
LINES = {"text": 7, "reason": 3}
LIMITS = {"text": MAX_ANSWER, "reason": MAX_REASON, "responsible": MAX_BODY, "addressee": MAX_BODY}
TYPES = {"responsible": "text", "addressee": "text", "into": "text"}
TYPES |= {"until": "date", "sent_on": "date"}
# A move of place or topic begins with what stands now; the rest is written or chosen anew.
KEPT = ("topic", "territory")
LIKELY: Mapping[State, tuple[str, ...]] = {
    State.REGISTERED: ("admit", "route"),
    State.MODERATION: ("admit", "route"),
    State.COORDINATION: ("route",),
    State.RETURNED: ("route",),
    State.ROUTED: ("answer", "reroute"),
    State.PAUSED: ("resume",),
    State.APPROVAL: ("approve",),
    State.ANSWERED: ("close",),
    State.REOPENED: ("answer", "route"),
    State.CLOSED: ("reopen",),
    State.MERGED: ("unmerge",),
}
"""What is mostly done next in a state, the first of them that the reader may do."""
KINDS: Mapping[str, str] = {"answer": "final", "interim": "interim", "pause": "question"}
"""The kind of reply a move sends: such a form has beginnings, a preview and keeps a draft."""
NO_PROMISE = "По нормативу промежуточный ответ здесь больше невозможен: дайте окончательный."


@dataclass(frozen=True, slots=True)
class Known:
    """What forms begin with. `promise_by`: the latest day an interim answer may promise; `why`: by
    what the executor was proposed; `drafts`: the reader's own by their kind, the last written
    first; `waiting`: what awaits approval."""

    today: date
    promise_by: date | None = None
    why: str = ""
    drafts: Mapping[str, Reply] = field(default_factory=dict)
    waiting: Reply | None = None


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
    template: str = ""
    act: str = ""

    def fields(self) -> dict[str, str]:
        values = self.model_dump(exclude={"move", "version", "template", "act"})
        # Browsers send line ends as CR LF; one line end is one character to the one who typed it.
        return {name: text.replace("\r\n", "\n") for name, text in values.items() if text}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form as it was sent. `refusal`: why it was refused; None: it only asked for something."""

    form: MoveForm
    refusal: DomainError | None = None

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
    least: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class MoveView:
    """A form. `opened`: unfolded when the page is shown; `likely`: stands first and large.

    `kind`: of the reply it sends, with the `templates` for it, as (code, title). `blocked`: why
    there is no form.
    """

    name: str
    title: str
    fields: tuple[FieldView, ...]
    opened: bool
    likely: bool = False
    kind: str = ""
    templates: tuple[Option, ...] = ()
    blocked: str = ""


def forms(
    issue: Issue,
    moves: Sequence[Move],
    rulebook: Rulebook,
    unit: str,
    known: Known,
    attempt: Attempt | None = None,
) -> tuple[MoveView, ...]:
    """The moves open to the reader, the likely next one first, then in their order; unfolded is
    the attempted one, that of the reader's draft, or the likely one."""
    names = [move.name for move in moves]
    likely = next((one for one in LIKELY.get(State(issue.state), ()) if one in names), "")
    tried = attempt.form.move if attempt else ""
    begun = [
        name
        for kind in known.drafts
        for name, sent in KINDS.items()
        if sent == kind and name in names
    ]
    opened = tried if tried in names else next(iter((*begun, likely)), "")
    views = [
        MoveView(
            name=move.name,
            title=move.title,
            fields=tuple(
                field
                for name in (*move.requires, *move.optional)
                if (
                    field := _field(
                        name,
                        move,
                        issue,
                        rulebook,
                        unit,
                        known,
                        attempt if tried == move.name else None,
                    )
                )
            ),
            opened=move.name == opened,
            likely=move.name == likely,
            kind=_kind(move, known),
            templates=_templates(move, issue, rulebook),
            blocked=NO_PROMISE if move.name == "interim" and known.promise_by is None else "",
        )
        for move in moves
        if move.name != "forward" or issue.formal  # 59-ФЗ: only a formal appeal is forwarded
    ]
    return tuple(sorted(views, key=lambda view: not view.likely))


def _kind(move: Move, known: Known) -> str:
    if move.name == "approve" and known.waiting is not None:
        return known.waiting.kind
    return KINDS.get(move.name, "")


def _templates(move: Move, issue: Issue, rulebook: Rulebook) -> tuple[Option, ...]:
    if move.name not in KINDS:
        return ()
    found = rulebook.reply_templates.suitable(issue.topic, [KINDS[move.name]])
    return tuple((one.code, one.title) for one in found)


def _field(
    name: str,
    move: Move,
    issue: Issue,
    rulebook: Rulebook,
    unit: str,
    known: Known,
    attempt: Attempt | None,
) -> FieldView | None:
    """None for a choice that leaves nothing to choose."""
    required = name in move.requires or _asked_of_formal(name, move, issue)
    groups, blank = _options(name, move, issue, rulebook, unit)
    if name not in LINES and name not in TYPES and not groups:
        return None
    if name == "outcome" and move.name == "approve" and _kind(move, known) == "interim":
        return None
    least, most = _days(name, known)
    return FieldView(
        name=name,
        label=issue_words.LABELS.get(f"{move.name}.{name}", issue_words.FIELDS[name]),
        required=required,
        value=(
            attempt.form.fields().get(name, "") if attempt else _begun(name, move, issue, known)
        ),
        fault=attempt.faults().get(name) if attempt else None,
        hint=_hint(name, move, known),
        lines=LINES.get(name, 0),
        limit=LIMITS.get(name, 0),
        blank=blank,
        type=TYPES.get(name, ""),
        groups=groups,
        least=least,
        most=most,
    )


def _asked_of_formal(name: str, move: Move, issue: Issue) -> bool:
    """59-ФЗ: whom a formal appeal complains of is named once, before it goes to work."""
    asked = move.name == "admit" or (move.name == "route" and State(issue.state) in WAITING)
    return name == "complained_of" and issue.formal and not issue.complained_of and asked


def _begun(name: str, move: Move, issue: Issue, known: Known) -> str:
    """What a field holds before anything is typed: what stands, or what was begun before."""
    if name in KEPT:
        return str(getattr(issue, name))
    if name not in ("text", "until", "outcome") or not _kind(move, known):
        return ""
    begun = known.drafts.get(_kind(move, known))
    if begun is None:
        begun = known.waiting if move.name == "approve" else None
    if begun is None:
        return ""
    value = {"text": begun.text, "until": begun.until, "outcome": begun.outcome}[name]
    return value.isoformat() if isinstance(value, date) else value or ""


def _days(name: str, known: Known) -> tuple[str, str]:
    """The first and the last day a date field takes."""
    if name == "until":
        return known.today.isoformat(), known.promise_by.isoformat() if known.promise_by else ""
    return "", known.today.isoformat() if name == "sent_on" else ""


def _hint(name: str, move: Move, known: Known) -> str | None:
    if name == "executor" and move.name == "route" and known.why:
        return f"Предложен: {known.why}."
    if name == "until" and known.promise_by is not None:
        return f"По нормативу не позже: {russian.day(known.promise_by)}."
    return issue_words.HINTS.get(f"{move.name}.{name}", issue_words.HINTS.get(name))


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
            return (("", ((NOBODY, "никто"), *executors_of(agencies))),), "Выберите"
        case "executor":
            others = executors_of(agencies, besides=issue.executor)
            if name in move.requires or not issue.executor:
                return (("", others),), "Выберите"
            return (("", others),), f"Предложенный: {agencies.name(issue.executor)}"
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
