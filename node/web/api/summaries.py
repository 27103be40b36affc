"""`GET /api/v1/summaries`: a leaf's summary exactly as it was signed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from node.domain.errors import NotFound
from node.domain.rights import Right
from node.store.ledger import newest_bytes
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1", tags=["summaries"])


class NoSuchSummary(NotFound):
    """Сводки этого узла за этот день здесь нет."""


class Signed(BaseModel):
    """A statement as it travels: `sig` is over these very bytes, by the key `kid`."""

    bytes: str
    kid: str
    sig: str


@router.get("/summaries")
def summary(
    node: NodeDep,
    actor: ActorDep,
    origin: Annotated[str, Query(max_length=64)],
    day: Annotated[date, Query(description="YYYY-MM-DD, local at the origin")],
) -> Signed:
    """The newest version held; 404 when none is."""
    actor.require(Right.SUMMARIES_READ, unit=origin)
    with node.reading() as session:
        envelope = newest_bytes(session, origin, "summary", day.isoformat())
    if envelope is None:
        raise NoSuchSummary
    return Signed(**envelope.to_wire())
