"""`/api/v1/appeals`: hand an appeal in, read one again."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from node.actions.export_person import erasure_copy
from node.actions.submit_appeal import submit_appeal
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.errors import NotFound
from node.domain.rights import Right
from node.intake.json_api import AppealBody
from node.store import appeals, tombstones
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/appeals", tags=["appeals"])


class NoSuchAppeal(NotFound):
    """Обращения с таким номером на этом узле нет: проверьте номер."""


class SubmittedBody(BaseModel):
    """The numbers an appeal got, and the link its resident may follow it by."""

    number: str
    issue: str
    status_url: str


class PlaceBody(BaseModel):
    lat: float
    lon: float


class ErasedView(BaseModel):
    """What was erased or redacted of an appeal. `fate`: erase or redact; `rule`: as people read
    it."""

    data: str
    fate: str
    rule: str
    at: datetime


class AppealView(BaseModel):
    """An appeal as it was sent. Who sent it is personal data and not part of it.

    `erased`: what the terms of retention, or a request, have taken away since.
    """

    number: str
    issue: str
    channel: str
    kind: str
    territory: str
    topic: str | None
    text: str
    location: PlaceBody | None
    received_at: datetime
    registered_at: datetime
    erased: list[ErasedView]


@router.post("", status_code=201, responses={200: {"description": "Принято раньше"}})
def submit(node: NodeDep, actor: ActorDep, body: AppealBody, response: Response) -> SubmittedBody:
    """Register an appeal: 201; the same channel and external_id again: 200, the same numbers."""
    # A territory nobody knows is told by name below; it is not a matter of rights.
    unit = body.territory if body.territory in node.rulebook.directory else None
    actor.require(Right.APPEALS_SUBMIT, unit=unit)
    now = node.clock()
    with node.transaction() as session:
        submitted = submit_appeal(
            session,
            node.rulebook,
            unit=node.code,
            appeal=body.new_appeal(),
            actor=actor.name,
            now=now,
        )
    response.status_code = 201 if submitted.created else 200
    return SubmittedBody(
        number=submitted.number,
        issue=submitted.issue_number,
        status_url=f"{node.url}/status/{submitted.status_key}",
    )


@router.get("/{number}")
def read(node: NodeDep, actor: ActorDep, number: str) -> AppealView:
    """One appeal with its text. 404 also for one whose issue the one who asks may not see."""
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        found = appeals.by_number(session, number) if is_number(number) else None
        stones = tombstones.of_subjects(session, [number] if found else [])
    if found is None or not access.sees(found[1]):
        raise NoSuchAppeal
    appeal, issue = found
    place = None
    if appeal.lat is not None and appeal.lon is not None:
        place = PlaceBody(lat=appeal.lat, lon=appeal.lon)
    return AppealView(
        number=appeal.number,
        issue=issue.number,
        channel=appeal.channel,
        kind=appeal.kind,
        territory=appeal.territory,
        topic=appeal.topic,
        text=appeal.text,
        location=place,
        received_at=appeal.received_at,
        registered_at=appeal.registered_at,
        erased=[
            ErasedView(data=one.data, fate=one.fate, rule=one.rule_name, at=one.at)
            for one in (erasure_copy(stone, node.rulebook) for stone in stones[number])
        ],
    )
