"""Statement types: what each body may hold, and in which order types travel.

A new type is one file here, one line in `SCHEMAS` and one golden file in `tests/contract`.
"""

from __future__ import annotations

from federation.errors import BadStatement
from federation.schemas.certificate import BODY as CERTIFICATE
from federation.schemas.certificate import Certificate
from federation.schemas.descriptor import BODY as DESCRIPTOR
from federation.schemas.descriptor import Descriptor
from federation.schemas.fields import Schema
from federation.schemas.manifest import BODY as MANIFEST
from federation.schemas.manifest import Manifest
from federation.schemas.summary import BODY as SUMMARY
from federation.schemas.summary import Summary
from federation.statement import Statement

# None of these is ever deleted: a descriptor is replaced, a certificate revoked, a summary
# restated with a reason, a manifest is evidence.
SCHEMAS: dict[str, Schema[object]] = {
    "descriptor": Schema(DESCRIPTOR, Descriptor.from_body),
    "certificate": Schema(CERTIFICATE, Certificate.from_body),
    "manifest": Schema(MANIFEST, Manifest.from_body),
    "summary": Schema(SUMMARY, Summary.from_body),
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
    "directive",
    "directive_report",
    "help",
    "help_report",
)
_PLACE = {type: place for place, type in enumerate(URGENT)}
_PLACE["summary"] = len(URGENT) + 1


def priority(type: str) -> int:
    """The lower travels first: urgent types in their order, others, summaries last."""
    return _PLACE.get(type, len(URGENT))


def validate(statement: Statement) -> object:
    """The typed body, None when deleted. BadStatement: unsupported_type, or what its file says."""
    schema = SCHEMAS.get(statement.type)
    if schema is None:
        raise BadStatement("unsupported_type", f"{statement.type} is not known to this version")
    return schema.validate(statement.key, statement.body)
