"""Note that somebody of the unit asked has opened a help: whoever asked sees that it was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import whole_seconds
from node.domain.help import HelpReport
from node.domain.rights import Actor, Right
from node.store import help_requests, journal
from node.store.help_bodies import help_of


def see_help(session: Session, *, me: str, help: str, actor: Actor, now: datetime) -> None:
    """Note that a person of this unit who may answer has opened what it was asked.

    The first time only. Nothing is noted, and nobody refused, where there is nothing to note:
    reading is free to all who may read.
    """
    if not actor.may(Right.HELP_ANSWER, unit=me):
        return
    row = help_requests.for_change(session, help)
    if row is None:
        return
    asked = help_of(row.id, row.issuer, row.body)
    report = help_requests.report_held(session, help, me, me)
    if me not in asked.to or not asked.is_open or (report and report.seen_at):
        return
    report = report or HelpReport(help=help, unit=me, origin=me, on_behalf=False)
    seen = replace(report, seen_at=whole_seconds(now))
    help_requests.write_report(session, seen, issuer=asked.issuer, at=now)
    journal.write(session, action="help_seen", subject=help, actor=actor.name, now=now, unit=me)
