"""Put an addressee into the risk zone by hand, or take it out: a dated mark with a reason.

Marks are only added to: what a coordinator thought on a day stays readable for ever.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import (
    directive_to_write,
    require_coordinator,
    require_issuer,
    whole_seconds,
)
from node.domain.directive import RiskMark
from node.domain.errors import Fault, Invalid
from node.domain.local_day import day_of
from node.domain.new_directive import faults_of_day, named, near
from node.domain.outgoing_text import faults_of_outgoing_text, tidy
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.domain.wording import on as written
from node.store import journal
from node.store.directive_bodies import marks_of
from node.store.directives import risk_row, write_marks

MAX_MARKS = 1000


def mark_risk(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    directive: str,
    unit: str,
    added: bool,
    on: date | None,
    reason: str,
    evidence: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Add one mark; `on` None is the unit's own today. Leaving the zone needs evidence.

    NoRight for another coordinator, Conflict at any node but the issuer, NoSuchDirective,
    OnlyHistory, Withdrawn, Invalid.
    """
    row, told = directive_to_write(session, directive)
    require_coordinator(actor, Right.DIRECTIVES_ISSUE, me, told)
    require_issuer(rulebook, row, me)
    directory = rulebook.directory
    if unit not in told.to:
        hint = "" if unit in directory else near(directory, unit)
        raise Invalid(Fault("unit", f"{named(directory, unit)} не адресат поручения{hint}"))
    now = whole_seconds(now)
    today = day_of(now, directory.zone(unit))
    since = today if on is None else on
    held = risk_row(session, directive, unit)
    marks = () if held is None else marks_of(held.body)
    reason, evidence = tidy(reason), tidy(evidence or "") or None
    faults = [
        *faults_of_outgoing_text("reason", reason),
        *(faults_of_outgoing_text("evidence", evidence) if evidence is not None else ()),
        *faults_of_day("on", since),
    ]
    if not added and evidence is None:
        faults.append(Fault("evidence", "выход из зоны риска подтверждают: чем именно"))
    if since > today:
        faults.append(Fault("on", f"в будущем: у территории сегодня {written(today)}"))
    if len(marks) >= MAX_MARKS:
        faults.append(Fault("unit", f"отметок уже {MAX_MARKS}: больше не поместится"))
    if faults:
        raise Invalid(*faults)
    mark = RiskMark(added, since, now, actor.post, reason, evidence)
    write_marks(session, directive, unit, (*marks, mark), at=now, unsealed=True)
    journal.write(
        session,
        action="directive_risk_added" if added else "directive_risk_removed",
        subject=directive,
        actor=actor.name,
        now=now,
        unit=unit,
        on=since.isoformat(),
    )
