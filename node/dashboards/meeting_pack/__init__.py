"""The meeting pack: everything a hearing of all heads on one directive needs, as one value.

Made of two standings (the day of the data and the day it is compared with) and of what was asked
of the addressees. `sheet.py` and `print.py` lay the same value out as XLSX and PDF: no figure is
worked out there. What is not known stays None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from node.domain.directive import WHOLE, Directive, Milestone, Step
from node.domain.directory import Directory
from node.domain.help import Help, HelpKind, HelpReport, HelpState
from node.domain.local_day import day_of
from node.domain.milestones import MilestoneState
from node.domain.readiness import Stage
from node.domain.standing import Standing, UnitStanding
from node.store.help_requests import HelpFile

THE_WHOLE = Milestone(WHOLE, "Поручение в целом: по вехам замеров нет", 100)


@dataclass(frozen=True, slots=True)
class Question:
    """One help as one addressee has it on the day of the data: a question with its answer, or a
    training, planned for a day, with who attended. `overdue`: open, its last day past, and nothing
    done."""

    kind: HelpKind
    title: str
    text: str | None
    asked_on: date
    planned_on: date | None
    last_day: date | None
    state: HelpState
    answer: str | None
    answered_on: date | None
    answered_by: str | None
    held_on: date | None
    attended: int | None
    is_done: bool
    overdue: bool

    @property
    def is_awaited(self) -> bool:
        return self.state is HelpState.OPEN and not self.is_done


@dataclass(frozen=True, slots=True)
class Row:
    """One addressee, in its `place` counted from 1: worst first.

    `before` is its standing on the day compared with, `missed_since` the check-ins it missed from
    that day on.
    """

    place: int
    name: str
    curator: str | None
    standing: UnitStanding
    before: UnitStanding
    deadline: date
    as_of: date
    missed_since: tuple[date, ...]
    questions: tuple[Question, ...]

    @property
    def unit(self) -> str:
        return self.standing.unit

    @property
    def change(self) -> Decimal:
        """In per cent points since the day compared with."""
        return self.standing.percent - self.before.percent

    @property
    def gaps(self) -> tuple[MilestoneState, ...]:
        """What is missing, the greatest loss first. Where only the whole was read it is the whole
        that is missing: its per cent beside each milestone would say more than is known."""
        gaps, readings = self.standing.gaps, [one.reading for one in self.standing.milestones]
        if not gaps or any(one is None or one.milestone != WHOLE for one in readings):
            return gaps
        return (MilestoneState(THE_WHOLE, self.standing.percent, readings[0], None),)

    @property
    def plan_is_late(self) -> bool:
        planned = self.standing.planned_on
        return planned is not None and planned.day > self.deadline

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """The nearest date first."""
        steps = (step for step in self.standing.steps if step.done_on is None)
        return tuple(sorted(steps, key=lambda step: (step.due_on, step.id)))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Open ones first, the nearest date first; then those done, the latest first."""
        done = [step for step in self.standing.steps if step.done_on is not None]
        done.sort(key=lambda step: (step.done_on or date.min, step.id), reverse=True)
        return (*self.open_steps, *done)

    @property
    def late_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.open_steps if step.due_on < self.as_of)

    @property
    def is_controlled(self) -> bool:
        """Whether a daily check-in is asked of it, or was and was missed."""
        return self.standing.in_risk_zone or bool(self.standing.missed_check_ins)

    @property
    def unanswered(self) -> int:
        """Questions; a training still to be held is nobody's missing answer."""
        return sum(
            question.is_awaited and question.kind is not HelpKind.TRAINING
            for question in self.questions
        )


@dataclass(frozen=True, slots=True)
class MeetingPack:
    """`here` is the name of the unit whose node made it; `scenario` names the shipped history the
    data come from, None for a directive in force. `entered` and `left` the risk zone since."""

    directive: Directive
    here: str
    as_of: date
    since: date
    days_left: int
    percent: Decimal | None
    percent_before: Decimal | None
    stages: Mapping[Stage, int]
    stages_before: Mapping[Stage, int]
    rows: tuple[Row, ...]
    scenario: str | None

    @property
    def at_risk(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.standing.in_risk_zone)

    @property
    def entered(self) -> tuple[Row, ...]:
        return tuple(row for row in self.at_risk if not row.before.in_risk_zone)

    @property
    def left(self) -> tuple[Row, ...]:
        return tuple(
            row for row in self.rows if row.before.in_risk_zone and not row.standing.in_risk_zone
        )

    @property
    def reconstructed(self) -> int:
        """Addressees whose per cent rests on a reading that was filled in afterwards."""
        return sum(row.standing.reconstructed for row in self.rows)

    @property
    def unmeasured(self) -> int:
        """Addressees without a reading by the day of the data."""
        return sum(row.standing.last_reading_on is None for row in self.rows)


def make_pack(
    present: Standing,
    before: Standing,
    helps: Sequence[HelpFile],
    *,
    directory: Directory,
    home: str,
    scenario: str | None = None,
) -> MeetingPack:
    """The pack of `present`, compared with `before`, a standing of the same addressees.

    `helps` are those of the directive; what was asked or answered after the day of the data is
    left out. `home` is the unit whose node makes the pack.
    """
    directive, as_of = present.directive, present.as_of
    earlier = {standing.unit: standing for standing in before.units}
    return MeetingPack(
        directive=directive,
        here=directory.name(home),
        as_of=as_of,
        since=before.as_of,
        days_left=present.days_left,
        percent=present.percent,
        percent_before=before.percent,
        stages=present.stages,
        stages_before=before.stages,
        rows=tuple(
            Row(
                place=place,
                name=directory.name(standing.unit),
                curator=_curator(directory, standing.unit),
                standing=standing,
                before=earlier[standing.unit],
                deadline=directive.deadline,
                as_of=as_of,
                missed_since=tuple(day for day in standing.missed_check_ins if day >= before.as_of),
                questions=_questions(helps, standing.unit, directory, as_of),
            )
            for place, standing in enumerate(present.units, 1)
        ),
        scenario=scenario,
    )


def _curator(directory: Directory, unit: str) -> str | None:
    return directory[unit].curator if unit in directory else None


def _questions(
    helps: Sequence[HelpFile], unit: str, directory: Directory, as_of: date
) -> tuple[Question, ...]:
    """What was asked of a unit by that day, in the order it was asked."""
    return tuple(
        _question(file.help, file.history(unit), unit, directory, as_of)
        for file in helps
        if unit in file.help.to and file.help.asked_on <= as_of
    )


def _question(
    help: Help, report: HelpReport, unit: str, directory: Directory, as_of: date
) -> Question:
    """As of the local day of the unit; the last answer by then is the one in force."""

    def local(moment: datetime) -> date:
        if unit not in directory:
            return moment.date()
        return day_of(moment, directory.zone(unit))

    answers = [answer for answer in report.answers if local(answer.at) <= as_of]
    answer = answers[-1] if answers else None
    held = report.held_on if report.held_on is not None and report.held_on <= as_of else None
    states = [state for state in help.states if local(state.at) <= as_of] or help.states[:1]
    state = HelpState(states[-1].state)
    done = held is not None if help.is_training else answer is not None
    return Question(
        kind=help.kind,
        title=help.title,
        text=help.text,
        asked_on=help.asked_on,
        planned_on=help.planned_on,
        last_day=help.last_day,
        state=state,
        answer=answer.text if answer else None,
        answered_on=local(answer.at) if answer else None,
        answered_by=answer.post if answer else None,
        held_on=held,
        attended=report.attended if held else None,
        is_done=done,
        overdue=(
            state is HelpState.OPEN
            and not done
            and help.last_day is not None
            and help.last_day < as_of
        ),
    )
