"""How far a help has come: what each addressee has done about it, and the sums that go up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from node.domain.delivery import Delivered, DeliveryState
from node.domain.help import Answer, Help, HelpReport, one_history


class Step(StrEnum):
    """Where an addressee stands, the worst first: the order of every list of them."""

    OVERDUE = "overdue"
    REFUSED = "refused"
    SILENT = "silent"
    SEEN = "seen"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One addressee. `report` is its one history; `late`: done, but after the last day.

    `delivered`: how the help itself fared on its way there; None when that was not asked.
    """

    unit: str
    report: HelpReport
    delivered: Delivered | None
    step: Step
    late: bool

    @property
    def answer(self) -> Answer | None:
        """The answer in force: the last."""
        return self.report.answers[-1] if self.report.answers else None

    @property
    def is_received(self) -> bool:
        """Whether the unit's own node holds it."""
        return self.delivered is not None and self.delivered.state is DeliveryState.STORED

    @property
    def is_done(self) -> bool:
        return self.step is Step.DONE


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the addressees shown: `answered` are those who are done (a training: held); `overdue`
    those who are not though the last day has passed; `attended` the sum over trainings held.
    `received` None: not asked, which is not nought."""

    asked: int
    received: int | None
    seen: int
    answered: int
    overdue: int
    attended: int


@dataclass(frozen=True, slots=True)
class HelpProgress:
    """A help with its addressees, the worst first, and the totals."""

    help: Help
    units: tuple[UnitProgress, ...]
    totals: Totals


def is_done(help: Help, report: HelpReport) -> bool:
    """A training is done when it was held, anything else when it was answered."""
    return report.held_on is not None if help.is_training else bool(report.answers)


def progress(
    help: Help,
    reports: Mapping[str, Sequence[HelpReport]],
    *,
    units: Sequence[str],
    deliveries: Mapping[str, Delivered] | None = None,
    day_of: Callable[[str, datetime], date],
    now: datetime,
) -> HelpProgress:
    """Of `units`, those of the addressees that are to be shown.

    `day_of` gives the local day of a moment at a unit: a last day ends when it ends there. A unit
    that has spoken itself has received it, whatever `deliveries` know.
    """
    shown = [
        _of_unit(
            help,
            one_history(help.id, unit, reports.get(unit, ())),
            spoke=any(not one.on_behalf for one in reports.get(unit, ())),
            delivered=deliveries.get(unit) if deliveries else None,
            day_of=lambda moment, unit=unit: day_of(unit, moment),  # type: ignore[misc]
            now=now,
        )
        for unit in units
    ]
    order = list(Step)
    shown.sort(key=lambda one: (order.index(one.step), one.unit))
    return HelpProgress(help, tuple(shown), _totals(shown, told=deliveries is not None))


def _of_unit(
    help: Help,
    report: HelpReport,
    *,
    spoke: bool,
    delivered: Delivered | None,
    day_of: Callable[[datetime], date],
    now: datetime,
) -> UnitProgress:
    if spoke:
        delivered = Delivered(report.unit, DeliveryState.STORED)
    last, done = help.last_day, is_done(help, report)
    late = False
    if done and last is not None:
        # The first answer is what was asked for in time; corrections may come later.
        finished = report.held_on if help.is_training else day_of(report.answers[0].at)
        late = finished is not None and finished > last
    if done:
        step = Step.DONE
    elif help.is_open and last is not None and day_of(now) > last:
        step = Step.OVERDUE
    elif delivered is not None and delivered.state is DeliveryState.QUARANTINED:
        step = Step.REFUSED
    else:
        step = Step.SEEN if report.seen_at else Step.SILENT
    return UnitProgress(report.unit, report, delivered, step, late)


def _totals(units: Sequence[UnitProgress], *, told: bool) -> Totals:
    received = sum(one.is_received for one in units)
    return Totals(
        asked=len(units),
        received=received if told else None,
        seen=sum(one.report.seen_at is not None for one in units),
        answered=sum(one.is_done for one in units),
        overdue=sum(one.step is Step.OVERDUE for one in units),
        attended=sum(one.report.attended or 0 for one in units),
    )
