"""`GET /api/v1/rankings`: the TOP of a scope, with the summaries it stands on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from node.domain.ranking import MOST_ROWS
from node.domain.rights import Right
from node.store.rankings import ask, rank
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1", tags=["rankings"])


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class Period(_Answer):
    """Local days, both included."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")


class Missing(_Answer):
    unit: str
    days: list[date]


class Coverage(_Answer):
    """Unit-days: `open` ones are in the figures, but neither received nor missing."""

    expected: int
    received: int
    open: int
    on_time: int
    population_share: float | None
    missing: list[Missing]


class Change(_Answer):
    previous: int
    percent: float | None


class Row(_Answer):
    """`counters` holds every counter of the protocol. Medians are ±2 %, null under five."""

    key: str
    name: str
    rank: int
    counters: dict[str, int]
    change: Change
    solved_share: float | None
    satisfied_share: float | None
    late_share: float | None
    route_median_hours: float | None
    first_answer_median_hours: float | None
    solve_median_hours: float | None
    by_child: dict[str, int]
    decisions: list[str]


class Ranking(_Answer):
    scope: str
    period: Period
    by: str
    order: str
    provisional: bool
    coverage: Coverage
    unsorted: int
    rows: list[Row]


@router.get("/rankings")
def rankings(
    node: NodeDep,
    actor: ActorDep,
    scope: Annotated[
        str | None, Query(description="A unit of this node's; by default its own")
    ] = None,
    period: Annotated[
        str, Query(description="day, week, month or YYYY-MM-DD..YYYY-MM-DD", max_length=40)
    ] = "week",
    by: Literal["topic", "sector", "block", "territory"] = "topic",
    order: Literal["received", "growth", "overdue", "dragging", "unsatisfied"] = "received",
    depth: Annotated[int, Query(ge=1, description="Of territories: how many levels below")] = 1,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 20,
) -> Ranking:
    now = node.clock()
    question = ask(
        node.rulebook,
        unit=node.code,
        scope=scope,
        period=period,
        by=by,
        order=order,
        depth=depth,
        limit=limit,
        now=now,
    )
    actor.require(Right.RANKINGS_READ, unit=question.scope)
    with node.reading() as session:
        found = rank(session, node.rulebook, unit=node.code, question=question, now=now)
    return Ranking.model_validate(found)
