"""Load a scenario: its directives and reports, held at this node as history.

Nothing of it is ever signed or sent, and nobody writes to it afterwards: what a person may change
is no longer what happened. Loading again puts in what has changed in the files and leaves the rest
alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from sqlalchemy.orm import Session

from node.actions.directive_check import whole_seconds
from node.domain.directive import DatedState, Directive, Report
from node.domain.directory import Directory
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.new_directive import addressees, as_directive, faults_of_directive, named
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.domain.scenario import Draft, Scenario
from node.store import directives, journal
from node.store.directive_bodies import body_of

Progress = Callable[[int, int], None]
"""How many reports of how many are done."""


class NotAbove(Conflict):
    """Сценарий загружают на узле, территория которого выше всех его адресатов."""


class TakenId(Conflict):
    """Под номером поручения из сценария здесь хранится другое поручение."""


class Fate(StrEnum):
    """What loading did to a directive or a report."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The directives in the order of the scenario, and how many of them and of their reports met
    each fate."""

    directives: tuple[Directive, ...]
    fates: Mapping[Fate, int]

    @property
    def nothing_new(self) -> bool:
        return not self.fates[Fate.ADDED] and not self.fates[Fate.CHANGED]


def load_scenario(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    scenario: Scenario,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> Loaded:
    """NoRight for a coordinator of another body; NotAbove says where it can be loaded; TakenId;
    Invalid for a directive that could not have been issued either."""
    for draft in scenario.directives:
        actor.require(Right.DIRECTIVES_ISSUE, unit=me, body=draft.new.coordinator)
    now = whole_seconds(now)
    loaded = tuple(_directive(rulebook, scenario, draft, me) for draft in scenario.directives)
    fates = Counter(_keep_directive(session, scenario, one, now) for one in loaded)
    held = directives.load_all(session, [one.id for one in loaded])
    reports = [report for one in loaded for report in _reports(scenario, held[one.id].reports, one)]
    for number, report in enumerate(reports, 1):
        before = held[report.directive].reports.get(report.unit, ())
        fates[_keep_report(session, report, before, now)] += 1
        if progress is not None:
            progress(number, len(reports))
    result = Loaded(loaded, fates)
    if not result.nothing_new:
        journal.write(
            session,
            action="scenario_loaded",
            subject=scenario.name,
            actor=actor.name,
            now=now,
            added=fates[Fate.ADDED],
            changed=fates[Fate.CHANGED],
        )
    return result


def _directive(rulebook: Rulebook, scenario: Scenario, draft: Draft, me: str) -> Directive:
    """As it would stand had it been issued here on its day, under the rules shipped today."""
    directory = rulebook.directory
    new = draft.new
    _require_above(directory, scenario, draft, me)
    faults = faults_of_directive(new, directory, me=me, today=new.issued_on)
    if faults:
        raise Invalid(*faults)
    to = addressees(new, directory, me=me, today=new.issued_on)
    if strange := sorted(scenario.units(draft.id).difference(to)):
        names = ", ".join(named(directory, unit) for unit in strange)
        raise Invalid(Fault("unit", f"{names}: не адресаты поручения {draft.id}"))
    defaults = rulebook.readiness
    return as_directive(
        new,
        id=draft.id,
        issuer=me,
        to=to,
        states=(DatedState("in_force", _on(draft.known_since), draft.known_why),),
        stages=defaults.stages,
        rollup=defaults.rollup,
        risk_rules=defaults.risk_rules,
    )


def _on(day: date) -> datetime:
    """An instant of that day in UTC and in every zone from nine hours west to fourteen east."""
    return datetime.combine(day, time(9), UTC)


def _require_above(directory: Directory, scenario: Scenario, draft: Draft, me: str) -> None:
    units = directory.of_tier(draft.new.tier or "")
    if all(unit != me and directory.is_within(unit, me) for unit in units):
        return
    chains = [directory.ancestors(unit) for unit in units]
    above = [unit for unit in chains[0] if all(unit in chain for chain in chains)]
    where = f"Здесь это {named(directory, above[0])}." if above else "Такой территории здесь нет."
    raise NotAbove(
        f"Узел {named(directory, me)} не выше всех адресатов сценария {scenario.name}: "
        f"загрузите его на узле, территория которого выше их всех. {where}"
    )


def _keep_directive(
    session: Session, scenario: Scenario, directive: Directive, now: datetime
) -> Fate:
    row = directives.for_change(session, directive.id)
    if row is None:
        directives.add_directive(session, directive, at=now, scenario=scenario.name)
        return Fate.ADDED
    if row.scenario != scenario.name:
        raise TakenId(f"Под номером {directive.id} здесь хранится другое поручение: оно остаётся.")
    if row.body == body_of(directive):
        return Fate.UNCHANGED
    directives.replace_directive(session, row, directive, at=now, unsealed=False)
    return Fate.CHANGED


def _reports(
    scenario: Scenario, held: Mapping[str, tuple[Report, ...]], directive: Directive
) -> Iterator[Report]:
    """What the scenario says of each unit now; nothing, of a unit it says nothing of any more."""
    told = scenario.reports(directive.id, directive.issuer)
    yield from told.values()
    for unit in held:
        if unit not in told:
            yield Report(directive.id, unit, directive.issuer, on_behalf=True)


def _keep_report(
    session: Session, report: Report, before: tuple[Report, ...], now: datetime
) -> Fate:
    if before == (report,):
        return Fate.UNCHANGED
    directives.write_report(session, report, issuer=report.origin, at=now, unsealed=False)
    return Fate.CHANGED if before else Fate.ADDED
