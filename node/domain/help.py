"""Help (помощь) asked from above and what addressees say of it: values, and what may be said.

What may be asked is in `new_help.py`; how far a help has come among its addressees is worked out
in `help_progress.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from node.domain.directive import DatedState
from node.domain.errors import Fault, Invalid
from node.domain.outgoing_text import faults_of_outgoing_text

MAX_TEXT = 10_000  # of a help and of an answer; a title and a reason are shorter
MAX_ANSWERS = 100
MAX_ATTENDED = 10_000_000

# The pattern first: fromisoformat also takes 20261121 and 2026-W47-6.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class HelpKind(StrEnum):
    QUESTION = "question"
    TRAINING = "training"
    ADVICE = "advice"
    PRACTICE = "practice"
    OFFER = "offer"


class HelpState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Help:
    """A question to be answered by `due_on`, or a training to be held on `planned_on`.

    `to` are the units asked, resolved when it was asked; `directive` the one it belongs to.
    """

    id: str
    issuer: str
    kind: HelpKind
    to: tuple[str, ...]
    directive: str | None
    title: str
    text: str | None
    asked_on: date
    due_on: date | None
    planned_on: date | None
    states: tuple[DatedState, ...]

    @property
    def state(self) -> HelpState:
        return HelpState(self.states[-1].state)

    @property
    def is_open(self) -> bool:
        return self.state is HelpState.OPEN

    @property
    def is_training(self) -> bool:
        return self.kind is HelpKind.TRAINING

    @property
    def last_day(self) -> date | None:
        """The day after which silence is overdue; a training is reported on the day it is held
        unless another day was named."""
        return self.due_on or self.planned_on


@dataclass(frozen=True, slots=True)
class Answer:
    """What an addressee answered, from which post. A later one corrects those before it."""

    at: datetime
    post: str
    text: str


@dataclass(frozen=True, slots=True)
class HelpReport:
    """What one origin says for one addressee, in the order it was said.

    `origin` is the node that signs it: the unit's own, or one above (`on_behalf`). `seen_at` is
    when a person of the unit who may answer first opened it. `attended` is a number, never names.
    """

    help: str
    unit: str
    origin: str
    on_behalf: bool
    seen_at: datetime | None = None
    answers: tuple[Answer, ...] = ()
    held_on: date | None = None
    attended: int | None = None


def one_history(help: str, unit: str, reports: Sequence[HelpReport]) -> HelpReport:
    """The reports on one addressee as one, as those on directives are read: what was said on its
    behalf until it spoke itself, its own words from then on.

    A training counts once: as the unit itself reports it, else as the latest of those who spoke
    for it. Empty when there is no report.
    """
    own = next((one for one in reports if not one.on_behalf), None)
    others = [one for one in reports if one.on_behalf]
    began = own.answers[0].at if own and own.answers else None
    answers = [
        answer for one in others for answer in one.answers if began is None or answer.at < began
    ]
    answers.sort(key=lambda answer: answer.at)
    held = max(
        (one for one in others if one.held_on is not None),
        key=lambda one: (one.held_on, one.origin),
        default=None,
    )
    if own is not None and own.held_on is not None:
        held = own
    return HelpReport(
        help=help,
        unit=unit,
        origin=unit if own else next((one.origin for one in others), unit),
        on_behalf=own is None and bool(others),
        seen_at=own.seen_at if own else None,
        answers=(*answers, *(own.answers if own else ())),
        held_on=held.held_on if held else None,
        attended=held.attended if held else None,
    )


@dataclass(frozen=True, slots=True)
class HelpEntries:
    """What is added to a report. None leaves a thing as it stands; `not_held` takes back that a
    training was held, and with it who attended."""

    answer: str | None = None
    held_on: date | None = None
    attended: int | None = None
    not_held: bool = False


def faults_of_entries(
    help: Help, report: HelpReport, given: HelpEntries, today: date
) -> list[Fault]:
    """What cannot be said of a help.

    `report` is what this origin has said so far, `today` the local day of the addressee.
    """
    faults: list[Fault] = []
    if given.answer is not None:
        faults += faults_of_outgoing_text("answer", given.answer, at_most=MAX_TEXT)
        if len(report.answers) >= MAX_ANSWERS:
            faults.append(Fault("answer", f"ответов уже {MAX_ANSWERS}: больше не принимается"))
    about_holding = given.held_on is not None or given.attended is not None or given.not_held
    if about_holding and not help.is_training:
        field = "attended" if given.attended is not None else "held_on"
        faults.append(Fault(field, "это не обучение: ответьте текстом"))
    elif about_holding:
        faults += _faults_of_holding(report, given, today)
    elif given.answer is None and help.is_training:
        faults.append(Fault("held_on", "укажите, когда обучение проведено, или ответьте текстом"))
    elif given.answer is None:
        faults.append(Fault("answer", "пусто: напишите ответ"))
    return faults


def _faults_of_holding(report: HelpReport, given: HelpEntries, today: date) -> list[Fault]:
    faults: list[Fault] = []
    if given.held_on is not None and given.not_held:
        faults.append(Fault("held_on", "день указан, а обучение отмечено как непроведённое"))
    elif given.held_on is not None and given.held_on > today:
        faults.append(Fault("held_on", "день ещё не наступил: укажите, когда обучение проведено"))
    if given.attended is not None:
        if given.not_held or (given.held_on is None and report.held_on is None):
            faults.append(Fault("attended", "сначала укажите, когда обучение проведено (held_on)"))
        if not 0 <= given.attended < MAX_ATTENDED:
            faults.append(Fault("attended", f"целое число от 0 до {MAX_ATTENDED - 1}"))
    return faults


def given_day(field: str, text: str | None) -> date | None:
    """The day of a text as forms and the API send it, None of a blank. Invalid names the field."""
    if text is None or not text.strip():
        return None
    try:
        if not _DAY.fullmatch(text.strip()):
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(Fault(field, "не день: напишите, например, 2026-11-21")) from None
