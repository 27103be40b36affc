"""The report of one addressee as a form: what it starts with, what was typed, what it comes to.

Only what was changed becomes a reading: a page opened and saved must not claim that twelve
milestones were looked at. Whoever did look says so with one tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from node.domain.directive import (
    CheckIn,
    MilestoneKind,
    PlannedDate,
    Reading,
    Step,
)
from node.domain.errors import Conflict, DomainError, Fault, Invalid
from node.domain.milestones import MilestoneState
from node.domain.report_entries import ReportEntries
from node.domain.standing import UnitStanding

MAX_VERSION = 2**31 - 1
UNSET = datetime(2000, 1, 1, tzinfo=UTC)  # of a check-in: whoever writes it down sets the moment
SAVE, CHECK_IN, ACKNOWLEDGE = "save", "check_in", "acknowledge"
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class MilestoneField:
    """One milestone of the form. `now` is what counts at present; `shown` what stands in the field:
    for one that is done or not "" means "as it is"."""

    code: str
    title: str
    weight: int
    is_done_or_not: bool
    now: Decimal
    shown: str
    ranks: tuple[tuple[str, str], ...]
    rank: str
    rank_asked: str
    reason: str
    fault: str | None
    as_of: date | None
    why_not: str | None
    reconstructed: bool

    @property
    def asks_reason(self) -> bool:
        return bool(self.reason or self.fault)


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What a browser sent: every field a text."""

    typed: Mapping[str, str]

    def text(self, name: str) -> str:
        # Browsers send line ends as CR LF; one line end is one character to the one who typed it.
        return self.typed.get(name, "").replace("\r\n", "\n").strip()

    @property
    def act(self) -> str:
        asked = self.text("act")
        return asked if asked in (CHECK_IN, ACKNOWLEDGE) else SAVE

    @property
    def version(self) -> int | None:
        """None when the form holds none that could be: whoever edits it by hand minds no others."""
        text = self.text("version")
        is_number = text.isascii() and text.isdigit()
        return int(text) if is_number and int(text) <= MAX_VERSION else None

    def entries(self, standing: UnitStanding, today: date) -> ReportEntries:
        """What is to be written down. Invalid names the fields that cannot be read."""
        if self.act == ACKNOWLEDGE:
            return ReportEntries(acknowledged=True)
        if self.act == CHECK_IN:
            return ReportEntries(check_ins=(self._check_in(today),))
        faults: list[Fault] = []
        as_of = self._day("as_of", faults) or today
        readings = tuple(
            reading
            for state in standing.milestones
            if (reading := self._reading(state, as_of, faults))
        )
        planned = self._planned(standing, as_of, faults)
        steps = (*self._done(standing, as_of), *self._new_step(as_of, faults))
        if faults:
            raise Invalid(*faults)
        if not (readings or planned or steps or self.text("looked")):
            nothing = "ничего не изменено: поправьте готовность вех или отметьте «всё по-прежнему»"
            raise Invalid(Fault("readings", nothing))
        check_ins = (self._check_in(today),) if self.text("looked") else ()
        return ReportEntries(
            readings=readings, planned_on=planned, steps=steps, check_ins=check_ins
        )

    def _check_in(self, today: date) -> CheckIn:
        return CheckIn(today, UNSET, "")

    def _reading(self, state: MilestoneState, as_of: date, faults: list[Fault]) -> Reading | None:
        code = state.milestone.code
        text = self.text(f"percent.{code}").replace(",", ".")
        rank = self.text(f"rank.{code}") or None
        confirmed = bool(self.text("same")) and state.reading is not None
        was = state.reading.value if state.reading else None
        if not text:
            text = f"{state.percent}"
        try:
            percent = Decimal(text)
        except InvalidOperation:
            faults.append(Fault(f"percent.{code}", "нужно число от 0 до 100"))
            return None
        if percent == state.percent and rank == was and not confirmed:
            return None
        if confirmed and percent == state.percent and self._is_of_the_whole(state):
            # Of the parts nothing is known: a share of the whole is no reading of this milestone.
            return None
        return Reading(code, as_of, percent, rank, self.text(f"reason.{code}") or None)

    @staticmethod
    def _is_of_the_whole(state: MilestoneState) -> bool:
        return state.reading is not None and state.reading.milestone != state.milestone.code

    def _planned(
        self, standing: UnitStanding, as_of: date, faults: list[Fault]
    ) -> tuple[PlannedDate, ...]:
        day = self._day("planned_on", faults)
        if day is None:
            return ()
        precision = self.text("precision") or "day"
        planned = PlannedDate(as_of, _last_of(day, precision), precision)
        now = standing.planned_on
        if now and (now.day, now.precision) == (planned.day, planned.precision):
            return ()
        return (planned,)

    def _done(self, standing: UnitStanding, as_of: date) -> tuple[Step, ...]:
        return tuple(
            Step(step.id, step.title, step.owner, step.added_on, step.due_on, as_of)
            for step in standing.steps
            if step.done_on is None and self.text(f"done.{step.id}")
        )

    def _new_step(self, as_of: date, faults: list[Fault]) -> tuple[Step, ...]:
        title, owner = self.text("step_title"), self.text("step_owner")
        if not (title or owner or self.text("step_due")):
            return ()
        due = self._day("step_due", faults)
        for name, value, remedy in (
            ("step_title", title, "напишите, что будет сделано"),
            ("step_owner", owner, "назовите должность исполнителя"),
            ("step_due", self.text("step_due"), "назначьте срок шага"),
        ):
            if not value:
                faults.append(Fault(name, remedy))
        return (Step("", title, owner, as_of, due, None),) if due else ()

    def _day(self, name: str, faults: list[Fault]) -> date | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            faults.append(Fault(name, "нужна дата"))
            return None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused, and why."""

    form: ReportForm
    refusal: DomainError
    entries: ReportEntries | None

    @property
    def is_late(self) -> bool:
        return isinstance(self.refusal, Conflict)

    def faults(self) -> dict[str, str]:
        """By field of this page: an action names readings by their number."""
        if not isinstance(self.refusal, Invalid):
            return {}
        return {self._field(fault.field): fault.message for fault in self.refusal.faults}

    def _field(self, field: str) -> str:
        kind, _, rest = field.partition(".")
        number, _, part = rest.partition(".")
        if kind == "readings" and self.entries and number.isdigit():
            name = "as_of" if part == "as_of" else part or "percent"
            code = self.entries.readings[int(number)].milestone
            return name if name == "as_of" else f"percent.{code}"
        if kind == "planned_on":
            return "planned_on"
        if kind == "steps" and part in ("title", "owner", "due_on"):
            return {"title": "step_title", "owner": "step_owner", "due_on": "step_due"}[part]
        return field


def fields(standing: UnitStanding, attempt: Attempt | None) -> tuple[MilestoneField, ...]:
    """The milestones as the form shows them: what is known, or what was typed and refused."""
    faults = attempt.faults() if attempt else {}
    return tuple(_field(state, attempt, faults) for state in standing.milestones)


def _field(
    state: MilestoneState, attempt: Attempt | None, faults: Mapping[str, str]
) -> MilestoneField:
    milestone, reading = state.milestone, state.reading
    code = milestone.code
    done_or_not = milestone.kind is MilestoneKind.DONE
    known = "" if done_or_not and state.percent not in (0, 100) else f"{state.percent}"
    condition = milestone.condition
    ranks = tuple((rank.code, rank.title) for rank in condition.scale) if condition else ()
    typed = attempt.form if attempt else None
    return MilestoneField(
        code=code,
        title=milestone.title,
        weight=milestone.weight,
        is_done_or_not=done_or_not,
        now=state.percent,
        shown=typed.text(f"percent.{code}") if typed else known,
        ranks=ranks,
        rank=(typed.text(f"rank.{code}") if typed else (reading.value if reading else "")) or "",
        rank_asked=dict(ranks).get(condition.at_least, "") if condition else "",
        reason=typed.text(f"reason.{code}") if typed else "",
        fault=faults.get(f"percent.{code}"),
        as_of=reading.as_of if reading else None,
        why_not=state.why_not,
        reconstructed=reading is not None and reading.reconstructed,
    )


def _last_of(day: date, precision: str) -> date:
    """The last day of the month, quarter or year that was meant; the day itself otherwise."""
    months = MONTHS_OF.get(precision)
    if months is None:
        return day
    last = (day.month - 1) // months * months + months
    following = date(day.year + last // 12, last % 12 + 1, 1)
    return following - timedelta(days=1)
