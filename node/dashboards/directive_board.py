"""The board of a directive: what one look at a day must tell, made of standings and nothing else.

Readiness, risk and control are worked out in the domain; here they are put beside an earlier day,
given names, narrowed and ordered. Nothing is estimated: what is not known stays None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from node.domain.directive import Directive, Report, RiskMark, Step
from node.domain.directory import Directory
from node.domain.readiness import Stage, curve, mean_curve, one_history, roll_up
from node.domain.risk import Forecast
from node.domain.rulebook import Rulebook
from node.domain.standing import Standing, UnitStanding, stand
from node.store.directives import DirectiveFile

CHECKED_DAYS = 14
Checked = Literal["made", "missed", "idle"]
Curve = tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class CheckDay:
    """A day of daily control: made, missed, or idle, when nothing was asked and nothing made."""

    day: date
    state: Checked


@dataclass(frozen=True, slots=True)
class Row:
    """One addressee. `group` is the unit it is filtered by; `before` the per cent of the day the
    board is compared with, None when nothing had been reported by then: missing is not zero.
    `plan_is_late`: planned after the deadline."""

    unit: str
    name: str
    group: str
    group_name: str
    standing: UnitStanding
    before: Decimal | None
    plan_is_late: bool
    next_step: Step | None
    open_steps: int
    days: tuple[CheckDay, ...]

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None else self.standing.percent - self.before

    @property
    def at_risk(self) -> bool:
        return bool(self.standing.risk)


@dataclass(frozen=True, slots=True)
class Group:
    """A unit between here and the addressees, and how those under it stand. `percent` is the
    unit's by the directive's rule, None where the rule gives none."""

    unit: str
    name: str
    percent: Decimal | None
    addressees: int
    at_risk: int
    stages: Mapping[Stage, int]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which rows are shown and in what order; an unknown value is the same as none."""

    within: str = ""
    stage: str = ""
    risk: bool = False
    sort: str = "percent"
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The addressee whose line is drawn beside the whole."""

    unit: str
    name: str
    line: Curve
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class Board:
    """`rows` are every addressee shown here, worst first; `shown` those of the narrowing."""

    directive: Directive
    as_of: date
    since: date
    days_left: int
    percent: Decimal | None
    percent_before: Decimal | None
    stages: Mapping[Stage, int]
    rows: tuple[Row, ...]
    shown: tuple[Row, ...]
    groups: tuple[Group, ...]
    line: Curve
    chosen: Chosen | None

    @property
    def at_risk(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.at_risk)

    @property
    def without_step(self) -> int:
        return sum(row.standing.without_step for row in self.rows)

    @property
    def missed(self) -> int:
        return sum(len(row.standing.missed_check_ins) for row in self.rows)

    @property
    def reconstructed(self) -> int:
        return sum(row.standing.reconstructed for row in self.rows)

    @property
    def unreported(self) -> int:
        return sum(not row.standing.reported for row in self.rows)

    @property
    def is_overdue(self) -> bool:
        return self.days_left < 0 and any(
            row.standing.stage is not Stage.COMPLETE for row in self.rows
        )


def addressees(directive: Directive, directory: Directory, home: str) -> tuple[str, ...]:
    """All of them at the issuer; elsewhere those at or below this node, whose reports it holds."""
    if home == directive.issuer:
        return directive.to
    return tuple(unit for unit in directive.to if directory.is_within(unit, home))


def populations(directory: Directory, units: Sequence[str]) -> dict[str, int | None]:
    """By unit; None for one the directory does not know, or knows no figure of."""
    return {unit: directory.population(unit) if unit in directory else None for unit in units}


def standing_of(rulebook: Rulebook, file: DirectiveFile, home: str, as_of: date) -> Standing:
    """How the addressees known to this node stand on a day."""
    directory = rulebook.directory
    units = addressees(file.directive, directory, home)
    return stand(
        file.directive,
        file.reports,
        file.marks,
        units=units,
        as_of=as_of,
        populations=populations(directory, units),
        own=home,
    )


def groups_of(standing: Standing, directory: Directory, home: str) -> tuple[Group, ...]:
    """The units right below `home` that have addressees below them, the least ready first; none
    when every addressee lies right below: then they would only say the same again."""
    parts: dict[str, list[UnitStanding]] = {}
    for one in standing.units:
        parts.setdefault(_group(directory, one.unit, home), []).append(one)
    if all([one.unit for one in part] == [unit] for unit, part in parts.items()):
        return ()
    groups = [_summed(standing.directive, unit, part, directory) for unit, part in parts.items()]
    return tuple(sorted(groups, key=lambda group: (group.percent or Decimal(0), group.name)))


def _summed(
    directive: Directive, unit: str, part: Sequence[UnitStanding], directory: Directory
) -> Group:
    percents = {one.unit: one.percent for one in part}
    stages = Counter(one.stage for one in part)
    return Group(
        unit,
        directory.name(unit),
        roll_up(directive, percents, populations(directory, list(percents)), own=unit),
        len(part),
        sum(one.in_risk_zone for one in part),
        {stage: stages[stage] for stage in Stage},
    )


def make_board(
    rulebook: Rulebook,
    file: DirectiveFile,
    *,
    home: str,
    as_of: date,
    since: date,
    narrowing: Narrowing,
    chosen: str = "",
) -> Board:
    """The board as of a day, compared with the day `since`; `chosen` is the unit whose line is
    drawn: without one, the worst of the risk zone."""
    present = standing_of(rulebook, file, home, as_of)
    past = standing_of(rulebook, file, home, since)
    before = {one.unit: one.percent for one in past.units if one.reported}
    rows = tuple(
        _row(one, before.get(one.unit), file, rulebook.directory, home, as_of)
        for one in present.units
    )
    drawn = next((row for row in rows if row.unit == chosen), None) or next(
        (row for row in rows if row.at_risk), None
    )
    return Board(
        directive=file.directive,
        as_of=as_of,
        since=since,
        days_left=present.days_left,
        percent=present.percent,
        percent_before=past.percent,
        stages=present.stages,
        rows=rows,
        shown=narrowed(rows, narrowing, rulebook.directory),
        groups=groups_of(present, rulebook.directory, home),
        line=_whole(file, [row.unit for row in rows], rulebook.directory, home, as_of),
        chosen=None if drawn is None else _chosen(drawn, file, as_of),
    )


def check_days(
    reports: Sequence[Report], missed: Sequence[date], as_of: date, days: int
) -> tuple[CheckDay, ...]:
    """The last `days` days up to `as_of`, the oldest first."""
    made = {one.day for one in one_history(reports).check_ins}
    lost = set(missed)
    run = [as_of - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return tuple(
        CheckDay(day, "made" if day in made else "missed" if day in lost else "idle") for day in run
    )


def open_steps(standing: UnitStanding, as_of: date) -> tuple[Step, ...]:
    """Steps not done yet on the day, the nearest date first."""
    found = [one for one in standing.steps if one.done_on is None or one.done_on > as_of]
    return tuple(sorted(found, key=lambda one: (one.due_on, one.id)))


def marks_of(file: DirectiveFile, unit: str) -> tuple[RiskMark, ...]:
    """The newest first."""
    return tuple(sorted(file.marks.get(unit, ()), key=lambda mark: mark.at, reverse=True))


def narrowed(rows: Sequence[Row], narrowing: Narrowing, directory: Directory) -> tuple[Row, ...]:
    found = [
        row
        for row in rows
        if (not narrowing.within or directory.is_within(row.unit, narrowing.within))
        and (not narrowing.stage or row.standing.stage == narrowing.stage)
        and (not narrowing.risk or row.at_risk)
    ]
    # The rows come worst first, and a sort keeps the order of equals: ties stay worst first.
    found.sort(key=ORDERS.get(narrowing.sort, ORDERS["percent"]), reverse=narrowing.reverse)
    return tuple(found)


def _planned(row: Row) -> int:
    plan = row.standing.planned_on
    return -plan.day.toordinal() if plan else 0


ORDERS: Mapping[str, Callable[[Row], Any]] = {
    "percent": lambda row: row.standing.percent,
    "name": lambda row: row.name,
    "change": lambda row: (row.change is None, row.change or Decimal(0)),
    "planned": _planned,
    "risk": lambda row: -len(row.standing.risk),
    "missed": lambda row: -len(row.standing.missed_check_ins),
}


def _row(
    standing: UnitStanding,
    before: Decimal | None,
    file: DirectiveFile,
    directory: Directory,
    home: str,
    as_of: date,
) -> Row:
    unit = standing.unit
    group = _group(directory, unit, home)
    steps = open_steps(standing, as_of)
    plan = standing.planned_on
    return Row(
        unit=unit,
        name=directory.name(unit),
        group=group,
        group_name=directory.name(group),
        standing=standing,
        before=before,
        plan_is_late=plan is not None and plan.day > file.directive.deadline,
        next_step=steps[0] if steps else None,
        open_steps=len(steps),
        days=check_days(file.reports.get(unit, ()), standing.missed_check_ins, as_of, CHECKED_DAYS),
    )


def _group(directory: Directory, unit: str, home: str) -> str:
    """The unit right below `home` that an addressee lies in, which may be the addressee."""
    if unit not in directory or not directory.is_within(unit, home):
        return unit
    chain = [unit, *directory.ancestors(unit)]
    return chain[max(chain.index(home) - 1, 0)]


def _chosen(row: Row, file: DirectiveFile, as_of: date) -> Chosen:
    return Chosen(row.unit, row.name, _line(file, row.unit, as_of), row.standing.forecast)


def _line(file: DirectiveFile, unit: str, last: date) -> Curve:
    return curve(file.directive, one_history(file.reports.get(unit, ())), last)


def _whole(
    file: DirectiveFile, units: Sequence[str], directory: Directory, home: str, last: date
) -> Curve:
    """The whole by the directive's own rule, from the day of issue, on the days it changes."""
    daily = mean_curve(
        file.directive,
        {unit: one_history(file.reports.get(unit, ())) for unit in units},
        min(file.directive.issued_on, last),
        last,
        populations=populations(directory, units),
        own=home,
    )
    return tuple(
        point for before, point in pairwise((None, *daily)) if point and _changes(before, point)
    )


def _changes(before: tuple[date, Decimal] | None, point: tuple[date, Decimal]) -> bool:
    return before is None or before[1] != point[1]
