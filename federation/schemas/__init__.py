"""Statement types: what each body may hold, and in which order types travel.

A new type is one file here, one line in `SCHEMAS` and one golden file in `tests/contract`.
"""

from __future__ import annotations

from collections.abc import Mapping

from federation.errors import BadStatement
from federation.schemas.certificate import BODY as CERTIFICATE
from federation.schemas.certificate import Certificate
from federation.schemas.delivery import BODY as DELIVERY
from federation.schemas.delivery import Delivery
from federation.schemas.descriptor import BODY as DESCRIPTOR
from federation.schemas.descriptor import Descriptor
from federation.schemas.directive import BODY as DIRECTIVE
from federation.schemas.directive import Directive
from federation.schemas.directive_report import BODY as DIRECTIVE_REPORT
from federation.schemas.directive_report import DirectiveReport
from federation.schemas.directive_risk import BODY as DIRECTIVE_RISK
from federation.schemas.directive_risk import DirectiveRisk
from federation.schemas.directory import BODY as DIRECTORY
from federation.schemas.directory import SignedDirectory
from federation.schemas.fields import Schema
from federation.schemas.help import BODY as HELP
from federation.schemas.help import Help
from federation.schemas.help_report import BODY as HELP_REPORT
from federation.schemas.help_report import HelpReport
from federation.schemas.manifest import BODY as MANIFEST
from federation.schemas.manifest import Manifest
from federation.schemas.summary import BODY as SUMMARY
from federation.schemas.summary import Summary
from federation.statement import Statement

# None of these is ever deleted: a descriptor is replaced, a certificate revoked, a summary
# restated with a reason, a manifest is evidence, a directive withdrawn, a report history.
SCHEMAS: dict[str, Schema[object]] = {
    "descriptor": Schema(DESCRIPTOR, Descriptor.from_body),
    "certificate": Schema(CERTIFICATE, Certificate.from_body),
    "manifest": Schema(MANIFEST, Manifest.from_body),
    "summary": Schema(SUMMARY, Summary.from_body),
    "directive": Schema(DIRECTIVE, Directive.from_body),
    "directive_risk": Schema(DIRECTIVE_RISK, DirectiveRisk.from_body),
    "directive_report": Schema(DIRECTIVE_REPORT, DirectiveReport.from_body),
    "help": Schema(HELP, Help.from_body),
    "help_report": Schema(HELP_REPORT, HelpReport.from_body),
    "directory": Schema(DIRECTORY, SignedDirectory.from_body),
    "delivery": Schema(DELIVERY, Delivery.from_body),
}

URGENT = (
    "descriptor",
    "certificate",
    "manifest",
    "escalation",
    "escalation_reply",
    "handover",
    "handover_state",
    "decision",
    "directory",
    "directive",
    "directive_risk",
    "directive_report",
    "help",
    "help_report",
    "delivery",
)
_PLACE = {type: place for place, type in enumerate(URGENT)}
_PLACE["summary"] = len(URGENT) + 1


def priority(type: str) -> int:
    """The lower travels first: urgent types in their order, others, summaries last."""
    return _PLACE.get(type, len(URGENT))


def validate(statement: Statement, known: Mapping[str, Schema[object]] = SCHEMAS) -> object:
    """The typed body, None when deleted. BadStatement: unsupported_type, or what its file says."""
    schema = known.get(statement.type)
    if schema is None:
        raise BadStatement("unsupported_type", f"{statement.type} is not known to this version")
    return schema.validate(statement.key, statement.body)
