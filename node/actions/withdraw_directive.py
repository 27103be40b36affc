"""Withdraw a directive with a reason: it stays in history, and nobody reports on it any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import own_directive, whole_seconds
from node.domain.directive import DatedState
from node.domain.errors import Invalid
from node.domain.outgoing_text import faults_of_outgoing_text, tidy
from node.domain.rights import Actor
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.directives import replace_directive


def withdraw_directive(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    id: str,
    version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """NoRight, Stale, OnlyHistory, Withdrawn (twice); Invalid for a reason that may not leave."""
    row, directive = own_directive(session, rulebook, me=me, id=id, version=version, actor=actor)
    reason = tidy(reason)
    faults = faults_of_outgoing_text("reason", reason)
    if faults:
        raise Invalid(*faults)
    now = whole_seconds(now)
    withdrawn = replace(directive, states=(*directive.states, DatedState("withdrawn", now, reason)))
    replace_directive(session, row, withdrawn, at=now, unsealed=True)
    journal.write(
        session,
        action="directive_withdrawn",
        subject=id,
        actor=actor.name,
        now=now,
        version=row.version,
    )
