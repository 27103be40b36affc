"""Every column where somebody's words may stand, and what retention does about it.

Whoever adds one says here what becomes of residents' data in it; this test asks them to.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from node.store.tables import Base

LONG = 200  # characters: what is shorter holds codes, numbers, logins and addresses of pages

SHREDDED = {"resident.name", "resident.email", "resident.address"}
REDACTED_OR_ERASED = {"appeal.text", "resident_message.text", "reply.text", "issue_state.reason"}
MADE_OF_THEM = {"issue_text.words", "issue_text.own"}
WRITTEN_REDACTED = {"data_request.reason", "legal_hold.reason"}
CODES = {  # codes, numbers and days, never what somebody wrote
    "appeal.external_id",
    "cell_day.first_answer_hours",
    "cell_day.route_hours",
    "cell_day.solve_hours",
    "cell_month.first_answer_hours",
    "cell_month.route_hours",
    "cell_month.solve_hours",
    "data_request.fields",
    "issue_deadline.why",
    "issue_route.trail",
    "journal.details",
}
OF_BODIES = {"issue_state.details"}  # beside codes the names of bodies: responsible, addressee
OF_STAFF_AND_NODES = {  # no resident's data: people who sign in, what nodes state to one another
    "delivery.body",
    "directive.body",
    "directive_report.body",
    "directive_risk.body",
    "help.body",
    "help_report.body",
    "invitation.answer",
    "membership.dial",
    "membership.url",
    "person.email",
    "person.name",
    "person.password",
    "person.post",
    "person.subject",
    "person_grant.agencies",
    "person_grant.bodies",
    "person_grant.sectors",
    "routing_set.body",
    "routing_set.note",
    "saved_filter.query",
}


def is_long(kind: TypeEngine[Any]) -> bool:
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, String) and not isinstance(plain, Text):
        return (plain.length or 0) >= LONG
    return isinstance(plain, Text | JSON)


def test_every_column_that_may_hold_a_text_is_known_to_retention() -> None:
    long = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if is_long(column.type)
    }
    known = (
        SHREDDED
        | REDACTED_OR_ERASED
        | MADE_OF_THEM
        | WRITTEN_REDACTED
        | CODES
        | OF_BODIES
        | OF_STAFF_AND_NODES
    )
    assert long - known == set()
    assert known - long == set()
