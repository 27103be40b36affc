"""What this node does with a statement it has stored, one type a file, listed by hand.

Summaries need no handler: the roll-up finds by itself what is new. Manifests are evidence and are
only kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from federation.schemas import priority
from federation.statement import Statement
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


def apply_all(session: Session, statements: Iterable[Statement]) -> None:
    """Hand over what has come to stand, in the transaction that stored it.

    In the order in which types travel: vouchers, then the directory, then directives, then what is
    said about them.
    """
    for statement in sorted(statements, key=lambda one: priority(one.type)):
        handler = HANDLERS.get(statement.type)
        if handler is not None:
            handler(session, statement)
