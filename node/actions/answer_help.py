"""What an addressee says of a help: answered, held; for itself, or for a unit without a node.

Every change makes the unit's report wait for the job that seals it, so that nothing said in an
outage is lost.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import whole_seconds
from node.actions.help_check import on_behalf_of, open_help
from node.domain.errors import Invalid
from node.domain.help import Answer, HelpEntries, HelpReport, faults_of_entries
from node.domain.local_day import day_of
from node.domain.outgoing_text import tidy
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import help_requests, journal

__all__ = ["HelpEntries", "answer_help"]


def answer_help(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    help: str,
    unit: str,
    entries: HelpEntries,
    actor: Actor,
    now: datetime,
) -> None:
    """Add to the report on `unit`: an answer, that a training was held and how many attended.

    NoSuchHelp, NotAsked, NoRight, NotOpen, SpeaksForItself; Invalid names the field. The same
    answer again adds nothing.
    """
    actor.require(Right.HELP_ANSWER, unit=unit)
    asked = open_help(session, help)
    on_behalf = on_behalf_of(session, rulebook, asked, me=me, unit=unit)
    today = day_of(now, rulebook.directory.zone(unit))
    report = help_requests.report_held(session, help, unit, me) or HelpReport(
        help=help, unit=unit, origin=me, on_behalf=on_behalf
    )
    if entries.answer is not None:
        entries = replace(entries, answer=tidy(entries.answer))
    if entries.answer and report.answers and report.answers[-1].text == entries.answer:
        entries = replace(entries, answer=None)
        if entries == HelpEntries():
            return
    faults = faults_of_entries(asked, report, entries, today)
    if faults:
        raise Invalid(*faults)
    changed = _with(report, entries, post=actor.post, at=whole_seconds(now))
    if changed == report:
        return
    help_requests.write_report(session, changed, issuer=asked.issuer, at=now)
    journal.write(
        session,
        action="help_answered",
        subject=help,
        actor=actor.name,
        now=now,
        unit=unit,
        answers=len(changed.answers),
        held_on=changed.held_on.isoformat() if changed.held_on else None,
        attended=changed.attended,
    )


def _with(report: HelpReport, given: HelpEntries, *, post: str, at: datetime) -> HelpReport:
    """The report with what was given. Whoever answers has seen it."""
    if given.answer is not None:
        report = replace(report, answers=(*report.answers, Answer(at, post, given.answer)))
    if given.not_held:
        report = replace(report, held_on=None, attended=None)
    if given.held_on is not None:
        report = replace(report, held_on=given.held_on)
    if given.attended is not None:
        report = replace(report, attended=given.attended)
    seen_at = report.seen_at or (None if report.on_behalf else at)
    return replace(report, seen_at=seen_at)
