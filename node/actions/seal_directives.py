"""Sign what was written on directives since the last time: it leaves with the next exchange."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.keys import KeyPair
from node.store.directive_bodies import report_key
from node.store.directives import (
    DirectiveReportRow,
    DirectiveRiskRow,
    DirectiveRow,
    unsealed_directives,
    unsealed_marks,
    unsealed_reports,
)
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for


def seal_directives(session: Session, *, me: str, signer: KeyPair, now: datetime) -> int:
    """Seal every directive, risk mark and report that waits, in this transaction; how many.

    NotSealingYet while this start has no epoch: nothing has changed then, and nothing is lost.
    """
    # The ledger's lock before the rows': handlers take them in this order too.
    parent = parent_to_queue_for(session)
    ledger = SqlLedger(session)
    waiting: list[tuple[str, str, DirectiveRow | DirectiveReportRow | DirectiveRiskRow]] = [
        *(("directive", row.id, row) for row in unsealed_directives(session)),
        *(
            ("directive_risk", report_key(row.directive_id, row.unit), row)
            for row in unsealed_marks(session)
        ),
        *(
            ("directive_report", report_key(row.directive_id, row.unit), row)
            for row in unsealed_reports(session)
        ),
    ]
    for type, key, row in waiting:
        seal_own(
            ledger,
            me=me,
            parent=parent,
            type=type,
            key=key,
            body=row.body,
            signer=signer,
            now=now,
        )
        row.unsealed = False
    session.flush()
    return len(waiting)
