"""What this node does with a statement it has stored, one type a file, listed by hand.

Summaries need no handler: the roll-up finds by itself what is new. Manifests are evidence and are
only kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog

from federation.ledger import Rejected
from federation.schemas import priority
from federation.statement import Statement, parse
from node.statements import (
    certificate,
    delivery,
    directive,
    directive_report,
    directive_risk,
    directory,
    help,
    help_report,
)
from node.statements.handler import Handler
from node.store.ledger import SqlLedger
from node.store.session import DatabaseUnavailable, Session

HANDLERS: Mapping[str, Handler] = {
    "certificate": certificate.apply,
    "delivery": delivery.apply,
    "directive": directive.apply,
    "directive_report": directive_report.apply,
    "directive_risk": directive_risk.apply,
    "directory": directory.apply,
    "help": help.apply,
    "help_report": help_report.apply,
}


NOT_ACTED_ON = "not_acted_on"
"""The code under which this node keeps for itself what its own handler failed on."""
HERE = "-"
"""By whom such a refusal is: this very node, and not one above."""

log = structlog.get_logger("cur.statements")


def apply_all(
    session: Session,
    statements: Iterable[Statement],
    handlers: Mapping[str, Handler] = HANDLERS,
) -> None:
    """Hand over what has come to stand, in the transaction that stored it.

    In the order in which types travel: vouchers, then the directory, then directives, then what is
    said about them. A handler that fails is a fault of this program: what it failed on stays in
    the join and is relayed, named in the log and in the list of refusals, and is handed over again
    at the next start. It must not fail the exchange, which would repeat the same for ever.
    """
    todo = [
        (handlers[one.type], one)
        for one in sorted(statements, key=lambda one: priority(one.type))
        if one.type in handlers
    ]
    if todo and not _done(session, todo):
        for one in todo:
            if not _done(session, [one]):
                _note_failure(session, one[1])


def apply_again(session: Session) -> None:
    """What a handler failed on, and still stands: the program may have been mended since."""
    ledger = SqlLedger(session)
    failed = {one.id: one.sha256 for one in ledger.rejected() if one.code == NOT_ACTED_ON}
    found = ledger.newest(failed)
    apply_all(
        session,
        [
            parse(held.envelope)
            for id, held in found.items()
            if held.envelope is not None and held.version.sha256 == failed[id]
        ],
    )


def _done(session: Session, todo: Sequence[tuple[Handler, Statement]]) -> bool:
    """All of it or nothing."""
    try:
        with session.begin_nested():
            for handler, statement in todo:
                handler(session, statement)
    except DatabaseUnavailable:
        raise  # the same may work later: nothing is to be given up for that
    except Exception:
        if len(todo) == 1:
            (_, one) = todo[0]
            log.exception("statement not acted on", origin=one.origin, type=one.type, key=one.key)
        return False
    return True


def _note_failure(session: Session, statement: Statement) -> None:
    ledger = SqlLedger(session)
    held = ledger.newest([statement.id]).get(statement.id)
    at = statement.made_at if held is None else held.received_at
    sha256 = statement.version.sha256
    ledger.note_rejected([Rejected(statement.id, sha256, NOT_ACTED_ON, HERE, at)])
