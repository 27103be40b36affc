"""`/api/v1/persons`: what is held on a resident, by the numbers of that resident's appeals: a copy,
a correction, an erasure. Nobody is looked for by name, phone or address."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from node.actions.correct_contact import correct_contact
from node.actions.erase_person import MOST, erase_person
from node.actions.export_person import export_person
from node.bootstrap import Node
from node.domain.person_file import PersonFile
from node.web.api.strict import Strict
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1", tags=["persons"])

Numbers = list[str]


class ExportBody(Strict):
    """`appeals`: numbers the resident named. `reason`: the request it answers, no personal data."""

    appeals: Numbers = Field(min_length=1, max_length=MOST)
    reason: str


class EraseBody(ExportBody):
    """`force`: also while an issue is open or a formal appeal has to be kept."""

    force: bool = False


class DoneView(BaseModel):
    """`fate`: redact or erase."""

    data: str
    fate: str


class ErasedView(BaseModel):
    """What was done under the number of an appeal or an issue; empty: nothing was left there."""

    number: str
    done: list[DoneView]


class ErasedBody(BaseModel):
    at: datetime
    erased: list[ErasedView]


class ContactBody(Strict):
    """New values; null takes one away, what is left out stays. `reason`: no personal data."""

    reason: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    reply_by: str | None = None


class CorrectedView(BaseModel):
    """The fields that have got another value; never the values."""

    number: str
    changed: list[str]


@router.post("/persons/export")
def export(node: NodeDep, actor: ActorDep, body: ExportBody) -> PersonFile:
    """All that is held: contact, consent, texts, answers, photos, what was erased, the journal."""
    now = node.clock()
    with node.transaction() as session:
        return export_person(
            session,
            node.rulebook,
            unit=node.code,
            operator=operator_of(node),
            numbers=body.appeals,
            reason=body.reason,
            actor=actor,
            now=now,
        )


@router.post("/persons/erase")
def erase(node: NodeDep, actor: ActorDep, body: EraseBody) -> ErasedBody:
    """Erase contact, text and photos. 409 says of each number why not and until when."""
    now = node.clock()
    with node.transaction() as session:
        erased = erase_person(
            session,
            node.rulebook,
            unit=node.code,
            numbers=body.appeals,
            reason=body.reason,
            force=body.force,
            actor=actor,
            now=now,
        )
    node.database.scrub()
    return ErasedBody(
        at=now,
        erased=[
            ErasedView(
                number=one.number,
                done=[DoneView(data=data, fate=fate) for data, fate in one.done],
            )
            for one in erased
        ],
    )


@router.patch("/appeals/{number}/contact")
def correct(node: NodeDep, actor: ActorDep, number: str, body: ContactBody) -> CorrectedView:
    """Correct what a resident gave of themselves."""
    given = body.model_dump(include=body.model_fields_set - {"reason"})
    now = node.clock()
    with node.transaction() as session:
        changed = correct_contact(
            session,
            unit=node.code,
            number=number,
            changes=given,
            reason=body.reason,
            actor=actor,
            now=now,
        )
    node.database.scrub()
    return CorrectedView(number=number, changed=list(changed))


def operator_of(node: Node) -> str:
    """Who answers for the data, as the public form names it."""
    return node.settings.operator.name or f"Администрация, {node.unit.name}"
