"""`GET /health`: is this node alive, who is it, which version runs. Needs no token."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from node.bootstrap import VERSION
from node.web.deps import NodeDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str
    node: str
    tier: str
    version: str


@router.get("/health")
def health(node: NodeDep) -> Health:
    """`status` is `ok` when the database answers."""
    with node.reading() as session:
        session.connection()
    return Health(status="ok", node=node.code, tier=node.unit.tier, version=VERSION)
