"""How far a help has come: what each addressee has done about it, and the sums that go up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from node.domain.help import Answer, Help, HelpReport, one_history


class Way(StrEnum):
    """How the help itself fared on its way down to a unit's node, as far as is known here."""

    RECEIVED = "received"
    WAITING = "waiting"  # offered, not yet acknowledged
    REFUSED = "refused"  # not understood there, or not believed: see the code
    NO_NODE = "no_node"  # nobody to receive it: the node above answers in its place
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The way and, where it was refused, the code of the refusal."""

    way: Way
    code: str | None = None


class Step(StrEnum):
    """Where an addressee stands, the worst first: the order of every list of them."""

    OVERDUE = "overdue"
    REFUSED = "refused"
    SILENT = "silent"
    SEEN = "seen"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One addressee. `report` is its one history; `late`: done, but after the last day."""

    unit: str
    report: HelpReport
    arrival: Arrival
    step: Step
    late: bool

    @property
    def answer(self) -> Answer | None:
        """The answer in force: the last."""
        return self.report.answers[-1] if self.report.answers else None

    @property
    def is_done(self) -> bool:
        return self.step is Step.DONE


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the addressees shown: `answered` are those who are done (a training: held); `overdue`
    those who are not though the last day has passed; `attended` the sum over trainings held."""

    asked: int
    received: int
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
    arrivals: Mapping[str, Arrival],
    day_of: Callable[[str, datetime], date],
    now: datetime,
) -> HelpProgress:
    """Of `units`, those of the addressees that are to be shown.

    `day_of` gives the local day of a moment at a unit: a last day ends when it ends there. A unit
    `arrivals` does not know of, but which has spoken itself, must have received it.
    """
    shown = [
        _of_unit(
            help,
            one_history(help.id, unit, reports.get(unit, ())),
            spoke=any(not one.on_behalf for one in reports.get(unit, ())),
            arrival=arrivals.get(unit, Arrival(Way.UNKNOWN)),
            day_of=lambda moment, unit=unit: day_of(unit, moment),  # type: ignore[misc]
            now=now,
        )
        for unit in units
    ]
    order = list(Step)
    shown.sort(key=lambda one: (order.index(one.step), one.unit))
    return HelpProgress(help, tuple(shown), _totals(shown))


def _of_unit(
    help: Help,
    report: HelpReport,
    *,
    spoke: bool,
    arrival: Arrival,
    day_of: Callable[[datetime], date],
    now: datetime,
) -> UnitProgress:
    if spoke:
        arrival = Arrival(Way.RECEIVED)
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
    elif arrival.way is Way.REFUSED:
        step = Step.REFUSED
    else:
        step = Step.SEEN if report.seen_at else Step.SILENT
    return UnitProgress(report.unit, report, arrival, step, late)


def _totals(units: Sequence[UnitProgress]) -> Totals:
    return Totals(
        asked=len(units),
        received=sum(one.arrival.way is Way.RECEIVED for one in units),
        seen=sum(one.report.seen_at is not None for one in units),
        answered=sum(one.is_done for one in units),
        overdue=sum(one.step is Step.OVERDUE for one in units),
        attended=sum(one.report.attended or 0 for one in units),
    )
