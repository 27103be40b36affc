"""What other nodes stated of directives, kept beside what is written here.

The newest version of an id takes the place of the one before. An own row that was changed since
it was sealed is newer than anything that comes back.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation.statement import Body, StatementId, parse
from node.domain.directive import Directive, Report
from node.store.directive_bodies import report_key
from node.store.directives import (
    DirectiveReportRow,
    DirectiveRiskRow,
    DirectiveRow,
    add_directive,
    for_change,
    replace_directive,
    report_row,
    risk_row,
)
from node.store.ledger import SqlLedger


def take_directive(session: Session, directive: Directive, *, at: datetime) -> None:
    """Hold the newest version of a directive, whoever issued it.

    An id belongs to the node that used it first: another's directive under the same id is passed
    over, and so is what comes back of an own one that was changed here since.
    """
    row = for_change(session, directive.id)
    if row is None:
        add_directive(session, directive, at=at)
        _take_marks_that_came_before(session, directive)
    elif row.issuer == directive.issuer and not row.unsealed and row.scenario is None:
        replace_directive(session, row, directive, at=at, unsealed=False)


def take_report(session: Session, report: Report, *, body: Body, at: datetime) -> None:
    """Hold the newest report of an origin. What was changed here since is newer, and stays."""
    row = report_row(session, report.directive, report.unit, report.origin)
    if row is None:
        session.add(
            DirectiveReportRow(
                directive_id=report.directive,
                unit=report.unit,
                origin=report.origin,
                body=body,
                version=0,
                changed_at=at,
            )
        )
    elif not row.unsealed:
        row.body, row.changed_at = body, at
    session.flush()


def take_marks(
    session: Session, directive: str, unit: str, *, origin: str, body: Body, at: datetime
) -> None:
    """Hold the newest marks on an addressee: the issuer's, and nobody else's.

    Marks that come before their directive wait in the ledger until it is there.
    """
    issued = session.get(DirectiveRow, directive)
    if issued is None or issued.issuer != origin or issued.scenario is not None:
        return
    row = risk_row(session, directive, unit)
    if row is None:
        session.add(
            DirectiveRiskRow(directive_id=directive, unit=unit, body=body, version=0, changed_at=at)
        )
    elif not row.unsealed:
        row.body, row.changed_at = body, at
    session.flush()


def _take_marks_that_came_before(session: Session, directive: Directive) -> None:
    ids = [
        StatementId(directive.issuer, "directive_risk", report_key(directive.id, unit))
        for unit in directive.to
    ]
    for held in SqlLedger(session).newest(ids).values():
        if held.envelope is None:
            continue
        statement = parse(held.envelope)
        if statement.body is not None:
            take_marks(
                session,
                directive.id,
                statement.key.removeprefix(f"{directive.id}."),
                origin=directive.issuer,
                body=dict(statement.body),
                at=statement.made_at,
            )
