"""`GET /api/v1/resolution`: how issues are resolved here, by agency or sector."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from node.dashboards.resolution_board import Board, Tally, make_board
from node.domain.resolution import FLOWS, STOCKS
from node.store.issues import Issue
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1", tags=["resolution"])


class PeriodView(BaseModel):
    """Local days, both included."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")


class FiguresView(BaseModel):
    """`counters`: flows of the period, and `open`, `overdue`, `dragging`, `soon` of this moment.
    Shares are from 0 to 1, null where there is nothing to share; the median is ±2 %, null under
    five."""

    counters: dict[str, int]
    closed: int
    first_on_time_share: float | None
    closed_on_time_share: float | None
    satisfied_share: float | None
    solve_median_hours: float | None


class RowView(FiguresView):
    """`key` null: no executor is named yet."""

    key: str | None
    name: str


class AnswersView(BaseModel):
    """How final answers reached residents, one count a recipient. `failed` by reason; `waiting`
    are in no share."""

    adapter: int
    status_page: int
    failed: dict[str, int]
    waiting: int
    adapter_share: float | None
    status_page_share: float | None
    failed_share: float | None


class SoonView(BaseModel):
    """An issue whose warning has begun."""

    number: str
    topic: str
    executor: str | None
    warn_at: datetime | None
    due_at: datetime | None


class ResolutionView(BaseModel):
    """`alerts`: how many nobody has acknowledged. `soon`: the ten nearest; their number is in
    `total`."""

    period: PeriodView
    by: str
    total: FiguresView
    rows: list[RowView]
    answers: AnswersView
    alerts: int
    soon: list[SoonView]


@router.get("/resolution")
def resolution(
    node: NodeDep,
    actor: ActorDep,
    period: Annotated[
        str, Query(description="week, month, quarter or YYYY-MM-DD..YYYY-MM-DD", max_length=40)
    ] = "week",
    by: Literal["agency", "sector"] = "agency",
) -> ResolutionView:
    """Figures of the issues the asker may read."""
    with node.reading() as session:
        board = make_board(
            session,
            node.rulebook,
            unit=node.code,
            period=period,
            by=by,
            actor=actor,
            now=node.clock(),
        )
    return _view(board)


def _view(board: Board) -> ResolutionView:
    answers = board.answers
    return ResolutionView(
        period=PeriodView(first=board.period.first, last=board.period.last),
        by=board.by,
        total=_figures(board.total),
        rows=[
            RowView(key=row.key, name=row.name, **_figures(row.tally).model_dump())
            for row in board.rows
        ],
        answers=AnswersView(
            adapter=answers.adapter,
            status_page=answers.status_page,
            failed=dict(answers.failed),
            waiting=answers.waiting,
            adapter_share=answers.of(answers.adapter),
            status_page_share=answers.of(answers.status_page),
            failed_share=answers.of(answers.not_delivered),
        ),
        alerts=board.alerts,
        soon=[_soon(issue) for issue in board.soon],
    )


def _figures(tally: Tally) -> FiguresView:
    return FiguresView(
        counters={name: tally[name] for name in (*FLOWS, *STOCKS)},
        closed=tally.closed,
        first_on_time_share=tally.first_on_time_share,
        closed_on_time_share=tally.closed_on_time_share,
        satisfied_share=tally.satisfied_share,
        solve_median_hours=tally.solve_median_hours,
    )


def _soon(issue: Issue) -> SoonView:
    return SoonView(
        number=issue.number,
        topic=issue.topic,
        executor=issue.executor,
        warn_at=issue.warn_at,
        due_at=issue.next_due_at,
    )
