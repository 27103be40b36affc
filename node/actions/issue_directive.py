"""Issue a directive to units below: it leaves with the next sealing, or once the node may seal."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import require_coordinator, whole_seconds
from node.domain.directive import DatedState
from node.domain.errors import Invalid
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
from node.store.directives import add_directive

__all__ = ["NewDirective", "issue_directive"]


def issue_directive(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    new: NewDirective,
    actor: Actor,
    now: datetime,
) -> str:
    """The id of the new directive. NoRight for a coordinator of another body; Invalid names every
    field that is wrong."""
    require_coordinator(actor, Right.DIRECTIVES_ISSUE, me, new)
    new, now = tidied(new), whole_seconds(now)
    today = day_of(now, rulebook.directory.zone(me))
    faults = faults_of_directive(new, rulebook.directory, me=me, today=today)
    if faults:
        raise Invalid(*faults)
    defaults = rulebook.readiness
    directive = as_directive(
        new,
        id=secrets.token_hex(16),
        issuer=me,
        to=addressees(new, rulebook.directory, me=me, today=today),
        states=(DatedState("in_force", now),),
        stages=defaults.stages,
        rollup=defaults.rollup,
        risk_rules=defaults.risk_rules,
    )
    add_directive(session, directive, at=now, unsealed=True)
    journal.write(
        session,
        action="directive_issued",
        subject=directive.id,
        actor=actor.name,
        now=now,
        coordinator=directive.coordinator,
        addressed=directive.addressed,
        addressees=len(directive.to),
    )
    return directive.id
