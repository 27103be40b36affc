"""Write down what is known of one addressee: at its own node, or above it while it has none.

One node speaks for an addressee at a time. The unit's own node does once it has joined, and a
nearer coordinator takes over from one further up; whoever spoke before only reads from then on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from federation.schemas.certificate import Certificate
from federation.statement import MAX_BYTES, StatementId
from federation.vouchers import voucher
from node.actions.directive_check import (
    Stale,
    directive_to_write,
    require_coordinator,
    whole_seconds,
)
from node.domain.directive import Directive, Report
from node.domain.errors import Conflict, Fault, Forbidden, Invalid
from node.domain.history import one_history
from node.domain.local_day import day_of
from node.domain.new_directive import named, near, quoted
from node.domain.report_entries import (
    ReportEntries,
    faults_of_entries,
    faults_of_fullness,
    laid_over,
    tidied,
)
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.directive_bodies import report_body
from node.store.directives import reports_on, write_report
from node.store.ledger import SqlLedger

__all__ = ["ReportEntries", "report_directive"]

ROOM = 64 * 1024
"""Bytes of a statement beside its body: envelope, ids, signature. Far more than they take."""


class LedByAnother(Conflict):
    """Отчёт ведёт другой узел."""


def report_directive(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    directive: str,
    unit: str,
    entries: ReportEntries,
    version: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Lay entries over the report this node writes on `unit`; the same again changes nothing.

    `version` is the number of changes the entries were made on, 0 before the first, None when the
    caller does not mind others. NoRight, NoSuchDirective, OnlyHistory, Withdrawn, Stale,
    LedByAnother (with `led_by`); Invalid names every entry that is wrong.
    """
    actor.require(Right.DIRECTIVES_REPORT, unit=unit)
    _, told = directive_to_write(session, directive)
    _require_addressee(rulebook, told, unit)
    if unit != me:
        require_coordinator(actor, Right.DIRECTIVES_REPORT, unit, told)
    held = reports_on(session, told, unit)
    _require_word(session, rulebook, me, unit, [one.report for one in held])
    own = next((one for one in held if one.report.origin == me), None)
    known = 0 if own is None else own.version
    if version is not None and version != known:
        raise Stale(
            f"Отчёт уже изменил кто-то другой (версия {known}): "
            "прочтите его снова и внесите своё ещё раз.",
            version=known,
        )
    entries, now = tidied(entries), whole_seconds(now)
    history = one_history([one.report for one in held])
    today = day_of(now, rulebook.directory.zone(unit))
    faults = faults_of_entries(entries, told, history=history, today=today)
    if faults:
        raise Invalid(*faults)
    before = Report(directive, unit, me, on_behalf=unit != me) if own is None else own.report
    after = laid_over(
        before, entries, now=now, post=actor.post, new_id=lambda: secrets.token_hex(8)
    )
    if after == before:
        return
    _require_room(after, told.issuer)
    write_report(session, after, issuer=told.issuer, at=now, unsealed=True)
    journal.write(
        session,
        action="directive_reported",
        subject=directive,
        actor=actor.name,
        now=now,
        unit=unit,
        on_behalf=int(after.on_behalf),
        version=known + 1,
        readings=len(entries.readings),
        steps=len(entries.steps),
        check_ins=len(entries.check_ins),
    )


def _require_addressee(rulebook: Rulebook, directive: Directive, unit: str) -> None:
    if unit in directive.to:
        return
    directory = rulebook.directory
    if unit not in directory:
        raise Invalid(
            Fault("unit", f"территории {quoted(unit)} нет в справочнике{near(directory, unit)}")
        )
    raise Invalid(
        Fault("unit", f"{named(directory, unit)} не адресат этого поручения: отчёта от неё не ждут")
    )


def _require_word(
    session: Session, rulebook: Rulebook, me: str, unit: str, held: Sequence[Report]
) -> None:
    """Forbidden where this node is not above the unit, LedByAnother where a nearer one speaks."""
    directory = rulebook.directory
    if unit == me:
        return
    if not directory.is_within(unit, me):
        raise Forbidden(
            f"Отчёт о территории {named(directory, unit)} ведут её узел и узлы над ней."
        )
    has_spoken = any(report.origin == unit and report.readings for report in held)
    if has_spoken or _has_joined(session, rulebook, unit):
        raise LedByAnother(
            f"Узел территории {named(directory, unit)} подключён: отчёт ведёт он, "
            "здесь его только читают.",
            led_by=unit,
        )
    for report in held:
        if report.origin != me and directory.is_within(report.origin, me):
            raise LedByAnother(
                f"Отчёт о территории {named(directory, unit)} ведёт узел "
                f"{named(directory, report.origin)}: он к ней ближе.",
                led_by=report.origin,
            )


def _has_joined(session: Session, rulebook: Rulebook, unit: str) -> bool:
    """Whether a certificate of the unit's node is in force by its newest version.

    An expired one counts too: that node is silent, and comes back with everything it wrote down.
    """
    id = StatementId(rulebook.directory.parent(unit) or "", "certificate", unit)
    issued = voucher(SqlLedger(session).newest([id]).get(id))
    return issued is not None and Certificate.from_body(unit, issued.body).status == "valid"


def _require_room(report: Report, issuer: str) -> None:
    faults = list(faults_of_fullness(report))
    if not faults:
        size = len(json.dumps(report_body(report, issuer), ensure_ascii=False).encode())
        if size + ROOM > MAX_BYTES:
            faults = [Fault("readings", "отчёт длиннее 4 МиБ: пишите причины и шаги короче")]
    if faults:
        raise Invalid(*faults)
