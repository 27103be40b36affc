"""What this node does with a statement it has stored, one type a file, listed by hand.

Summaries need no handler: the roll-up finds by itself what is new. Manifests are evidence and are
only kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.statements import certificate, help, help_report
from node.statements.handler import Handler

HANDLERS: Mapping[str, Handler] = {
    "certificate": certificate.apply,
    "help": help.apply,
    "help_report": help_report.apply,
}
