"""Help (помощь) asked from above and what addressees say of it: values, and what may be said.

How far a help has come among its addressees is worked out in `help_progress.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from node.domain.directive import DatedState
from node.domain.errors import Fault

MAX_TITLE = 300
MAX_TEXT = 10_000  # of a help and of an answer
MAX_REASON = 1000
MAX_ANSWERS = 100
MAX_ATTENDED = 10_000_000
FURTHEST = 5 * 366  # days ahead: a year typed wrong is refused, a long plan is not


class HelpKind(StrEnum):
    QUESTION = "question"
    TRAINING = "training"
    ADVICE = "advice"
    PRACTICE = "practice"
    OFFER = "offer"


ASKED: tuple[HelpKind, ...] = (HelpKind.QUESTION, HelpKind.TRAINING)
"""What a node may ask; the other kinds only ever arrive."""


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
class NewHelp:
    """A help about to be asked. `addressed`: units (those of `to`), tier (all of `tier` below), or
    below (everything below)."""

    kind: str
    title: str
    text: str | None = None
    addressed: str = "units"
    to: tuple[str, ...] = ()
    tier: str | None = None
    directive: str | None = None
    due_on: date | None = None
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class HelpEntries:
    """What is added to a report. None leaves a thing as it stands; `not_held` takes back that a
    training was held, and with it who attended."""

    answer: str | None = None
    held_on: date | None = None
    attended: int | None = None
    not_held: bool = False


def faults_of_new_help(new: NewHelp, today: date) -> list[Fault]:
    """What cannot be asked, but for addressees and for what a text gives away. `today`: the local
    day of whoever asks."""
    faults: list[Fault] = []
    if new.kind not in ASKED:
        names = ", ".join(ASKED)
        faults.append(Fault("kind", f"такой помощи не запрашивают; есть: {names}"))
    faults += faults_of_length("title", new.title, MAX_TITLE)
    if new.text is not None:
        faults += faults_of_length("text", new.text, MAX_TEXT)
    faults += _faults_of_day("due_on", new.due_on, today)
    faults += _faults_of_day("planned_on", new.planned_on, today)
    if new.kind == HelpKind.TRAINING:
        if new.planned_on is None:
            faults.append(Fault("planned_on", "укажите день обучения"))
        elif new.due_on is not None and new.due_on < new.planned_on:
            faults.append(Fault("due_on", "отчитываются не раньше дня обучения"))
    elif new.planned_on is not None:
        faults.append(Fault("planned_on", "день обучения бывает только у обучения: уберите его"))
    return faults


def faults_of_entries(
    help: Help, report: HelpReport, given: HelpEntries, today: date
) -> list[Fault]:
    """What cannot be said of a help, but for what a text gives away.

    `report` is what this origin has said so far, `today` the local day of the addressee.
    """
    faults: list[Fault] = []
    if given.answer is not None:
        faults += faults_of_length("answer", given.answer, MAX_TEXT)
        if len(report.answers) >= MAX_ANSWERS:
            faults.append(Fault("answer", f"ответов уже {MAX_ANSWERS}: больше не принимается"))
    about_holding = given.held_on is not None or given.attended is not None or given.not_held
    if about_holding and not help.is_training:
        field = "attended" if given.attended is not None else "held_on"
        faults.append(Fault(field, "это не обучение: ответьте текстом"))
    elif about_holding:
        faults += _faults_of_holding(report, given, today)
    elif given.answer is None:
        wanted = ("held_on", "укажите, когда проведено") if help.is_training else ("answer", EMPTY)
        faults.append(Fault(*wanted))
    return faults


EMPTY = "заполните это поле"


def faults_of_length(field: str, text: str, at_most: int) -> list[Fault]:
    """A text must be there and not be longer than travels."""
    if not text.strip():
        return [Fault(field, EMPTY)]
    if len(text) > at_most:
        return [Fault(field, f"не больше {at_most} знаков, сейчас {len(text)}: сократите")]
    return []


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


def _faults_of_day(field: str, day: date | None, today: date) -> list[Fault]:
    if day is None:
        return []
    if day < today:
        return [Fault(field, "этот день уже прошёл: укажите сегодняшний или будущий")]
    if (day - today).days > FURTHEST:
        return [Fault(field, "больше пяти лет вперёд: проверьте год")]
    return []
