"""Change a directive: a new version supersedes the one before, which stays in the ledger.

A unit that is no longer addressed is sent the new version too, once: it learns by it that it is not
meant any more. What it reported stays where it is, and the issuer no longer counts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import own_directive, require_coordinator, whole_seconds
from node.domain.directive import Directive, Report
from node.domain.errors import Fault, Invalid
from node.domain.local_day import day_of
from node.domain.new_directive import (
    NewDirective,
    addressees,
    as_directive,
    faults_of_directive,
    tidied,
)
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.directives import load, replace_directive


def revise_directive(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    id: str,
    version: int,
    new: NewDirective,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a draft in the place of version `version`; the addressees are resolved anew.

    What the draft leaves None stays as it is. NoRight also for a coordinator who would hand the
    directive to a body they do not act for. Stale, OnlyHistory, Withdrawn, Invalid.
    """
    row, directive = own_directive(session, rulebook, me=me, id=id, version=version, actor=actor)
    require_coordinator(actor, Right.DIRECTIVES_ISSUE, me, new)
    new, now = tidied(new), whole_seconds(now)
    today = day_of(now, rulebook.directory.zone(me))
    held = load(session, id)
    assert held is not None  # it was found a moment ago and is held
    faults = [
        *faults_of_directive(new, rulebook.directory, me=me, today=today),
        *_faults_of_dropping(directive, new, held.reports),
    ]
    if faults:
        raise Invalid(*faults)
    revised = as_directive(
        new,
        id=id,
        issuer=me,
        to=addressees(new, rulebook.directory, me=me, today=today),
        states=directive.states,
        stages=directive.stages,
        rollup=directive.rollup,
        risk_rules=directive.risk_rules,
    )
    if revised != directive:
        replace_directive(session, row, revised, at=now, unsealed=True)
    journal.write(
        session,
        action="directive_revised",
        subject=id,
        actor=actor.name,
        now=now,
        version=row.version,
        coordinator=revised.coordinator,
        addressees=len(revised.to),
    )


def _faults_of_dropping(
    directive: Directive, new: NewDirective, reports: Mapping[str, tuple[Report, ...]]
) -> Iterator[Fault]:
    """A milestone that was reported on goes, or becomes another kind of thing, only with a word to
    those who reported: a note that is not the one they have. Their readings stay in their reports.
    """
    kept = {milestone.code: milestone.kind for milestone in new.milestones}
    if new.note is not None and new.note != directive.note:
        return
    reported = Counter(
        code
        for of_unit in reports.values()
        for code in {reading.milestone for report in of_unit for reading in report.readings}
    )
    for milestone in directive.milestones:
        count = reported[milestone.code]
        if count and kept.get(milestone.code) is not milestone.kind:
            yield Fault(
                "milestones",
                f"веха {milestone.code} снята или сменила вид, а замеры по ней внесли "
                f"территории ({count}): верните её или объясните причину в новом примечании (note)",
            )
